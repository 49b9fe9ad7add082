import { describe, expect, test } from 'vitest'
import { type FakeOneDrive, graphError } from '../../support/fake-onedrive.ts'
import { expectQuiet, expectTruth, furnish, start } from './onedrive-world.ts'

type Furniture = ReturnType<typeof furnish>

const steps: { what: string; change(fake: FakeOneDrive, furniture: Furniture): void; deleted?: number }[] = [
  {
    what: 'a new file',
    change: (fake, { plans }) => void fake.add({ name: 'new.txt', content: 'new', parent: plans }),
  },
  { what: 'a new text', change: (fake, { plan }) => fake.change(plan, { content: 'another plan' }) },
  { what: 'a new name', change: (fake, { plan }) => fake.change(plan, { name: 'scheme.txt' }) },
  { what: 'a move', change: (fake, { plan, photos }) => fake.change(plan, { parent: photos }) },
  { what: 'a deleted file', change: (fake, { note }) => fake.delete(note), deleted: 1 },
  { what: 'a renamed folder', change: (fake, { docs }) => fake.change(docs, { name: 'Papers' }) },
  { what: 'a moved folder', change: (fake, { plans, photos }) => fake.change(plans, { parent: photos }) },
  { what: 'a deleted folder', change: (fake, { docs }) => fake.delete(docs), deleted: 3 },
  {
    what: 'a file saved from a folder that is deleted',
    change(fake, { docs, plan, photos }) {
      fake.change(plan, { parent: photos })
      fake.delete(docs)
    },
    deleted: 2,
  },
  {
    what: 'a folder saved from a folder that is deleted',
    change(fake, { docs, plans, photos }) {
      fake.change(plans, { parent: photos })
      fake.delete(docs)
    },
    deleted: 1,
  },
  {
    what: 'folders that change places',
    change(fake, { docs, plans, photos }) {
      fake.change(plans, { parent: fake.rootId, name: 'Top' })
      fake.change(photos, { parent: plans })
      fake.change(docs, { parent: photos })
    },
  },
  {
    what: 'a folder that was deleted and came back under another name',
    change(fake, { docs }) {
      fake.delete(docs)
      fake.restore(docs)
      fake.change(docs, { name: 'Papers' })
    },
  },
  {
    what: 'a new folder with files moved into it',
    change(fake, { plan, note }) {
      const folder = fake.folder('New')
      fake.change(plan, { parent: folder })
      fake.change(note, { parent: folder })
    },
  },
]

describe.each([false, true])('a delta (of a server that tells of all below a folder: %s)', tellsAll => {
  test.each(steps)('follows $what', async ({ change, deleted = 0 }) => {
    const world = await start()
    world.fake.tellsAll = tellsAll
    const furniture = furnish(world.fake)
    await world.harness.run()
    change(world.fake, furniture)
    expect((await world.harness.run()).deleted).toBe(deleted)
    await expectTruth(world)
    await expectQuiet(world)
    // What was learnt on the way is what the next changes build on.
    world.fake.change(furniture.photos, { name: 'Pictures' })
    world.fake.add({ name: 'last.txt', content: 'last', parent: furniture.photos })
    await world.harness.run()
    await expectTruth(world)
  })
})

test('a folder out of the recycle bin brings back all below it', async () => {
  const world = await start()
  const { docs } = furnish(world.fake)
  await world.harness.run()
  world.fake.delete(docs)
  await world.harness.run()
  world.fake.restore(docs)
  expect((await world.harness.run()).inserted).toBe(3)
  await expectTruth(world)
  await expectQuiet(world)
})

test('what was deleted leaves no trace in the cursor', async () => {
  const world = await start()
  const { docs, photos } = furnish(world.fake)
  await world.harness.run()
  world.fake.delete(docs)
  await world.harness.run()
  expect(await world.harness.cursor()).toMatchObject({
    full: false,
    tree: { folders: [[photos, 'Photos', world.fake.rootId]] },
    waiting: [],
    moved: [],
    fresh: [],
    gone: [],
    failed: [],
  })
})

describe('a delta that is cut off after its first page', () => {
  /** Deletes a folder with all below, and lets the run see no more than that. */
  async function startCutOff() {
    const world = await start()
    const furniture = furnish(world.fake)
    await world.harness.run()
    world.fake.delete(furniture.docs)
    for (let index = 0; index < 5; index++) world.fake.add({ name: `late-${index}.txt`, content: 'late' })
    let pages = 0
    world.fake.server.fault = ({ path }) =>
      path.includes('delta') && ++pages > 1 ? graphError(403, 'accessDenied') : undefined
    await expect(world.harness.run()).rejects.toMatchObject({ code: 'item_forbidden' })
    world.fake.server.fault = undefined
    return { world, ...furniture }
  }

  test('still removes all below a folder that was deleted on it', async () => {
    const { world } = await startCutOff()
    expect((await world.harness.run()).deleted).toBe(3)
    await expectTruth(world)
    await expectQuiet(world)
  })

  test('keeps all below a folder that comes back meanwhile, under its new name', async () => {
    const { world, docs } = await startCutOff()
    world.fake.restore(docs)
    world.fake.change(docs, { name: 'Papers' })
    expect((await world.harness.run()).deleted).toBe(0)
    await expectTruth(world)
    await expectQuiet(world)
  })
})

test('a folder that moved below one that is gone does not cost a full listing', async () => {
  const world = await start()
  const { docs, plans } = furnish(world.fake)
  await world.harness.run()
  world.fake.change(plans, { name: 'Schemes' })
  world.fake.delete(docs)
  // Only a fake can be asked to tell of a folder below one that is gone.
  const told = world.fake.items.get(plans)
  if (told) told.isDeleted = false
  const before = world.fake.server.requests.length
  await world.harness.run()
  if (told) told.isDeleted = true
  await expectTruth(world)
  const again = world.fake.server.requests.slice(before)
  expect(again.filter(({ path, query }) => path.endsWith('/root/delta') && !query.has('token'))).toEqual([])
  expect(again.filter(({ path }) => path.endsWith('/children'))).toEqual([])
})

test('a folder that shows one of its files is not taken for one that shows all', async () => {
  const world = await start()
  const { docs } = furnish(world.fake)
  await world.harness.run()
  world.fake.delete(docs)
  await world.harness.run()
  world.fake.restore(docs)
  world.fake.add({ name: 'new.txt', content: 'new', parent: docs })
  expect((await world.harness.run()).inserted).toBe(4)
  await expectTruth(world)
})

test('new folders with their files are read without listing them one by one', async () => {
  const world = await start()
  furnish(world.fake)
  await world.harness.run()
  for (let index = 0; index < 5; index++) {
    const folder = world.fake.folder(`folder ${index}`)
    world.fake.add({ name: 'file.txt', content: `in ${index}`, parent: folder })
  }
  const before = world.fake.server.requests.length
  await world.harness.run()
  await expectTruth(world)
  const listed = world.fake.server.requests.slice(before).filter(({ path }) => path.endsWith('/children'))
  expect(listed).toEqual([])
})

test.each([
  { what: '410', fault: undefined },
  { what: '410 without a code', fault: { status: 410, body: '' } },
  { what: '400 for a token it cannot read', fault: graphError(400, 'invalidRequest') },
  { what: 'SyncStateNotFound', fault: graphError(404, 'SyncStateNotFound') },
])('a position that is no longer known ($what) heals by itself', async ({ fault }) => {
  const world = await start()
  const { note, docs } = furnish(world.fake)
  await world.harness.run()
  world.fake.delete(note)
  world.fake.change(docs, { name: 'Papers' })
  world.fake.epoch++
  let isFirst = true
  world.fake.server.fault = ({ path }) => {
    if (!path.includes('delta') || !isFirst) return undefined
    isFirst = false
    return fault
  }
  expect((await world.harness.run()).deleted).toBe(1)
  expect(isFirst).toBe(false)
  await expectTruth(world)
  await expectQuiet(world)
})
