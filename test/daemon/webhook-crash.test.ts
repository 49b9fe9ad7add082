import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { type ApiClient, createApiClient, type Job } from '../support/api-client.ts'
import { type DaemonProcess, startDaemonProcess } from '../support/daemon-process.ts'
import { startFakeSlack } from '../support/fake-slack.ts'
import { startWebhookReceiver } from '../support/webhook-receiver.ts'

interface Told {
  id: string
  type: string
}

/** Every event that there is until one that a connection is expiring, in order. */
async function everyEvent(api: ApiClient): Promise<Told[]> {
  const found: Told[] = []
  const signal = AbortSignal.timeout(30_000)
  for await (const { data } of api.events<Told & { job_id: string }>('/events', { after: 'the beginning', signal })) {
    found.push(data)
    if (data.type === 'connection.expiring') break
  }
  return found
}

it('killed in the middle of a delivery again and again, loses no event, and repeats one under its own id alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'inlet-webhook-crash-'))
  const slack = await startFakeSlack()
  const receiver = await startWebhookReceiver()
  let running: DaemonProcess | undefined
  onTestFinished(async () => {
    await running?.stop()
    await receiver.close()
    await slack.close()
    await rm(folder, { recursive: true, force: true })
  })
  slack.addUser({ id: slack.me, name: 'ann' })
  slack.addChannel({ id: 'C00000001', name: 'general' })
  slack.post('C00000001', 'apples')
  const { clientId, clientSecret } = { clientId: slack.client.id, clientSecret: slack.client.secret }
  const config = { providers: { slack: { clientId, clientSecret, endpoints: slack.endpoints } } }
  async function start(): Promise<ApiClient> {
    running = await startDaemonProcess({ folder, config })
    return createApiClient(running.url, running.apiKeyFile)
  }

  let api = await start()
  await api.call('POST', '/webhooks', {
    url: receiver.url,
    events: ['job.completed', 'job.failed', 'connection.expiring'],
  })
  const { id } = await api.call<{ id: string }>('POST', '/source-connections', {
    short_name: 'slack',
    auth_fields: { access_token: 'good-token' },
    sync_immediately: false,
  })
  let kills = 0
  for (const manner of ['hang', 204, 500, 204] as const) {
    const killed = Promise.withResolvers<void>()
    receiver.manner = manner
    receiver.onHook = () => {
      // Before the answer, or just after it: whether it was recorded is left to chance.
      const { pid } = running ?? {}
      if (pid !== undefined) process.kill(pid, 'SIGKILL')
      kills++
      receiver.onHook = () => {}
      killed.resolve()
    }
    // The hook may come before the answer of this request.
    await api.call('POST', `/source-connections/${id}/run`).catch(() => {})
    await killed.promise
    api = await start()
  }
  receiver.manner = 204
  const last = await api.call<Job>('POST', `/source-connections/${id}/run`)
  for await (const _progress of api.events(`/source-connections/${id}/jobs/${last.id}/events`));
  // The last one, by which the end is known.
  const past = new Date(Date.now() - 1000).toISOString()
  await api.call('PATCH', `/source-connections/${id}`, {
    auth_fields: { access_token: 'good-token', expires_at: past },
  })
  const events = await everyEvent(api)
  const wanted = events.filter(({ type }) => /^(job\.(completed|failed)|connection\.expiring)$/.test(type))
  const received = () => new Set(receiver.hooks.map(({ headers }) => String(headers['webhook-id'])))
  while (received().size < wanted.length) await receiver.until(receiver.hooks.length + 1)
  expect(kills).toBe(4)
  expect([...received()].sort()).toEqual(wanted.map(event => event.id).sort())
  const jobs = await api.call<Job[]>('GET', `/source-connections/${id}/jobs`)
  expect(wanted).toHaveLength(jobs.length + 1)
}, 240_000)
