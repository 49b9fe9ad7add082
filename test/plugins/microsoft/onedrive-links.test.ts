/** Links are Graph's own affair, but for where they lead: a link to another server is neither followed nor stored. */
import { expect, test } from 'vitest'
import { startFakeServer } from '../../support/fake-server.ts'
import { expectQuiet, expectTruth, furnish, start } from './onedrive-world.ts'

test('a stored link of another server than the configured one costs a full listing', async () => {
  const world = await start()
  const { note } = furnish(world.fake)
  const here = world.fake.graph
  world.fake.graph = 'http://127.0.0.1:1/v1.0'
  await expect(world.harness.run()).rejects.toMatchObject({ code: 'bad_response' })
  world.fake.graph = here
  await world.harness.run()
  const [connection] = await world.harness.store.connections({ skip: 0, limit: 1 })
  const cursor = JSON.parse(JSON.stringify(await world.harness.cursor())) as { link: string }
  cursor.link = cursor.link.replace(here, 'http://127.0.0.1:1/v1.0')
  await world.harness.store.updateConnection(connection?.id ?? '', { cursor })
  world.fake.change(note, { content: 'another note' })
  expect(await world.harness.run()).toMatchObject({ inserted: 0, updated: 1, deleted: 0 })
  await expectTruth(world)
  await expectQuiet(world)
})

test('a link to another server is refused when it comes: the next run goes on as before', async () => {
  const world = await start()
  const elsewhere = await startFakeServer([])
  const { note } = furnish(world.fake)
  await world.harness.run()
  const before = await world.harness.cursor()
  const here = world.fake.graph
  world.fake.change(note, { content: 'another note' })
  world.fake.graph = `${elsewhere.url}/v1.0`
  await expect(world.harness.run()).rejects.toMatchObject({ code: 'bad_response' })
  expect(await world.harness.cursor()).toEqual(before)
  expect(elsewhere.requests).toEqual([])
  world.fake.graph = here
  await world.harness.run()
  await expectTruth(world)
  await expectQuiet(world)
  await elsewhere.close()
})
