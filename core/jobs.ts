/**
 * The queue of sync jobs: one at a time for each connection, a few at once in all, each with progress to follow and a
 * way to cancel it.
 *
 * There are two lanes. A listing reads all there is, for hours and in megabytes: few of them at once. A run after one
 * brings only what has changed, and mostly waits for the provider: many of them at once, and no listing holds them up.
 * A job that a provider keeps waiting leaves its place to another meanwhile.
 */
import { type Clock, notNeeded } from './clock.ts'
import type { Totals } from './engine.ts'
import { Failure, toFailure } from './errors.ts'
import type { Happening } from './events.ts'
import type { JobProgress } from './inlet.ts'
import { isListedRow, newJob, outcomeOf } from './job-row.ts'
import { createLane, type Lane } from './lanes.ts'
import type { Log } from './log.ts'
import type { Secret } from './secret.ts'
import type { ConnectionRow, DueRun, JobRow, JobTrigger, Store } from './store/store.ts'

export interface JobRunner {
  /** Does the work of a job. `signal` is aborted with the `Failure` that should end it. */
  run(job: JobRow, override: Secret | undefined, signal: AbortSignal, report: JobReport): Promise<void>
  /**
   * What the end of a job changes, stored with it in one transaction. Changes nothing by itself: it is asked again
   * where the disk did not take the end.
   */
  ended(job: JobRow, failure: Failure | undefined): Promise<JobEnding>
}

export interface JobEnding {
  /** Members of its connection. */
  connection: Partial<ConnectionRow>
  /** What is told of it. */
  happenings: readonly Happening[]
  /** To be called once all of it is stored. */
  stored(): void
}

export interface JobReport {
  progress(totals: Totals, requests: number): void
  /** Waiting for the provider until then, in milliseconds since 1970. */
  waiting(untilMs: number, code: string): void
}

export interface JobQueue {
  /** How many jobs run, and how many wait. */
  load(): { running: number; waiting: number }
  /** @throws Failure `conflict` with `jobId` when the connection has a job that is not over */
  add(connection: Queued, trigger: JobTrigger, override?: Secret): Promise<JobRow>
  /** Whether one more would begin soon: no more wait than run. */
  hasRoom(connection: Queued): boolean
  /** The job as it is now, its latest progress included. */
  current(job: JobRow): JobRow
  /** Resolves when the job is over. Does nothing to one that is over. */
  cancel(jobId: string): Promise<void>
  /** Cancels what the connection is doing and keeps new jobs from it; resolves when nothing runs. */
  silence(connectionId: string): Promise<void>
  /** Ends all that runs or waits with the stored credential; jobs with a token of their own go on. */
  interrupt(reason: Failure): Promise<void>
  follow(job: JobRow, signal: AbortSignal): AsyncGenerator<JobProgress, void, undefined>
  /** Marks jobs that a crash left open as failed; the next run resumes at their last checkpoint. */
  recover(): Promise<void>
  /** Takes no more, and ends what runs at its next step. */
  close(): Promise<void>
}

/** A connection, or as much of one as tells its lane. */
export type Queued = Pick<ConnectionRow, 'id' | 'cursor' | 'listing'> | Pick<DueRun, 'id' | 'isListed'>

interface Work {
  job: JobRow
  lane: Lane<Work>
  override: Secret | undefined
  abort: AbortController
  waiting: JobProgress['waiting']
  /** Followers to wake at the next change. */
  watchers: Set<() => void>
  over: Promise<void>
  finish(): void
}

interface Owed {
  job: JobRow
  store(): Promise<void>
  /** Whoever asks while it is being stored waits for the same: it is counted once. */
  storing: Promise<void> | undefined
}

/** How many short runs there may be for each listing. */
const shortRunsPerListing = 32

/** Followers hear of progress at most this often, in milliseconds. */
const followEveryMs = 250

export function createJobQueue(options: {
  store: Store
  clock: Clock
  runner: JobRunner
  /** How many listings run at once; of the short runs, 32 times as many. */
  concurrency: number
  timeoutMs: number
  log: Log
  /** Told when `hasRoom` may answer otherwise than before. */
  roomy?(): void
}): JobQueue {
  const { store, clock, runner, concurrency, timeoutMs, log } = options
  const open = new Map<string, Work>()
  const roomy = () => options.roomy?.()
  const listings = createLane<Work>({ width: concurrency, clock, perform, roomy })
  const shortRuns = createLane<Work>({ width: concurrency * shortRunsPerListing, clock, perform, roomy })
  /** Ends that the disk did not take, by connection: they are stored before it gets another job. */
  const owed = new Map<string, Owed>()
  let closing = false

  return { load, add, hasRoom, current, cancel, silence, interrupt, follow, recover, close }

  function load(): { running: number; waiting: number } {
    return {
      running: listings.begun + shortRuns.begun,
      waiting: listings.waiting + shortRuns.waiting,
    }
  }

  function laneOf(connection: Queued): Lane<Work> {
    const isListed = 'isListed' in connection ? connection.isListed : isListedRow(connection)
    return isListed ? shortRuns : listings
  }

  function hasRoom(connection: Queued): boolean {
    return laneOf(connection).hasRoom
  }

  async function add(connection: Queued, trigger: JobTrigger, override?: Secret): Promise<JobRow> {
    if (closing) throw new Failure('closing', 'inlet is shutting down; ask again in a moment')
    const lane = override === undefined ? laneOf(connection) : listings
    const job = newJob(connection.id, trigger, timestamp())
    await lane.arrive(async () => {
      await storeOwed(connection.id)
      await store.insertJob(job)
    })
    const { promise: over, resolve: finish } = Promise.withResolvers<void>()
    const abort = new AbortController()
    const work: Work = {
      job,
      lane,
      override,
      abort,
      waiting: null,
      watchers: new Set(),
      over,
      finish,
    }
    open.set(job.id, work)
    lane.add(work)
    return job
  }

  async function perform(work: Work): Promise<void> {
    const timer = new AbortController()
    let failure: Failure | undefined
    try {
      await change(work, { status: 'in_progress', startedAt: timestamp() })
      clock.sleep(timeoutMs, timer.signal).then(
        () =>
          work.abort.abort(
            new Failure(
              'timed_out',
              `the job took longer than ${timeoutMs / 60_000} minutes; the next run goes on where it stopped`,
            ),
          ),
        () => {},
      )
      await runner.run(work.job, work.override, work.abort.signal, reportOf(work))
    } catch (error) {
      failure = toFailure(work.abort.signal.aborted ? work.abort.signal.reason : error)
      if (failure.code === 'internal')
        log.error(
          { jobId: work.job.id, connectionId: work.job.connectionId, err: failure.cause ?? failure },
          'job stopped by a bug',
        )
    } finally {
      timer.abort(notNeeded)
    }
    await end(work, failure)
  }

  function reportOf(work: Work): JobReport {
    return {
      progress(totals, requests) {
        const { skipped, failed, inserted, updated, deleted, kept, encountered } = totals
        work.job = {
          ...work.job,
          skipped,
          failed,
          inserted,
          updated,
          deleted,
          kept,
          encountered: { ...encountered },
          requests,
        }
        work.waiting = null
        work.lane.comeBack(work)
        wake(work)
      },
      waiting(untilMs, code) {
        work.waiting = { until: new Date(untilMs).toISOString(), code }
        work.lane.stepAside(work, untilMs)
        wake(work)
      },
    }
  }

  async function end(work: Work, failure: Failure | undefined): Promise<void> {
    const { skipped, failed, requests } = work.job
    const outcome = { ...outcomeOf(failure, timestamp()), ...{ skipped, failed, requests } }
    // Whoever sees the job over must find its connection as the job left it.
    const storeEnd = () => storeEndOf({ ...work.job, ...outcome }, outcome, failure)
    try {
      work.job = await storeEnd()
      work.waiting = null
    } catch (error) {
      log.error({ jobId: work.job.id, err: error }, 'the end of a job could not be stored; it is tried again later')
      work.job = { ...work.job, ...outcome }
      owed.set(work.job.connectionId, { job: work.job, store: async () => void (await storeEnd()), storing: undefined })
    }
    open.delete(work.job.id)
    wake(work)
    work.finish()
  }

  async function storeEndOf(job: JobRow, outcome: Partial<JobRow>, failure: Failure | undefined): Promise<JobRow> {
    const { connection, happenings, stored } = await runner.ended(job, failure)
    const changes = { ...outcome, modifiedAt: timestamp() }
    await store.endJob({ id: job.id, connectionId: job.connectionId, job: changes, connection, happenings })
    stored()
    return { ...job, ...changes }
  }

  async function change(work: Work, changes: Partial<Omit<JobRow, 'id' | 'connectionId'>>): Promise<void> {
    const full = { ...changes, modifiedAt: timestamp() }
    await store.updateJob(work.job.id, full)
    work.job = { ...work.job, ...full }
    work.waiting = null
    wake(work)
  }

  async function storeOwed(connectionId: string): Promise<void> {
    const end = owed.get(connectionId)
    if (!end) return
    end.storing ??= end.store().finally(() => {
      end.storing = undefined
    })
    await end.storing
    if (owed.get(connectionId) === end) owed.delete(connectionId)
  }

  function current(job: JobRow): JobRow {
    const end = owed.get(job.connectionId)
    return open.get(job.id)?.job ?? (end?.job.id === job.id ? end.job : job)
  }

  async function cancel(jobId: string, reason = new Failure('cancelled', 'the job was cancelled')): Promise<void> {
    const work = open.get(jobId)
    if (!work) return
    work.abort.abort(reason)
    if (work.lane.drop(work)) await end(work, reason)
    await work.over
  }

  async function silence(connectionId: string): Promise<void> {
    const works = [...open.values()].filter(({ job }) => job.connectionId === connectionId)
    await Promise.all(works.map(({ job }) => cancel(job.id)))
    owed.delete(connectionId)
  }

  async function interrupt(reason: Failure): Promise<void> {
    const works = [...open.values()].filter(({ override }) => override === undefined)
    await Promise.all(works.map(({ job }) => cancel(job.id, reason)))
  }

  async function* follow(job: JobRow, signal: AbortSignal): AsyncGenerator<JobProgress, void, undefined> {
    const work = open.get(job.id)
    const left = aborted(signal)
    while (work && open.has(job.id) && !signal.aborted) {
      const changed = new Promise<void>(resolve => work.watchers.add(resolve))
      yield { job: work.job, waiting: work.waiting }
      await Promise.race([changed, left])
      // Its end is told at once.
      await Promise.race([clock.sleep(followEveryMs, signal).catch(() => {}), work.over])
    }
    if (signal.aborted) return
    // It may have ended since it was read.
    yield { job: work?.job ?? current((await store.job(job.id)) ?? job), waiting: null }
  }

  function wake(work: Work): void {
    const watchers = [...work.watchers]
    work.watchers.clear()
    for (const watcher of watchers) watcher()
  }

  async function recover(): Promise<void> {
    const message = 'inlet stopped while the job was running; the next run goes on where it stopped'
    const failure = new Failure('interrupted', message)
    for (const job of await store.openJobs()) {
      const outcome = outcomeOf(failure, timestamp())
      await storeEndOf({ ...job, ...outcome }, outcome, failure)
    }
  }

  async function close(): Promise<void> {
    closing = true
    for (const lane of [listings, shortRuns]) lane.close()
    const reason = new Failure(
      'interrupted',
      'inlet was shut down while the job was running; the next run goes on where it stopped',
    )
    await Promise.all([...open.keys()].map(id => cancel(id, reason)))
    // What the disk does not take now either is told by `recover` at the next start.
    await Promise.allSettled([...owed.keys()].map(storeOwed))
  }

  function timestamp(): string {
    return new Date(clock.now()).toISOString()
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
