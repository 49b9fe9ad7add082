import { createHash } from 'node:crypto'
import { type Clock, notNeeded } from './clock.ts'
import { readSchedule } from './cron.ts'
import { isFailure } from './errors.ts'
import type { Log } from './log.ts'
import type { ConnectionRow, DueRun, Store } from './store/store.ts'

export interface Scheduler {
  start(): void
  /** Looks again at once: a schedule may have changed. */
  poke(): void
  /** Goes on with what had no room. */
  roomy(): void
  /** False once the loop has ended. */
  readonly alive: boolean
  stop(): Promise<void>
}

/**
 * The wall clock is looked at this often even when nothing is due, in milliseconds: a laptop that slept, or whose
 * clock was set, is found out within one tick.
 */
const tickMs = 30_000
/** Runs of one moment are spread over at most this long, and a twentieth of their interval. */
const longestJitterMs = 15_000
/** A clock that went back further than this makes every next run wrong, in milliseconds. */
const clockStepMs = 60_000
const atOnce = 1000
/** Begins that are written down together. */
const beginsAtOnce = 100
/** Thousands that wait for their share of the jitter, or for room, must not wake it thousands of times. */
const shortestNapMs = 50
/** What fell due while it looked is looked at next, and not before everything else had a turn. */
const leastNapMs = 1

/**
 * Starts jobs when their time has come. The next run is kept in the store, so that what was missed while the machine
 * slept or the daemon was down is caught up with one run, however many were missed.
 *
 * What is due is read once and kept here until its share of the jitter is over and there is room for its job: until
 * then the store says that it is due, so that a crash or a restart among thousands of them loses none.
 */
export function createScheduler(options: {
  store: Store
  clock: Clock
  log: Log
  /** Starts a job of trigger `schedule`. @throws Failure `conflict` where the connection is still running */
  enqueue(run: DueRun): Promise<void>
  /** Whether its job would begin soon; `roomy` is to be called when that may have changed. Default: always. */
  hasRoom?(run: DueRun): boolean
}): Scheduler {
  const { store, clock, log, enqueue, hasRoom = () => true } = options
  const stopping = new AbortController()
  let nap = new AbortController()
  let loop: Promise<void> | undefined
  let alive = false
  // How far the wall clock is ahead of the monotonic one; a drop means it was set back.
  let lead = clock.now() - clock.monotonic()
  /** Due by the store, in the order of their starts; everything due before `readUpTo` is here. */
  let planned: Planned[] = []
  let readUpTo: DueRun | undefined
  /** When it was read, as ISO 8601. */
  let readAt: string | undefined
  /** Grows when the plan is forgotten: what is read meanwhile may be old. */
  let edition = 0
  let isRoomTold = false

  return {
    start() {
      alive = true
      loop = watch().finally(() => {
        alive = false
      })
    },
    poke() {
      forgetPlan()
      nap.abort()
    },
    roomy() {
      if (planned.length === 0 || isRoomTold) return
      isRoomTold = true
      const wake = () => {
        isRoomTold = false
        nap.abort(notNeeded)
      }
      clock.sleep(shortestNapMs, stopping.signal).then(wake, wake)
    },
    get alive() {
      return alive
    },
    async stop() {
      stopping.abort()
      nap.abort()
      await loop
    },
  }

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      nap = new AbortController()
      const wakeAt = await tick().catch(error => {
        log.error({ err: error }, 'the scheduler could not read what is due; it tries again')
        forgetPlan()
        return clock.now() + tickMs
      })
      if (stopping.signal.aborted) return
      const napMs = Math.max(leastNapMs, Math.min(tickMs, wakeAt - clock.now()))
      await clock.sleep(napMs, nap.signal).catch(() => {})
    }
  }

  /** Starts what is due and gives the time of the next look, in milliseconds since 1970. */
  async function tick(): Promise<number> {
    await noticeStep()
    await readNews(new Date(clock.now()).toISOString())
    await beginReady()
    const next = await store.nextDue(readAt)
    const now = clock.now()
    const waiting = planned.find(({ startAt }) => startAt > now)
    const nextAt = next ? Date.parse(next) : Number.POSITIVE_INFINITY
    const startAt = waiting ? Math.max(waiting.startAt, now + shortestNapMs) : Number.POSITIVE_INFINITY
    return Math.min(now + tickMs, startAt, nextAt)
  }

  /** Thousands that are due may be known already: they are not looked through again before another one is. */
  async function readNews(now: string): Promise<void> {
    const isNews = planned.length === 0 || readAt === undefined || isUpTo(now, await store.nextDue(readAt))
    if (isNews) await readDue(now)
    readAt = now
  }

  async function readDue(time: string): Promise<void> {
    if (planned.length === 0) readUpTo = undefined
    let isSorted = true
    for (let isWhole = false; !isWhole; ) {
      const begun = edition
      const page = await store.dueRuns({ time, after: readUpTo, limit: atOnce })
      if (edition !== begun) continue
      isSorted &&= page.length === 0
      planned.push(...page.map(run => ({ run, startAt: Date.parse(run.nextRunAt) + jitterOf(run) })))
      readUpTo = page.at(-1) ?? readUpTo
      isWhole = page.length < atOnce
    }
    if (!isSorted) planned.sort((a, b) => a.startAt - b.startAt)
  }

  /** Begins what is ready and has room; the rest stays in the plan. */
  async function beginReady(): Promise<void> {
    const plan = planned
    const now = clock.now()
    const firstLater = plan.findIndex(({ startAt }) => startAt > now)
    const ready = firstLater < 0 ? plan.length : firstLater
    if (ready === 0) return
    const kept: Planned[] = []
    for (let at = 0; at < ready; ) {
      const batch: Promise<boolean>[] = []
      for (; at < ready && batch.length < beginsAtOnce; at++) {
        const item = plan[at]
        if (!item) continue
        if (!hasRoom(item.run)) kept.push(item)
        else batch.push(begin(item.run).then(isBegun => isBegun || !kept.push(item)))
      }
      const isEveryBegun = (await Promise.all(batch)).every(Boolean)
      // Closing, or the vault is locked: so it is for all the others.
      if (!isEveryBegun) {
        kept.push(...plan.slice(at, ready))
        break
      }
      if (planned !== plan || stopping.signal.aborted) return
    }
    if (planned === plan) planned = [...kept, ...plan.slice(ready)]
  }

  /**
   * The next run is stored when this one is begun: a crash between the two repeats a run rather than losing it.
   * @returns whether it is not due any more
   */
  async function begin(run: DueRun): Promise<boolean> {
    try {
      // Paused, not ended: when a person has signed in again, the next time of the schedule is kept.
      if (run.authState === 'ready') await enqueue(run)
    } catch (error) {
      // Stays due while the vault is locked: one run makes up for all that were missed.
      if (isFailure(error, 'closing', 'vault_locked')) return false
      if (!isFailure(error, 'conflict', 'not_found')) {
        log.error({ connectionId: run.id, err: error }, 'a scheduled run could not be started')
      }
    }
    await store.moveNextRun({ id: run.id, from: run.nextRunAt, to: nextRun(run) })
    return true
  }

  function forgetPlan(): void {
    edition++
    planned = []
    readUpTo = undefined
    readAt = undefined
  }

  async function noticeStep(): Promise<void> {
    const now = clock.now() - clock.monotonic()
    const stepMs = now - lead
    lead = now
    if (stepMs > -clockStepMs) return
    log.warn({ stepMs }, 'the wall clock was set back; schedules are computed again')
    forgetPlan()
    for (let skip = 0; ; skip += atOnce) {
      const page = await store.connections({ skip, limit: atOnce })
      const scheduled = page.filter(({ cronSchedule }) => cronSchedule !== null)
      await Promise.all(scheduled.map(row => store.updateConnection(row.id, { nextRunAt: nextRun(row) })))
      if (page.length < atOnce) return
    }
  }

  function nextRun(
    { cronSchedule, timezone }: Pick<ConnectionRow, 'cronSchedule' | 'timezone'>,
    after = clock.now(),
  ): string | null {
    if (!cronSchedule || !timezone) return null
    const next = readSchedule(cronSchedule, timezone).next(after)
    return next === undefined ? null : new Date(next).toISOString()
  }

  /** The same for a connection each time, so that it runs at even intervals. */
  function jitterOf(run: DueRun): number {
    const due = Date.parse(run.nextRunAt)
    const following = Date.parse(nextRun(run, due) ?? '')
    const intervalMs = Number.isNaN(following) ? tickMs : following - due
    const share = createHash('sha256').update(run.id).digest().readUInt32BE() / 2 ** 32
    return share * Math.min(longestJitterMs, intervalMs / 20)
  }
}

function isUpTo(time: string, due: string | undefined): boolean {
  return due !== undefined && due <= time
}

interface Planned {
  run: DueRun
  /** Milliseconds since 1970. */
  startAt: number
}
