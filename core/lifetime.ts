/** How long an access token still lives, counted on both clocks: neither a jump nor a sleep of one revives it. */
import type { Clock } from './clock.ts'
import type { Credential } from './vault/vault.ts'

/** Where the end of one generation lies on the monotonic clock, noted when it was first seen. */
export interface Anchor {
  generation: number
  /** Monotonic milliseconds; `undefined` where the provider did not say. */
  diesAtMs: number | undefined
  lifetimeMs: number
}

/** Never gives a token a longer life than it had when it was obtained, wherever the wall clock stands now. */
export function anchorOf({ generation, obtainedAt, expiresAt }: Credential, clock: Clock): Anchor {
  const end = Date.parse(expiresAt ?? '')
  if (Number.isNaN(end)) return { generation, diesAtMs: undefined, lifetimeMs: 0 }
  const whole = end - Date.parse(obtainedAt)
  const left = end - clock.now()
  const lifetimeMs = Math.max(0, Number.isNaN(whole) ? left : whole)
  return { generation, diesAtMs: clock.monotonic() + Math.min(left, lifetimeMs), lifetimeMs }
}

/** Milliseconds left by the clock that gives less; zero or less is dead. `undefined` where nobody knows. */
export function leftMs({ diesAtMs }: Anchor, { expiresAt }: Credential, clock: Clock): number | undefined {
  if (diesAtMs === undefined) return undefined
  return Math.min(diesAtMs - clock.monotonic(), Date.parse(expiresAt ?? '') - clock.now())
}

const leastAheadMs = 60_000
const mostAheadMs = 300_000

/**
 * How long before its end a token is renewed: a tenth of its life, at least a minute, at most five; but never in the
 * first half of a short life, else a new token would be due as soon as it came.
 */
export function aheadMs({ lifetimeMs }: Anchor): number {
  const tenth = Math.min(Math.max(lifetimeMs / 10, leastAheadMs), mostAheadMs)
  return Math.min(tenth, lifetimeMs / 2)
}
