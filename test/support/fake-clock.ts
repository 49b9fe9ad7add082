/**
 * A clock that moves only when told. Wall clock and monotonic clock move together unless a test makes the wall clock
 * jump, as a laptop's does after sleep or a correction.
 */
import type { Clock } from '../../core/clock.ts'

export interface FakeClock extends Clock {
  /** Moves both clocks, waking every sleeper on the way in order; resolves when what they started has settled. */
  advance(ms: number): Promise<void>
  /** Moves the wall clock alone, forwards or backwards. */
  jump(ms: number): void
  /**
   * Advances from sleeper to sleeper until `work` settles, so that a test need not know how long things wait. Where
   * `work` also does real input/output under a time limit, `graceMs` of real time pass before each sleeper wakes.
   */
  run<Result>(work: Promise<Result>, options?: { graceMs?: number }): Promise<Result>
  /** Milliseconds of each sleep begun so far, in order. */
  readonly slept: readonly number[]
  /** How many sleep now. */
  readonly sleeping: number
}

interface Sleeper {
  wakesAt: number
  wake(): void
}

/** @param start wall clock at the beginning, milliseconds since 1970; default 2026-01-01T00:00:00Z */
export function fakeClock(start: number = Date.UTC(2026, 0, 1)): FakeClock {
  let wall = start
  let monotonic = 0
  let sleepers: Sleeper[] = []
  const slept: number[] = []

  return {
    now: () => wall,
    monotonic: () => monotonic,
    slept,
    get sleeping() {
      return sleepers.length
    },
    sleep(ms, signal) {
      slept.push(ms)
      return new Promise<void>((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        if (ms <= 0) return resolve()
        const abort = () => {
          sleepers = sleepers.filter(other => other !== sleeper)
          reject(signal?.reason)
        }
        const wake = () => {
          signal?.removeEventListener('abort', abort)
          resolve()
        }
        const sleeper: Sleeper = { wakesAt: monotonic + ms, wake }
        sleepers.push(sleeper)
        signal?.addEventListener('abort', abort, { once: true })
      })
    },
    jump(ms) {
      wall += ms
    },
    async advance(ms) {
      const end = monotonic + ms
      await settle()
      for (let next = earliest(); next && next.wakesAt <= end; next = earliest()) await wake(next)
      move(end)
      await settle()
    },
    async run(work, { graceMs = 0 } = {}) {
      let settled = false
      const mark = () => {
        settled = true
      }
      work.then(mark, mark)
      await settle()
      for (let idle = 0; !settled; ) {
        if (graceMs > 0) await new Promise(resolve => setTimeout(resolve, graceMs))
        const next = settled ? undefined : earliest()
        if (next) {
          idle = 0
          await wake(next)
        } else if (!settled) {
          if (++idle > 2000) throw new Error('the work neither settles nor sleeps')
          await new Promise(resolve => setTimeout(resolve, 5))
        }
      }
      return work
    },
  }

  function earliest(): Sleeper | undefined {
    return sleepers.reduce<Sleeper | undefined>(
      (first, next) => (first && first.wakesAt <= next.wakesAt ? first : next),
      undefined,
    )
  }

  async function wake(sleeper: Sleeper): Promise<void> {
    sleepers = sleepers.filter(other => other !== sleeper)
    move(sleeper.wakesAt)
    sleeper.wake()
    await settle()
  }

  function move(to: number): void {
    wall += Math.max(0, to - monotonic)
    monotonic = Math.max(monotonic, to)
  }
}

/** Lets promises, immediates and finished input/output run on before time does. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise(resolve => setImmediate(resolve))
}
