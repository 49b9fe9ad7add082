import { createHash } from 'node:crypto'
import type { Clock } from './clock.ts'
import { readSchedule } from './cron.ts'
import { isFailure } from './errors.ts'
import type { Log } from './log.ts'
import type { ConnectionRow, Store } from './store/store.ts'

export interface Scheduler {
  start(): void
  /** Looks again at once: a schedule may have changed. */
  poke(): void
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

/**
 * Starts jobs when their time has come. The next run is kept in the store, so that what was missed while the machine
 * slept or the daemon was down is caught up with one run, however many were missed.
 */
export function createScheduler(options: {
  store: Store
  clock: Clock
  log: Log
  /** Starts a job of trigger `schedule`; a connection that is still running is left alone. */
  enqueue(connection: ConnectionRow): Promise<void>
}): Scheduler {
  const { store, clock, log, enqueue } = options
  const stopping = new AbortController()
  let nap = new AbortController()
  let loop: Promise<void> | undefined
  let alive = false
  // How far the wall clock is ahead of the monotonic one; a drop means it was set back.
  let lead = clock.now() - clock.monotonic()

  return {
    start() {
      alive = true
      loop = watch().finally(() => {
        alive = false
      })
    },
    poke: () => nap.abort(),
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
        return clock.now() + tickMs
      })
      if (stopping.signal.aborted) return
      await clock.sleep(Math.max(0, Math.min(tickMs, wakeAt - clock.now())), nap.signal).catch(() => {})
    }
  }

  /** Starts what is due and gives the time of the next look, in milliseconds since 1970. */
  async function tick(): Promise<number> {
    await noticeStep()
    const now = clock.now()
    let wakeAt = now + tickMs
    for (const connection of await store.dueConnections(new Date(now).toISOString(), atOnce)) {
      const startAt = Date.parse(connection.nextRunAt ?? '') + jitterOf(connection)
      if (startAt > now) wakeAt = Math.min(wakeAt, startAt)
      else await begin(connection)
    }
    const next = await store.nextDue()
    const nextAt = next ? Date.parse(next) : Number.POSITIVE_INFINITY
    return nextAt > now ? Math.min(wakeAt, nextAt) : wakeAt
  }

  /** The next run is stored when this one is begun: a crash between the two repeats a run rather than losing it. */
  async function begin(connection: ConnectionRow): Promise<void> {
    try {
      // Paused, not ended: when a person has signed in again, the next time of the schedule is kept.
      if (connection.authState === 'ready') await enqueue(connection)
    } catch (error) {
      // Stays due while the vault is locked: one run makes up for all that were missed.
      if (isFailure(error, 'closing', 'vault_locked')) return
      if (!isFailure(error, 'conflict')) {
        log.error({ connectionId: connection.id, err: error }, 'a scheduled run could not be started')
      }
    }
    await store.updateConnection(connection.id, { nextRunAt: nextRun(connection) })
  }

  async function noticeStep(): Promise<void> {
    const now = clock.now() - clock.monotonic()
    const stepMs = now - lead
    lead = now
    if (stepMs > -clockStepMs) return
    log.warn({ stepMs }, 'the wall clock was set back; schedules are computed again')
    for (let skip = 0; ; skip += atOnce) {
      const page = await store.connections({ skip, limit: atOnce })
      for (const connection of page) {
        if (connection.cronSchedule) await store.updateConnection(connection.id, { nextRunAt: nextRun(connection) })
      }
      if (page.length < atOnce) return
    }
  }

  function nextRun({ cronSchedule, timezone }: ConnectionRow, after = clock.now()): string | null {
    if (!cronSchedule || !timezone) return null
    const next = readSchedule(cronSchedule, timezone).next(after)
    return next === undefined ? null : new Date(next).toISOString()
  }

  /** The same for a connection each time, so that it runs at even intervals. */
  function jitterOf(connection: ConnectionRow): number {
    const due = Date.parse(connection.nextRunAt ?? '')
    const following = Date.parse(nextRun(connection, due) ?? '')
    const intervalMs = Number.isNaN(following) ? tickMs : following - due
    const share = createHash('sha256').update(connection.id).digest().readUInt32BE() / 2 ** 32
    return share * Math.min(longestJitterMs, intervalMs / 20)
  }
}
