import { expect, test } from 'vitest'
import type { Json } from '../../../core/plugin.ts'
import { graphError } from '../../support/outlook-protocol.ts'
import { entity, expectQuiet, expectTruth, filesOf, furnish, runOrFail, start } from './outlook-mail-world.ts'

test('a first run with a failure at any request is made good by the next, whatever happens in between', async () => {
  let failures = 0
  for (let number = 1; ; number++) {
    const world = await start()
    const { old, inbox, first } = furnish(world.fake)
    world.fake.server.fault = (_request, count) => (count === number ? graphError(418, 'Teapot') : undefined)
    await runOrFail(world)
    world.fake.server.fault = undefined
    if (world.fake.server.requests.length < number) break
    failures++
    world.fake.move(old, inbox)
    world.fake.remove(first)
    await world.harness.run()
    await expectTruth(world)
  }
  expect(failures).toBeGreaterThan(8)
}, 60_000)

test('an empty answer for a message that left its folder is not the message', async () => {
  const world = await start()
  const { first } = furnish(world.fake)
  await world.harness.run()
  world.fake.remove(first)
  let emptied = 0
  world.fake.server.fault = ({ path }) =>
    /\/me\/messages\/[^/]+$/.test(path) && emptied++ === 0 ? { body: {} } : undefined
  expect(await world.harness.run()).toMatchObject({ deleted: 1, updated: 0 })
  expect(emptied).toBe(2)
  world.fake.server.fault = undefined
  await expectTruth(world)
})

test('a message or a file that is answered with an error for ever does not end a sync, and keeps its text', async () => {
  const world = await start()
  const { first, files, plan } = furnish(world.fake)
  await world.harness.run()
  const changed = filesOf().map(file => (file.id === 'csv=' ? { ...file, content: 'name,count\npears,1200\n' } : file))
  world.fake.edit(files, { subject: 'More files' }, changed)
  world.fake.mark(plan, { subject: 'The other plan' })
  let failed = 0
  world.fake.server.fault = ({ path }) =>
    path.includes(`/messages/${encodeURIComponent(files)}/attachments/csv`) && ++failed
      ? graphError(503, 'UnknownError')
      : undefined
  for (let run = 0; run < 2; run++) await world.harness.run()
  expect(failed).toBeGreaterThan(5)
  expect((await entity(world, `outlook_mail_attachment:${files}/csv=`)).text).toContain('apples')
  world.fake.server.fault = undefined
  world.fake.remove(first)
  await world.harness.run()
  expect((await entity(world, `outlook_mail_attachment:${files}/csv=`)).text).toContain('pears')
  await expectTruth(world)
  await expectQuiet(world)
})

test('a file is fetched once, whatever becomes of its message', async () => {
  const world = await start()
  const { files } = furnish(world.fake)
  await world.harness.run()
  const fetched = () => world.fake.server.requests.filter(({ path }) => /\/attachments\/[^/]+/.test(path)).length
  const before = fetched()
  expect(before).toBeGreaterThan(1)
  world.fake.edit(files, { subject: 'More files' })
  await world.harness.run()
  // Another option: everything is listed anew.
  await world.harness.configure({ max_file_mb: 24 })
  await world.harness.run()
  expect(fetched()).toBe(before)
  await expectTruth(world)
})

test('a folder that is answered with an error for ever leaves the others in peace, and is listed again', async () => {
  const world = await start()
  const { archive, inbox, old } = furnish(world.fake)
  await world.harness.run()
  world.fake.hasBatch = false
  const added = world.fake.add(inbox, 'New')
  world.fake.server.fault = ({ path }) =>
    decodeURIComponent(path).includes(archive) ? graphError(500, 'UnknownError') : undefined
  let runs = 0
  for (; runs < 3; runs++) await world.harness.run()
  expect(runs).toBe(3)
  expect((await entity(world, `outlook_mail_message:${added}`)).name).toBe('New')
  expect((await entity(world, `outlook_mail_message:${old}`)).name).toBe('Old')
  const { folders } = (await world.harness.cursor()) as { folders: Record<string, { link: string | null }> }
  expect(folders[archive]?.link).toBeNull()
  world.fake.server.fault = undefined
  await world.harness.run()
  await expectTruth(world)
})

test('stored links of another server cost another listing, and nothing else', async () => {
  const world = await start()
  const { first } = furnish(world.fake)
  const here = world.fake.graph
  world.fake.graph = 'http://127.0.0.1:1/v1.0'
  expect(await runOrFail(world)).toBeUndefined()
  world.fake.graph = here
  await world.harness.run()
  const moved = JSON.stringify(await world.harness.cursor()).replaceAll(here, 'http://127.0.0.1:1/v1.0')
  expect(moved).toContain('http://127.0.0.1:1/')
  const [connection] = await world.harness.store.connections({ skip: 0, limit: 100 }).then(all => all.slice(-1))
  await world.harness.store.updateConnection(connection?.id ?? '', { cursor: JSON.parse(moved) as Json })
  world.fake.remove(first)
  expect(await world.harness.run()).toMatchObject({ inserted: 0, updated: 0, deleted: 1 })
  await expectTruth(world)
  await expectQuiet(world)
})

test('pages that are too large for Graph to give in time are asked for in smaller ones, from where it gave up', async () => {
  const world = await start()
  const { inbox } = furnish(world.fake)
  let pages = 0
  const isLarge = (prefer = '') => /odata\.maxpagesize=\d{3}/.test(prefer)
  world.fake.server.fault = ({ path, headers }) => {
    const isOfInbox = path.includes(encodeURIComponent(inbox)) && path.endsWith('/messages/delta')
    return isOfInbox && isLarge(headers.prefer) && ++pages > 1 ? graphError(504, 'GatewayTimeout') : undefined
  }
  const { skipped } = await world.harness.run()
  expect({ skipped, hasFailed: pages > 1 }).toEqual({ skipped: 0, hasFailed: true })
  await expectTruth(world)
  const begun = world.fake.server.requests.filter(
    ({ path, query }) => path.includes(encodeURIComponent(inbox)) && query.has('$select'),
  )
  expect(begun).toHaveLength(1)
})
