/** How fast the API answers, beside a bare Hono server with the same checks, and while a sync runs. */
import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ApiClient, type Connection, createApiClient, type Job } from '../support/api-client.ts'
import { startDaemonProcess } from '../support/daemon-process.ts'
import type { Bench, BenchContext, Finding } from './bench.ts'
import { seldomTogether } from './corpus.ts'
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
const routes = ['connection', 'search'] as const
type Route = (typeof routes)[number]

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
    const asked = `limit=20&query=${encodeURIComponent(seldomTogether)}`
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
      const sides: readonly Side[] = [
        ...routes.flatMap((route): Side[] => [
          { route, name: 'ours', measure: ms => ask(daemon.url, paths[route], ms), results: [] },
          { route, name: 'bare', measure: ms => ask(bare.url, barePaths[route], ms), results: [] },
        ]),
        // Without our application around it.
        {
          ...{ route: 'connection', name: 'plain', results: [] },
          measure: ms => ask(bare.url, `/plain${barePaths.connection}`, ms),
        },
      ]
      await takeTurns(sides, log)
      const busy = await duringSync(api, route => ask(daemon.url, paths[route], busyMs), context)
      return [...routes.flatMap(route => findingsOf(route, sides, busy[route])), plainFinding(sides)]
    } finally {
      await bare.stop()
      await daemon.stop()
      await shapes.stop()
    }
  },
}

interface Side {
  route: Route
  name: 'ours' | 'bare' | 'plain'
  measure(ms: number): Promise<LoadResult>
  results: LoadResult[]
}

/** All sides of each route, one after the other, and another one first in each round. */
async function takeTurns(sides: readonly Side[], log: BenchContext['log']): Promise<void> {
  for (const { measure } of sides) await measure(warmUpMs)
  for (let round = 0; round < rounds; round++) {
    for (const route of routes) {
      const own = sides.filter(side => side.route === route)
      const first = round % own.length
      for (const { measure, results } of [...own.slice(first), ...own.slice(0, first)])
        results.push(await measure(forMs))
      const sizes = own.map(({ results }) => results.at(-1)?.bodyBytes ?? 0)
      if (Math.max(...sizes) - Math.min(...sizes) > 64) {
        throw new Error(`${route}: one side answers ${Math.min(...sizes)} bytes, and another ${Math.max(...sizes)}`)
      }
      log(
        `api: ${route} ${own.map(({ name, results }) => `${name} ${Math.round(results.at(-1)?.perSecond ?? 0)}/s`).join(', ')}`,
      )
    }
  }
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

/** For whoever wonders what the door costs. */
function plainFinding(sides: readonly Side[]): Finding {
  return {
    ...{ what: `GET of a connection, ${clients} clients, idle`, value: rateOf(sides, 'connection', 'ours') },
    beside: { what: 'bare Hono with the same checks, no log', value: rateOf(sides, 'connection', 'plain') },
    ...{ unit: 'requests/s', target: { of: 'ratio', atLeast: 0.9 } },
  }
}

function resultsOf(sides: readonly Side[], route: Route, name: Side['name']): LoadResult[] {
  return sides.find(side => side.route === route && side.name === name)?.results ?? []
}

function rateOf(sides: readonly Side[], route: Route, name: Side['name']): number {
  return median(resultsOf(sides, route, name).map(({ perSecond }) => perSecond))
}

function findingsOf(route: Route, sides: readonly Side[], busy: readonly LoadResult[]): Finding[] {
  const name = route === 'connection' ? 'GET of a connection' : 'a search'
  const p99 = (results: readonly LoadResult[]) => median(results.map(({ p99Ms }) => p99Ms))
  return [
    {
      ...{ what: `${name}, ${clients} clients, idle`, value: rateOf(sides, route, 'ours'), unit: 'requests/s' },
      beside: { what: 'bare Hono route behind the same door', value: rateOf(sides, route, 'bare') },
      target: { of: 'ratio', atLeast: 0.9 },
    },
    {
      ...{ what: `${name}, p99 during a sync`, value: p99(busy), unit: 'ms' },
      beside: { what: 'idle', value: p99(resultsOf(sides, route, 'ours')) },
      target: { of: 'ratio', atMost: 3 },
    },
  ]
}

async function loadWith(load: Load): Promise<LoadResult> {
  return JSON.parse(await runProgram('load.ts', [JSON.stringify(load)])) as LoadResult
}
