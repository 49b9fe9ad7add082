/** The routes of an area behind the door that all areas have, with what every answer gets. */
import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { routePath } from 'hono/route'
import { Failure, toFailure } from '../../core/errors.ts'
import { remembered } from '../../core/remembered.ts'
import { answerHeaders, docsPolicy } from '../answer-headers.ts'
import type { AddRoutes } from '../areas.ts'
import type { DashboardContext } from '../dashboard/context.ts'
import type { Guards } from '../guards.ts'
import type { Caller } from '../listen.ts'
import type { HttpMeter } from '../metrics/http-series.ts'
import type { Slug } from '../problem-table.ts'
import { problemOf, refusal } from '../problems.ts'
import type { App, AppEnv } from '../routes/support.ts'
import { fieldErrors } from '../schemas/strict.ts'
import { TextResponse } from '../text-response.ts'
import { type Addresses, isRead, listAddresses, pathWithoutSlash, withoutPattern } from './addresses.ts'
import { createDoor, wantsPage } from './door.ts'

export interface Application {
  fetch(request: Request, caller: Caller): Response | Promise<Response>
  routes: Addresses['routes']
}

export interface ApplicationContext extends DashboardContext {
  guards: Guards
  httpMeter: HttpMeter
}

export function createApplication(parts: readonly AddRoutes[], options: ApplicationContext): Application {
  const { clock, log, httpMeter } = options
  const door = createDoor({ ...options, addresses: () => addresses })
  const app: App = new OpenAPIHono<AppEnv>({ getPath: pathWithoutSlash, defaultHook: refuseInvalid })
  app.use(writeLog, setHeaders, door.admit)
  app.onError(answerError)
  app.notFound(answerUnknown)
  for (const add of parts) add(app, options)
  const addresses = listAddresses(app)
  return { fetch: (request, caller) => app.fetch(request, caller), routes: addresses.routes }

  async function writeLog(context: Context, next: () => Promise<void>): Promise<void> {
    const startedAt = clock.monotonic()
    await next()
    const ms = clock.monotonic() - startedAt
    // The route, not the path: what a client puts into a path is its own.
    const route = routeName(routePath(context, -1))
    const { method } = context.req
    const { status } = context.res
    log.info({ method, route, status, ms: Math.round(ms) }, 'request')
    httpMeter.answered({ method, route, status, seconds: ms / 1000 })
  }

  async function setHeaders(context: Context, next: () => Promise<void>): Promise<void> {
    await next()
    const { headers } = context.res
    const own = headers.get('Content-Security-Policy')
    for (const [name, value] of everyHeader) headers.set(name, value)
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
    if (wantsPage(context)) return showProblem(body, headers)
    return new TextResponse(JSON.stringify(body), { status, headers })
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

async function showProblem(...problem: Parameters<typeof import('../dashboard/problem-page.ts').problemPage>) {
  const { problemPage } = await import('../dashboard/problem-page.ts')
  return problemPage(...problem)
}

const everyHeader = Object.entries(answerHeaders)

const routeName = remembered(path => {
  const name = withoutPattern(path)
  return name === '' || name === '*' || name === '/*' ? '(none)' : name
})

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
