/**
 * Thousands of connections whose access tokens have died, due in the same second: each run must begin within the minute,
 * and each token be renewed once.
 */
import { join } from 'node:path'
import { openStore } from '../../../core/store/index.ts'
import type { ConnectionRow, JobRow } from '../../../core/store/store.ts'
import type { BenchContext, Finding } from '../bench.ts'
import { megabytes } from '../measure.ts'
import { startInlet, startProvider } from './processes.ts'
import { seedConnections } from './seed.ts'

const few = 10
/** How long the token endpoint and the provider take for each answer, as over a good network. */
const answerMs = 50
/** How long before the runs are due inlet is started, by its own clock: it is set, so that seeding may take its time. */
const leadMs = 5000

export async function measureStorm({ count, scratch, log }: BenchContext): Promise<Finding[]> {
  const many = count(10_000)
  const calm = await storm(join(scratch, 'storm-few'), few, log)
  const { dueAtMs, jobs, rows, refreshes, items, seen } = await storm(join(scratch, 'storm'), many, log)
  const missing = jobs.filter(({ startedAt, completedAt }) => startedAt === null || completedAt === null).length
  if (missing > 0 || jobs.length < many)
    throw new Error(`${many - jobs.length + missing} runs did not end well in time`)
  const latest = latestOf(jobs, dueAtMs)
  const firstMs = Math.min(...jobs.map(startOf))
  const lastMs = Math.max(...jobs.map(({ completedAt }) => Date.parse(completedAt ?? '')))
  const seconds = (lastMs - firstMs) / 1000
  const good = rows.filter(row => row.totalRuns === 2 && row.successfulRuns === 2 && row.credentialGeneration === 2)
  const all = many.toLocaleString('en-US')
  return [
    {
      what: `${all} runs and refreshes due together: the last run begun`,
      value: latest / 1000,
      unit: 's',
      beside: { what: `of ${few}`, value: latestOf(calm.jobs, calm.dueAtMs) / 1000 },
      target: { of: 'value', atMost: 60 },
    },
    {
      what: 'connections that did not run once, or whose token was not renewed once',
      value: many - Math.min(good.length, refreshes.answered) + Math.max(0, refreshes.answered - many),
      unit: 'count',
      target: { of: 'value', atMost: 0 },
    },
    {
      what: 'refresh tokens used twice, and dead access tokens sent',
      value: refreshes.refused + items.refused,
      unit: 'count',
      target: { of: 'value', atMost: 0 },
    },
    {
      what: 'runs, each with a refresh, from the first begun to the last ended',
      value: many / seconds,
      unit: 'runs/s',
    },
    { what: 'processor time of each, all threads, idle ones included', value: seen.processorMs / many, unit: 'ms' },
    { what: 'event loop delay meanwhile, p99', value: seen.delayP99Ms, unit: 'ms' },
    {
      what: 'peak memory',
      value: megabytes(seen.peakBytes),
      unit: 'MB',
      beside: { what: `of ${few}`, value: megabytes(calm.seen.peakBytes) },
    },
  ]
}

async function storm(folder: string, count: number, log: BenchContext['log']) {
  const dueAtMs = Math.ceil(Date.now() / 1000) * 1000
  const due = new Date(dueAtMs)
  const cronSchedule = `${due.getUTCSeconds()} ${due.getUTCMinutes()} ${due.getUTCHours()} * * *`
  const timing = () => ({ cronSchedule, timezone: 'UTC', nextRunAt: due.toISOString() })
  const seeded = await seedConnections(folder, count, { timing, withCredentials: true })
  const token = await startProvider('token', answerMs)
  const items = await startProvider('items', answerMs)
  try {
    const inlet = await startInlet({
      ...seeded,
      endpoints: { api: items.url, token: `${token.url}/token` },
      logFile: join(folder, 'log'),
      nowMs: dueAtMs - leadMs,
    })
    log(`scale: ${count} runs fall due together`)
    const seen = await inlet.ask({ ask: 'storm', count })
    const [refreshes, answered] = [await token.counts(), await items.counts()]
    await inlet.close()
    return { dueAtMs, refreshes, items: answered, seen, ...(await readOutcome(seeded.dataDir, seeded.ids)) }
  } finally {
    await token.stop()
    await items.stop()
  }
}

async function readOutcome(
  dataDir: string,
  ids: readonly string[],
): Promise<{ jobs: JobRow[]; rows: ConnectionRow[] }> {
  const store = await openStore({ file: join(dataDir, 'inlet.db') })
  const [jobs, rows]: [JobRow[], ConnectionRow[]] = [[], []]
  for (let at = 0; at < ids.length; at += 500) {
    jobs.push(...Object.values(await store.latestJobs(ids.slice(at, at + 500))))
    rows.push(...(await store.connections({ skip: at, limit: 500 })))
  }
  await store.close()
  return { jobs, rows }
}

function startOf({ startedAt }: JobRow): number {
  return startedAt === null ? Number.POSITIVE_INFINITY : Date.parse(startedAt)
}

function latestOf(jobs: readonly JobRow[], dueAtMs: number): number {
  return Math.max(...jobs.map(startOf)) - dueAtMs
}
