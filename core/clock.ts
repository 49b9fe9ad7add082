import { clearTimeout, setTimeout } from 'node:timers'

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

/** Its timers are Node's, whatever a program or a test puts in place of the global ones: a sleep that ends at once is a loop. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      let timer: NodeJS.Timeout | undefined
      let left = ms
      const abort = () => {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      const wait = () => {
        if (left > 0) {
          timer = setTimeout(wait, Math.min(left, longestTimerMs))
          left -= longestTimerMs
        } else {
          signal?.removeEventListener('abort', abort)
          resolve()
        }
      }
      signal?.addEventListener('abort', abort, { once: true })
      wait()
    })
  },
}

/** Ends a timer that nobody waits for any more. Without a reason, the platform makes an error with its stack for each. */
export const notNeeded = new Error('the timer is not needed any more')
