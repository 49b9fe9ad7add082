import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ApiClient, createApiClient, type Job } from '../support/api-client.ts'
import { type DaemonProcess, startDaemonProcess } from '../support/daemon-process.ts'
import { type FakeSlack, startFakeSlack } from '../support/fake-slack.ts'
import { realDisk } from '../support/real-disk.ts'

const messageCount = 60

let folder: string
let slack: FakeSlack
let running: DaemonProcess | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(realDisk, 'inlet-crash-'))
  slack = await startFakeSlack({ pageSize: 3 })
  slack.addUser({ id: slack.me, name: 'ann' })
  for (const channel of ['C00000001', 'C00000002', 'C00000003']) {
    slack.addChannel({ id: channel, name: `room-${channel.at(-1)}` })
    for (let index = 0; index < messageCount / 3; index++) slack.post(channel, `message ${index} of ${channel}`)
  }
})

afterEach(async () => {
  await running?.stop()
  await slack.close()
  await rm(folder, { recursive: true, force: true })
})

async function start(): Promise<{ daemon: DaemonProcess; api: ApiClient }> {
  const { clientId, clientSecret } = { clientId: slack.client.id, clientSecret: slack.client.secret }
  const config = { providers: { slack: { clientId, clientSecret, endpoints: slack.endpoints } } }
  const daemon = await startDaemonProcess({ folder, config })
  running = daemon
  return { daemon, api: await createApiClient(daemon.url, daemon.apiKeyFile) }
}

async function run(api: ApiClient, id: string): Promise<Job> {
  const { id: jobId } = await api.call<Job>('POST', `/source-connections/${id}/run`)
  for await (const { event, data } of api.events<Job>(`/source-connections/${id}/jobs/${jobId}/events`)) {
    if (event === 'end') return data
  }
  throw new Error('the job’s events ended without its end')
}

interface Page {
  entities: { entity_id: string; entity_type: string; text: string; change: string }[]
  next_cursor: string
}

async function messages(api: ApiClient): Promise<string[]> {
  const found: string[] = []
  for (let after = ''; ; ) {
    const page = await api.call<Page>('GET', `/collections/all/entities?limit=50${after}`)
    for (const entity of page.entities) if (entity.entity_type === 'slack_message') found.push(entity.entity_id)
    if (page.entities.length === 0) return found.sort()
    after = `&after=${encodeURIComponent(page.next_cursor)}`
  }
}

/** The ends of jobs in the order in which they were told, from the first on, until there are so many. */
async function toldEnds(api: ApiClient, count: number): Promise<string[]> {
  const ends: string[] = []
  const signal = AbortSignal.timeout(10_000)
  for await (const { event, data } of api.events<{ job_id: string }>('/events', { signal, after: 'the beginning' })) {
    if (event.startsWith('job.') && event !== 'job.started') ends.push(`${data.job_id} ${event}`)
    if (ends.length === count) break
  }
  return ends
}

function truth(): string[] {
  return [...slack.messages].flatMap(([channel, list]) => list.map(({ ts }) => `${channel}/${ts}`)).sort()
}

describe('the daemon, killed at any moment', () => {
  it('starts again, and the next run ends in the truth, with nothing doubled, lost or wrongly deleted', async () => {
    let { daemon, api } = await start()
    await api.call('POST', '/collections', { name: 'All of it', readable_id: 'all' })
    const made = await api.call<{ id: string }>('POST', '/source-connections/', {
      short_name: 'slack',
      collection: 'all',
      auth_fields: { access_token: 'good-token' },
      sync_immediately: false,
    })
    const kills = [1, 4, 9, 7, 6, 3]
    for (const [turn, at] of kills.entries()) {
      const before = slack.server.requests.length
      slack.server.fault = () => {
        if (slack.server.requests.length - before < at) return undefined
        // The answer is never given: the daemon is gone while it waits.
        process.kill(daemon.pid, 'SIGKILL')
        return 'drop'
      }
      await expect(run(api, made.id)).rejects.toThrow()
      slack.server.fault = undefined
      slack.post('C00000001', `posted after kill ${turn}`)
      slack.edit('C00000002', slack.messages.get('C00000002')?.[turn]?.ts ?? '', `edited after kill ${turn}`)
      slack.remove('C00000003', slack.messages.get('C00000003')?.at(-1)?.ts ?? '')
      ;({ daemon, api } = await start())
    }
    expect(await run(api, made.id)).toMatchObject({ status: 'completed' })
    expect(await messages(api)).toEqual(truth())
    expect(await run(api, made.id)).toMatchObject({ entities_inserted: 0, entities_updated: 0, entities_deleted: 0 })
    const hits = await api.call<{ results: unknown[] }>(
      'GET',
      '/collections/all/search?query=%22edited after kill%22&limit=50',
    )
    expect(hits.results).toHaveLength(kills.length)
    const jobs = await api.call<Job[]>('GET', `/source-connections/${made.id}/jobs`)
    expect(jobs).toHaveLength(kills.length + 2)
    const ends = jobs.reverse().map(({ id, status }) => `${id} job.${status}`)
    expect(await toldEnds(api, ends.length)).toEqual(ends)
    const { sync } = await api.call<{ sync: object }>('GET', `/source-connections/${made.id}`)
    expect(sync).toMatchObject({ total_runs: kills.length + 2, successful_runs: 2, failed_runs: 0 })
    expect(await daemon.stop()).toBe(0)
  }, 60_000)

  it('in the middle of a refresh whose answer is lost keeps the credential, and asks once more', async () => {
    const refreshToken = `refresh-${randomBytes(4).toString('hex')}`
    slack.refreshTokens.add(refreshToken)
    let { daemon, api } = await start()
    const made = await api.call<{ id: string }>('POST', '/source-connections/', {
      short_name: 'slack',
      auth_fields: { access_token: 'dead-token', refresh_token: refreshToken },
      sync_immediately: false,
    })
    slack.server.fault = request => {
      if (!request.path.endsWith('oauth.v2.access')) return undefined
      process.kill(daemon.pid, 'SIGKILL')
      return 'drop'
    }
    await expect(run(api, made.id)).rejects.toThrow()
    slack.server.fault = undefined
    ;({ daemon, api } = await start())
    expect(await run(api, made.id)).toMatchObject({ status: 'completed', entities_inserted: expect.any(Number) })
    expect(await daemon.stop()).toBe(0)
  }, 60_000)
})
