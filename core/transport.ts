import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import { Pool } from 'undici'
import { Failure } from './errors.ts'

export interface HttpRequest {
  method: 'GET' | 'POST'
  url: string
  headers: Readonly<Record<string, string>>
  body?: string | Uint8Array | undefined
  /** Beyond this many bytes the answer is given up (`item_unreadable`). */
  maxBytes: number
  /** Whether the answer counts once its head has come: its body is not waited for, and stays empty. */
  isBodyDropped?: boolean | undefined
  signal?: AbortSignal | undefined
}

export interface HttpAnswer {
  status: number
  /** Names in lower case; repeated ones joined by a comma. */
  headers: Readonly<Record<string, string>>
  body: Uint8Array
}

/** One HTTP exchange, redirects not followed. @throws Failure `offline`, `unavailable`, `item_unreadable` */
export interface Transport {
  send(request: HttpRequest): Promise<HttpAnswer>
  close(): Promise<void>
}

/** Longest silence while connecting, and before and within an answer, in milliseconds. */
const connectTimeoutMs = 15_000
const silenceTimeoutMs = 90_000

const connectionsPerOrigin = 32

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

const decoders: Readonly<
  Record<string, (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>>
> = {
  gzip: promisify(gunzip) as (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>,
  deflate: promisify(inflate) as (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>,
  br: promisify(brotliDecompress) as (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>,
}

/** HTTP over pools of kept-alive connections, one pool an origin. */
export function createTransport(): Transport {
  const pools = new Map<string, Pool>()

  function poolFor(origin: string): Pool {
    let pool = pools.get(origin)
    if (!pool) {
      pool = new Pool(origin, {
        connections: connectionsPerOrigin,
        connect: { timeout: connectTimeoutMs },
        headersTimeout: silenceTimeoutMs,
        bodyTimeout: silenceTimeoutMs,
      })
      pools.set(origin, pool)
    }
    return pool
  }

  return {
    async send(request) {
      const url = new URL(request.url)
      const where = `${request.method} ${url.origin}${url.pathname}`
      try {
        const answer = await poolFor(url.origin).request({
          method: request.method,
          path: url.pathname + url.search,
          headers: request.headers,
          body: request.body ?? null,
          signal: request.signal ?? null,
        })
        const headers = flatten(answer.headers)
        if (request.isBodyDropped) {
          answer.body.dump({ limit: droppedBytes }).catch(() => {})
          return { status: answer.statusCode, headers, body: new Uint8Array() }
        }
        const body = await read(answer.body, request.maxBytes, where)
        return { status: answer.statusCode, headers, body: await decode(body, headers, request.maxBytes, where) }
      } catch (error) {
        if (request.signal?.aborted) throw request.signal.reason
        throw explain(error, where)
      }
    },
    async close() {
      await Promise.all([...pools.values()].map(pool => pool.destroy()))
    },
  }
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  )
}

async function read(body: AsyncIterable<Uint8Array>, maxBytes: number, where: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > maxBytes) throw tooLarge(maxBytes, where)
    chunks.push(chunk)
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length)
}

async function decode(
  bytes: Uint8Array,
  headers: Record<string, string>,
  maxBytes: number,
  where: string,
): Promise<Uint8Array> {
  const encoding = headers['content-encoding']?.trim().toLowerCase()
  const decoder = encoding ? decoders[encoding] : undefined
  if (!decoder || bytes.length === 0) return bytes
  try {
    return await decoder(bytes, { maxOutputLength: maxBytes })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes, where)
    throw new Failure('unavailable', `${where} sent a damaged ${encoding} body`, { cause: error })
  }
}

function tooLarge(maxBytes: number, where: string): Failure {
  return new Failure('item_unreadable', `${where} sent more than ${maxBytes} bytes`)
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
