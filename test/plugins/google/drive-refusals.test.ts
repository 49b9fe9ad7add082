import { describe, expect, test } from 'vitest'
import { googleError } from '../../support/google-protocol.ts'
import { expectTruth, furnish, held, start } from './drive-world.ts'

const sheetType = 'application/vnd.google-apps.spreadsheet'

describe('one refusal', () => {
  test.each([
    ['an unspecific 400', googleError(400, 'badRequest')],
    ['a 403 without a lasting reason', googleError(403, 'forbidden')],
  ])('of a file’s content keeps the text there was, until the next run: %s', async (_what, refusal) => {
    const world = await start()
    const { plan } = furnish(world.fake)
    const sheet = world.fake.add({ name: 'sheet', mimeType: sheetType, content: 'x,y\n1,2\n' })
    await world.harness.run()
    for (const id of [plan, sheet]) {
      world.fake.change(id, { name: `renamed-${id}` })
      world.fake.contentFaults.set(id, refusal)
    }
    await world.harness.run()
    expect(Object.values(await held(world)).filter(text => /the plan|\| x/.test(text))).toHaveLength(2)
    world.fake.contentFaults.clear()
    await world.harness.run()
    await expectTruth(world)
  })

  test.each([{}, { include_patterns: ['Docs/**'] }])(
    'of a folder on the way neither misplaces nor deletes what is in it: %j',
    async config => {
      const world = await start(config)
      const { plan, plans } = furnish(world.fake)
      await world.harness.run()
      const before = await held(world)
      world.fake.change(plan, { content: 'changed' })
      let refused = 0
      world.server.fault = ({ path }) => {
        if (!path.endsWith(`/files/${plans}`)) return undefined
        refused++
        return googleError(403, 'forbidden')
      }
      expect(await world.harness.run()).toMatchObject({ deleted: 0, skipped: 1 })
      expect(refused).toBeGreaterThan(0)
      expect(Object.keys(await held(world))).toEqual(Object.keys(before))
      world.server.fault = undefined
      await world.harness.run()
      await expectTruth(world, path => !('include_patterns' in config) || path.startsWith('My Drive/Docs/'))
    },
  )

  test('of a page token in the middle of the first listing begins it again in the same run', async () => {
    const world = await start()
    furnish(world.fake)
    let refused = false
    world.server.fault = ({ path, query }) => {
      const isLaterPage = path.endsWith('/files') && query.has('pageToken') && !query.get('q')?.includes('mimeType = ')
      if (refused || !isLaterPage) return undefined
      refused = true
      return googleError(400, 'invalid')
    }
    await world.harness.run()
    expect(refused).toBe(true)
    await expectTruth(world)
  })
})

test.each(['/files/root', '/files/'])('one 404 of %s is not believed', async path => {
  const world = await start()
  const { docs, plan } = furnish(world.fake)
  await world.harness.run()
  world.fake.change(docs, { name: 'Papers' })
  world.fake.change(plan, { content: 'changed' })
  if (path === '/files/root') await world.harness.configure({ max_file_mb: 6 })
  let lies = 0
  world.server.fault = request =>
    request.path.includes(path) && !request.query.has('alt') && ++lies === 1 ? googleError(404, 'notFound') : undefined
  expect(await world.harness.run()).toMatchObject({ inserted: 0, deleted: 0, skipped: 0 })
  expect(lies).toBeGreaterThan(1)
  await expectTruth(world)
})

test('a listing that was not complete is made up for by the next run', async () => {
  const world = await start()
  const { note } = furnish(world.fake)
  world.fake.incomplete = new Set([note])
  await world.harness.run()
  expect(Object.keys(await held(world))).not.toContain('My Drive/note.txt')
  world.fake.incomplete = undefined
  await world.harness.run()
  await expectTruth(world)
  expect(await world.harness.run()).toMatchObject({ requests: 1, inserted: 0, updated: 0, deleted: 0 })
})
