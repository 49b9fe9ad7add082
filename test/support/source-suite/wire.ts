/**
 * Between a source and its fake provider: every request is seen, numbered and may meet a fault, and a token that goes
 * where it must not is noticed.
 */
import { Failure } from '../../../core/errors.ts'
import type { HttpAnswer, HttpRequest, Transport } from '../../../core/transport.ts'

export interface Answer {
  status: number
  headers?: Readonly<Record<string, string>> | undefined
  /** Sent as JSON. */
  body?: unknown
}

/**
 * - `drop`: the connection is lost before the answer.
 * - `cut`: the answer ends in the middle, and its length seems right.
 * - `hollow`: an empty JSON object with status 200.
 * - an answer, or what becomes of the real one.
 */
export type Fault = 'drop' | 'cut' | 'hollow' | Answer | ((answer: HttpAnswer) => HttpAnswer)

export interface WireRequest {
  /** From 1, within the run. */
  number: number
  method: string
  url: URL
  body: string
  /** The access token it carries. */
  bearer: string | undefined
  /** The suite's time, in milliseconds since 1970. */
  at: number
}

export interface WireOptions {
  transport: Transport
  now(): number
  /** Origins that may see the token. */
  origins: ReadonlySet<string>
  /** What the fake knows the token as. */
  token: string
  /** A request before it goes out, as it should go out. */
  outgoing(request: HttpRequest): HttpRequest
  fault(request: WireRequest): Fault | undefined
}

export interface Wire extends Transport {
  requests: WireRequest[]
  /** Origins that saw the token and must not. */
  leaks: string[]
}

/** A host that no source has any business with. */
export const foreignOrigin = 'https://foreign.invalid'

export function createWire({ transport, now, origins, token, outgoing, fault }: WireOptions): Wire {
  const wire: Wire = { requests: [], leaks: [], send, close: async () => {} }
  return wire

  async function send(request: HttpRequest): Promise<HttpAnswer> {
    request.signal?.throwIfAborted()
    const url = new URL(request.url)
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
    const body = request.body === undefined ? '' : Buffer.from(request.body).toString()
    const seen: WireRequest = {
      ...{ number: wire.requests.length + 1, method: request.method },
      ...{ url, body, bearer, at: now() },
    }
    wire.requests.push(seen)
    if (bearer !== undefined && !origins.has(url.origin)) wire.leaks.push(url.origin)
    const met = fault(seen)
    request.signal?.throwIfAborted()
    if (met === 'drop') throw new Failure('unavailable', `${request.method} ${url.origin}${url.pathname} was cut off`)
    if (met === 'hollow') return toHttp({ status: 200, body: {} })
    if (typeof met === 'object') return toHttp(met)
    if (url.origin === foreignOrigin) return toHttp({ status: 200, body: { foreign: true } })
    const answer = await transport.send(outgoing(withToken(request)))
    if (met === 'cut') return { ...answer, body: answer.body.subarray(0, answer.body.length >> 1) }
    return met ? met(answer) : answer
  }

  function withToken(request: HttpRequest): HttpRequest {
    if (request.headers.authorization === undefined) return request
    return { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } }
  }
}

export function toHttp({ status, headers = {}, body }: Answer): HttpAnswer {
  const bytes = body === undefined ? new Uint8Array() : new TextEncoder().encode(JSON.stringify(body))
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: bytes }
}
