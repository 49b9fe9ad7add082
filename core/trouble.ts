/** What is remembered of a renewal that failed for a reason that passes, so that nobody is asked again too soon. */
import type { Clock } from './clock.ts'
import { Failure } from './errors.ts'

export interface Trouble {
  failure: Failure
  /** When it happened, on the monotonic clock in milliseconds. */
  atMs: number
}

/** After a renewal that failed while the token still lives. */
const aheadPauseMs = 30_000

/** Whether a renewal ahead of time waits. */
export function isTooSoon(trouble: Trouble | undefined, clock: Clock): boolean {
  if (!trouble) return false
  return clock.monotonic() < trouble.atMs + Math.max(aheadPauseMs, trouble.failure.retryAfterMs ?? 0)
}

/** While the provider wants us to wait, asking again is of no use to anyone. @throws Failure its own, with what is left */
export function throwIfTold(trouble: Trouble | undefined, clock: Clock): void {
  const retryAfterMs = trouble ? trouble.atMs + (trouble.failure.retryAfterMs ?? 0) - clock.monotonic() : 0
  if (!trouble || retryAfterMs <= 0) return
  const { code, message, status, providerError, connectionId } = trouble.failure
  throw new Failure(code, message, { status, providerError, connectionId, retryAfterMs })
}
