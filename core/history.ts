/** Forgets old jobs, events and deliveries, in the background and a few at a time. */
import type { Clock } from './clock.ts'
import type { Log } from './log.ts'
import type { Store } from './store/store.ts'

export interface HistoryOptions {
  store: Pick<Store, 'pruneJobs' | 'pruneEvents'>
  clock: Clock
  log: Log
  /** For how many days each is kept. */
  jobsDays: number
  eventsDays: number
}

export interface History {
  start(): void
  stop(): Promise<void>
}

const dayMs = 86_400_000
/** After a start there is more urgent work. */
const firstLookMs = 60_000
const lookEveryMs = 3_600_000
/** Rows a step, and the pause after it that lets others write. */
const stepSize = 200
const pauseMs = 100
/** The newest jobs of each connection stay, however old they are. */
const keptJobs = 20
/** So many events are kept at most, whatever their age. */
const mostEvents = 100_000

export function createHistory({ store, clock, log, jobsDays, eventsDays }: HistoryOptions): History {
  const stopping = new AbortController()
  let loop: Promise<void> | undefined
  return {
    start() {
      loop = watch()
    },
    async stop() {
      stopping.abort()
      await loop
    },
  }

  async function watch(): Promise<void> {
    const { signal } = stopping
    for (let waitMs = firstLookMs; !signal.aborted; waitMs = lookEveryMs) {
      await clock.sleep(waitMs, signal).catch(() => {})
      if (signal.aborted) return
      await prune().catch(error => log.error({ err: error }, 'old jobs and events could not be forgotten'))
    }
  }

  async function prune(): Promise<void> {
    const [jobsBefore, eventsBefore] = [jobsDays, eventsDays].map(days => {
      return new Date(clock.now() - days * dayMs).toISOString()
    }) as [string, string]
    const jobs = await repeat(() => store.pruneJobs({ before: jobsBefore, keep: keptJobs, limit: stepSize }))
    const events = await repeat(() => store.pruneEvents({ before: eventsBefore, most: mostEvents, limit: stepSize }))
    if (jobs + events > 0) log.info({ jobs, events }, 'old jobs and events were forgotten')
  }

  /** @returns how many in all */
  async function repeat(step: () => Promise<number>): Promise<number> {
    let total = 0
    while (!stopping.signal.aborted) {
      const count = await step()
      total += count
      if (count === 0) break
      await clock.sleep(pauseMs, stopping.signal).catch(() => {})
    }
    return total
  }
}
