/**
 * What the fakes of Outlook have in common: Graph's error bodies, opaque links, the preference for immutable ids that
 * every request must state, at most four requests at once, and `$batch`.
 */
import { setImmediate } from 'node:timers/promises'
import {
  type FakeHandler,
  type FakeRequest,
  type FakeResponse,
  type FakeRoute,
  type FakeServer,
  startFakeServer,
} from './fake-server.ts'

export interface OutlookServer {
  server: FakeServer
  /** The base URL of Graph. */
  graph: string
  /** What links of before are worth now. */
  epoch: number
  /** Most items of a page, whatever is asked for. */
  pageSize: number
  /** Pages as Graph usually gives them: none of them empty, nothing twice. */
  isPlain: boolean
  hasBatch: boolean
  /** How many parts of batches are answered with 429 from here on. */
  limitedParts: number
  /** `METHOD path` of requests answered inside batches. */
  inner: string[]
  /** How many requests were under way at once, at most. */
  peak: number
  /** What was asked for with parameters, links or headers that the fake has not given or does not take. */
  malformed: string[]
  close(): Promise<void>
}

export type GraphHandler = (request: FakeRequest) => FakeResponse

export interface GraphRoute {
  pattern: string
  /** Query parameters that it takes. */
  parameters?: readonly string[]
  handler: GraphHandler
}

const base = '/v1.0'
const mostAtOnce = 4
const mostInBatch = 20

/** An answer that a handler gives up with. */
class Refusal extends Error {
  readonly response: FakeResponse

  constructor(response: FakeResponse) {
    super(`answered ${response.status}`)
    this.response = response
  }
}

/** An error as Graph words it. */
export function graphError(status: number, code: string): FakeResponse {
  const innerError = { date: '2026-01-01T00:00:00', 'request-id': 'r', 'client-request-id': 'r' }
  return { status, body: { error: { code, message: 'No.', innerError } } }
}

export function refuse(status: number, code: string): never {
  throw new Refusal(graphError(status, code))
}

/** How many items a page may have: as many as the request prefers, ten where it does not say. */
export function preferredPageSize({ headers }: FakeRequest): number {
  return Number(/odata\.maxpagesize=(\d+)/.exec(headers.prefer ?? '')?.[1] ?? 10)
}

/** A token that means something to the fake alone. */
export function seal(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** @throws Refusal 400 for what `seal` has not made */
export function unseal<Value>(token: string): Value {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString()) as Value
  } catch {
    return refuse(400, 'ErrorInvalidSyncStateData')
  }
}

/** @throws Refusal 400 for members that `names` does not have */
export function select(item: Record<string, unknown>, query: URLSearchParams, names: readonly string[]) {
  const asked = query.get('$select')?.split(',')
  if (!asked) return item
  if (asked.some(name => !names.includes(name))) refuse(400, 'RequestBroker--ParseUri')
  const always = Object.entries(item).filter(([name]) => name === 'id' || name.startsWith('@'))
  return Object.fromEntries([...always, ...Object.entries(item).filter(([name]) => asked.includes(name))])
}

export async function startOutlook(routes: readonly GraphRoute[]): Promise<OutlookServer> {
  let underWay = 0
  const table = routes.map(route => ({ ...route, expression: toExpression(route.pattern) }))
  const server = await startFakeServer([
    ...routes.map(
      (route): FakeRoute => ({ method: 'GET', pattern: base + route.pattern, handler: counted(answer(route)) }),
    ),
    { method: 'POST', pattern: `${base}/$batch`, handler: counted(batch) },
  ])
  server.tokens = new Set(['good-token'])
  server.refuse = graphError(401, 'InvalidAuthenticationToken')
  const outlook: OutlookServer = {
    ...{ server, graph: `${server.url}${base}`, epoch: 1, pageSize: 3, isPlain: false, hasBatch: true },
    ...{ limitedParts: 0, inner: [], peak: 0, malformed: [] },
    close: () => server.close(),
  }
  return outlook

  function counted(handler: FakeHandler): FakeHandler {
    return async request => {
      underWay++
      outlook.peak = Math.max(outlook.peak, underWay)
      await setImmediate()
      try {
        return underWay > mostAtOnce ? graphError(429, 'ApplicationThrottled') : await handler(request)
      } finally {
        underWay--
      }
    }
  }

  function answer({ handler, parameters = [] }: GraphRoute): GraphHandler {
    return request => {
      try {
        if (!/(^|,\s*)IdType="ImmutableId"(,|$)/.test(request.headers.prefer ?? '') && request.path !== `${base}/me`) {
          refuse(400, 'MutableIdsAreNotForStores')
        }
        for (const name of request.query.keys()) if (!parameters.includes(name)) refuse(400, 'ErrorInvalidUrlQuery')
        return handler(request)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        if (error.response.status === 400) outlook.malformed.push(`GET ${request.path}`)
        return error.response
      }
    }
  }

  /** The last one is answered first. */
  function batch({ body }: FakeRequest): FakeResponse {
    if (!outlook.hasBatch) return graphError(404, 'ResourceNotFound')
    const { requests } = JSON.parse(body) as { requests: BatchPart[] }
    const ids = new Set(requests.map(({ id }) => id))
    if (requests.length > mostInBatch || ids.size !== requests.length) return graphError(400, 'BadRequest')
    const responses = requests.map(part => ({ id: part.id, ...answerPart(part) })).reverse()
    return { body: { responses } }
  }

  function answerPart({ method, url, headers }: BatchPart) {
    const { pathname, searchParams } = new URL(url, 'http://inner')
    outlook.inner.push(`${method} ${pathname}`)
    if (outlook.limitedParts > 0) {
      outlook.limitedParts--
      return { status: 429, headers: { 'Retry-After': '7' }, body: graphError(429, 'ApplicationThrottled').body }
    }
    const lower = Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]))
    for (const route of table) {
      const match = method === 'GET' ? route.expression.exec(pathname) : null
      if (!match) continue
      const params = Object.fromEntries(
        Object.entries(match.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
      )
      const request = { method, path: base + pathname, query: searchParams, headers: lower, body: '', params }
      const { status = 200, body } = answer(route)(request)
      return { status, headers: { 'Content-Type': 'application/json' }, body }
    }
    server.unknown.push(`${method} ${pathname} in a batch`)
    return { status: 404, headers: {}, body: graphError(404, 'ResourceNotFound').body }
  }
}

interface BatchPart {
  id: string
  method: string
  url: string
  headers?: Record<string, string>
}

function toExpression(pattern: string): RegExp {
  const escaped = pattern.replace(/[.*+?^$()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`)
}
