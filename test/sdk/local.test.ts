/** The address that both official clients have built in for a server on the same machine is the daemon's default. */
import { AirweaveSDKClient as FirstClient, AirweaveSDKEnvironment as FirstEnvironment } from 'sdk1'
import { AirweaveSDKClient as TodaysClient, AirweaveSDKEnvironment as TodaysEnvironment } from 'sdk7'
import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest'
import { isFailure } from '../../core/errors.ts'
import { plugins } from '../../plugins/index.ts'
import { startTestDaemon, type TestDaemon } from '../daemon/harness.ts'

let daemon: TestDaemon | undefined
let inTheWay: string | undefined

beforeAll(async () => {
  try {
    // The configuration says nothing of host and port.
    daemon = await startTestDaemon({ config: { server: {} } })
  } catch (error) {
    if (process.env.CI || !isFailure(error, 'bad_config')) throw error
    inTheWay = error.message
    console.warn(`the clients' local environment is not tried: ${inTheWay}`)
  }
})

afterAll(() => daemon?.close())

/** On a developer's machine an inlet may well be running; where nobody looks, nothing is passed over. */
function running(context: TestContext): TestDaemon {
  if (!daemon) return context.skip(inTheWay)
  expect(daemon.port).toBe(8001)
  return daemon
}

const sourceCount = plugins.flatMap(({ sources }) => sources).length
const once = { maxRetries: 0 }

it('the client 0.1.51 finds it by its Local environment alone', async context => {
  const { key: apiKey } = running(context)
  const client = new FirstClient({ apiKey, environment: FirstEnvironment.Local })
  expect((await client.sources.readSources(once)).length).toBe(sourceCount)
  const made = await client.collections.createCollection({ name: 'First local' }, once)
  expect(await client.collections.deleteCollection(made.readable_id, {}, once)).toEqual(made)
})

it('the client 0.7.20 finds it by its Local environment alone', async context => {
  const { key: apiKey } = running(context)
  const client = new TodaysClient({ apiKey, environment: TodaysEnvironment.Local })
  expect((await client.sources.list(once)).length).toBe(sourceCount)
  const made = await client.collections.create({ name: 'Todays local' }, once)
  expect(await client.collections.delete(made.readable_id, once)).toEqual(made)
})
