/**
 * Memory stays flat over a listing of 100,000 entities, and an HTTP request during it is answered in under 50 ms at the
 * 99th percentile. `npm run bench`, or `npm run bench -- --entities 20000`; ends by itself and prints both.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type ApiClient, type Connection, createApiClient, type Job } from '../support/api-client.ts'
import { startDaemonProcess } from '../support/daemon-process.ts'
import { megabytes, printRows, readRssBytes } from './measure.ts'

const targetMs = 50
const sampleEveryMs = 20
const pauseBetweenRequestsMs = 10

/** Each is in a few of a thousand messages, both together in hardly any. */
const query = 'word700 word1200'

interface Sample {
  entities: number
  rssBytes: number
}

const { values } = parseArgs({ options: { entities: { type: 'string', default: '100000' } } })
const total = Number(values.entities)
const early = total / 10

const workspace = await startWorkspace(total)
const folder = await mkdtemp(join(tmpdir(), 'inlet-bench-'))
const limits = { requestsPerSecond: 1000, burst: 1000, concurrent: 8 }
const daemon = await startDaemonProcess({
  folder,
  config: { logLevel: 'warn', providers: { slack: { endpoints: { api: `${workspace.url}/api` }, limits } } },
})
try {
  const api = await createApiClient(daemon.url, daemon.apiKeyFile)
  const before = readRssBytes(daemon.pid)
  const startedAt = performance.now()
  const { samples, latencies, job } = await listAndAsk(api, daemon.pid)
  const seconds = (performance.now() - startedAt) / 1000
  if (job.status !== 'completed') throw new Error(`the listing ${job.status}: ${job.error}`)
  print(samples, latencies, { before, seconds, entities: job.entities_inserted })
} finally {
  await daemon.stop()
  workspace.stop()
  await rm(folder, { recursive: true, force: true })
}

/** Starts the listing; until it is over, samples the memory and keeps asking the API. */
async function listAndAsk(api: ApiClient, pid: number) {
  await api.call('POST', '/collections', { name: 'Bench', readable_id: 'bench' })
  const connection = await api.call<Connection>('POST', '/source-connections', {
    short_name: 'slack',
    collection: 'bench',
    auth_fields: { access_token: 'xoxp-bench' },
  })
  const path = `/source-connections/${connection.id}`
  const jobPath = `${path}/jobs/${connection.latest_sync_job_id}`
  const latencies: Record<'connection' | 'search', number[]> = { connection: [], search: [] }
  const samples: Sample[] = []
  let job = await api.call<Job>('GET', jobPath)
  const isOver = () => job.status !== 'pending' && job.status !== 'in_progress'

  async function sample(): Promise<void> {
    while (!isOver()) {
      samples.push({ entities: job.entities_inserted, rssBytes: readRssBytes(pid) })
      await sleep(sampleEveryMs)
    }
  }

  async function ask(): Promise<void> {
    while (!isOver()) {
      latencies.connection.push(await timed(() => api.call('GET', path)))
      latencies.search.push(
        await timed(() => api.call('GET', `/collections/bench/search?limit=10&query=${encodeURIComponent(query)}`)),
      )
      job = await api.call<Job>('GET', jobPath)
      await sleep(pauseBetweenRequestsMs)
    }
  }

  await Promise.all([sample(), ask()])
  return { samples, latencies, job }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

function print(
  samples: readonly Sample[],
  latencies: Readonly<Record<string, readonly number[]>>,
  { before, seconds, entities }: { before: number; seconds: number; entities: number },
): void {
  const peakUntil = (count: number) =>
    Math.max(...samples.filter(sample => sample.entities <= count).map(sample => sample.rssBytes))
  const [first, second] = [peakUntil(early), peakUntil(Number.POSITIVE_INFINITY)]
  const rows: [string, string][] = [
    ['entities stored', `${entities} in ${seconds.toFixed(1)} s, ${Math.round(entities / seconds)} a second`],
    ['memory before', megabytes(before)],
    [`peak memory until ${early}`, megabytes(first)],
    [`peak memory until ${total}`, megabytes(second)],
    ['ratio of the peaks', (second / first).toFixed(2)],
    ...Object.entries(latencies).map(([name, times]): [string, string] => [
      `GET ${name}`,
      `p50 ${quantile(times, 0.5).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms, slowest ${quantile(times, 1).toFixed(1)} ms (${times.length} requests)`,
    ]),
    [
      'all requests',
      `p99 ${quantile(Object.values(latencies).flat(), 0.99).toFixed(1)} ms, to be under ${targetMs} ms`,
    ],
  ]
  printRows(rows)
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

async function startWorkspace(count: number): Promise<{ url: string; stop(): void }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'large-workspace.ts'), String(count)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', code => reject(new Error(`the workspace ended with ${code}`)))
    child.stdout.once('data', chunk => resolve(String(chunk).trim()))
  })
  return { url, stop: () => void child.stdin.end() }
}
