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

  it('asks in vain for a few of them at each tick while the vault is locked, and begins each once when it is open', async () => {
    const count = 250
    for (let index = 0; index < count; index++) await storeConnection(store, hourly)
    let asked = 0
    refusal = new Failure('vault_locked', 'locked')
    scheduler = createScheduler({
      store,
      clock,
      log: silentLog,
      async enqueue({ id }) {
        asked++
        if (refusal) throw refusal
        started.push({ id, at: '' })
      },
    })
    scheduler.start()
    await pass(61 * minuteMs, 500)
    const [askedBefore, sleptBefore] = [asked, clock.slept.length]
    // Jobs that were begun before the vault was locked end, and there is room again and again.
    for (let round = 0; round < 100; round++) {
      scheduler.roomy()
      scheduler.roomy()
    }
    await pass(10 * minuteMs)
    const ticks = 10 * 2 + 1
    expect(askedBefore).toBeGreaterThan(0)
    expect(asked - askedBefore).toBeLessThanOrEqual((ticks + 1) * 100)
    expect(clock.slept.length - sleptBefore).toBeLessThanOrEqual(ticks + 2)
    refusal = undefined
    scheduler.poke()
    await pass(minuteMs)
    expect(new Set(started.map(({ id }) => id)).size).toBe(count)
    expect(started).toHaveLength(count)
  })

  it('looks again at what falls due while it looks, after everything else had a turn', async () => {
    await storeConnection(store, hourly)
    scheduler = createScheduler({
      store: {
        ...store,
        async nextDue(after) {
          const next = await store.nextDue(after)
          if (next === hourly.nextRunAt) clock.jump(Date.parse(next) - clock.now())
          return next
        },
      },
      clock,
      log: silentLog,
      async enqueue({ id }) {
        started.push({ id, at: '' })
      },
    })
    scheduler.start()
    await pass(15_000, 500)
    expect(started).toHaveLength(1)
    expect(Math.min(...clock.slept)).toBeGreaterThan(0)
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

  it('begins a thousand that are due together within their minute, once each, all day, with room for a few', async () => {
    const sixHourly = { cronSchedule: '0 */6 * * *', timezone: 'UTC', nextRunAt: '2026-01-01T06:00:00.000Z' }
    const first = await storeConnection(store, sixHourly)
    const all = [first, ...(await Promise.all(Array.from({ length: 999 }, () => storeConnection(store, sixHourly))))]
    const stuck = new Set(all.slice(0, 20).map(({ id }) => id))
    const places = 100
    let running = 0
    let mostRunning = 0
    let asked = 0
    scheduler = createScheduler({
      store,
      clock,
      log: silentLog,
      hasRoom: () => running < places,
      async enqueue({ id }) {
        asked++
        if (stuck.has(id)) throw new Failure('conflict', 'it is still running')
        started.push({ id, at: new Date(clock.now()).toISOString() })
        mostRunning = Math.max(mostRunning, ++running)
        void clock.sleep(2000).then(() => {
          running--
          scheduler.roomy()
        })
      },
    })
    scheduler.start()
    let days = 0
    for (const hour of ['06', '12', '18', '00']) {
      const day = hour === '00' ? '02' : '01'
      const due = Date.parse(`2026-01-${day}T${hour}:00:00.000Z`)
      await pass(due - clock.now(), 600_000)
      await pass(75_000, 500)
      const times = started.splice(0)
      expect(new Set(times.map(({ id }) => id)).size).toBe(980)
      expect(times).toHaveLength(980)
      expect(new Set(times.map(({ at }) => at.slice(0, 16)))).toEqual(new Set([`2026-01-${day}T${hour}:00`]))
      days++
    }
    expect([days, asked, mostRunning]).toEqual([4, 4000, places])
  }, 60_000)

  it('loses none of those that wait for room when it is stopped, and begins none twice', async () => {
    for (let index = 0; index < 50; index++) await storeConnection(store, hourly)
    const begin = (room: number) => {
      let left = room
      scheduler = createScheduler({
        store,
        clock,
        log: silentLog,
        hasRoom: () => left > 0,
        async enqueue({ id }) {
          left--
          started.push({ id, at: '' })
        },
      })
      scheduler.start()
    }
    begin(20)
    await pass(61 * minuteMs)
    expect(started).toHaveLength(20)
    await scheduler.stop()
    begin(1000)
    await pass(30_000)
    expect(new Set(started.map(({ id }) => id)).size).toBe(50)
    expect(started).toHaveLength(50)
  })

  it('does not put back the old time of one whose schedule is changed while it waits for room', async () => {
    const connection = await storeConnection(store, hourly)
    let isFull = true
    scheduler = createScheduler({
      store,
      clock,
      log: silentLog,
      hasRoom: () => !isFull,
      async enqueue({ id }) {
        started.push({ id, at: '' })
      },
    })
    scheduler.start()
    await pass(61 * minuteMs)
    await store.updateConnection(connection.id, { cronSchedule: '0 5 * * *', nextRunAt: '2026-01-01T05:00:00.000Z' })
    scheduler.poke()
    isFull = false
    await pass(minuteMs)
    expect(started).toEqual([])
    expect(await nextRunAt(connection)).toBe('2026-01-01T05:00:00.000Z')
  })
})
