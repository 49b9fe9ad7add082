/** What ten thousand connections with schedules cost a daemon in which nothing is due, beside ten of them. */
import { join } from 'node:path'
import { systemClock } from '../../../core/clock.ts'
import { silentLog } from '../../../core/log.ts'
import { createScheduler } from '../../../core/scheduler.ts'
import { openStore } from '../../../core/store/index.ts'
import type { BenchContext, Finding } from '../bench.ts'
import { median, megabytes } from '../measure.ts'
import { type MeasuredInlet, startInlet } from './processes.ts'
import { type Seeded, seedConnections } from './seed.ts'

const few = 10
const rounds = 50
const warmUps = 5
const starts = 5
const nowhere = { api: 'http://127.0.0.1:1', token: 'http://127.0.0.1:1/token' }

interface Side {
  seeded: Seeded
  inlet: MeasuredInlet
  timesMs: Record<Asked, number[]>
}

const asks = {
  patch: 'the schedule of one connection changed',
  create: 'one connection made',
  list: 'a page of 50 connections',
  metrics: 'the figures of /metrics',
} as const
type Asked = keyof typeof asks

export async function measureScheduling({ count, scratch, log }: BenchContext): Promise<Finding[]> {
  const many = count(10_000)
  log(`scale: ${many} connections with schedules`)
  const folders: Seeded[] = []
  for (const size of [few, many]) folders.push(await seed(join(scratch, `scheduling-${size}`), size))
  const startTimes = await measureStarts(folders)
  const sides: Side[] = []
  for (const seeded of folders) {
    const inlet = await start(seeded)
    sides.push({ seeded, inlet, timesMs: { patch: [], create: [], list: [], metrics: [] } })
  }
  const [memoryFew = 0, memoryMany = 0] = await measureMemory(sides, many)
  for (const ask of Object.keys(asks) as Asked[]) await takeTurns(sides, ask)
  for (const { inlet } of sides) await inlet.close()
  const ticks = await measureTicks(folders)
  const all = many.toLocaleString('en-US')
  const beside = (values: readonly (readonly number[])[]) => ({
    value: median(values[1] ?? []),
    unit: 'ms' as const,
    beside: { what: `with ${few}`, value: median(values[0] ?? []) },
  })
  return [
    {
      what: `memory that ${all} schedules cost beyond ${few}: all of the process, each schedule in use`,
      value: megabytes(memoryMany - memoryFew),
      unit: 'MB',
      beside: { what: `the process with ${few}`, value: megabytes(memoryFew) },
      target: { of: 'value', atMost: 100 },
    },
    { what: `start of inlet with ${all} connections`, ...beside(startTimes) },
    { what: 'a look at what is due, when nothing is', ...beside(ticks) },
    ...(Object.keys(asks) as Asked[]).map(
      (ask): Finding => ({ what: asks[ask], ...beside(sides.map(({ timesMs }) => timesMs[ask])) }),
    ),
  ]
}

/** Due tomorrow, so that nothing runs while it is measured. */
function seed(folder: string, size: number): Promise<Seeded> {
  const nextRunAt = new Date(Date.now() + 86_400_000).toISOString()
  const timing = (index: number) => ({ cronSchedule: `${index % 60} 3 * * *`, timezone: 'UTC', nextRunAt })
  return seedConnections(folder, size, { timing, withCredentials: false })
}

function start({ dataDir, environment }: Seeded): Promise<MeasuredInlet> {
  return startInlet({ dataDir, environment, endpoints: nowhere, logFile: join(dataDir, '..', 'log') })
}

async function measureStarts(folders: readonly Seeded[]): Promise<number[][]> {
  const times = folders.map((): number[] => [])
  for (let round = 0; round < starts; round++) {
    for (const [side, seeded] of folders.entries()) {
      const inlet = await start(seeded)
      times[side]?.push(inlet.startMs)
      await inlet.close()
    }
  }
  return times
}

/** Both write as many schedules, so that what they leave behind is the same. */
async function measureMemory(sides: readonly Side[], times: number): Promise<number[]> {
  const bytes: number[] = []
  for (const { inlet, seeded } of sides) {
    await inlet.ask({ ask: 'schedule', ids: seeded.ids, times })
    bytes.push(await inlet.ask({ ask: 'memory' }))
  }
  return bytes
}

async function takeTurns(sides: readonly Side[], ask: Asked): Promise<void> {
  for (let round = 0; round < warmUps + rounds; round++) {
    for (const { inlet, seeded, timesMs } of sides) {
      const tookMs = await inlet.ask({ ask, id: seeded.ids[round % seeded.ids.length] ?? '' })
      if (round >= warmUps) timesMs[ask].push(tookMs)
    }
  }
}

/** The scheduler alone, told to look again and again. */
async function measureTicks(folders: readonly Seeded[]): Promise<number[][]> {
  const times = folders.map((): number[] => [])
  for (const [side, { dataDir }] of folders.entries()) {
    const store = await openStore({ file: join(dataDir, 'inlet.db') })
    let napping = Promise.withResolvers<void>()
    const clock = {
      ...systemClock,
      sleep(ms: number, signal?: AbortSignal) {
        napping.resolve()
        return systemClock.sleep(ms, signal)
      },
    }
    const scheduler = createScheduler({ store, clock, log: silentLog, async enqueue() {} })
    scheduler.start()
    await napping.promise
    for (let round = 0; round < warmUps + rounds; round++) {
      napping = Promise.withResolvers<void>()
      const startedMs = performance.now()
      scheduler.poke()
      await napping.promise
      if (round >= warmUps) times[side]?.push(performance.now() - startedMs)
    }
    await scheduler.stop()
    await store.close()
  }
  return times
}
