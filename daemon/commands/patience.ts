/** Waiting that Ctrl-C ends, and trying again while inlet cannot be reached. */
import type { Clock } from '../../core/clock.ts'
import { Failure, isFailure } from '../../core/errors.ts'

/** What Ctrl-C ends a command with. */
export function interruption(): Failure {
  return new Failure('cancelled', 'interrupted')
}

/** Between attempts at a stream that broke off, in milliseconds. */
const retryMs = [250, 500, 1000, 2000, 5000, 10_000]

/**
 * Does `work` again and again while inlet cannot be reached, such as over its restart; `onLost` hears of it once each time.
 * @param attempts how many failures in a row are too many
 */
export async function whileUnreachable<Result>(
  work: () => Promise<Result>,
  { clock, signal, onLost, attempts = Number.POSITIVE_INFINITY }: WhileUnreachable,
): Promise<Result> {
  for (let failed = 0; ; failed++) {
    try {
      return await work()
    } catch (error) {
      const isPassing = isFailure(error, 'unavailable', 'closing') && failed + 1 < attempts
      if (!isPassing || signal.aborted) throw error
      if (failed === 0) onLost(error)
      await pause(clock, retryMs[failed] ?? retryMs.at(-1) ?? 0, signal)
    }
  }
}

export interface WhileUnreachable {
  clock: Clock
  signal: AbortSignal
  onLost(failure: Failure): void
  attempts?: number
}

/** @throws Failure `cancelled` when it is interrupted */
export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, signal)
  } catch {
    throw interruption()
  }
}
