/** How fast the API answers, beside a bare Hono server with the same checks, and while a sync runs. */
import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ApiClient, type Connection, createApiClient, type Job } from '../support/api-client.ts'
import { startDaemonProcess } from '../support/daemon-process.ts'
import type { Bench, BenchContext, Finding } from './bench.ts'
import { wordOf } from './corpus.ts'
import type { Load, LoadResult } from './load.ts'
import { median } from './measure.ts'
import { runProgram, startService } from './programs.ts'
import { seedStore } from './seed.ts'
import { startShapes } from './shapes/index.ts'

const entry = join(import.meta.dirname, '..', '..', 'daemon', 'inlet.js')
const clients = 32
const rounds = 7
const forMs = 1500
const warmUpMs = 3000
const busyMs = 750
/** Whatever the scale: below it a sync is over before it was asked beside it. */
const fewestSynced = 20_000
/** Each is in a few of a thousand entities, both together in hardly any. */
const query = `${wordOf(1500)} ${wordOf(2500)}`
const routes = ['connection', 'search'] as const
type Route = (typeof routes)[number]
/** A bare route without log and counters. */
const plainPath = '/plain/document'

export const bench: Bench = {
  title: 'GET of a connection and a search, 32 clients, beside a bare Hono server, and during a sync',
  async run(context) {
    const { count, scratch, log } = context
    const folder = join(scratch, 'api')
    const dataDir = join(folder, 'data')
    await seedStore(dataDir, count(100_000))
    await cp(dataDir, join(scratch, 'api-bare'), { recursive: true })
    const shapes = await startShapes({ slack: Math.max(fewestSynced, count(200_000)) })
    const daemon = await startDaemonProcess({
      folder,
      // Both sides write their logs into files, as under a service manager: a pipe would be as fast as who reads it.
      command: ['sh', '-c', 'exec "$0" "$1" start 2>"$2"', process.execPath, entry, join(folder, 'daemon.log')],
      config: { providers: shapes.providers },
    })
    const key = (await readFile(daemon.apiKeyFile, 'utf8')).trim()
    const api = await createApiClient(daemon.url, daemon.apiKeyFile)
    const [connection] = await api.call<Connection[]>('GET', '/source-connections')
    const asked = `limit=20&query=${encodeURIComponent(query)}`
    const paths: Record<Route, string> = {
      connection: `/source-connections/${connection?.id}`,
      search: `/collections/bench/search?${asked}`,
    }
    const barePaths: Record<Route, string> = {
      connection: `/document/${connection?.id}`,
      search: `/search/bench?${asked}`,
    }
    const document = await api.call<object>('GET', paths.connection)
    const bare = await startService('bare-server.ts', [
      JSON.stringify({ dataDir: join(scratch, 'api-bare'), logFile: join(folder, 'bare.log'), key, document }),
    ])
    const ask = (url: string, path: string, ms: number) => loadWith({ url, path, key, clients, forMs: ms })
    try {
      const idle = await besides(
        route => ({
          ours: ms => ask(daemon.url, paths[route], ms),
          bare: ms => ask(bare.url, barePaths[route], ms),
        }),
        log,
      )
      const plain = [await ask(bare.url, plainPath, forMs), await ask(bare.url, plainPath, forMs)]
      const busy = await duringSync(api, route => ask(daemon.url, paths[route], busyMs), context)
      return [...routes.flatMap(route => findingsOf(route, idle[route], busy[route])), plainFinding(idle, plain)]
    } finally {
      bare.stop()
      await daemon.stop()
      await shapes.stop()
    }
  },
}

type Measure = (ms: number) => Promise<LoadResult>
type Sides = Record<'ours' | 'bare', Measure>
type Idle = Record<'ours' | 'bare', LoadResult[]>

/** Both sides of each route take turns. */
async function besides(sidesOf: (route: Route) => Sides, log: BenchContext['log']): Promise<Record<Route, Idle>> {
  const results = { connection: { ours: [], bare: [] }, search: { ours: [], bare: [] } } as Record<Route, Idle>
  for (const route of routes) for (const measure of Object.values(sidesOf(route))) await measure(warmUpMs)
  for (let round = 0; round < rounds; round++) {
    for (const route of routes) {
      const { ours, bare } = sidesOf(route)
      const [mine, its] =
        round % 2 === 0 ? [await ours(forMs), await bare(forMs)] : (await inTurn(bare, ours)).reverse()
      if (!mine || !its) continue
      if (Math.abs(mine.bodyBytes - its.bodyBytes) > 64)
        throw new Error(`${route}: we answer ${mine.bodyBytes} bytes, and the bare server ${its.bodyBytes}`)
      results[route].ours.push(mine)
      results[route].bare.push(its)
      log(`api: ${route} ${Math.round(mine.perSecond)}/s, bare ${Math.round(its.perSecond)}/s`)
    }
  }
  return results
}

async function inTurn(...measures: Measure[]): Promise<LoadResult[]> {
  const results: LoadResult[] = []
  for (const measure of measures) results.push(await measure(forMs))
  return results
}

/** Starts a first listing of another collection, and asks until it is over. */
async function duringSync(
  api: ApiClient,
  measure: (route: Route) => Promise<LoadResult>,
  { log }: BenchContext,
): Promise<Record<Route, LoadResult[]>> {
  await api.call('POST', '/collections', { name: 'Sync', readable_id: 'sync' })
  const connection = await api.call<Connection>('POST', '/source-connections', {
    ...{ short_name: 'slack', collection: 'sync' },
    auth_fields: { access_token: 'xoxp-bench' },
  })
  const jobPath = `/source-connections/${connection.id}/jobs/${connection.latest_sync_job_id}`
  const isOver = async () => {
    const { status, error } = await api.call<Job>('GET', jobPath)
    if (status === 'failed' || status === 'cancelled') throw new Error(`the listing ${status}: ${error}`)
    return status === 'completed'
  }
  const results: Record<Route, LoadResult[]> = { connection: [], search: [] }
  while (!(await isOver())) {
    for (const route of routes) {
      const result = await measure(route)
      // One that the listing has ended in says nothing of it.
      if (await isOver()) break
      results[route].push(result)
      log(`api: ${route} during the sync ${Math.round(result.perSecond)}/s, p99 ${result.p99Ms.toFixed(1)} ms`)
    }
  }
  const { entities_inserted: entities } = await api.call<Job>('GET', jobPath)
  log(`api: the sync brought ${entities} entities`)
  if (routes.some(route => results[route].length === 0)) throw new Error('the sync was over too soon to ask beside it')
  return results
}

/** For whoever wonders what the door costs: a figure without a target. */
function plainFinding(idle: Record<Route, Idle>, plain: readonly LoadResult[]): Finding {
  return {
    ...{ what: 'GET of a connection, idle', value: rateOf(idle.connection.ours), unit: 'requests/s' },
    beside: { what: 'bare Hono without log and counters', value: rateOf(plain) },
  }
}

function rateOf(results: readonly LoadResult[]): number {
  return median(results.map(result => result.perSecond))
}

function findingsOf(route: Route, idle: Idle, busy: readonly LoadResult[]): Finding[] {
  const name = route === 'connection' ? 'GET of a connection' : 'a search'
  const p99 = (results: readonly LoadResult[]) => median(results.map(result => result.p99Ms))
  return [
    {
      ...{ what: `${name}, ${clients} clients, idle`, value: rateOf(idle.ours), unit: 'requests/s' },
      beside: { what: 'bare Hono route behind the same door', value: rateOf(idle.bare) },
      target: { of: 'ratio', atLeast: 0.9 },
    },
    {
      ...{ what: `${name}, p99 during a sync`, value: p99(busy), unit: 'ms' },
      beside: { what: 'idle', value: p99(idle.ours) },
      target: { of: 'ratio', atMost: 3 },
    },
  ]
}

async function loadWith(load: Load): Promise<LoadResult> {
  return JSON.parse(await runProgram('load.ts', [JSON.stringify(load)])) as LoadResult
}
