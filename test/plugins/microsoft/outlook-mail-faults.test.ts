import { expect, test } from 'vitest'
import { graphError } from '../../support/outlook-protocol.ts'
import { expectTruth, furnish, runOrFail, start } from './outlook-mail-world.ts'

test('a first run that fails at any request is made good by the next, whatever happens in between', async () => {
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
