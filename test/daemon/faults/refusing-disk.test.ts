import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type ApiClient, createApiClient, type Job } from '../../support/api-client.ts'
import { type DaemonProcess, startDaemonProcess } from '../../support/daemon-process.ts'
import { type FakeSlack, startFakeSlack } from '../../support/fake-slack.ts'

/** No file may grow beyond this: a write is cut off in its middle (EFBIG), as on a disk that fills up. */
const limitKiB = 512
const channel = 'C00000001'

let folder: string
let slack: FakeSlack
let running: DaemonProcess | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlet-disk-'))
  slack = await startFakeSlack({ pageSize: 100 })
  slack.addUser({ id: slack.me, name: 'ann' })
  slack.addChannel({ id: channel, name: 'general' })
  slack.post(channel, 'the first')
})

afterEach(async () => {
  await running?.stop()
  await slack.close()
  await rm(folder, { recursive: true, force: true })
})

async function start(isLimited: boolean): Promise<ApiClient> {
  const { clientId, clientSecret } = { clientId: slack.client.id, clientSecret: slack.client.secret }
  const config = { providers: { slack: { clientId, clientSecret, endpoints: slack.endpoints } } }
  const entry = join(import.meta.dirname, '..', '..', '..', 'daemon', 'inlet.js')
  const words = ['-c', `ulimit -f ${limitKiB}; exec "$@"`, 'bash', process.execPath, entry, 'start'] as const
  running = await startDaemonProcess({ folder, config, ...(isLimited ? { command: ['bash', ...words] } : {}) })
  return createApiClient(running.url, running.apiKeyFile)
}

async function run(api: ApiClient, id: string): Promise<Job> {
  const { id: jobId } = await api.call<Job>('POST', `/source-connections/${id}/run`)
  for await (const { event, data } of api.events<Job>(`/source-connections/${id}/jobs/${jobId}/events`)) {
    if (event === 'end') return data
  }
  throw new Error('the events ended without the end of the job')
}

async function connect(api: ApiClient, members: object): Promise<string> {
  const body = { short_name: 'slack', sync_immediately: false, ...members }
  return (await api.call<{ id: string }>('POST', '/source-connections', body)).id
}

const refreshes = () => slack.calls('oauth.v2.access')

it('a disk that takes half a credential costs no token, and leaves no half file', async () => {
  const refreshToken = 'r'.repeat(400 * 1024)
  slack.refreshTokens.add(refreshToken)
  let api = await start(false)
  const id = await connect(api, { auth_fields: { access_token: 'dead-token', refresh_token: refreshToken } })
  await running?.stop()
  api = await start(true)
  const files = await readdir(join(folder, 'data', 'vault'))
  const failed = await run(api, id)
  expect(failed).toMatchObject({ status: 'failed', error: expect.stringMatching(/cannot write .*\(EFBIG\)/) })
  expect(failed.error).not.toContain('rrrr')
  expect(refreshes()).toBe(0)
  expect(await api.call('GET', `/source-connections/${id}`)).toMatchObject({ status: 'failing' })
  expect(await readdir(join(folder, 'data', 'vault'))).toEqual(files)
  expect(await running?.stop()).toBe(0)
  api = await start(false)
  expect(await run(api, id)).toMatchObject({ status: 'completed', entities_inserted: 3 })
  expect(refreshes()).toBe(1)
}, 60_000)

it('a disk that takes no more entities fails the run in words of its own, and the next one ends in the truth', async () => {
  let api = await start(false)
  const id = await connect(api, { auth_fields: { access_token: 'good-token' } })
  expect(await run(api, id)).toMatchObject({ status: 'completed' })
  await running?.stop()
  api = await start(true)
  for (let number = 0; number < 600; number++) slack.post(channel, `message ${number} ${'word '.repeat(600)}`)
  const failed = await run(api, id)
  expect(failed).toMatchObject({ status: 'failed', error: expect.stringMatching(/inlet\.db .*(disk|space)/) })
  // Reading goes on, and so does writing what is small enough.
  expect(await api.call('GET', `/source-connections/${id}`)).toMatchObject({ status: 'failing' })
  await running?.stop()
  api = await start(false)
  expect(await run(api, id)).toMatchObject({ status: 'completed' })
  expect(await api.call('GET', `/source-connections/${id}`)).toMatchObject({
    status: 'active',
    entities: { total_entities: 603 },
  })
  expect(await run(api, id)).toMatchObject({ entities_inserted: 0, entities_updated: 0, entities_deleted: 0 })
}, 90_000)
