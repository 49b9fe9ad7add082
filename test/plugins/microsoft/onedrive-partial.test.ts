/** A drive with more folders than a cursor keeps: what is not in it is asked for, or found in the store. */
import { expect, test } from 'vitest'
import type { JsonObject } from '../../../core/json.ts'
import { expectQuiet, expectTruth, furnish, start, type World } from './onedrive-world.ts'

/** What the last run would have stored of a drive with far more folders: none of these. */
async function forgetFolders({ harness }: World): Promise<void> {
  const [connection] = await harness.store.connections({ skip: 0, limit: 1 })
  if (!connection) throw new Error('there is no connection')
  const cursor = connection.cursor as JsonObject
  const tree = { ...(cursor.tree as JsonObject), folders: [], isPartial: true }
  await harness.store.updateConnection(connection.id, { cursor: { ...cursor, tree } })
}

test.each([
  ['an edit', (fake, { plan }) => fake.change(plan, { content: 'another plan' })],
  ['a move', (fake, { plan, photos }) => fake.change(plan, { parent: photos })],
  ['a renamed folder', (fake, { docs }) => fake.change(docs, { name: 'Papers' })],
  ['a moved folder', (fake, { plans, photos }) => fake.change(plans, { parent: photos })],
  ['a deleted folder', (fake, { docs }) => fake.delete(docs)],
  [
    'a file saved from a deleted folder',
    (fake, { docs, plan, photos }) => {
      fake.change(plan, { parent: photos })
      fake.delete(docs)
    },
  ],
] satisfies [string, (fake: World['fake'], furniture: ReturnType<typeof furnish>) => void][])(
  'follows %s all the same',
  async (_what, change) => {
    const world = await start()
    const furniture = furnish(world.fake)
    await world.harness.run()
    await forgetFolders(world)
    change(world.fake, furniture)
    const before = world.fake.server.requests.length
    await world.harness.run()
    await expectTruth(world)
    const again = world.fake.server.requests.slice(before)
    expect(again.filter(({ path, query }) => path.endsWith('/root/delta') && !query.has('token'))).toEqual([])
    await forgetFolders(world)
    await expectQuiet(world)
  },
)
