import { spawnSync } from 'node:child_process'
import { describe, expect, it, onTestFinished } from 'vitest'
import { plugins } from '../../../plugins/index.ts'
import { type Metric, readExposition } from '../../support/exposition.ts'
import { startProxyWorld, startUpstream } from '../../support/proxy-world.ts'
import { connect, startTestDaemon, type TestDaemon } from '../harness.ts'

async function read(daemon: TestDaemon): Promise<Metric[]> {
  return readExposition((await daemon.ask('GET', '/metrics')).text)
}

/** The sum of the samples that have these labels; none is 0. */
function totalOf(metrics: readonly Metric[], name: string, labels: Record<string, string> = {}): number {
  const samples = metrics.flatMap(metric => metric.samples).filter(sample => sample.name === name)
  const fitting = samples.filter(sample =>
    Object.entries(labels).every(([label, text]) => sample.labels[label] === text),
  )
  return fitting.reduce((sum, { value }) => sum + value, 0)
}

async function start(): Promise<TestDaemon> {
  const daemon = await startTestDaemon()
  onTestFinished(() => daemon.close())
  return daemon
}

describe('the metrics', () => {
  it("are of Prometheus' text format, as its own tool says where there is one", async () => {
    const daemon = await start()
    await connect(daemon)
    const { status, headers, text } = await daemon.ask('GET', '/metrics')
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
    expect(readExposition(text).length).toBeGreaterThan(25)
    const {
      error,
      stderr,
      status: verdict,
    } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })
    if (!error) expect([stderr, verdict]).toEqual(['', 0])
  })

  it('tell what a sync did: the job, its time, its requests, and what the store has since', async () => {
    const daemon = await start()
    const before = await read(daemon)
    expect(totalOf(before, 'inlet_jobs_total', { source: 'slack', status: 'completed' })).toBe(0)
    expect(before.find(({ name }) => name === 'inlet_jobs_total')?.samples.map(({ labels }) => labels.source)).toEqual(
      plugins.flatMap(({ sources }) => sources.map(({ shortName }) => shortName)),
    )
    await connect(daemon)
    const metrics = await read(daemon)
    const of = (name: string, labels?: Record<string, string>) => totalOf(metrics, name, labels)
    expect(of('inlet_jobs_total', { source: 'slack', status: 'completed', category: '' })).toBe(1)
    expect(of('inlet_job_duration_seconds_count', { source: 'slack' })).toBe(1)
    expect(of('inlet_entity_changes_total', { source: 'slack', change: 'inserted' })).toBe(
      of('inlet_entities', { source: 'slack' }),
    )
    expect(of('inlet_entities', { source: 'slack', type: 'slack_message' })).toBe(3)
    const requests = daemon.slack.server.requests.length
    expect(of('inlet_provider_requests_total', { provider: 'slack', purpose: 'sync', status: '2xx' })).toBe(requests)
    expect(of('inlet_provider_request_duration_seconds_count', { provider: 'slack' })).toBe(requests)
    expect(of('inlet_connections', { source: 'slack', status: 'active' })).toBe(1)
    expect(of('inlet_connections')).toBe(1)
    expect(of('inlet_queue_jobs', { state: 'running' })).toBe(0)
    expect(of('inlet_store_bytes')).toBeGreaterThan(10_000)
    expect(
      metrics.find(({ name }) => name === 'inlet_ready')?.samples.map(({ labels, value }) => [labels.part, value]),
    ).toEqual([
      ['store', 1],
      ['vault', 1],
      ['scheduler', 1],
    ])
    const posts = { route: '/source-connections', method: 'POST', status: '201' }
    expect(of('inlet_http_requests_total', posts)).toBe(1)
    expect(of('process_resident_memory_bytes')).toBeGreaterThan(10_000_000)
    expect(of('inlet_event_loop_delay_seconds', { percentile: '99' })).toBeGreaterThanOrEqual(0)
  })

  it('tell why a sync failed, and of tokens that could not be renewed', async () => {
    const upstream = await startUpstream((incoming, outgoing) => {
      incoming.resume()
      const isToken = incoming.url === '/token'
      outgoing.writeHead(isToken ? 400 : 401, { 'content-type': 'application/json' })
      outgoing.end(JSON.stringify(isToken ? { error: 'invalid_grant' } : {}))
    })
    const places = { api: upstream.url, gmail: upstream.url, token: `${upstream.url}/token` }
    const world = await startProxyWorld({ google: places })
    const fields = { refresh_token: 'r', client_id: 'c', client_secret: 's' }
    const { id, path } = await world.connect('gmail', { access_token: 'dead-token', ...fields })
    await world.daemon.ask('GET', `${path}/gmail/v1/users/me/profile`)
    await world.daemon.ask('POST', `/source-connections/${id}/run`)
    await world.daemon.until(
      `/source-connections/${id}`,
      ({ sync }: { sync: { total_runs: number } }) => sync.total_runs > 0,
    )
    const metrics = await read(world.daemon)
    const of = (name: string, labels?: Record<string, string>) => totalOf(metrics, name, labels)
    expect(of('inlet_jobs_total', { source: 'gmail', status: 'failed', category: 'token_revoked' })).toBe(1)
    expect(of('inlet_connections', { source: 'gmail', status: 'needs_reauth' })).toBe(1)
    expect(of('inlet_provider_requests_total', { provider: 'google', purpose: 'proxy', status: '4xx' })).toBe(1)
    expect(of('inlet_token_refreshes_total', { provider: 'google', result: 'token_revoked' })).toBeGreaterThanOrEqual(1)
    expect(of('inlet_token_refreshes_total', { provider: 'google', result: 'renewed' })).toBe(0)
  })

  it('have labels of declarations alone: no id, no name, no path that someone made up', async () => {
    const daemon = await start()
    await daemon.ask('POST', '/collections', { body: { name: 'Very private', readable_id: 'very-private' } })
    const { id } = await connect(daemon, { name: 'Private name', collection: 'very-private' })
    for (const path of [
      `/proxy/${id}/made.up/path`,
      '/made/up',
      '/collections/very-private',
      `/source-connections/${id}`,
    ]) {
      for (const method of ['GET', 'PROPFIND']) await daemon.ask(method, path)
    }
    const metrics = await read(daemon)
    const values = new Set(metrics.flatMap(({ samples }) => samples.flatMap(({ labels }) => Object.values(labels))))
    const said = [...values].join(' ')
    expect(said).not.toMatch(/[\da-f]{8}-[\da-f]{4}|private|made|PROPFIND/i)
    expect(said).toContain('/proxy/:connection_id/:path')
    expect(values.has('other')).toBe(true)
    expect(values.has('(none)')).toBe(true)
  })

  it('are for keys that reach everything, with whichever scope', async () => {
    const daemon = await start()
    await daemon.ask('POST', '/collections', { body: { name: 'Mine', readable_id: 'mine' } })
    const statuses: number[] = []
    for (const collections of [null, ['mine']]) {
      const made = await daemon.ask('POST', '/keys', {
        body: { name: `key ${collections}`, scope: 'read', collections },
      })
      const headers = { 'X-API-Key': (made.body as { key: string }).key }
      for (const path of ['/metrics', '/metrics/grafana.json'])
        statuses.push((await daemon.ask('GET', path, { headers })).status)
    }
    expect(statuses).toEqual([200, 200, 403, 403])
  })

  it('go on while the vault is locked, and say so', async () => {
    const daemon = await start()
    await daemon.ask('POST', '/vault/lock')
    const metrics = await read(daemon)
    expect(totalOf(metrics, 'inlet_ready', { part: 'vault' })).toBe(0)
    expect(totalOf(metrics, 'inlet_ready', { part: 'store' })).toBe(1)
  })
})
