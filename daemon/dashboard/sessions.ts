/** How a person's browser comes in: a link that works once, then a cookie that the API key vouches for. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import type { ApiKey } from '../api-key.ts'

export interface Sessions {
  /** A code of 256 bits for one sign-in within half an hour. */
  newCode(): { code: string; expiresAt: string }
  /** Whether it was good; it is not any more. */
  redeem(code: string): boolean
  /** The value of a new session's cookie: `v1.<expiry in seconds>.<nonce>.<HMAC-SHA256>`. */
  open(): string
  /** Whether a cookie's value was made with this API key, has not expired and was not closed. */
  fits(value: string): boolean
  /** From here on the value fits no more, until the daemon is started again; the browser has lost it by then. */
  close(value: string): void
}

export const sessionSeconds = 30 * 24 * 60 * 60
const codeMs = 30 * 60_000
/** Whoever asks for more has the key, and gets the newest ones. */
const mostCodes = 100
const mostClosed = 10_000

/**
 * A session is told by its signature alone, so that it outlives a restart and ends with the API key.
 */
export function createSessions(apiKey: Pick<ApiKey, 'derive'>, clock: Pick<Clock, 'now' | 'monotonic'>): Sessions {
  const key = apiKey.derive('inlet dashboard session')
  /** By digest, so that looking one up tells nothing by its time; until when, by the clock that only moves forward. */
  const codes = new Map<string, number>()
  const closed = new Set<string>()

  return {
    newCode() {
      const code = randomBytes(32).toString('base64url')
      codes.set(digest(code), clock.monotonic() + codeMs)
      for (const oldest of codes.keys()) if (codes.size > mostCodes) codes.delete(oldest)
      return { code, expiresAt: new Date(clock.now() + codeMs).toISOString() }
    },
    redeem(code) {
      const untilMs = codes.get(digest(code))
      codes.delete(digest(code))
      return untilMs !== undefined && clock.monotonic() < untilMs
    },
    open() {
      const expiry = Math.floor(clock.now() / 1000) + sessionSeconds
      const content = `v1.${expiry}.${randomBytes(16).toString('base64url')}`
      return `${content}.${sign(content).toString('base64url')}`
    },
    fits(value) {
      const [, content, expiry, signature] = /^(v1\.(\d{1,12})\.[\w-]{22})\.([\w-]{43})$/.exec(value) ?? []
      if (content === undefined || signature === undefined) return false
      const given = Buffer.from(signature, 'base64url')
      const wanted = sign(content)
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return false
      return clock.now() < Number(expiry) * 1000 && !closed.has(content)
    },
    close(value) {
      closed.add(value.slice(0, value.lastIndexOf('.')))
      for (const oldest of closed) if (closed.size > mostClosed) closed.delete(oldest)
    },
  }

  function sign(content: string): Buffer {
    return createHmac('sha256', key).update(content).digest()
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}
