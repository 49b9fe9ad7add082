/** Who may ask at all: checks on a request's headers, before anything else is read. */
import { type Access, fullAccess } from '../core/access.ts'
import type { Clock } from '../core/clock.ts'
import type { Failure } from '../core/errors.ts'
import type { KnownKey } from '../core/inlet.ts'
import type { ApiKey } from './api-key.ts'
import { refusal } from './problems.ts'
import { type RateWindow, rateWindow } from './rate-window.ts'

export interface GuardOptions {
  apiKey: ApiKey
  /** Other names than the loopback's that `Host` may have: `name`, or `name:port` for that port alone. */
  allowedHosts: readonly string[]
  /** Other origins than our own that may ask, such as `https://app.example`. */
  allowedOrigins: readonly string[]
  /** Requests a minute with a right key; absent for no limit. */
  rateLimit?: number | undefined
  /** A key made for another program. */
  namedKey?(given: string): KnownKey | undefined
  /** Whether a `Cookie` header has a session of the dashboard's; absent where there is none. */
  session?(cookie: string): boolean
  /** The port we listen on, once we do. */
  port(): number
  clock: Pick<Clock, 'monotonic'>
}

export interface Guards {
  /** Against DNS rebinding: a name that is not ours is a web site's. */
  host(host: string | undefined): Failure | undefined
  /**
   * Against pages of other sites. Without an `Origin` it is no browser, one that asks its own site, or one that fetches
   * an image, script or page: that one says from where in `Sec-Fetch-Site` (W3C Fetch Metadata Request Headers).
   */
  origin(headers: {
    origin: string | undefined
    site: string | undefined
    host: string | undefined
  }): Failure | undefined
  /** Whether it is another site's page that may ask, and so needs CORS headers. */
  foreign(origin: string | undefined): boolean
  /** Whether a request names the loopback otherwise than our own origin does: pages live at that one alone. */
  isOtherName(host: string | undefined, origin: string): boolean
  /** Who asks, by a right key, or by the cookie of a session: that one counts for our own pages alone. */
  caller(request: KeyHeaders): Admitted | Failure
  /** Counts a wrong key or sign-in code, and says so. */
  wrong(message: string): Failure
}

/** A caller, and what it may do. */
export interface Admitted {
  access: Access
  /** Has the key of the data folder, or a session of the dashboard's. */
  isOwner: boolean
}

export const owner: Admitted = { access: fullAccess, isOwner: true }

export interface KeyHeaders {
  apiKey?: string | undefined
  authorization?: string | undefined
  cookie?: string | undefined
  method?: string | undefined
  origin?: string | undefined
  site?: string | undefined
}

const loopbackNames = ['127.0.0.1', 'localhost', '[::1]']
/** `none` is a person who types the address. */
const ownSites = ['same-origin', 'none']
const wrongKeysPerMinute = 20

export function createGuards(options: GuardOptions): Guards {
  const wrongKeys = rateWindow(wrongKeysPerMinute, options.clock)
  const requests = options.rateLimit === undefined ? undefined : rateWindow(options.rateLimit, options.clock)
  const allowedHosts = options.allowedHosts.map(name => name.toLowerCase())
  const allowedOrigins = options.allowedOrigins.map(origin => origin.toLowerCase())

  return {
    host(host) {
      if (host !== undefined && isOwnHost(host.toLowerCase())) return undefined
      return refusal(
        'host-not-allowed',
        'the Host header names none of our own: use localhost with our port, or add the name to server.allowedHosts',
      )
    },
    origin({ origin, site, host }) {
      if (origin === undefined && (site === undefined || ownSites.includes(site))) return undefined
      if (origin !== undefined && (isOwnOrigin(origin, host) || isForeign(origin))) return undefined
      return refusal(
        'origin-not-allowed',
        'a page of another site asks, as Origin or Sec-Fetch-Site says: add its origin to server.allowedOrigins if it is yours',
      )
    },
    foreign: origin => origin !== undefined && isForeign(origin),
    isOtherName(host, origin) {
      const given = host?.toLowerCase() ?? ''
      const { name, port = '80' } = splitHost(given)
      // Through another port, such as a tunnel's, we may be reached where our own origin is not.
      if (!loopbackNames.includes(name) || port !== String(options.port())) return false
      return new URL(`http://${given}`).origin !== origin
    },
    wrong,
    caller({ apiKey, authorization, ...browser }) {
      const given = [apiKey, /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]].filter(key => key !== undefined)
      if (given.some(key => options.apiKey.fits(key))) return limit(requests) ?? owner
      const known = given.flatMap(key => options.namedKey?.(key) ?? [])
      const named = known.find(key => !key.hasExpired)
      if (named) return limit(requests) ?? { access: named.access, isOwner: false }
      if (known[0])
        return refusal('unauthorized', 'this API key has expired: ask the owner of this inlet for a new one')
      if (given.length > 0)
        return wrong('this API key is wrong: the right one is in the file api-key of the data folder')
      if (browser.cookie === undefined || !options.session?.(browser.cookie))
        return refusal('unauthorized', 'send the API key as X-API-Key or as a bearer token')
      if (isOwnPage(browser)) return limit(requests) ?? owner
      return refusal('origin-not-allowed', 'a session is for pages of the dashboard alone: send the API key')
    },
  }

  function wrong(message: string): Failure {
    const waitMs = wrongKeys.take()
    if (waitMs > 0)
      return refusal('too-many-wrong-keys', 'too many wrong keys: wait a little', { retryAfterMs: waitMs })
    return refusal('unauthorized', message)
  }

  /** Browsers say at each change where it comes from; what does not say so might be led by another site. */
  function isOwnPage({ method = 'GET', origin, site }: KeyHeaders): boolean {
    if (origin !== undefined) return !isForeign(origin)
    return method === 'GET' || method === 'HEAD' || site === 'same-origin'
  }

  function isForeign(origin: string): boolean {
    return allowedOrigins.includes(origin.toLowerCase())
  }

  function isOwnHost(host: string): boolean {
    const { name, port } = splitHost(host)
    if (allowedHosts.includes(host) || allowedHosts.includes(name)) return true
    return loopbackNames.includes(name) && (port ?? '80') === String(options.port())
  }

  /** @param given the request's own Host: a name that is allowed with every port is an origin with that one alone */
  function isOwnOrigin(origin: string, given: string | undefined): boolean {
    const [, scheme, host] = /^(https?):\/\/([^/]+)$/.exec(origin.toLowerCase()) ?? []
    if (host === undefined || !isOwnHost(host)) return false
    const { name, port } = splitHost(host)
    // Behind a proxy that ends TLS our allowed names are https; the loopback never is.
    if (loopbackNames.includes(name)) return scheme === 'http'
    return port === undefined || allowedHosts.includes(host) || host === given?.toLowerCase()
  }
}

/** The port as it is written: 08001 is not 8001. */
function splitHost(host: string): { name: string; port: string | undefined } {
  const [, name = host, port] = /^(.+?):(\d+)$/.exec(host) ?? []
  return { name, port }
}

function limit(requests: RateWindow | undefined): Failure | undefined {
  const waitMs = requests?.take() ?? 0
  if (waitMs === 0) return undefined
  return refusal('too-many-requests', 'more requests than server.rateLimit allows: wait a little', {
    retryAfterMs: waitMs,
  })
}
