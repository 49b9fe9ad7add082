/**
 * Sign-ins under way, in memory alone: each is known by a `state` that nobody can guess, lives twenty minutes and is
 * taken once. A state that is over is remembered, so that it can be told from one that never was.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { Failure } from '../errors.ts'

export interface Sessions<Session extends object> {
  /** @param binding a secret of the browser that alone may take it */
  open(session: Session, options?: { state?: string | undefined; binding?: string | undefined }): Opened
  /**
   * @param fits whether it is one that the caller may take
   * @throws Failure `invalid`: `unknown-state` for one that is not ours or another browser's, `sign-in-over`
   */
  take(state: string, binding?: string, fits?: (session: Session) => boolean): Session
  /** Whether it was ever opened, also where it is over. */
  knows(state: string): boolean
  /** Those that may be taken and fit, the newest first. */
  find(fits: (session: Session, isBound: boolean) => boolean): (Opened & { session: Session; leftMs: number })[]
}

/** One that nobody can guess. */
export function newState(): string {
  return randomBytes(32).toString('base64url')
}

export interface Opened {
  state: string
  /** ISO 8601. */
  expiresAt: string
}

export const lifeMs = 20 * 60_000
/** States that are over are told from unknown ones for so long. */
const memoryMs = 24 * 60 * 60_000
const mostRemembered = 10_000

interface Entry<Session> {
  session: Session | undefined
  binding: Buffer | undefined
  state: string
  endsAtMs: number
  expiresAt: string
}

/** @param closing ends every one */
export function createSessions<Session extends object>(clock: Clock, closing: AbortSignal): Sessions<Session> {
  const entries = new Map<string, Entry<Session>>()

  return {
    open(session, { state = newState(), binding } = {}) {
      prune()
      const expiresAt = new Date(clock.now() + lifeMs).toISOString()
      const entry: Entry<Session> = {
        ...{ session, state, expiresAt, endsAtMs: clock.monotonic() + lifeMs },
        binding: binding === undefined ? undefined : digest(binding),
      }
      entries.delete(keyOf(state))
      entries.set(keyOf(state), entry)
      void end(entry)
      return { state, expiresAt }
    },
    take(state, binding, fits = () => true) {
      const entry = entries.get(keyOf(state))
      // Another browser learns nothing, and ends nothing.
      if (!entry || !isBoundTo(entry, binding) || (entry.session && !fits(entry.session))) throw unknownState()
      const { session } = entry
      entry.session = undefined
      if (!session || clock.monotonic() >= entry.endsAtMs) throw over()
      return session
    },
    knows: state => entries.has(keyOf(state)),
    find(fits) {
      const nowMs = clock.monotonic()
      return [...entries.values()]
        .flatMap(({ session, binding, endsAtMs, state, expiresAt }) => {
          const leftMs = endsAtMs - nowMs
          return session && leftMs > 0 && fits(session, binding !== undefined)
            ? { session, leftMs, state, expiresAt }
            : []
        })
        .reverse()
    },
  }

  /** What is over keeps no secret: a token that nobody asked for again is not kept until somebody signs in. */
  async function end(entry: Entry<Session>): Promise<void> {
    await clock.sleep(lifeMs, closing).catch(() => {})
    entry.session = undefined
  }

  function prune(): void {
    for (const [key, { endsAtMs }] of entries) {
      if (clock.monotonic() < endsAtMs + memoryMs && entries.size < mostRemembered) return
      entries.delete(key)
    }
  }
}

function isBoundTo<Session>({ binding }: Entry<Session>, given: string | undefined): boolean {
  return binding === undefined || (given !== undefined && timingSafeEqual(binding, digest(given)))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** A lookup by digest tells nothing by its time. */
function keyOf(state: string): string {
  return digest(state).toString('base64')
}

function unknownState(): Failure {
  return new Failure('invalid', 'this sign-in was not begun here, or in another browser: begin it again', {
    problem: 'unknown-state',
  })
}

function over(): Failure {
  return new Failure('invalid', 'this sign-in has expired or was finished already: begin it again', {
    problem: 'sign-in-over',
  })
}
