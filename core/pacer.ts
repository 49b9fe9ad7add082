import type { Clock } from './clock.ts'
import type { Limits, Pace } from './plugin.ts'
import { createQuota, type Quota, windowMs } from './quota.ts'

/** Keeps the requests of one account within its limits. */
export interface Pacer {
  /**
   * Waits for a turn. Requests of one lane go out in the order in which they asked.
   * @param cost how many requests it counts as at the provider; default 1
   */
  enter(lane: string, signal: AbortSignal, cost?: number): Promise<Turn>
  /** Nobody enters this lane for so many milliseconds. */
  pause(lane: string, ms: number): void
  /** For how many milliseconds still nobody enters this lane; 0 where it is free. */
  pausedMs(lane: string): number
}

/** A request that may go out. */
export interface Turn {
  /** Must be called when the request is over. */
  leave(): void
  /**
   * The provider said that it was one too many: nobody enters the lane for as long as it says, and what the lane is
   * granted is learned from it. To be called right after `leave`.
   */
  refuse(retryAfterMs: number | undefined): void
}

const leastMs = 1e-3

/**
 * Pacers by key, so that connections of one account share one: the provider counts per account, not per connection.
 */
export function createPacers(clock: Clock): (key: string, limits: Limits) => Pacer {
  const pacers = new Map<string, Pacer>()
  return (key, limits) => {
    const pacer = pacers.get(key) ?? createPacer(clock, limits)
    pacers.set(key, pacer)
    return pacer
  }
}

export function createPacer(clock: Clock, limits: Limits): Pacer {
  const { concurrent = 8 } = limits
  const common = createGate(clock, limits)
  const lanes = new Map<string, Lane>()
  const slots = createQueue(concurrent)

  function laneOf(name: string): Lane {
    const known = lanes.get(name)
    if (known) return known
    const own = limits.lanes?.[name]
    const quota = createQuota(clock, declaredIn(windowMs, own ?? limits))
    const lane = { gate: own ? createGate(clock, own) : common, quota, heads: createQueue(1), pausedUntil: 0 }
    lanes.set(name, lane)
    return lane
  }

  function pausedMs(lane: Lane): number {
    return Math.max(0, lane.pausedUntil - clock.monotonic())
  }

  function pause(lane: Lane, ms: number): void {
    lane.pausedUntil = Math.max(lane.pausedUntil, clock.monotonic() + ms)
  }

  function waitMs(lane: Lane, cost: number): number {
    const ms = Math.max(pausedMs(lane), lane.gate.waitMs(cost), lane.quota.waitMs(cost))
    // What sums of fractions leave over is no time at all.
    return ms < leastMs ? 0 : ms
  }

  async function untilFree(lane: Lane, cost: number, signal: AbortSignal): Promise<void> {
    for (let ms = waitMs(lane, cost); ms > 0; ms = waitMs(lane, cost)) await clock.sleep(ms, signal)
  }

  /** At the head of its lane: takes a slot, and leaves the head to the next one. */
  async function begin(lane: Lane, cost: number, signal: AbortSignal): Promise<Turn> {
    for (;;) {
      await untilFree(lane, cost, signal)
      await slots.enter(signal)
      if (waitMs(lane, cost) <= 0) break
      slots.leave()
    }
    lane.gate.take(cost)
    const goesAlone = lane.quota.isUnsure
    const spending = lane.quota.begin(cost)
    if (!goesAlone) lane.heads.leave()
    return {
      leave() {
        lane.quota.end(spending)
        slots.leave()
        if (goesAlone) lane.heads.leave()
      },
      refuse: retryAfterMs => pause(lane, lane.quota.refuse(spending, retryAfterMs)),
    }
  }

  return {
    async enter(name, signal, cost = 1) {
      signal.throwIfAborted()
      const lane = laneOf(name)
      await lane.heads.enter(signal)
      try {
        return await begin(lane, cost, signal)
      } catch (error) {
        lane.heads.leave()
        throw error
      }
    },
    pause: (name, ms) => pause(laneOf(name), ms),
    pausedMs: name => pausedMs(laneOf(name)),
  }
}

interface Lane {
  gate: Gate
  quota: Quota
  /** Who is next; the others of the lane wait behind. */
  heads: Queue
  /** Monotonic, in milliseconds. */
  pausedUntil: number
}

interface Gate {
  waitMs(cost: number): number
  take(cost: number): void
}

/** The generic cell rate algorithm: `due` is when the next request would be due if all were evenly spaced. */
function createGate(clock: Clock, { requestsPerSecond, burst: most }: Pace): Gate {
  const intervalMs = requestsPerSecond ? 1000 / requestsPerSecond : 0
  const burst = Math.max(1, most ?? Math.ceil(requestsPerSecond ?? 1))
  let due = Number.NEGATIVE_INFINITY
  return {
    waitMs: cost => due + (Math.min(cost, burst) - burst) * intervalMs - clock.monotonic(),
    take(cost) {
      due = Math.max(due, clock.monotonic()) + cost * intervalMs
    },
  }
}

/** What goes out in so many milliseconds at the most. */
function declaredIn(ms: number, { requestsPerSecond, burst = 1 }: Pace): number {
  return requestsPerSecond ? Math.max(burst, (requestsPerSecond * ms) / 1000) : Number.POSITIVE_INFINITY
}

interface Queue {
  enter(signal: AbortSignal): Promise<void>
  leave(): void
}

/** At most so many inside, first come first served. */
function createQueue(most: number): Queue {
  const waiting: (() => void)[] = []
  let inside = 0
  return {
    async enter(signal) {
      if (inside < most) {
        inside++
        return
      }
      await new Promise<void>((resolve, reject) => {
        const enter = () => {
          signal.removeEventListener('abort', leave)
          resolve()
        }
        const leave = () => {
          waiting.splice(waiting.indexOf(enter), 1)
          reject(signal.reason)
        }
        waiting.push(enter)
        signal.addEventListener('abort', leave, { once: true })
      })
    },
    leave() {
      const next = waiting.shift()
      if (next) next()
      else inside--
    },
  }
}
