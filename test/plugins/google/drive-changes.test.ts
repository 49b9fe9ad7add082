import { describe, expect, test } from 'vitest'
import type { FakeDrive } from '../../support/fake-drive.ts'
import { googleError } from '../../support/google-protocol.ts'
import { expectTruth, furnish, held, start } from './drive-world.ts'

describe('a delta', () => {
  test.each<[string, (fake: FakeDrive, ids: ReturnType<typeof furnish>) => void]>([
    ['a new file', (fake, { plans }) => fake.add({ name: 'new.txt', content: 'new', parents: [plans] })],
    ['new content', (fake, { plan }) => fake.change(plan, { content: 'a better plan' })],
    ['a new name', (fake, { plan }) => fake.change(plan, { name: 'scheme.txt' })],
    ['a move', (fake, { plan, photos }) => fake.change(plan, { parents: [photos] })],
    ['the trash', (fake, { plan }) => fake.change(plan, { isTrashed: true })],
    ['a deletion', (fake, { plan }) => fake.delete(plan)],
    ['an end of sharing', (fake, { plan }) => fake.change(plan, { isHidden: true })],
    [
      'a new folder with files',
      (fake, { docs }) => {
        const folder = fake.folder('New', docs)
        fake.add({ name: 'in.txt', content: 'in', parents: [folder] })
      },
    ],
    ['a renamed folder', (fake, { docs }) => fake.change(docs, { name: 'Papers' })],
    ['a moved folder', (fake, { plans, photos }) => fake.change(plans, { parents: [photos] })],
    ['a folder in the trash', (fake, { docs }) => fake.change(docs, { isTrashed: true })],
    ['a deleted folder', (fake, { docs }) => fake.delete(docs)],
    [
      'a folder that is no longer shared, its content neither',
      (fake, { docs, plans, plan, budget, draft }) => {
        for (const id of [plans, plan, budget, draft]) Object.assign(fake.files.get(id) ?? {}, { isHidden: true })
        fake.change(docs, { isHidden: true })
      },
    ],
    [
      'a folder that is no longer shared while a file in it is',
      (fake, { plans }) => fake.change(plans, { isHidden: true }),
    ],
    [
      'a file saved from a folder that is deleted',
      (fake, { plans, plan, photos }) => {
        fake.change(plan, { parents: [photos] })
        fake.delete(plans)
      },
    ],
    [
      'a folder saved from a folder in the trash',
      (fake, { docs, plans, photos }) => {
        fake.change(plans, { parents: [photos] })
        fake.change(docs, { isTrashed: true })
      },
    ],
    [
      'folders that swap places',
      (fake, { docs, plans, photos }) => {
        fake.change(plans, { parents: [fake.rootId] })
        fake.change(docs, { parents: [plans], name: 'Old' })
        fake.change(photos, { parents: [docs] })
      },
    ],
  ])('follows %s', async (_name, change) => {
    const world = await start()
    const ids = furnish(world.fake)
    await world.harness.run()
    change(world.fake, ids)
    await world.harness.run()
    await expectTruth(world)
    const quiet = await world.harness.run()
    expect(quiet).toMatchObject({ requests: 1, inserted: 0, updated: 0, deleted: 0 })
  })

  test('brings back what comes out of the trash with its folder', async () => {
    const world = await start()
    const { docs } = furnish(world.fake)
    await world.harness.run()
    world.fake.change(docs, { isTrashed: true })
    await world.harness.run()
    expect(Object.keys(await held(world)).some(path => path.includes('Docs'))).toBe(false)
    world.fake.change(docs, { isTrashed: false })
    await world.harness.run()
    await expectTruth(world)
  })

  test('brings back a folder whose first file comes on an earlier page of the log', async () => {
    const world = await start()
    const { docs, plan } = furnish(world.fake)
    await world.harness.run()
    world.fake.change(docs, { isTrashed: true })
    await world.harness.run()
    world.fake.change(plan, { content: 'another plan' })
    for (let index = 0; index < world.fake.pageSize; index++) world.fake.add({ name: `${index}.txt`, content: 'more' })
    world.fake.change(docs, { isTrashed: false })
    await world.harness.run()
    await expectTruth(world)
  })

  test('fetches no content when only the log moved', async () => {
    const world = await start()
    const { docs, plan } = furnish(world.fake)
    await world.harness.run()
    world.fake.change(docs, {})
    world.fake.change(plan, {})
    const before = world.server.requests.length
    const { updated, deleted } = await world.harness.run()
    expect({ updated, deleted }).toEqual({ updated: 0, deleted: 0 })
    const asked = world.server.requests.slice(before)
    expect(asked.filter(({ query }) => query.get('alt') === 'media')).toEqual([])
    expect(asked.filter(({ path }) => path.endsWith('/files'))).toEqual([])
  })

  test.each([400, 404, 410])('lists again when its position is refused with %i, and prunes', async status => {
    const world = await start()
    const { plan } = furnish(world.fake)
    await world.harness.run()
    // Lost with the log.
    world.fake.delete(plan)
    world.fake.epoch++
    if (status !== 400) {
      let refusals = 0
      world.server.fault = ({ path }) =>
        path.endsWith('/changes') && ++refusals === 1 ? googleError(status, 'notFound') : undefined
    }
    const { deleted } = await world.harness.run()
    expect(deleted).toBe(1)
    await expectTruth(world)
  })

  test('resumes a folder half read', async () => {
    const world = await start()
    const { docs, plans } = furnish(world.fake)
    await world.harness.run()
    world.fake.change(docs, { name: 'Papers' })
    world.server.fault = ({ query }) =>
      query.get('q')?.startsWith(`'${plans}' in parents`) ? googleError(403, 'forbidden') : undefined
    await expect(world.harness.run()).rejects.toMatchObject({ code: 'item_forbidden' })
    world.server.fault = undefined
    await world.harness.run()
    await expectTruth(world)
  })

  test('that fails while a folder is removed brings back what left the trash meanwhile', async () => {
    const world = await start()
    const { docs } = furnish(world.fake)
    await world.harness.run()
    world.fake.change(docs, { isTrashed: true })
    // The removal itself asks nothing more: the run is stopped right at the folder.
    world.server.fault = ({ path }) => (path.endsWith(`/files/${docs}`) ? googleError(401, 'authError') : undefined)
    await expect(world.harness.run()).rejects.toMatchObject({ code: 'token_expired' })
    world.server.fault = undefined
    world.fake.change(docs, { isTrashed: false })
    await world.harness.run()
    await expectTruth(world)
  })
})
