/** Long work takes turns with everything else that a thread does, so that a listing never holds up an answer. */
import type { Clock } from './clock.ts'

/**
 * To be asked before each small step of long work: where the thread has been busy for long enough, a promise to wait
 * for; else nothing, so that what is quick waits for nothing.
 */
export type Turns = () => Promise<void> | undefined

/** How long work may go on before the thread turns to timers and sockets, in milliseconds. */
const longestMs = 2

export function createTurns(clock: Pick<Clock, 'monotonic'>): Turns {
  /** When the first step since the thread last looked around was begun. */
  let begunMs: number | undefined
  const waiting: (() => void)[] = []

  return () => {
    begunMs ??= begin()
    // Who comes later does not overtake who waits.
    if (waiting.length === 0 && !isOver(begunMs)) return undefined
    return new Promise(resolve => waiting.push(resolve))
  }

  function begin(): number {
    setImmediate(() => {
      begunMs = waiting.length > 0 ? begin() : undefined
      admit()
    })
    return clock.monotonic()
  }

  /** One after the other, for as long as one may take. */
  function admit(): void {
    const next = waiting.shift()
    if (!next) return
    next()
    // A microtask's tick comes when nothing is left that can run: then the one that was let in has done, or waits again.
    queueMicrotask(() => process.nextTick(() => begunMs !== undefined && !isOver(begunMs) && admit()))
  }

  function isOver(sinceMs: number): boolean {
    return clock.monotonic() - sinceMs >= longestMs
  }
}

/** For work that is short by nature. */
export const noTurns: Turns = () => undefined
