import { describe, expect, test } from 'vitest'
import type { Fault } from '../../support/fake-server.ts'
import { graphError } from '../../support/outlook-protocol.ts'
import { expectTruth, furnish, runOrFail, start, textFile, type World } from './outlook-mail-world.ts'

const faults: [string, Fault][] = [
  ['an answer that ends the run', graphError(418, 'Teapot')],
  ['a server error', graphError(503, 'ErrorServerBusy')],
  ['a dropped connection', 'drop'],
  ['an answer cut off', 'truncate'],
]

/** Two deleted, one moved, one away and back, one read, two added; now and then a folder renamed. */
function change({ fake }: World, round: number): void {
  const folders = [...fake.folders.values()].filter(({ isSearch }) => !isSearch)
  const [first, gone, second, third, last] = [...fake.messages.values()]
  const [inbox, archive, projects] = folders
  if (!inbox || !archive || !projects || !first || !gone || !second || !third || !last)
    throw new Error('the mailbox is too small')
  fake.remove(first.id)
  fake.remove(gone.id)
  fake.move(second.id, second.folder === inbox.id ? archive.id : inbox.id)
  fake.mark(third.id, { isRead: round % 2 === 0 })
  fake.move(last.id, archive.id)
  fake.move(last.id, inbox.id)
  fake.add(inbox.id, `Added ${round}`, {}, [textFile('added.txt', `in round ${round}`)])
  fake.add(projects.id, `Plain ${round}`)
  if (round % 3 === 0) fake.changeFolder(projects.id, { name: `Projects ${round}` })
}

/** Runs with the fault at the first request, at the second, and so on, until a run has no such request. */
async function failEverywhere(
  world: World,
  fault: Fault,
  prepare: () => void,
): Promise<{ hits: number; failures: number }> {
  const { fake, harness } = world
  let failures = 0
  for (let number = 1; ; number++) {
    change(world, number)
    prepare()
    const before = await harness.entities()
    const begun = fake.server.requests.length
    fake.server.fault = (_request, count) => (count === begun + number ? fault : undefined)
    if (!(await runOrFail(world))) failures++
    const wasHit = fake.server.requests.length >= begun + number
    fake.server.fault = undefined
    const after = await harness.entities()
    const lost = Object.keys(fake.truth()).filter(key => before.has(key) && !after.has(key))
    expect(lost).toEqual([])
    await harness.run()
    await expectTruth(world)
    if (!wasHit) return { hits: number - 1, failures }
  }
}

describe('a fault at any one request', () => {
  test.each(faults)(
    '%s: a run later the store holds the truth, and nothing was wrongly deleted',
    async (_name, fault) => {
      const world = await start()
      furnish(world.fake)
      world.fake.pageSize = 6
      await world.harness.run()
      const deltas = await failEverywhere(world, fault, () => undefined)
      const listings = await failEverywhere(world, fault, () => {
        world.fake.epoch++
      })
      expect(deltas.hits).toBeGreaterThan(3)
      expect(listings.hits).toBeGreaterThan(8)
      const isFatal = typeof fault === 'object' && fault.status === 418
      expect(deltas.failures > 0 && listings.failures > 0).toBe(isFatal)
    },
    60_000,
  )

  test('of the first run is made good by the next', async () => {
    let failures = 0
    for (let number = 1; ; number++) {
      const world = await start()
      const { old, inbox, first } = furnish(world.fake)
      world.fake.server.fault = (_request, count) => (count === number ? graphError(418, 'Teapot') : undefined)
      const result = await runOrFail(world)
      world.fake.server.fault = undefined
      if (result) break
      failures++
      world.fake.move(old, inbox)
      world.fake.remove(first)
      await world.harness.run()
      await expectTruth(world)
    }
    expect(failures).toBeGreaterThan(8)
  }, 60_000)
})
