/** Waiting that ends: with the work, with a signal, or with a limit. */
import { type Clock, notNeeded } from './clock.ts'
import type { Failure } from './errors.ts'

/** Waits for what others wait for too: an abort ends this wait, and not the work. */
export function waitFor<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (!signal) return work
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    const settle = () => signal.removeEventListener('abort', abort)
    signal.addEventListener('abort', abort, { once: true })
    void work.then(resolve, reject).then(settle)
    if (signal.aborted) abort()
  })
}

/** Lets work take `limitMs` milliseconds; then its signal is aborted with `late`, and what it does about it is up to it. */
export async function withinLimit<Result>(
  clock: Clock,
  limitMs: number,
  late: Failure,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const limit = new AbortController()
  const timer = new AbortController()
  clock.sleep(limitMs, timer.signal).then(
    () => limit.abort(late),
    () => {},
  )
  try {
    return await work(limit.signal)
  } finally {
    timer.abort(notNeeded)
  }
}

/** Whether work has ended within `limitMs` milliseconds; where it has not, it goes on. Throws what the work throws till then. */
export async function endsWithin(
  clock: Pick<Clock, 'sleep'>,
  limitMs: number,
  work: () => Promise<unknown>,
): Promise<boolean> {
  const timer = new AbortController()
  const limit = clock.sleep(limitMs, timer.signal).catch(() => {})
  try {
    return await Promise.race([work().then(() => true), limit.then(() => false)])
  } finally {
    timer.abort(notNeeded)
  }
}
