import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Failure } from '../../core/errors.ts'
import { silentLog } from '../../core/log.ts'
import { createScheduler, type Scheduler } from '../../core/scheduler.ts'
import { openStore } from '../../core/store/index.ts'
import type { ConnectionRow, Store } from '../../core/store/store.ts'
import { type FakeClock, fakeClock } from '../support/fake-clock.ts'
import { storeConnection } from '../support/stored-connection.ts'

const minuteMs = 60_000
const start = Date.UTC(2026, 0, 1)

let folder: string
let store: Store
let clock: FakeClock
let scheduler: Scheduler
let started: { id: string; at: string }[]
let refusal: Failure | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlet-test-'))
  store = await openStore({ file: join(folder, 'inlet.db') })
  clock = fakeClock(start)
  started = []
  refusal = undefined
  scheduler = open()
})

afterEach(async () => {
  await scheduler.stop()
  await store.close()
  await rm(folder, { recursive: true })
})

function open(): Scheduler {
  return createScheduler({
    store,
    clock,
    log: silentLog,
    async enqueue({ id }) {
      if (refusal) throw refusal
      started.push({ id, at: new Date(clock.now()).toISOString() })
    },
  })
}

const hourly = { cronSchedule: '0 * * * *', timezone: 'UTC', nextRunAt: '2026-01-01T01:00:00.000Z' }

/** Moves time on, letting the scheduler finish and nap after each step. */
async function pass(ms: number, stepMs = 10_000): Promise<void> {
  for (let left = ms; left > 0; left -= stepMs) {
    await napping()
    await clock.advance(Math.min(stepMs, left))
  }
  await napping()
}

async function napping(): Promise<void> {
  while (clock.sleeping === 0) await new Promise(resolve => setTimeout(resolve, 1))
}

async function nextRunAt({ id }: ConnectionRow): Promise<string | null | undefined> {
  return (await store.connection(id))?.nextRunAt
}

describe('the scheduler', () => {
  it('starts a run in the minute it is due, each time', async () => {
    const connection = await storeConnection(store, hourly)
    scheduler.start()
    await pass(59 * minuteMs)
    expect(started).toEqual([])
    await pass(2 * minuteMs)
    expect(started).toHaveLength(1)
    expect(started[0]?.at.slice(0, 16)).toBe('2026-01-01T01:00')
    expect(await nextRunAt(connection)).toBe('2026-01-01T02:00:00.000Z')
    await pass(60 * minuteMs)
    expect(started.map(({ at }) => at.slice(0, 16))).toEqual(['2026-01-01T01:00', '2026-01-01T02:00'])
  })

  it('catches up with one run, however many were missed while the machine slept', async () => {
    await storeConnection(store, hourly)
    scheduler.start()
    await pass(minuteMs)
    clock.jump(3.5 * 60 * minuteMs)
    await pass(minuteMs)
    expect(started).toHaveLength(1)
    await pass(20 * minuteMs)
    expect(started).toHaveLength(1)
  })

  it('catches up with one run after the daemon was down', async () => {
    const connection = await storeConnection(store, { ...hourly, nextRunAt: '2025-12-20T00:00:00.000Z' })
    scheduler.start()
    await pass(minuteMs)
    expect(started).toEqual([{ id: connection.id, at: expect.any(String) }])
    expect(await nextRunAt(connection)).toBe('2026-01-01T01:00:00.000Z')
  })

  it('is paused while a person must sign in, and keeps its times', async () => {
    const connection = await storeConnection(store, { ...hourly, authState: 'needs_reauth' })
    scheduler.start()
    await pass(61 * minuteMs)
    expect(started).toEqual([])
    expect(await nextRunAt(connection)).toBe('2026-01-01T02:00:00.000Z')
    await store.updateConnection(connection.id, { authState: 'ready' })
    await pass(60 * minuteMs)
    expect(started).toHaveLength(1)
  })

  it('leaves a connection alone that is still running', async () => {
    const connection = await storeConnection(store, hourly)
    refusal = new Failure('conflict', 'running')
    scheduler.start()
    await pass(61 * minuteMs)
    expect(started).toEqual([])
    expect(await nextRunAt(connection)).toBe('2026-01-01T02:00:00.000Z')
  })

  it('runs every second where that is asked for', async () => {
    await storeConnection(store, {
      cronSchedule: '*/2 * * * * *',
      timezone: 'UTC',
      nextRunAt: '2026-01-01T00:00:02.000Z',
    })
    scheduler.start()
    await pass(20_000, 500)
    expect(started.length).toBeGreaterThanOrEqual(9)
    expect(started.length).toBeLessThanOrEqual(10)
  })

  it('computes every schedule again when the clock was set back', async () => {
    const connection = await storeConnection(store, { ...hourly, nextRunAt: '2026-01-05T00:00:00.000Z' })
    scheduler.start()
    await pass(minuteMs)
    clock.jump(-24 * 60 * minuteMs)
    await pass(minuteMs)
    expect(await nextRunAt(connection)).toBe('2025-12-31T01:00:00.000Z')
  })

  it('looks again at once when it is told of a change', async () => {
    scheduler.start()
    await pass(minuteMs)
    await storeConnection(store, { ...hourly, nextRunAt: '2026-01-01T00:01:00.000Z' })
    scheduler.poke()
    await new Promise(resolve => setImmediate(resolve))
    await pass(15_000, 5_000)
    expect(started).toHaveLength(1)
  })

  it('spreads connections that are due together, each within its minute', async () => {
    for (let index = 0; index < 40; index++) await storeConnection(store, hourly)
    scheduler.start()
    await pass(59 * minuteMs + 30_000)
    await pass(90_000, 1000)
    expect(started).toHaveLength(40)
    const times = new Set(started.map(({ at }) => at))
    expect(times.size).toBeGreaterThan(5)
    for (const at of times) expect(at.slice(0, 16)).toBe('2026-01-01T01:00')
  })
})
