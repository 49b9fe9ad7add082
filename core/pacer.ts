import type { Clock } from './clock.ts'
import type { Limits } from './plugin.ts'

/** Keeps the requests of one account within its limits. */
export interface Pacer {
  /** Waits for a turn; the function it gives must be called when the request is over. */
  enter(lane: string, signal: AbortSignal): Promise<() => void>
  /** Nobody enters this lane for so many milliseconds. */
  pause(lane: string, ms: number): void
  /** For how many milliseconds still nobody enters this lane; 0 where it is free. */
  pausedMs(lane: string): number
}

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
  const { requestsPerSecond, concurrent = 8 } = limits
  const intervalMs = requestsPerSecond ? 1000 / requestsPerSecond : 0
  const burst = Math.max(1, limits.burst ?? Math.ceil(requestsPerSecond ?? 1))
  const pausedUntil = new Map<string, number>()
  const queue: (() => void)[] = []
  let active = 0
  // The generic cell rate algorithm: when the next request would be due if all were evenly spaced.
  let due = Number.NEGATIVE_INFINITY

  async function slot(signal: AbortSignal): Promise<void> {
    if (active < concurrent) {
      active++
      return
    }
    await new Promise<void>((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        queue.splice(queue.indexOf(enter), 1)
        reject(signal.reason)
      }
      queue.push(enter)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  function release(): void {
    const next = queue.shift()
    if (next) next()
    else active--
  }

  async function pass(lane: string, signal: AbortSignal): Promise<void> {
    const now = clock.monotonic()
    const waitMs = due - (burst - 1) * intervalMs - now
    due = Math.max(due, now) + intervalMs
    if (waitMs > 0) await clock.sleep(waitMs, signal)
    await unpaused(lane, signal)
  }

  async function unpaused(lane: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      const leftMs = pausedMs(lane)
      if (leftMs <= 0) return
      await clock.sleep(leftMs, signal)
    }
  }

  function pausedMs(lane: string): number {
    return Math.max(0, (pausedUntil.get(lane) ?? 0) - clock.monotonic())
  }

  return {
    async enter(lane, signal) {
      signal.throwIfAborted()
      // Before the slot, so that one paused lane does not fill all slots with sleepers.
      await unpaused(lane, signal)
      await slot(signal)
      try {
        await pass(lane, signal)
      } catch (error) {
        release()
        throw error
      }
      return release
    },
    pause(lane, ms) {
      pausedUntil.set(lane, Math.max(pausedUntil.get(lane) ?? 0, clock.monotonic() + ms))
    },
    pausedMs,
  }
}
