/** Memory stays flat over a first listing, and the API answers while it runs. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ApiClient, type Connection, createApiClient, type Job } from '../support/api-client.ts'
import { startDaemonProcess } from '../support/daemon-process.ts'
import type { Bench, Finding } from './bench.ts'
import { mebibytes, quantile, readRssBytes, timed } from './measure.ts'

const sampleEveryMs = 20
const pauseBetweenRequestsMs = 10

/** Each is in a few of a thousand messages, both together in hardly any. */
const query = 'word700 word1200'

interface Sample {
  entities: number
  rssBytes: number
}

export const bench: Bench = {
  title: 'memory of the daemon over a first listing, and its answers meanwhile',
  async run({ count, scratch }) {
    const total = count(100_000)
    const workspace = await startWorkspace(total)
    const limits = { requestsPerSecond: 1000, burst: 1000, concurrent: 8 }
    const daemon = await startDaemonProcess({
      folder: join(scratch, 'memory'),
      config: { logLevel: 'warn', providers: { slack: { endpoints: { api: `${workspace.url}/api` }, limits } } },
    })
    try {
      const api = await createApiClient(daemon.url, daemon.apiKeyFile)
      const { samples, latencies, job } = await listAndAsk(api, daemon.pid)
      if (job.status !== 'completed') throw new Error(`the listing ${job.status}: ${job.error}`)
      return findingsOf(samples, latencies, total)
    } finally {
      await daemon.stop()
      workspace.stop()
    }
  },
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

function findingsOf(
  samples: readonly Sample[],
  latencies: Readonly<Record<string, readonly number[]>>,
  total: number,
): Finding[] {
  const peakUntil = (count: number) =>
    mebibytes(Math.max(...samples.filter(sample => sample.entities <= count).map(sample => sample.rssBytes)))
  return [
    {
      what: `peak memory over ${total} entities`,
      value: peakUntil(total),
      unit: 'MiB',
      beside: { what: 'over the first tenth', value: peakUntil(total / 10) },
    },
    ...Object.entries(latencies).map(
      ([name, times]): Finding => ({ what: `GET ${name} meanwhile, p99`, value: quantile(times, 0.99), unit: 'ms' }),
    ),
  ]
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
