import type { Clock } from '../core/clock.ts'

/** Counts events of the last minute. */
export interface RateWindow {
  /** Counts one event if there is room for it: then 0, else the milliseconds until there is. */
  take(): number
}

const windowMs = 60_000

/** At most `limit` events in any minute, by the clock that only moves forward. */
export function rateWindow(limit: number, clock: Pick<Clock, 'monotonic'>): RateWindow {
  let taken: number[] = []
  return {
    take() {
      const now = clock.monotonic()
      taken = taken.filter(time => now - time < windowMs)
      const oldest = taken[0]
      if (taken.length >= limit && oldest !== undefined) return oldest + windowMs - now
      taken.push(now)
      return 0
    },
  }
}
