/**
 * When a failed delivery is tried again. As Standard Webhooks recommends it is tried for days at growing intervals; the
 * first hours are closer together, so that a receiver that was away for an hour has everything a quarter of an hour
 * after it is back.
 */
import type { Random } from '../clock.ts'

const secondMs = 1000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
export const dayMs = 24 * hourMs

const waits = [
  ...[5 * secondMs, 30 * secondMs, 2 * minuteMs, 5 * minuteMs, 10 * minuteMs],
  ...Array.from({ length: 8 }, () => 15 * minuteMs),
  ...Array.from({ length: 4 }, () => 30 * minuteMs),
  ...[hourMs, 2 * hourMs, 4 * hourMs],
]
const longestWaitMs = 6 * hourMs

/** Of each wait, so that not all that failed at once is tried again at once. */
const jitter = 0.1

/**
 * How long to wait after so many failures in a row, in milliseconds.
 * @param askedMs what the receiver asked for (`Retry-After`)
 */
export function waitAfter(failures: number, random: Random, askedMs?: number | undefined): number {
  if (askedMs !== undefined) return Math.min(Math.max(askedMs, secondMs), dayMs)
  return spread(waits[failures - 1] ?? longestWaitMs, random)
}

/** How long to wait while this machine has no network, in milliseconds: nobody is asked too often by that. */
export function offlineWait(random: Random): number {
  return spread(freshWaitMs, random)
}

function spread(waitMs: number, random: Random): number {
  return Math.round(waitMs * (1 + jitter * (2 * random() - 1)))
}

/** An event that was never tried is reason enough to try a failing receiver again after this long. */
export const freshWaitMs = 5 * minuteMs

/** So many failures of one event, while others pass, make it the suspect. */
export const suspectAfter = 3

/** However the clock jumps, nothing is given up after fewer attempts. */
const fewestAttempts = 12

/** Whether a delivery has been tried for long enough. */
export function isGivenUp(attempts: number, firstAttemptAt: number, now: number): boolean {
  return attempts >= fewestAttempts && now - firstAttemptAt >= 4 * dayMs
}

/** Whether a receiver has been away for so long that nobody waits for it any more. */
export function isAbandoned(failures: number, failingSince: number, now: number): boolean {
  return failures >= fewestAttempts && now - failingSince >= 5 * dayMs
}

/** Whether a receiver could not even be looked for since so long ago that it is not this machine's network. */
export function isForgotten(createdAt: number, now: number): boolean {
  return now - createdAt >= 30 * dayMs
}
