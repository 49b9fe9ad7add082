import { setTimeout as wait } from 'node:timers/promises'

/** Time, passed in wherever it matters, so that no test waits. */
export interface Clock {
  /** Wall clock, in milliseconds since 1970 in UTC. */
  now(): number
  /** A clock that only moves forward, in milliseconds. */
  monotonic(): number
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** A number from 0 (included) to 1 (excluded). */
export type Random = () => number

/** `setTimeout` fires at once beyond this. */
const longestTimerMs = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    try {
      for (let left = ms; left > 0; left -= longestTimerMs) {
        await wait(Math.min(left, longestTimerMs), undefined, signal ? { signal } : {})
      }
    } catch (error) {
      throw signal?.aborted ? signal.reason : error
    }
  },
}
