/**
 * The ground every fake provider stands on: a real HTTP server on loopback with a route table, a bearer check, a log
 * of requests, and faults on demand. An unknown route answers 404 and is remembered, so that a test can fail on it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FakeRequest {
  method: string
  /** Without query. */
  path: string
  query: URLSearchParams
  headers: Record<string, string>
  body: string
  /** Named parts of the route's pattern. */
  params: Record<string, string>
}

export interface FakeResponse {
  status?: number
  headers?: Record<string, string>
  /** A string or bytes go out as they are; anything else as JSON. */
  body?: unknown
}

export type FakeHandler = (request: FakeRequest) => FakeResponse | Promise<FakeResponse>

/**
 * What happens to a request instead of its answer: an answer of the test's making, a connection dropped before the
 * answer (`drop`), an answer cut off in the middle (`truncate`), or one that never comes (`hang`).
 */
export type Fault = FakeResponse | 'drop' | 'truncate' | 'hang'

export interface FakeServer {
  url: string
  port: number
  /** Every request, in order, unknown and refused ones included. */
  requests: FakeRequest[]
  /** `METHOD path` of requests that no route took. */
  unknown: string[]
  /** Asked before each request with its number from 1; a fault takes the answer's place, at once or later. */
  fault: ((request: FakeRequest, number: number) => Fault | undefined | Promise<Fault>) | undefined
  /** Bearer tokens that are good now; `undefined` checks none. */
  tokens: Set<string> | undefined
  /** What a bad bearer gets; 401 with an empty object unless a fake says otherwise. */
  refuse: FakeResponse
  close(): Promise<void>
}

export interface FakeRoute {
  method: string
  /** Path with `{name}` for one segment, for example `/calendars/{id}/events`. */
  pattern: string
  handler: FakeHandler
  /** Answers without a bearer token. */
  open?: boolean
}

export async function startFakeServer(routes: readonly FakeRoute[]): Promise<FakeServer> {
  const table = routes.map(route => ({ ...route, expression: toExpression(route.pattern) }))
  const server = createServer((incoming, outgoing) => {
    void answer(incoming, outgoing).catch(error => outgoing.writeHead(599).end(String(error?.stack ?? error)))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const fake: FakeServer = {
    url: `http://127.0.0.1:${port}`,
    port,
    requests: [],
    unknown: [],
    fault: undefined,
    tokens: undefined,
    refuse: { status: 401, body: {} },
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
  return fake

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await read(incoming)
    const number = fake.requests.push(request)
    const faulty = fake.fault?.(request, number)
    const fault = faulty instanceof Promise ? await faulty : faulty
    if (fault === 'hang') return
    if (fault === 'drop') return void incoming.socket.destroy()
    if (fault !== undefined && fault !== 'truncate') return write(outgoing, fault)
    const response = await route(request)
    if (fault === 'truncate') return truncate(outgoing, response)
    write(outgoing, response)
  }

  async function route(request: FakeRequest): Promise<FakeResponse> {
    for (const { method, expression, handler, open } of table) {
      const match = method === request.method ? expression.exec(request.path) : null
      if (!match) continue
      if (!open && fake.tokens && !fake.tokens.has(bearer(request))) return fake.refuse
      request.params = Object.fromEntries(
        Object.entries(match.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
      )
      return handler(request)
    }
    fake.unknown.push(`${request.method} ${request.path}`)
    return { status: 404, body: { error: 'no such route' } }
  }
}

export function bearer(request: FakeRequest): string {
  return /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
}

async function read(incoming: IncomingMessage): Promise<FakeRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const url = new URL(incoming.url ?? '/', 'http://fake')
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]))
  const body = Buffer.concat(chunks).toString()
  return { method: incoming.method ?? 'GET', path: url.pathname, query: url.searchParams, headers, body, params: {} }
}

function encode(response: FakeResponse): { bytes: Buffer; headers: Record<string, string> } {
  const { body } = response
  const plain = typeof body === 'string' || body instanceof Uint8Array
  const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(plain ? body : JSON.stringify(body))
  const type = plain ? 'application/octet-stream' : 'application/json'
  return { bytes, headers: { 'content-type': type, 'content-length': String(bytes.length), ...response.headers } }
}

function write(outgoing: ServerResponse, response: FakeResponse): void {
  const { bytes, headers } = encode(response)
  outgoing.writeHead(response.status ?? 200, headers).end(bytes)
}

function truncate(outgoing: ServerResponse, response: FakeResponse): void {
  const { bytes, headers } = encode(response)
  outgoing.writeHead(response.status ?? 200, headers)
  outgoing.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => outgoing.socket?.destroy())
}

function toExpression(pattern: string): RegExp {
  const escaped = pattern.replace(/[.*+?^$()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`)
}
