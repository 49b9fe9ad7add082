import type { Clock } from '../core/clock.ts'
import type { Inlet } from '../core/inlet.ts'
import type { Log } from '../core/log.ts'
import type { Series } from '../core/meter.ts'
import type { ApiKey } from './api-key.ts'
import { type Area, areaOf, partsOf } from './areas.ts'
import { cookieValues, sessionCookie } from './dashboard/cookies.ts'
import { createSessions } from './dashboard/sessions.ts'
import { createGuards } from './guards.ts'
import type { Caller } from './listen.ts'
import { createHttpMeter } from './metrics/http-series.ts'
import { pathWithoutSlash } from './middleware/addresses.ts'
import { type Application, createApplication } from './middleware/application.ts'
import { ownOrigin } from './own-origin.ts'

export interface ServerOptions {
  inlet: Inlet
  apiKey: ApiKey
  allowedHosts?: readonly string[] | undefined
  allowedOrigins?: readonly string[] | undefined
  /** Requests a minute; absent for no limit. */
  rateLimit?: number | undefined
  /** The port we listen on, once we do. */
  port(): number
  /** What we listen on, as in the configuration; default `localhost`. */
  host?: string | undefined
  /** Whether the configuration names an OAuth client for the family; default none does. */
  hasClient?(pluginId: string): boolean
  /** How the process is. */
  processSeries?(): Series[]
  version: string
  clock: Clock
  log: Log
}

export interface HttpServer {
  /** @param caller who asks, as far as that is known */
  fetch(request: Request, caller?: Caller): Response | Promise<Response>
  /** From here on every request but those of health checks is answered 503, and streams end. */
  beginClosing(): void
  /** An address that opens the dashboard, once, within half an hour. */
  signInLink(): { url: string; expiresAt: string }
  /** Every route there is, its parameters as `:name`. */
  routes(): Promise<readonly { method: string; path: string }[]>
}

/** The HTTP API as one function from request to response; it knows no socket. */
export function createServer(options: ServerOptions): HttpServer {
  const { inlet, clock, log } = options
  const closing = new AbortController()
  const sessions = createSessions(options.apiKey, clock)
  const origin = () => ownOrigin(options.host ?? 'localhost', options.port())
  const sessionsIn = (cookie: string | undefined) => cookieValues(cookie, sessionCookie(options.port()))
  const guards = createGuards({
    ...options,
    namedKey: given => inlet.knownKey(given),
    session: cookie => sessionsIn(cookie).some(value => sessions.fits(value)),
    allowedHosts: options.allowedHosts ?? [],
    allowedOrigins: options.allowedOrigins ?? [],
  })
  const httpMeter = createHttpMeter()
  const ownSeries = () => [...httpMeter.series(), ...(options.processSeries?.() ?? [])]
  const context = {
    ...{ inlet, guards, sessions, clock, log, httpMeter, ownSeries, origin, signInLink },
    ...{ version: options.version, closing: closing.signal, port: options.port },
    hasClient: options.hasClient ?? (() => false),
  }
  const loaded = new Map<Area, Application>()
  const loading = new Map<Area, Promise<Application>>()

  return {
    fetch(request, caller = {}) {
      const area = areaOf(pathWithoutSlash(request))
      const application = loaded.get(area)
      if (application) return application.fetch(request, caller)
      return load(area).then(first => first.fetch(request, caller))
    },
    beginClosing: () => closing.abort(),
    signInLink,
    routes: async () => (await load('openapi.json')).routes,
  }

  function signInLink(): { url: string; expiresAt: string } {
    const { code, expiresAt } = sessions.newCode()
    return { url: `${origin()}/sign-in?code=${code}`, expiresAt }
  }

  function load(area: Area): Promise<Application> {
    const known = loading.get(area)
    if (known) return known
    const application = partsOf(area).then(parts => {
      const made = createApplication(parts, context)
      loaded.set(area, made)
      return made
    })
    loading.set(area, application)
    return application
  }
}
