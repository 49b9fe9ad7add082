import { describe, expect, test } from 'vitest'
import { createApi } from '../../../core/api.ts'
import { createPacer } from '../../../core/pacer.ts'
import { Secret } from '../../../core/secret.ts'
import { createTransport } from '../../../core/transport.ts'
import { google } from '../../../plugins/google/index.ts'
import { fakeClock } from '../../support/fake-clock.ts'
import { googleError } from '../../support/google-protocol.ts'
import { expectTruth, furnish, held, start } from './drive-world.ts'

/** Whether a listing is that of the files, which comes after that of the folders. */
function isOfFiles(query: URLSearchParams): boolean {
  return query.get('q')?.startsWith('mimeType != ') ?? false
}

describe('a full listing', () => {
  test('brings in every file with its text and its folders from the drive down', async () => {
    const world = await start()
    const { plan } = furnish(world.fake)
    await world.harness.run()
    await expectTruth(world)
    const entities = await world.harness.entities()
    const entity = entities.get(`google_drive_file:${plan}`)
    expect(entity?.text).toBe('the plan')
    expect(entity?.url).toContain(plan)
    expect(entity?.author).toBe('Ann <ann@example.com>')
    expect(entity?.breadcrumbs[0]).toEqual({
      entityId: world.fake.rootId,
      name: 'My Drive',
      entityType: 'google_drive_drive',
    })
    expect(entities.has(`google_drive_drive:${world.fake.rootId}`)).toBe(true)
  })

  test('lists the folders once, and then what is none', async () => {
    const world = await start()
    furnish(world.fake)
    Object.assign(world.fake, { pageSize: 1000 })
    await world.harness.run()
    const folder = 'application/vnd.google-apps.folder'
    expect(
      world.server.requests.filter(({ path }) => path.endsWith('/files')).map(({ query }) => query.get('q')),
    ).toEqual([`mimeType = '${folder}' and trashed = false`, `mimeType != '${folder}' and trashed = false`])
  })

  test('is followed by a quiet run of one request that changes nothing', async () => {
    const world = await start()
    furnish(world.fake)
    await world.harness.run()
    const { requests, inserted, updated, deleted } = await world.harness.run()
    expect({ requests, inserted, updated, deleted }).toEqual({ requests: 1, inserted: 0, updated: 0, deleted: 0 })
  })

  test('sees what changes while it is under way', async () => {
    const world = await start()
    const { docs, plan, note } = furnish(world.fake)
    let listings = 0
    world.server.fault = ({ path, query }) => {
      if (!path.endsWith('/files') || !isOfFiles(query) || ++listings !== 2) return undefined
      world.fake.change(docs, { name: 'Papers' })
      world.fake.change(plan, { content: 'another plan' })
      world.fake.change(note, { isTrashed: true })
      return undefined
    }
    await world.harness.run()
    expect(listings).toBeGreaterThan(2)
    await expectTruth(world)
  })

  test('deletes nothing when Google says that it is not complete', async () => {
    const world = await start({ max_file_mb: 5 })
    const { plan } = furnish(world.fake)
    await world.harness.run()
    await world.harness.configure({ max_file_mb: 6 })
    world.fake.incomplete = new Set([plan])
    expect((await world.harness.run()).deleted).toBe(0)
    await expectTruth(world)
  })

  test('goes on where it was interrupted, and still finds what vanished meanwhile', async () => {
    const world = await start()
    const { note } = furnish(world.fake)
    const late = world.fake.add({ name: 'late.txt', content: 'late' })
    let pages = 0
    world.server.fault = ({ path, query }) => {
      const isPage = path.endsWith('/files') && isOfFiles(query)
      return isPage && ++pages === 3 ? googleError(403, 'forbidden') : undefined
    }
    await expect(world.harness.run()).rejects.toMatchObject({ code: 'item_forbidden' })
    expect(Object.keys(await held(world)).length).toBeGreaterThan(0)
    world.server.fault = undefined
    world.fake.delete(note)
    world.fake.change(late, { name: 'later.txt' })
    const before = world.server.requests.length
    await world.harness.run()
    const again = world.server.requests.slice(before)
    const first = again.find(({ path, query }) => path.endsWith('/files') && isOfFiles(query))
    expect(first?.query.get('pageToken')).toMatch(/^~/)
    expect(again.some(({ path }) => path.endsWith('/startPageToken'))).toBe(false)
    await expectTruth(world)
  })

  test('begins again when the page it was interrupted at is no longer known', async () => {
    const world = await start()
    furnish(world.fake)
    let pages = 0
    world.server.fault = ({ path, query }) => {
      const isPage = path.endsWith('/files') && isOfFiles(query)
      return isPage && ++pages === 3 ? googleError(403, 'forbidden') : undefined
    }
    await expect(world.harness.run()).rejects.toMatchObject({ code: 'item_forbidden' })
    world.server.fault = undefined
    world.fake.epoch++
    await world.harness.run()
    await expectTruth(world)
    expect((await world.harness.run()).requests).toBe(1)
  })
})

describe('include_patterns', () => {
  const inDocs = (path: string) => path.startsWith('My Drive/Docs/')

  test('hold in a full listing and in a delta alike', async () => {
    const world = await start({ include_patterns: ['Docs/**'] })
    const { plans, photos, plan, note, docs } = furnish(world.fake)
    await world.harness.run()
    await expectTruth(world, inDocs)
    const steps = [
      () => world.fake.change(plan, { parents: [photos] }),
      () => world.fake.change(note, { parents: [docs] }),
      () => world.fake.change(photos, { parents: [docs] }),
      () => world.fake.change(plans, { parents: [world.fake.rootId] }),
      () => world.fake.change(docs, { name: 'Else' }),
      () => world.fake.change(docs, { name: 'Docs' }),
    ]
    expect.hasAssertions()
    for (const step of steps) {
      step()
      await world.harness.run()
      await expectTruth(world, inDocs)
      expect(await world.harness.run()).toMatchObject({ inserted: 0, updated: 0, deleted: 0 })
    }
  })

  test('that change delete what no longer matches', async () => {
    const world = await start({ include_patterns: ['Docs/**'] })
    furnish(world.fake)
    await world.harness.run()
    await world.harness.configure({ include_patterns: ['/photos/*-1.txt'] })
    await world.harness.run()
    expect(Object.keys(await held(world))).toEqual(['My Drive/Photos/photo-1.txt'])
  })
})

test('a server without a change log is listed anew each time', async () => {
  const world = await start()
  world.fake.hasLog = false
  const { plan, note } = furnish(world.fake)
  await world.harness.run()
  await expectTruth(world)
  world.fake.delete(plan)
  world.fake.change(note, { name: 'memo.txt' })
  expect((await world.harness.run()).deleted).toBe(1)
  await expectTruth(world)
})

test('the account is the address in lower case', async () => {
  const { server } = await start()
  const clock = fakeClock()
  const transport = createTransport()
  const endpoints = { api: server.url, gmail: server.url }
  const tokens = {
    token: async () => ({ secret: new Secret('good-token'), generation: 1 }),
    renew: async () => {
      throw new Error('not to be renewed')
    },
  }
  const { signal } = new AbortController()
  const pacer = createPacer(clock, {})
  const api = createApi({ plugin: google, endpoints, tokens, pacer, transport, clock, random: () => 0, signal })
  const source = google.sources.find(({ shortName }) => shortName === 'google_drive')
  expect(await source?.identify({ api, endpoints })).toEqual({ id: 'test.user@example.com', name: 'Test User' })
  await transport.close()
})
