/** One request to a receiver, and what came of it. */
import type { Clock } from '../clock.ts'
import { Failure, isFailure } from '../errors.ts'
import { retryAfterMs } from '../retry-after.ts'
import { type HttpRequest, systemCode, type Transport } from '../transport.ts'
import { withinLimit } from '../waiting.ts'

export interface Outcome {
  isDelivered: boolean
  /** Absent where nothing was answered. */
  status: number | null
  /** In words that do not tell the address, which may hold a secret. */
  error: string | null
  /** What the receiver asked to wait, in milliseconds. */
  retryAfterMs: number | undefined
  /** It wants nothing more, ever. */
  isGone: boolean
  /** Most likely it is this machine that has no network: no receiver is to blame. */
  isOffline: boolean
  durationMs: number
}

/** How long a receiver may take to answer, in milliseconds. */
const limitMs = 20_000

/** @throws the signal's reason when it is aborted: nobody knows then whether it was delivered */
export async function attempt(
  request: HttpRequest,
  { transport, clock, signal }: { transport: Pick<Transport, 'send'>; clock: Clock; signal: AbortSignal },
): Promise<Outcome> {
  const startMs = clock.monotonic()
  const late = new Failure('unavailable', `gave no answer within ${limitMs / 1000} seconds`)
  const base = { isDelivered: false, status: null, retryAfterMs: undefined, isGone: false, isOffline: false }
  try {
    const answer = await withinLimit(clock, limitMs, late, limit =>
      transport.send({ ...request, signal: AbortSignal.any([limit, signal]) }),
    )
    const { status } = answer
    const durationMs = clock.monotonic() - startMs
    if (status >= 200 && status < 300) return { ...base, isDelivered: true, status, error: null, durationMs }
    return {
      ...base,
      ...{ status, error: errorOf(status), isGone: status === 410, durationMs },
      retryAfterMs: retryAfterMs(answer.headers, clock.now()),
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    const isOffline = isFailure(error, 'offline')
    const code = systemCode(isFailure(error) ? error.cause : error)
    const words = error === late ? late.message : `cannot be reached (${code ?? 'connection lost'})`
    return { ...base, error: words, isOffline, durationMs: clock.monotonic() - startMs }
  }
}

function errorOf(status: number): string {
  if (status === 410) return 'answered 410: it wants nothing more'
  if (status >= 300 && status < 400) return `answered ${status}: redirects are not followed`
  return `answered ${status}`
}
