/**
 * When the windows of a provider begin that counts by the minute and does not say so: found out from when it refused.
 *
 * Of each second of the minute it is counted what was granted in the windows that begin there. The true one is that for
 * which every refusal came at the same count, and no window had more.
 */

export interface Phases {
  grant(nowMs: number, cost: number): void
  refuse(nowMs: number): void
  /** What a window grants and how long the current one lasts still; `undefined` while no second explains it all. */
  find(nowMs: number): { limit: number; leftMs: number } | undefined
}

const windowMs = 60_000
const secondMs = 1000
const seconds = windowMs / secondMs
/** Refusals and grants are seen when they are answered, not when they are counted. */
const uncertaintyMs = 1500
/** So much may counts of one window differ on that account. */
const tolerance = 0.03

interface Candidate {
  beginsMs: number
  window: number
  count: number
  /** The most that one window has granted. */
  most: number
  /** The least that was granted when a request was refused. */
  refusedAt: number
}

export function createPhases(): Phases {
  const candidates = Array.from({ length: seconds }, (_second, index): Candidate => {
    return { beginsMs: index * secondMs, window: Number.NaN, count: 0, most: 0, refusedAt: Number.POSITIVE_INFINITY }
  })
  let refusals = 0

  function turnTo(candidate: Candidate, nowMs: number): void {
    const window = Math.floor((nowMs - candidate.beginsMs) / windowMs)
    if (window === candidate.window) return
    candidate.window = window
    candidate.count = 0
  }

  return {
    grant(nowMs, cost) {
      for (const candidate of candidates) {
        turnTo(candidate, nowMs)
        candidate.count += cost
        candidate.most = Math.max(candidate.most, candidate.count)
      }
    },
    refuse(nowMs) {
      refusals++
      for (const candidate of candidates) {
        turnTo(candidate, nowMs)
        candidate.refusedAt = Math.min(candidate.refusedAt, candidate.count)
      }
    },
    find(nowMs) {
      if (refusals < 2) return undefined
      const excess = ({ most, refusedAt }: Candidate) => (most - refusedAt) / Math.max(1, refusedAt)
      const least = Math.min(...candidates.map(excess))
      if (least > tolerance) return undefined
      const fitting = candidates.filter(candidate => excess(candidate) <= least + tolerance / 2)
      const left = fitting.map(({ beginsMs }) => windowMs - ((((nowMs - beginsMs) % windowMs) + windowMs) % windowMs))
      return {
        limit: Math.max(1, (0.98 * fitting.reduce((sum, { refusedAt }) => sum + refusedAt, 0)) / fitting.length),
        leftMs: Math.min(windowMs, Math.max(...left) + uncertaintyMs),
      }
    },
  }
}
