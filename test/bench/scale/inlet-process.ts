/**
 * inlet as a library in a process of its own, asked by its parent. Run with where its data and the provider are; it
 * says how long the start took, and then answers one question after the other.
 */
import '../daemon-heap.ts'
import { openSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createInlet, type Inlet, systemClock } from '../../../core/index.ts'
import { mapInOrder } from '../../../core/parallel.ts'
import { createLog } from '../../../daemon/log.ts'
import { timed, watchDelay } from '../measure.ts'
import { scalePlugin } from './plugin.ts'

export interface InletSetup {
  dataDir: string
  environment: Readonly<Record<string, string>>
  endpoints: { api: string; token: string }
  logFile: string
  /** What time it is there when it begins (milliseconds since 1970), where it is not what the machine says. */
  nowMs?: number | undefined
}

export type Question =
  /** Writes the schedules of these connections, as a program does that sets them up. */
  | { ask: 'schedule'; ids: readonly string[]; times: number }
  /** Bytes resident, after a collection of garbage. */
  | { ask: 'memory' }
  /** Milliseconds that one of these takes. */
  | { ask: 'patch' | 'create' | 'list' | 'metrics'; id: string }
  /** Resolves when so many jobs have ended. */
  | { ask: 'storm'; count: number }

export interface Storm {
  /** Of all its threads. */
  processorMs: number
  delayP99Ms: number
  delayMostMs: number
  peakBytes: number
}

/** For how long the end of a storm is waited for. */
const patienceMs = 240_000
/** The figures of /metrics are looked at: with 10,000 connections they take a while, of a processor that is to be measured. */
const lookEveryMs = 5000
const listed = 50

const setup = JSON.parse(process.argv[2] ?? '{}') as InletSetup
// As the daemon's own, which goes to a file or a pipe line by line.
const logFile = openSync(setup.logFile, 'a')
const log = createLog('info', { write: line => void writeSync(logFile, line) })
const startedMs = performance.now()
const { nowMs = Date.now() } = setup
// At the machine's pace.
const clock = { ...systemClock, now: () => Math.round(nowMs + performance.now() - startedMs) }
const inlet = await createInlet({ ...setup, plugins: [scalePlugin(setup.endpoints)], log, clock })
process.send?.(performance.now() - startedMs)

process.on('message', (question: Question | 'close') => {
  if (question === 'close') return void inlet.close().then(() => process.exit(0))
  void answer(question).then(result => process.send?.(result))
})
process.on('disconnect', () => process.exit(1))

async function answer(question: Question): Promise<number | Storm> {
  if (question.ask === 'storm') return watch(question.count)
  if (question.ask === 'memory') return residentBytes()
  if (question.ask === 'schedule') {
    const { ids, times } = question
    return timed(async () => {
      const all = Array.from({ length: times }, (_round, at) => ({ id: ids[at % ids.length] ?? '', at }))
      for await (const _view of mapInOrder(all, 16, ({ id, at }) => inlet.connections.update(id, timingOf(at))));
    })
  }
  return timed(() => asked(inlet, question))
}

async function asked({ connections, measure }: Inlet, { ask, id }: { ask: string; id: string }): Promise<unknown> {
  if (ask === 'list') return connections.list({ skip: 0, limit: listed })
  if (ask === 'metrics') return measure()
  if (ask === 'patch') return connections.update(id, timingOf(performance.now()))
  return connections.create({ shortName: 'scale', collection: 'bench', ...timingOf(performance.now()) })
}

/** Each its own minute of the day, in one of a few zones. */
function timingOf(number: number): { cronSchedule: string; timezone: string } {
  const minutes = Math.floor(number) % 1440
  const zones = ['Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'Australia/Sydney', 'UTC']
  return {
    cronSchedule: `${minutes % 60} ${Math.floor(minutes / 60)} * * *`,
    timezone: zones[Math.floor(number / 1440) % zones.length] ?? 'UTC',
  }
}

async function residentBytes(): Promise<number> {
  for (let round = 0; round < 5; round++) {
    globalThis.gc?.()
    await sleep(100)
  }
  return process.memoryUsage.rss()
}

async function watch(count: number): Promise<Storm> {
  const before = process.cpuUsage()
  const delay = watchDelay()
  const untilMs = performance.now() + patienceMs
  while ((await endedJobs()) < count && performance.now() < untilMs) await sleep(lookEveryMs)
  const { p99Ms: delayP99Ms, longestMs: delayMostMs } = delay.stop()
  const { user, system } = process.cpuUsage(before)
  return {
    processorMs: (user + system) / 1000,
    ...{ delayP99Ms, delayMostMs },
    peakBytes: process.resourceUsage().maxRSS * 1024,
  }
}

async function endedJobs(): Promise<number> {
  const jobs = (await inlet.measure()).find(({ name }) => name === 'inlet_jobs_total')
  return jobs?.type === 'counter' ? jobs.samples.reduce((sum, { value }) => sum + value, 0) : 0
}
