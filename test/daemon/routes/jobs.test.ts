import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ConnectionJson, connect, type JobJson, startTestDaemon, type TestDaemon } from '../harness.ts'

let daemon: TestDaemon

beforeAll(async () => {
  daemon = await startTestDaemon()
})

afterAll(() => daemon.close())

const nobody = '00000000-0000-4000-8000-000000000000'

const jobsOf = (id: string) => `/source-connections/${id}/jobs`

/** Has the provider let nobody wait for an answer that does not come until the test says so. */
function hold(): { release(): void } {
  daemon.slack.server.fault = () => ({ status: 503, headers: { 'retry-after': '1' } })
  return {
    release() {
      daemon.slack.server.fault = undefined
    },
  }
}

async function run(id: string, body?: object): Promise<JobJson> {
  const answer = await daemon.ask('POST', `/source-connections/${id}/run`, { body })
  expect(answer.status, answer.text).toBe(200)
  return answer.body as JobJson
}

async function over(id: string, jobId: string): Promise<JobJson> {
  return daemon.until<JobJson>(`${jobsOf(id)}/${jobId}`, job => !['pending', 'in_progress'].includes(job.status))
}

describe('a job', () => {
  it('tells what it did, under both generations’ names', async () => {
    const { id } = await connect(daemon)
    const { id: jobId } = await run(id)
    expect(await over(id, jobId)).toEqual({
      id: jobId,
      source_connection_id: id,
      organization_id: expect.any(String),
      status: 'completed',
      trigger: 'manual',
      created_at: expect.any(String),
      modified_at: expect.any(String),
      started_at: expect.any(String),
      completed_at: expect.any(String),
      failed_at: null,
      duration_seconds: expect.any(Number),
      entities_inserted: 0,
      entities_updated: 0,
      entities_deleted: 0,
      entities_kept: expect.any(Number),
      entities_skipped: 0,
      entities_failed: 0,
      entities_encountered: expect.objectContaining({ slack_message: expect.any(Number) }),
      requests: expect.any(Number),
      error: null,
      error_category: null,
      provider_error: null,
    })
  })

  it('is listed newest first, in pages', async () => {
    const { id, latest_sync_job_id: first } = await connect(daemon)
    const { id: second } = await run(id)
    await over(id, second)
    const list = async (query: string) =>
      ((await daemon.ask('GET', `${jobsOf(id)}${query}`)).body as JobJson[]).map(job => job.id)
    expect(await list('/')).toEqual([second, first])
    expect(await list('?limit=1')).toEqual([second])
    expect(await list('?skip=1')).toEqual([first])
    expect((await daemon.ask('GET', `${jobsOf(id)}?limit=0`)).status).toBe(422)
  })

  it('is one at a time: a second is refused and the first named', async () => {
    const { id } = await connect(daemon)
    const held = hold()
    try {
      const { id: jobId } = await run(id)
      const refused = await daemon.ask('POST', `/source-connections/${id}/run`)
      expect(refused.status).toBe(409)
      expect(refused.body).toMatchObject({ type: '/problems/job-running', job_id: jobId })
      const cancelled = await daemon.ask('POST', `${jobsOf(id)}/${jobId}/cancel`)
      expect([cancelled.status, cancelled.body]).toMatchObject([200, { id: jobId, status: 'cancelled' }])
    } finally {
      held.release()
    }
  })

  it('that is over cannot be cancelled', async () => {
    const { id, latest_sync_job_id: jobId } = await connect(daemon)
    const refused = await daemon.ask('POST', `${jobsOf(id)}/${jobId}/cancel/`)
    expect(refused.status).toBe(409)
    expect(refused.body).toMatchObject({ type: '/problems/job-over', job_id: jobId })
  })

  it.each([
    ['GET', ''],
    ['POST', '/cancel'],
    ['GET', '/events'],
  ])('that is unknown answers 404 to %s %s, as do a foreign one and what is no id', async (method, path) => {
    const [one, other] = [await connect(daemon), await connect(daemon)]
    for (const jobId of [nobody, 'nonsense', String(other.latest_sync_job_id)]) {
      const answer = await daemon.ask(method, `${jobsOf(one.id)}/${jobId}${path}`)
      expect([answer.status, answer.body]).toMatchObject([404, { type: '/problems/unknown-job' }])
    }
  })
})

describe('running', () => {
  it.each([
    ['no body', undefined],
    ['an empty one', {}],
    ['a null token', { access_token: null }],
  ])('takes %s', async (_what, body) => {
    const { id } = await connect(daemon)
    const job = await run(id, body)
    expect(job).toMatchObject({ trigger: 'manual' })
    await over(id, job.id)
  })

  it.each([
    { access_token: '' },
    { access_token: ' x' },
    { access_token: 5 },
    { access_tokn: 'x' },
    { access_token: 'a\nb' },
  ])('refuses %j', async body => {
    const { id } = await connect(daemon)
    const answer = await daemon.ask('POST', `/source-connections/${id}/run`, { body })
    expect(answer.status).toBe(422)
    expect(answer.body).toMatchObject({ errors: [{ loc: ['body', expect.stringMatching(/^access_tok/)] }] })
    expect(((await daemon.ask('GET', jobsOf(id))).body as JobJson[]).length).toBe(1)
  })

  it('with a token uses that one alone, and a 401 fails the job without touching the stored one', async () => {
    const { id } = await connect(daemon)
    const override = await run(id, { access_token: 'one-off-bad-token' })
    expect(override).toMatchObject({ trigger: 'override' })
    const failed = await over(id, override.id)
    expect(failed).toMatchObject({ status: 'failed', error_category: 'token_expired' })
    expect(JSON.stringify(failed)).not.toContain('one-off-bad-token')
    expect((await daemon.ask('GET', `/source-connections/${id}`)).body).toMatchObject({ auth: { authenticated: true } })
    const stored = await run(id)
    expect(await over(id, stored.id)).toMatchObject({ status: 'completed' })
  })

  it('with a dead token that cannot be refreshed starts nothing and answers 400', async () => {
    const authFields = { access_token: 'dead', refresh_token: 'dead-refresh', expires_at: '2020-01-01T00:00:00Z' }
    const body = { short_name: 'slack', auth_fields: authFields, sync_immediately: false }
    const { id } = (await daemon.ask('POST', '/source-connections', { body })).body as ConnectionJson
    const refused = await daemon.ask('POST', `/source-connections/${id}/run`)
    expect(refused.status, refused.text).toBe(400)
    expect(refused.body).toMatchObject({ type: '/problems/token-refresh-failed', connection_id: id })
    expect(refused.body).toHaveProperty('provider_error')
    expect(refused.text).not.toContain('dead-refresh')
    expect((await daemon.ask('GET', jobsOf(id))).body).toEqual([])
  })

  it('ignores what today’s client sends along', async () => {
    const { id } = await connect(daemon)
    const answer = await daemon.ask('POST', `/source-connections/${id}/run?force_full_sync=true`, { body: {} })
    expect(answer.status).toBe(200)
    await over(id, (answer.body as JobJson).id)
  })
})

interface Event {
  event: string
  id: string
  data: JobJson & { waiting?: { until: string; code: string } | null }
}

function parse(text: string): Event[] {
  return text
    .split('\n\n')
    .filter(block => block !== '' && !block.startsWith(':'))
    .map(block => {
      const member = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? ''
      return { event: member('event'), id: member('id'), data: JSON.parse(member('data')) }
    })
}

describe('the events of a job', () => {
  it('show its progress, then its end, and end with it', async () => {
    const { id } = await connect(daemon)
    const held = hold()
    const { id: jobId } = await run(id)
    const response = await fetch(`${daemon.url}${jobsOf(id)}/${jobId}/events`, { headers: { 'X-API-Key': daemon.key } })
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    await daemon.until<JobJson>(`${jobsOf(id)}/${jobId}`, job => job.status === 'in_progress')
    held.release()
    const text = await response.text()
    expect(text.startsWith(':')).toBe(true)
    const events = parse(text)
    expect(events.length).toBeGreaterThan(1)
    expect(events.map(({ event }) => event)).toEqual([...Array(events.length - 1).fill('progress'), 'end'])
    expect(events.map(event => event.id)).toEqual([...events.slice(1).map((_event, index) => String(index + 1)), 'end'])
    expect(events.every(({ data }) => data.id === jobId && 'waiting' in data)).toBe(true)
    expect(events.at(-1)?.data).toMatchObject({ status: 'completed', waiting: null })
  })

  it('of one that is over are its end, and a browser that has seen it is told to stop', async () => {
    const { id, latest_sync_job_id: jobId } = await connect(daemon)
    const path = `${jobsOf(id)}/${jobId}/events`
    const { text } = await daemon.ask('GET', path)
    expect(parse(text).map(({ event }) => event)).toEqual(['progress', 'end'])
    const again = await daemon.ask('GET', path, { headers: { 'Last-Event-ID': 'end' } })
    expect([again.status, again.text]).toEqual([204, ''])
    const head = await daemon.ask('HEAD', path)
    expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
  })

  it('are followed no longer once the client has gone, and the daemon goes on', async () => {
    const { id } = await connect(daemon)
    const held = hold()
    const { id: jobId } = await run(id)
    const gone = new AbortController()
    const response = await fetch(`${daemon.url}${jobsOf(id)}/${jobId}/events`, {
      headers: { 'X-API-Key': daemon.key },
      signal: gone.signal,
    })
    await response.body?.getReader().read()
    gone.abort()
    held.release()
    expect(await over(id, jobId)).toMatchObject({ status: 'completed' })
  })
})
