import { Readable } from 'node:stream'
import type { Dispatcher, Pool } from 'undici'
import { Failure } from './errors.ts'
import { decode, decoded, plain, pour, read, type Separate } from './http-body.ts'
import { exchange, flatten } from './http-exchange.ts'
import { loadUndici } from './undici.ts'

export interface HttpRequest {
  method: 'GET' | 'POST'
  url: string
  headers: Readonly<Record<string, string>>
  body?: string | Uint8Array | undefined
  /** Beyond this many bytes the answer is given up (`item_unreadable`). */
  maxBytes: number
  /** Whether the answer counts once its head has come: its body is not waited for, and stays empty. */
  isBodyDropped?: boolean | undefined
  /** Where the body of a good answer goes, in place of the answer's; `maxBytes` is its own matter. */
  sink?: BodySink | undefined
  signal?: AbortSignal | undefined
}

export interface HttpAnswer {
  status: number
  /** Names in lower case; repeated ones joined by a comma. */
  headers: Readonly<Record<string, string>>
  body: Uint8Array
}

/** What takes a body as it comes. What it throws ends the exchange, and is thrown on. */
export interface BodySink {
  /** Sent with the request, in place of those of the same name. */
  headers(): Readonly<Record<string, string>>
  /** @param headers names in lower case */
  begin(status: number, headers: Readonly<Record<string, string>>): Promise<void>
  write(chunk: Uint8Array): Promise<void> | undefined
  /** Told of an answer that is no good; whether the next request is another one on account of it. */
  refuse(status: number): Promise<boolean>
  /** Whether much has come since this was last asked: then another try is no vain one. */
  hasGrown(): boolean
}

/** An exchange whose bodies pass by, however long they are. */
export interface StreamRequest {
  method: string
  url: string
  headers: Readonly<Record<string, string>>
  body?: Uint8Array | AsyncIterable<Uint8Array> | undefined
  /** Ends the exchange, its answer included. */
  signal: AbortSignal
}

/** Bytes as they come: a stream of Node's, without its types, which those who embed inlet may not have. */
export interface ByteStream extends AsyncIterable<Uint8Array> {
  /** Ends the exchange. */
  destroy(): void
  /** Lets the rest pass by unread. */
  resume(): void
}

export interface StreamAnswer {
  status: number
  /** Names in lower case, in the order they came; a repeated one is there more than once. */
  headers: readonly (readonly [name: string, value: string])[]
  /** Decoded: no `content-encoding` is left in the headers. */
  body: ByteStream
}

/** One HTTP exchange, redirects not followed. @throws Failure `offline`, `unavailable`, `item_unreadable` */
export interface Transport {
  send(request: HttpRequest): Promise<HttpAnswer>
  close(): Promise<void>
}

export interface StreamTransport extends Transport {
  /** Resolves with the headers. @throws Failure `offline`, `unavailable`; the body's own faults are those of its stream */
  open(request: StreamRequest): Promise<StreamAnswer>
}

/** Longest silence while connecting, and before and within an answer, in milliseconds. */
const connectTimeoutMs = 15_000
const silenceTimeoutMs = 90_000

/** The same where bodies pass by: whoever uploads or follows events may be silent for longer. */
const streamSilenceTimeoutMs = 300_000

const connectionsPerOrigin = 64
/** Streams have connections of their own: those that go on for hours must not keep syncs waiting. */
const streamsPerOrigin = 256

/** Of a body that nobody wants: beyond it a new connection is cheaper. */
const droppedBytes = 64 * 1024

/** Names of system errors that mean this machine has no way out, as against a provider that does not answer. */
const offlineCodes = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'ENETUNREACH',
  'ENETDOWN',
  'EHOSTUNREACH',
  'EADDRNOTAVAIL',
])

/** HTTP over pools of kept-alive connections, one pool an origin. */
export function createTransport(): StreamTransport {
  const pools = createPools(connectionsPerOrigin, silenceTimeoutMs)
  const streams = createPools(streamsPerOrigin, streamSilenceTimeoutMs)

  return {
    async send(request) {
      const url = new URL(request.url)
      const where = `${request.method} ${url.origin}${url.pathname}`
      try {
        const pool = pools.known(url.origin) ?? (await pools.get(url.origin))
        const { sink } = request
        const message = {
          method: request.method,
          path: url.pathname + url.search,
          headers: sink ? { ...request.headers, ...sink.headers() } : request.headers,
          body: request.body ?? null,
        }
        if (sink || request.isBodyDropped) return await sendAsStream(pool, message, request, where)
        const { status, headers, body } = await exchange(pool, message, { ...request, where })
        return { status, headers, body: await decode(body, headers, request.maxBytes, where) }
      } catch (error) {
        if (request.signal?.aborted) throw request.signal.reason
        throw explain(error, where)
      }
    },
    async open({ method, url: address, headers: given, body, signal }) {
      const url = new URL(address)
      const where = `${method} ${url.origin}${url.pathname}`
      try {
        const answer = await (await streams.get(url.origin)).request({
          method: method as Dispatcher.HttpMethod,
          path: url.pathname + url.search,
          headers: given,
          body: body === undefined || body instanceof Uint8Array ? (body ?? null) : Readable.from(body, bytesOnly),
          signal,
        })
        // Whoever reads it hears of its errors; one that nobody reads any more must not end the process.
        answer.body.on('error', () => {})
        const headers = separate(answer.headers)
        const isEmpty = method === 'HEAD' || answer.statusCode === 204 || answer.statusCode === 304
        return {
          status: answer.statusCode,
          ...(isEmpty ? plain(headers, answer.body) : decoded(headers, answer.body, where)),
        }
      } catch (error) {
        if (signal.aborted) throw signal.reason
        throw explain(error, where)
      }
    },
    async close() {
      await Promise.all([pools.close(), streams.close()])
    },
  }
}

/** An exchange whose body goes elsewhere as it comes, or nowhere. */
async function sendAsStream(
  pool: Pool,
  message: Dispatcher.RequestOptions,
  { sink, isBodyDropped, maxBytes, signal }: HttpRequest,
  where: string,
): Promise<HttpAnswer> {
  const answer = await pool.request({ ...message, signal: signal ?? null })
  const status = answer.statusCode
  const headers = flatten(answer.headers)
  if (isBodyDropped) {
    answer.body.dump({ limit: droppedBytes }).catch(() => {})
    return { status, headers, body: new Uint8Array() }
  }
  if (sink && status >= 200 && status < 300) {
    await pour(answer.body, headers, sink, { status, where })
    return { status, headers, body: new Uint8Array() }
  }
  const body = await read(answer.body, maxBytes, where)
  if (await sink?.refuse(status)) {
    throw new Failure('unavailable', `${where} has no rest of the file that came in part`)
  }
  return { status, headers, body: await decode(body, headers, maxBytes, where) }
}

function createPools(connections: number, silenceMs: number) {
  const pools = new Map<string, Pool>()
  let isClosed = false
  return {
    known: (origin: string): Pool | undefined => pools.get(origin),
    async get(origin: string): Promise<Pool> {
      const { Pool } = await loadUndici()
      const known = pools.get(origin)
      if (known) return known
      if (isClosed) throw new Failure('closing', 'inlet is shutting down: nothing more is asked')
      const timeouts = { headersTimeout: silenceMs, bodyTimeout: silenceMs }
      const pool = new Pool(origin, { connections, connect: { timeout: connectTimeoutMs }, ...timeouts })
      pools.set(origin, pool)
      return pool
    },
    async close() {
      isClosed = true
      await Promise.all([...pools.values()].map(pool => pool.destroy()))
    },
  }
}

const bytesOnly = { objectMode: false }

function separate(headers: Record<string, string | string[] | undefined>): Separate {
  return Object.entries(headers).flatMap(([name, value = []]) =>
    [value].flat().map(one => [name.toLowerCase(), one] as const),
  )
}

function explain(error: unknown, where: string): Failure {
  if (error instanceof Failure) return error
  const code = systemCode(error)
  if (code && offlineCodes.has(code)) {
    return new Failure('offline', `${where} cannot be reached (${code}); is this machine online?`, { cause: error })
  }
  return new Failure('unavailable', `${where} gave no complete answer (${code ?? 'connection lost'})`, { cause: error })
}

/** The system's error name, dug out of wrappers; several addresses tried give one that has `errors`. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, errors } = error as NodeJS.ErrnoException & { errors?: unknown[] }
  return code ?? systemCode(errors?.[0]) ?? systemCode(error.cause)
}
