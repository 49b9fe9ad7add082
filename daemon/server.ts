import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { routePath } from 'hono/route'
import { getPath } from 'hono/utils/url'
import { requireEverything, requireScope } from '../core/access.ts'
import type { Clock } from '../core/clock.ts'
import { Failure, isFailure, toFailure } from '../core/errors.ts'
import type { Inlet } from '../core/inlet.ts'
import { limitInlet } from '../core/limit-inlet.ts'
import type { Log } from '../core/log.ts'
import type { Series } from '../core/meter.ts'
import { answerHeaders, docsPolicy } from './answer-headers.ts'
import type { ApiKey } from './api-key.ts'
import { cookieValues, sessionCookie } from './dashboard/cookies.ts'
import { addDashboard, isOpenPage, problemPage } from './dashboard/index.ts'
import { createSessions } from './dashboard/sessions.ts'
import { type Admitted, createGuards, owner } from './guards.ts'
import type { Caller } from './listen.ts'
import { createHttpMeter } from './metrics/http-series.ts'
import { callbackPath, ownOrigin } from './own-origin.ts'
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
import { type App, type AppEnv, statedNeeds } from './routes/support.ts'
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
  /** Requests of a product's page to its own white label. */
  const guests = new WeakSet<Context>()
  const guards = createGuards({
    ...options,
    namedKey: given => inlet.knownKey(given),
    session: cookie => sessionsIn(cookie).some(value => sessions.fits(value)),
    allowedHosts: options.allowedHosts ?? [],
    allowedOrigins: options.allowedOrigins ?? [],
  })
  const app: App = new OpenAPIHono<AppEnv>({ getPath: pathWithoutSlash, defaultHook: refuseInvalid })
  app.use(writeLog, setHeaders, guard)
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
  const answered = app.routes.filter(({ method }) => method !== 'ALL')
  const routes = answered.map(({ method, path }) => ({ method, path: withoutPattern(path) }))
  const needed = statedNeeds(app)
  const addresses = answered.map(({ method, path }) => ({ method, fits: matcher(path) }))

  return {
    fetch: (request, caller = {}) => app.fetch(request, caller),
    beginClosing: () => closing.abort(),
    signInLink,
    routes,
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
    const origin = context.req.header('origin')
    if (origin === undefined || !(guards.foreign(origin) || guests.has(context))) return
    headers.set('Access-Control-Allow-Origin', origin)
    // What a provider's answer has, its clients look for.
    headers.set('Access-Control-Expose-Headers', isProxied(path) ? '*' : 'Allow, Retry-After')
    headers.append('Vary', 'Origin')
  }

  async function guard(context: Context, next: () => Promise<void>): Promise<Response | undefined> {
    const { method, path } = context.req
    const header = (name: string) => context.req.header(name)
    if (closing.signal.aborted && path !== '/healthz')
      throw new Failure('closing', 'inlet is shutting down: ask again in a few seconds')
    const host = header('host')
    const site = isLanding(method, path) ? undefined : header('sec-fetch-site')
    const stranger = guards.host(host)
    if (stranger) throw stranger
    if (await isGuest(path, header('origin'))) guests.add(context)
    else {
      const foreigner = guards.origin({ origin: header('origin'), site, host })
      if (foreigner) throw foreigner
    }
    const isPage = wantsPage(context) && !isProxied(path)
    if (isPage && isRead(method) && !isLanding(method, path) && guards.isOtherName(host, origin())) {
      const { pathname, search } = new URL(context.req.url)
      return context.redirect(origin() + pathname + search, 307)
    }
    // Browsers ask before they send a key, and without one.
    const asksAhead = method === 'OPTIONS' && header('access-control-request-method') !== undefined
    if (asksAhead && (guests.has(context) || guards.foreign(header('origin')))) return preflight(context)
    const [apiKey, authorization, cookie] = [header('x-api-key'), header('authorization'), header('cookie')]
    const browser = {
      // A page of a provider, were one led here, would have the session's rights.
      cookie: isProxied(path) ? undefined : cookie,
      ...{ method, origin: header('origin'), site: header('sec-fetch-site') },
    }
    const caller = isOpen(method, path) ? owner : guards.caller({ apiKey, authorization, ...browser })
    const refused = caller instanceof Failure ? caller : notAllowed(context, caller)
    if (refused?.problem === 'unauthorized' && isPage) return context.redirect('/sign-in', 303)
    if (refused) throw refused
    const { access } = caller as Admitted
    context.set('access', access)
    context.set('inlet', limitInlet(inlet, access))
    await next()
    return undefined
  }

  /** What a route states that it takes; one that states nothing takes the owner's key. */
  function notAllowed(context: Context, { access, isOwner }: Admitted): Failure | undefined {
    if (isOwner) return undefined
    const method = context.req.method === 'HEAD' ? 'GET' : context.req.method
    const path = withoutPattern(routePath(context, -1))
    if (!routes.some(route => route.method === method && route.path === path)) return undefined
    const stated = needed.get(`${method} ${path}`)
    try {
      if (!stated) throw new Failure('forbidden', "this takes the owner's key, which is in the data folder")
      requireScope(access, stated.scope)
      if (stated.reach) requireEverything(access)
      return undefined
    } catch (error) {
      return toFailure(error)
    }
  }

  /** The pages of a product may ask two addresses of its own white label. */
  async function isGuest(path: string, origin: string | undefined): Promise<boolean> {
    const id = /^\/white-labels\/([0-9a-f-]{36})\/oauth2\/(?:auth_url|code)$/i.exec(path)?.[1]
    if (id === undefined || origin === undefined) return false
    const whiteLabel = await inlet.whiteLabels.get(id).catch((error: unknown) => {
      if (isFailure(error, 'not_found')) return undefined
      throw error
    })
    return whiteLabel?.allowedOrigins.includes(origin) ?? false
  }

  function answerError(error: Error, context: Context): Response | Promise<Response> {
    const failure = error instanceof HTTPException ? fromHono(error) : toFailure(error)
    const root = ['POST', 'PUT', 'PATCH'].includes(context.req.method) ? 'body' : 'query'
    const { slug, status, headers, body } = problemOf(failure, root)
    if (status === 500) log.error({ err: error, problem: slug }, 'a request failed')
    if (wantsPage(context) && !isProxied(context.req.path)) return problemPage(body, headers)
    return new Response(JSON.stringify(body), { status, headers })
  }

  async function answerUnknown(context: Context): Promise<Response> {
    const allowed = methodsAt(context.req.path)
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

  function methodsAt(path: string): string[] {
    const methods = new Set(addresses.filter(({ fits }) => fits(path)).map(({ method }) => method))
    if (methods.has('GET')) methods.add('HEAD')
    return [...methods].sort()
  }

  function preflight(context: Context): Response {
    const headers = {
      'Access-Control-Allow-Methods': methodsAt(context.req.path).join(', '),
      'Access-Control-Allow-Headers': headersAllowed(context),
      'Access-Control-Max-Age': '600',
    }
    return new Response(null, { status: 204, headers })
  }
}

/** What pages of other origins may send, where those are allowed; the last line is the Model Context Protocol's. */
const allowedHeaders = [
  ...['Authorization', 'Content-Type', 'Last-Event-ID', 'X-API-Key'],
  ...['MCP-Protocol-Version', 'Mcp-Method', 'Mcp-Name', 'Mcp-Session-Id'],
]

/** Every address answers with and without a slash at its end. */
function pathWithoutSlash(request: Request): string {
  const path = getPath(request)
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

/** A provider's clients have headers of their own: through the proxy a page may send what it asks to. */
function headersAllowed(context: Context): string {
  const asked = context.req.header('access-control-request-headers') ?? ''
  const isList = /^[\w-]+(?: *, *[\w-]+)*$/.test(asked)
  return isProxied(context.req.path) && isList ? asked : allowedHeaders.join(', ')
}

/** What a provider answers, and no browser shows to a person. */
function isProxied(path: string): boolean {
  return path === '/proxy' || path.startsWith('/proxy/')
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** Whether it is a browser that shows the answer to a person; a program that takes anything gets JSON. */
function wantsPage(context: Context): boolean {
  return context.req.header('accept')?.includes('text/html') ?? false
}

function isOpen(method: string, path: string): boolean {
  if (isOpenPage(method, path)) return true
  if (isLanding(method, path)) return true
  if (!isRead(method)) return false
  if (path === '/healthz' || path === '/openapi.json') return true
  return ['/problems', '/docs'].some(open => path === open || path.startsWith(`${open}/`))
}

/** Where a provider's page sends the browser back to, and what that page asks; guarded by `state` and decision. */
function isLanding(method: string, path: string): boolean {
  if (method === 'GET') return path === callbackPath
  return method === 'POST' && path === `${callbackPath}/decision`
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

/** A route as it is described: a parameter that takes slashes too is a parameter. */
function withoutPattern(path: string): string {
  return path.replaceAll('{.+}', '')
}

function matcher(path: string): (given: string) => boolean {
  const pattern = path.replace(/:\w+(\{\.\+\})?|[.*+?^$()|[\]\\]/g, (found, rest) => {
    if (!found.startsWith(':')) return `\\${found}`
    return rest ? '.+' : '[^/]+'
  })
  const expression = new RegExp(`^${pattern}$`)
  return given => expression.test(given)
}
