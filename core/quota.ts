/**
 * What is learned of a provider's quota from its refusals, for requests that share one.
 *
 * Providers count in windows that begin at the minute, in windows that slide, or in buckets that fill up again, and
 * hardly ever say which. One rule satisfies all of them: no more than the quota within any 60 seconds, counted from when
 * a request was answered (it was counted before), and no bunching. Until the first refusal the quota is what was
 * declared; a refusal gives the figure, later ones correct it, and long success lets it rise again, a little at a time.
 */
import type { Clock } from './clock.ts'
import { createPhases, type Phases } from './quota-phase.ts'

export interface Quota {
  /** Something was refused, and nothing that was sent since is over: the next request goes out alone. */
  readonly isUnsure: boolean
  /** For how many milliseconds still a request of this cost would be one too many; 0 lets it go out. */
  waitMs(cost: number): number
  /** A request goes out. */
  begin(cost: number): Spending
  /** A request is over, and counts from now on. */
  end(spending: Spending): void
  /**
   * A request was refused. Gives for how many milliseconds nothing may go out: what the provider said, or, where it
   * says nothing, until any window of a minute is over.
   */
  refuse(spending: Spending, retryAfterMs: number | undefined): number
}

/** One request's share of the quota. */
export interface Spending {
  readonly cost: number
  /** Number of the refusal that was known when it went out. */
  readonly era: number
  slice: Slice | undefined
}

/** The windows in which it is seen whether a limit holds. */
interface Trial {
  beganMs: number
  spent: number
  /** What the last full ones have spent, as if each were a minute long. */
  full: number[]
}

/** What was answered within a short time. */
interface Slice {
  firstMs: number
  lastMs: number
  cost: number
}

export const windowMs = 60_000
const sliceMs = 100
/** A learned quota is spent evenly, but a little faster than on average, to make up for what latency loses. */
const haste = 1.01
/** What is counted is uncertain by what was under way at the window's ends. */
const caution = 0.99
/** What was proven may have been too much by a little. */
const wear = 0.995
/** Whole seconds are what providers say, and answers take a while. */
const roundingMs = 1000
/** So much of a window's quota has to be spent for the window to prove anything. */
const fullShare = 0.9
/** So many full windows without a refusal prove a quota: two hold every whole window of the provider. */
const windowsToProve = 2
/** How a quota is tried out that a refusal has told of: how long a window of the trial is, and how it rises. */
const usualManner = { trialMs: windowMs, step: 0.04, raiseDelayMs: 5 * windowMs }
/** The refusal came early, and may have told of a bucket that was small. */
const doubtfulManner = { trialMs: windowMs, step: 0.25, raiseDelayMs: 0 }
/** The refusal said that there is room again at once: a bucket. */
const bucketManner = { trialMs: 15_000, step: 0.1, raiseDelayMs: 0 }
const earlyMs = 15_000
const fewestTelling = 5
const soonMs = 3 * windowMs
/** What a bucket grants in a minute of which nothing is known. */
const unknownPace = 600
const smallestStep = 0.01
const largestStep = 0.5
const shortestDelayMs = windowMs
const longestDelayMs = 64 * windowMs

/** @param declared requests (or what they cost) in 60 seconds; `Infinity` where nothing is declared */
export function createQuota(clock: Clock, declared: number): Quota {
  let limit = declared
  /** The highest limit that two full windows have shown to be granted; 0 while there is none. */
  let proven = 0
  let hasLearned = false
  let isUnsure = false
  let era = 0
  let slices: Slice[] = []
  let spent = 0
  let underWay = 0
  let due = Number.NEGATIVE_INFINITY
  let closedUntil = Number.NEGATIVE_INFINITY
  /** For how long the last refusal has closed it. */
  let closedMs = 0
  let refusedMs = Number.NEGATIVE_INFINITY
  /** The window in which it is seen whether the limit holds. */
  let trial: Trial = { beganMs: 0, spent: 0, full: [] }
  let { trialMs, step, raiseDelayMs } = usualManner
  let raiseAtMs = 0
  /** Kept from the first refusal on that did not say when there is room again. */
  let phases: Phases | undefined

  return {
    get isUnsure() {
      return isUnsure
    },
    waitMs(cost) {
      const now = clock.monotonic()
      forget(now)
      const ofWindow = Math.max(windowWaitMs(now, cost), closedUntil - now)
      return hasLearned ? Math.max(ofWindow, due - intervalMs() - now) : ofWindow
    },
    begin(cost) {
      const now = clock.monotonic()
      underWay += cost
      if (hasLearned) {
        due = Math.max(due, now - intervalMs()) + cost * intervalMs()
        judge(now, cost)
      }
      return { cost, era, slice: undefined }
    },
    end(spending) {
      const now = clock.monotonic()
      phases?.grant(now, spending.cost)
      underWay -= spending.cost
      spent += spending.cost
      spending.slice = sliceAt(now)
      spending.slice.cost += spending.cost
      if (spending.era === era) {
        isUnsure = false
        return
      }
      // Granted before the refusal that has come in meanwhile: it belongs to what was counted then.
      if (proven === 0) limit = Math.min(declared, limit + spending.cost)
      // Or after it: then it has taken what the next one was waiting for.
      if (now < closedUntil) closedUntil = now + closedMs + roundingMs
    },
    refuse(spending, retryAfterMs) {
      const now = clock.monotonic()
      takeBack(spending)
      // It went out before the last refusal was known: there is nothing new in it.
      if (spending.era < era) {
        if (proven === 0) limit = Math.max(1, limit - spending.cost)
        if (retryAfterMs === undefined) return 0
        closedMs = Math.max(closedMs, retryAfterMs)
        closedUntil = Math.max(closedUntil, now + retryAfterMs)
        return retryAfterMs
      }
      forget(now)
      era++
      isUnsure = true
      const pauseMs = isTelling(now) ? learn(now, retryAfterMs) : (retryAfterMs ?? windowMs)
      refusedMs = now
      closedMs = pauseMs
      closedUntil = now + pauseMs
      due = closedUntil + intervalMs()
      return pauseMs
    },
  }

  /** One refusal of next to nothing tells of others who spend the same quota; a second one soon after, of a small quota. */
  function isTelling(now: number): boolean {
    return grantedSince(now - windowMs) >= fewestTelling || now - refusedMs < soonMs
  }

  function learn(now: number, retryAfterMs: number | undefined): number {
    // What was granted before is granted again: it only has to leave the window.
    const isRaised = proven > 0 && limit > proven
    const pauseMs = isRaised ? lower(now, retryAfterMs) : estimate(now, retryAfterMs)
    hasLearned = true
    trial = { beganMs: now, spent: 0, full: [] }
    return pauseMs
  }

  function intervalMs(): number {
    return windowMs / (limit * haste)
  }

  function windowWaitMs(now: number, cost: number): number {
    let excess = spent + underWay + Math.min(cost, limit) - limit
    if (excess <= 0) return 0
    for (const slice of slices) {
      excess -= slice.cost
      if (excess <= 0) return slice.lastMs + windowMs - now
    }
    // Those under way count for a whole window after their answers.
    return windowMs
  }

  /** A raised limit was refused: back to the proven one, and the next attempt is a smaller one, and later. */
  function lower(now: number, retryAfterMs: number | undefined): number {
    proven = Math.max(1, proven * wear)
    limit = proven
    // What is granted lies within the step: after a large one, a smaller one is worth trying soon.
    const isLarge = step > usualManner.step
    raiseDelayMs = isLarge ? 2 * windowMs : Math.min(longestDelayMs, Math.max(shortestDelayMs, raiseDelayMs * 2))
    step = Math.max(smallestStep, isLarge ? step / 4 : step / 2)
    raiseAtMs = now + raiseDelayMs
    return retryAfterMs ?? 0
  }

  function estimate(now: number, retryAfterMs: number | undefined): number {
    proven = 0
    if (retryAfterMs === undefined) return estimateSilent(now)
    const freeMs = now + retryAfterMs
    const isBucket = freeMs - (slices[0]?.firstMs ?? now) < windowMs * fullShare
    const granted = grantedSince(freeMs - windowMs - roundingMs)
    if (isBucket)
      begin(now, bucketManner, Math.max(granted, Number.isFinite(limit) ? paceOf(retryAfterMs) : unknownPace))
    else begin(now, usualManner, Math.min(granted, lowered()) * caution)
    return retryAfterMs
  }

  /** A bucket that has room again after so long gives no less than that, but may give much more. */
  function paceOf(retryAfterMs: number): number {
    return Math.max(Math.sqrt((windowMs / Math.max(1, retryAfterMs)) * limit), limit / 3)
  }

  function estimateSilent(now: number): number {
    const isEarly = now - (slices[0]?.firstMs ?? now) < earlyMs
    phases ??= phasesSoFar()
    phases.refuse(now)
    const found = phases.find(now)
    if (found) begin(now, usualManner, found.limit)
    else begin(now, isEarly ? doubtfulManner : usualManner, Math.min(grantedSince(now - windowMs), lowered()) * caution)
    return found?.leftMs ?? windowMs
  }

  /** A second refusal of the same limit has to lead to a lower one. */
  function lowered(): number {
    return hasLearned ? limit * 0.95 : limit
  }

  function begin(now: number, manner: typeof usualManner, newLimit: number): void {
    limit = Math.max(1, Math.min(declared, newLimit))
    ;({ trialMs, step, raiseDelayMs } = manner)
    raiseAtMs = now + raiseDelayMs
  }

  function phasesSoFar(): Phases {
    const found = createPhases()
    for (const slice of slices) found.grant(slice.lastMs, slice.cost)
    return found
  }

  /** Whether the limit has held for long enough to count on it, and whether it is time to try a higher one. */
  function judge(now: number, cost: number): void {
    if (now - trial.beganMs >= trialMs) {
      const share = trialMs / windowMs
      const isFull = trial.spent >= limit * share * fullShare
      const full = isFull ? [...trial.full, trial.spent / share].slice(-windowsToProve) : []
      trial = { beganMs: now, spent: 0, full }
      if (full.length === windowsToProve)
        prove(now, Math.min(limit, full.reduce((sum, each) => sum + each, 0) / full.length))
    }
    trial.spent += cost
  }

  function prove(now: number, granted: number): void {
    if (granted > proven && proven > 0) {
      // The last raise was granted: there may be much more.
      step = Math.min(largestStep, step * 2)
      raiseAtMs = now
    }
    proven = Math.max(proven, granted)
    if (now < raiseAtMs || limit >= declared) return
    limit = Math.min(declared, limit * (1 + step))
    trial.full = []
  }

  function grantedSince(ms: number): number {
    return slices.reduce((sum, slice) => (slice.lastMs > ms ? sum + slice.cost : sum), 0)
  }

  function sliceAt(now: number): Slice {
    const last = slices.at(-1)
    if (last && now - last.firstMs < sliceMs) {
      last.lastMs = now
      return last
    }
    const slice = { firstMs: now, lastMs: now, cost: 0 }
    slices.push(slice)
    return slice
  }

  function takeBack({ slice, cost }: Spending): void {
    if (!slice) return
    slice.cost -= cost
    spent -= cost
  }

  function forget(now: number): void {
    let past = 0
    for (const slice of slices) {
      if (slice.lastMs > now - windowMs) break
      spent -= slice.cost
      past++
    }
    if (past > 0) slices = slices.slice(past)
  }
}
