import { describe, expect, test } from 'vitest'
import { graphError } from '../../support/fake-onedrive.ts'
import { expectQuiet, expectTruth, furnish, held, start } from './onedrive-world.ts'

describe('a full listing', () => {
  test('brings in every file with its text and its folders from the drive down', async () => {
    const world = await start()
    const { plan, docs, plans } = furnish(world.fake)
    await world.harness.run()
    await expectTruth(world)
    const entities = await world.harness.entities()
    const entity = entities.get(`onedrive_item:${plan}`)
    expect(entity?.text).toBe('the plan')
    expect(entity?.author).toBe('Ann <ann@example.com>')
    expect(entity?.breadcrumbs).toEqual([
      { entityId: world.fake.driveId, name: 'OneDrive', entityType: 'onedrive_drive' },
      { entityId: docs, name: 'Docs', entityType: 'onedrive_item' },
      { entityId: plans, name: 'Plans', entityType: 'onedrive_item' },
    ])
    expect(entities.get(`onedrive_drive:${world.fake.driveId}`)).toMatchObject({ name: 'OneDrive' })
  })

  test('is followed by a quiet run of two requests that changes nothing', async () => {
    const world = await start()
    furnish(world.fake)
    await world.harness.run()
    await expectQuiet(world)
  })

  test('sees what changes while it is under way', async () => {
    const world = await start()
    const { docs, plan, note, photos } = furnish(world.fake)
    let pages = 0
    world.fake.server.fault = ({ path }) => {
      if (!path.includes('delta') || ++pages !== 3) return undefined
      world.fake.change(docs, { name: 'Papers' })
      world.fake.change(plan, { content: 'another plan' })
      world.fake.delete(note)
      world.fake.delete(photos)
      return undefined
    }
    await world.harness.run()
    expect(pages).toBeGreaterThan(4)
    await expectTruth(world)
    await expectQuiet(world)
  })

  test('goes on where it was interrupted, and still finds what vanished meanwhile', async () => {
    const world = await start()
    const { note, plan } = furnish(world.fake)
    let pages = 0
    world.fake.server.fault = ({ path }) =>
      path.includes('delta') && ++pages === 5 ? graphError(403, 'accessDenied') : undefined
    await expect(world.harness.run()).rejects.toMatchObject({ code: 'item_forbidden' })
    expect(Object.keys(await held(world)).length).toBeGreaterThan(0)
    world.fake.server.fault = undefined
    world.fake.delete(note)
    world.fake.change(plan, { name: 'scheme.txt' })
    const before = world.fake.server.requests.length
    await world.harness.run()
    const first = world.fake.server.requests.slice(before).find(({ path }) => path.includes('delta'))
    expect(first?.path).toContain('token=')
    await expectTruth(world)
    await expectQuiet(world)
  })

  test('that is done again, interrupted and resumed deletes nothing that is still there', async () => {
    const world = await start()
    const { note } = furnish(world.fake)
    await world.harness.run()
    world.fake.epoch++
    world.fake.items.delete(note)
    let pages = 0
    world.fake.server.fault = ({ path }) =>
      path.includes('delta') && ++pages === 4 ? graphError(403, 'accessDenied') : undefined
    await expect(world.harness.run()).rejects.toMatchObject({ code: 'item_forbidden' })
    world.fake.server.fault = undefined
    expect((await world.harness.run()).deleted).toBe(1)
    await expectTruth(world)
    await expectQuiet(world)
  })

  test('leaves out what lay in a folder that was deleted before its turn came', async () => {
    const world = await start()
    const { fake, harness } = world
    // Listings are in the order of ids.
    fake.add({ id: 'z1', name: 'late', kind: 'folder' })
    fake.add({ id: 'm1', name: 'middle', kind: 'folder', parent: 'z1' })
    fake.add({ id: 'a1', name: 'inside.txt', content: 'inside', parent: 'z1' })
    fake.add({ id: 'a2', name: 'below.txt', content: 'below', parent: 'm1' })
    for (let index = 0; index < 4; index++) fake.add({ id: `b${index}`, name: `${index}.txt`, content: 'x' })
    for (let index = 0; index < 4; index++) fake.add({ id: `n${index}`, name: `n${index}.txt`, content: 'x' })
    let pages = 0
    fake.server.fault = ({ path }) => {
      if (path.includes('delta') && ++pages === 5) fake.delete('z1')
      return undefined
    }
    await harness.run()
    expect(pages).toBeGreaterThan(5)
    await expectTruth(world)
    await expectQuiet(world)
  })

  test('that meets 410 in mid-paging starts over and prunes', async () => {
    const world = await start()
    const { note } = furnish(world.fake)
    await world.harness.run()
    world.fake.epoch++
    let pages = 0
    world.fake.server.fault = ({ path }) => {
      if (!path.includes('delta') || ++pages !== 4) return undefined
      world.fake.items.delete(note)
      world.fake.epoch++
      return undefined
    }
    expect((await world.harness.run()).deleted).toBe(1)
    expect(pages).toBeGreaterThan(6)
    await expectTruth(world)
    await expectQuiet(world)
  })

  test('waits as long as it is told, in decimals too, and loses nothing', async () => {
    const world = await start()
    furnish(world.fake)
    let number = 0
    world.fake.server.fault = () => {
      number++
      const headers = { 'retry-after': '1.5' }
      if (number % 4 === 0) return { ...graphError(429, 'activityLimitReached'), headers }
      return number % 4 === 2 ? { ...graphError(503, 'serviceNotAvailable'), headers } : undefined
    }
    await world.harness.run()
    expect(world.harness.slept).toContain(1500)
    await expectTruth(world)
  })
})

test('children that come before their folders, however many, find their place', async () => {
  const world = await start()
  world.fake.pageSize = 200
  const folders = Array.from({ length: 4 }, (_, index) =>
    world.fake.add({ id: `z${index}`, name: `f${index}`, kind: 'folder' }),
  )
  for (let index = 0; index < 1200; index++) {
    const id = `a${String(index).padStart(4, '0')}`
    world.fake.add({ id, name: `${id}.bin`, mimeType: 'application/zip', parent: folders[index % 4] ?? null })
  }
  await world.harness.run()
  await expectTruth(world)
  const lookUps = world.fake.server.requests.filter(({ path }) => /\/items\/[^/]+$/.test(path))
  expect(lookUps.length).toBeLessThanOrEqual(4)
})

test('a root that comes last changes nothing about any path', async () => {
  const world = await start({ include_patterns: ['Docs/**'] }, 'zz-root')
  furnish(world.fake)
  await world.harness.run()
  await expectTruth(world, path => path.startsWith('Docs/'))
  await expectQuiet(world)
})

describe('whatever else a server lacks', () => {
  test.each([404, 405, 501])('a delta is enough: %i for the rest', async status => {
    const world = await start()
    const { docs, photos } = furnish(world.fake)
    world.fake.server.fault = ({ path }) => {
      const isNeeded = path.includes('delta') || path.endsWith('/content')
      return isNeeded ? undefined : { status, body: 'nothing here' }
    }
    await world.harness.run()
    await expectTruth(world)
    world.fake.change(docs, { name: 'Papers' })
    world.fake.delete(photos)
    await world.harness.run()
    await expectTruth(world)
    // Its drive is asked for each time.
    await expectQuiet(world, 2)
  })

  test('a drive that could not be read at first is read in the next run', async () => {
    const world = await start()
    world.fake.driveName = 'Files of Ann'
    furnish(world.fake)
    world.fake.server.fault = ({ path }) => (path.endsWith('/me/drive') ? graphError(403, 'accessDenied') : undefined)
    await world.harness.run()
    world.fake.server.fault = undefined
    await world.harness.run()
    await expectTruth(world)
    await expectQuiet(world)
  })
})

test('another name of the drive reaches every breadcrumb within a day', async () => {
  const world = await start()
  furnish(world.fake)
  await world.harness.run()
  world.fake.driveName = 'Files of Ann'
  world.harness.advance(24 * 60 * 60 * 1000)
  expect((await world.harness.run()).deleted).toBe(0)
  await expectTruth(world)
})

describe('include_patterns', () => {
  const inDocs = (path: string) => path.startsWith('Docs/')

  test('hold in a full listing and in a delta alike', async () => {
    const world = await start({ include_patterns: ['Docs/**'] })
    const { fake } = world
    const { plans, photos, plan, note, docs } = furnish(fake)
    await world.harness.run()
    await expectTruth(world, inDocs)
    const steps = [
      () => fake.change(plan, { parent: photos }),
      () => fake.change(note, { parent: docs }),
      () => fake.change(photos, { parent: docs }),
      () => fake.change(plans, { parent: fake.rootId }),
      () => fake.change(docs, { name: 'Else' }),
      () => fake.change(docs, { name: 'Docs' }),
      () => fake.delete(docs),
      () => fake.restore(docs),
    ]
    expect.hasAssertions()
    for (const step of steps) {
      step()
      await world.harness.run()
      await expectTruth(world, inDocs)
      await expectQuiet(world)
    }
  })

  test('that change delete what no longer matches', async () => {
    const world = await start({ include_patterns: ['Docs/**'] })
    furnish(world.fake)
    await world.harness.run()
    await world.harness.configure({ include_patterns: ['/photos/*-1.txt'] })
    await world.harness.run()
    expect(Object.keys(await held(world))).toEqual(['OneDrive/Photos/caption-1.txt'])
  })
})
