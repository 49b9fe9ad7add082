import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { routePath } from 'hono/route'
import type { Clock } from '../core/clock.ts'
import { Failure, toFailure } from '../core/errors.ts'
import type { Inlet } from '../core/inlet.ts'
import type { Log } from '../core/log.ts'
import type { Series } from '../core/meter.ts'
import { answerHeaders, docsPolicy } from './answer-headers.ts'
import type { ApiKey } from './api-key.ts'
import { cookieValues, sessionCookie } from './dashboard/cookies.ts'
import { addDashboard, problemPage } from './dashboard/index.ts'
import { createSessions } from './dashboard/sessions.ts'
import { createGuards } from './guards.ts'
import type { Caller } from './listen.ts'
import { createHttpMeter } from './metrics/http-series.ts'
import { isRead, listAddresses, pathWithoutSlash, withoutPattern } from './middleware/addresses.ts'
import { createDoor, wantsPage } from './middleware/door.ts'
import { ownOrigin } from './own-origin.ts'
import type { Slug } from './problem-table.ts'
import { problemOf, refusal } from './problems.ts'
import { addBackupRoutes } from './routes/backup.ts'
import { addCollectionRoutes } from './routes/collections.ts'
import { addDocsRoutes } from './routes/docs.ts'
import { addEntityRoutes } from './routes/entities.ts'
import { addEventRoutes } from './routes/events.ts'
import { addHealthRoutes } from './routes/health.ts'
import { addJobRoutes } from './routes/jobs.ts'
import { addKeyRoutes } from './routes/keys.ts'
import { addMcpRoutes } from './routes/mcp.ts'
import { addMetricsRoutes } from './routes/metrics.ts'
import { addOpenApiRoute } from './routes/openapi.ts'
import { addProblemRoutes } from './routes/problems.ts'
import { addProxyRoutes } from './routes/proxy.ts'
import { addSearchRoutes } from './routes/search.ts'
import { addSignInRoutes } from './routes/sign-in.ts'
import { addConnectionRoutes } from './routes/source-connections.ts'
import { addSourceRoutes } from './routes/sources.ts'
import type { App, AppEnv } from './routes/support.ts'
import { addVaultRoutes } from './routes/vault.ts'
import { addWebhookRoutes } from './routes/webhooks.ts'
import { addWhiteLabelRoutes } from './routes/white-labels.ts'
import { fieldErrors } from './schemas/strict.ts'

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
  routes: readonly { method: string; path: string }[]
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
  const door = createDoor({ inlet, guards, origin, closing: closing.signal, addresses: () => addresses })
  const app: App = new OpenAPIHono<AppEnv>({ getPath: pathWithoutSlash, defaultHook: refuseInvalid })
  app.use(writeLog, setHeaders, door.admit)
  app.onError(answerError)
  app.notFound(answerUnknown)
  const httpMeter = createHttpMeter()
  const ownSeries = () => [...httpMeter.series(), ...(options.processSeries?.() ?? [])]
  const context = { clock, log, version: options.version, closing: closing.signal, origin, ownSeries }
  for (const add of [
    addSignInRoutes,
    addWhiteLabelRoutes,
    addConnectionRoutes,
    addJobRoutes,
    addSourceRoutes,
    addCollectionRoutes,
    addSearchRoutes,
    addEntityRoutes,
    addEventRoutes,
    addWebhookRoutes,
    addHealthRoutes,
    addVaultRoutes,
    addBackupRoutes,
    addKeyRoutes,
    addMcpRoutes,
    addProxyRoutes,
    addMetricsRoutes,
    addProblemRoutes,
    addDocsRoutes,
  ]) {
    add(app, context)
  }
  const dashboard = { ...context, ...{ inlet, port: options.port, guards, sessions, signInLink } }
  addDashboard(app, { ...dashboard, hasClient: options.hasClient ?? (() => false) })
  addOpenApiRoute(app, options.version)
  const addresses = listAddresses(app)

  return {
    fetch: (request, caller = {}) => app.fetch(request, caller),
    beginClosing: () => closing.abort(),
    signInLink,
    routes: addresses.routes,
  }

  function signInLink(): { url: string; expiresAt: string } {
    const { code, expiresAt } = sessions.newCode()
    return { url: `${origin()}/sign-in?code=${code}`, expiresAt }
  }

  async function writeLog(context: Context, next: () => Promise<void>): Promise<void> {
    const startedAt = clock.monotonic()
    await next()
    const ms = clock.monotonic() - startedAt
    // The route, not the path: what a client puts into a path is its own.
    const path = withoutPattern(routePath(context, -1))
    const route = path === '' || path === '*' || path === '/*' ? '(none)' : path
    const { method } = context.req
    const { status } = context.res
    log.info({ method, route, status, ms: Math.round(ms) }, 'request')
    httpMeter.answered({ method, route, status, seconds: ms / 1000 })
  }

  async function setHeaders(context: Context, next: () => Promise<void>): Promise<void> {
    await next()
    const { headers } = context.res
    const own = headers.get('Content-Security-Policy')
    for (const [name, value] of Object.entries(answerHeaders)) headers.set(name, value)
    const { path, method } = context.req
    if (path === '/docs' && isRead(method) && context.res.status === 200)
      headers.set('Content-Security-Policy', docsPolicy)
    if (own !== null) headers.set('Content-Security-Policy', own)
    if (!headers.has('Cache-Control')) headers.set('Cache-Control', 'no-store')
    door.share(context)
  }

  function answerError(error: Error, context: Context): Response | Promise<Response> {
    const failure = error instanceof HTTPException ? fromHono(error) : toFailure(error)
    const root = ['POST', 'PUT', 'PATCH'].includes(context.req.method) ? 'body' : 'query'
    const { slug, status, headers, body } = problemOf(failure, root)
    if (status === 500) log.error({ err: error, problem: slug }, 'a request failed')
    if (wantsPage(context)) return problemPage(body, headers)
    return new Response(JSON.stringify(body), { status, headers })
  }

  async function answerUnknown(context: Context): Promise<Response> {
    const allowed = addresses.methodsAt(context.req.path)
    if (allowed.length === 0) {
      return answerError(
        refusal('not-found', 'nothing is at this address: GET /openapi.json lists what there is'),
        context,
      )
    }
    const allow = [...allowed, 'OPTIONS'].join(', ')
    if (context.req.method === 'OPTIONS') return new Response(null, { status: 204, headers: { Allow: allow } })
    const response = await answerError(refusal('method-not-allowed', `this address takes ${allow}`), context)
    response.headers.set('Allow', allow)
    return response
  }
}

const idProblems: Readonly<Record<string, Slug>> = {
  source_connection_id: 'unknown-connection',
  job_id: 'unknown-job',
  entity_id: 'unknown-entity',
  white_label_id: 'unknown-white-label',
  key_id: 'unknown-key',
  webhook_id: 'unknown-webhook',
  delivery_id: 'unknown-delivery',
}

type Checked = { success: true } | { success: false; error: Parameters<typeof fieldErrors>[0] }

/** A malformed id in a path is the id of nothing; anything else that does not fit its schema is named, all at once. */
function refuseInvalid(result: Checked & { target: string }): undefined {
  if (result.success) return
  const fields = fieldErrors(result.error)
  if (result.target === 'param') {
    const name = String(fields[0]?.location[0])
    throw refusal(idProblems[name] ?? 'not-found', `${name} is not a UUID, so nothing has this id`)
  }
  const [first] = fields
  const where = first?.location.join('.') || 'the request'
  const others = fields.length > 1 ? ` (and ${fields.length - 1} more, see errors)` : ''
  throw new Failure('invalid', `${where}: ${first?.message ?? 'is not valid'}${others}`, { fields })
}

function fromHono(error: HTTPException): Failure {
  if (error.status === 415) return refusal('not-json', 'the body must be JSON: send Content-Type: application/json')
  if (error.status === 400) return refusal('malformed-json', 'the body is not valid JSON')
  return toFailure(error)
}
