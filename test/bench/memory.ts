/** Memory stays flat over a first listing, and the API answers while it runs. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ApiClient, type Connection, createApiClient, type Job } from '../support/api-client.ts'
import { startDaemonProcess } from '../support/daemon-process.ts'
import type { Bench, Finding } from './bench.ts'
import { seldomTogether } from './corpus.ts'
import { megabytes, quantile, readRssBytes, timed } from './measure.ts'
import { startShapes } from './shapes/index.ts'

const idleMs = 5000
const sampleEveryMs = 20
const pauseBetweenRequestsMs = 50

interface Sample {
  /** As many at the most: how many there were when that was asked for the next time. */
  entities: number
  rssBytes: number
}

export const bench: Bench = {
  title: 'memory of the daemon: idle, and over a first listing; and its answers meanwhile',
  async run({ count, scratch }) {
    const total = count(1_000_000)
    const shapes = await startShapes({ slack: total })
    // What Node compiles at the first start after a change of the sources is there at every other one.
    await (await startDaemonProcess({ folder: join(scratch, 'compiled') })).stop()
    const daemon = await startDaemonProcess({
      folder: join(scratch, 'memory'),
      config: { logLevel: 'warn', providers: shapes.providers },
    })
    try {
      const api = await createApiClient(daemon.url, daemon.apiKeyFile)
      await api.call('GET', '/source-connections')
      await sleep(idleMs)
      const idle = megabytes(readRssBytes(daemon.pid))
      const { samples, latencies, job } = await listAndAsk(api, daemon.pid)
      if (job.status !== 'completed') throw new Error(`the listing ${job.status}: ${job.error}`)
      return [
        { what: 'resident, idle', value: idle, unit: 'MB', target: { of: 'value', atMost: 120 } },
        ...findingsOf(samples, latencies, total),
      ]
    } finally {
      await daemon.stop()
      await shapes.stop()
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
  /** Taken since it was last asked how many entities there are. */
  let pending: number[] = []
  let job = await api.call<Job>('GET', jobPath)
  const isOver = () => job.status !== 'pending' && job.status !== 'in_progress'

  async function look(): Promise<Job> {
    const now = await api.call<Job>('GET', jobPath)
    samples.push(...pending.map(rssBytes => ({ entities: now.entities_inserted, rssBytes })))
    pending = []
    return now
  }

  async function sample(): Promise<void> {
    while (!isOver()) {
      pending.push(readRssBytes(pid))
      await sleep(sampleEveryMs)
    }
  }

  async function ask(): Promise<void> {
    while (!isOver()) {
      latencies.connection.push(await timed(() => api.call('GET', path)))
      latencies.search.push(
        await timed(() =>
          api.call('GET', `/collections/bench/search?limit=10&query=${encodeURIComponent(seldomTogether)}`),
        ),
      )
      job = await look()
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
  const early = total / 100
  const peakUntil = (count: number) =>
    megabytes(Math.max(...samples.filter(sample => sample.entities <= count).map(sample => sample.rssBytes)))
  return [
    {
      what: `resident at the peak of a first listing of ${total.toLocaleString('en-US')}`,
      ...{ value: peakUntil(Number.POSITIVE_INFINITY), unit: 'MB' },
      beside: { what: `until ${early.toLocaleString('en-US')}`, value: peakUntil(early) },
      target: { of: 'ratio', atMost: 1.2 },
    },
    ...Object.entries(latencies).map(
      ([name, times]): Finding => ({ what: `GET ${name} meanwhile, p99`, value: quantile(times, 0.99), unit: 'ms' }),
    ),
  ]
}
