/** Talks to the inlet that runs. */
import { readFile } from 'node:fs/promises'
import { Agent, type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { type Code, Failure, type FieldError, isFailure } from '../../core/errors.ts'
import { isJsonObject, jsonObjectIn } from '../../core/json.ts'
import { type FolderLock, isFolderLocked, lockFolder } from '../../core/store/lock.ts'
import { loadPlace, type Place } from '../config.ts'
import { isLoopback } from '../schemas/config.ts'
import { readEvents, type StreamedEvent } from './event-stream.ts'
import { interruption } from './patience.ts'

export type { Place } from '../config.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Client {
  /** Where it is, such as `http://localhost:8001`. */
  base: string
  /**
   * The answer's JSON.
   * @param path with its query
   * @throws Failure for any answer but a good one, with the problem's detail, and its status; `unavailable` where no
   *   inlet runs or answers
   */
  ask<Answer>(method: Method, path: string, body?: object): Promise<Answer>
  /** The answer as it comes, for what is large or goes on. @throws Failure as `ask` */
  open(path: string, options?: OpenOptions): Promise<IncomingMessage>
  /**
   * Server-sent events, until the server ends the stream; an answer without content (204) has none.
   * @throws Failure as `ask`; `unavailable` when the connection breaks off
   */
  events(path: string, options?: EventOptions): AsyncGenerator<StreamedEvent>
  /** Throws where what is sent might be read on its way. */
  requireLoopback(): void
}

export interface OpenOptions {
  /** Default GET. */
  method?: Method
  body?: object | undefined
  headers?: Readonly<Record<string, string>>
  signal?: AbortSignal | undefined
}

export interface EventOptions extends OpenOptions {
  /** The id of the last event that was seen. */
  after?: string | undefined
  /** Told when the server listens: what happens from now on is not missed. */
  onOpen?(): void
  /** Told where the stream begins, before any event: to be given as `after` by whoever comes back. */
  onBegin?(id: string): void
}

/** Longer than anything takes that answers at all. */
const limitMs = 120_000

/**
 * The client of a command. The key is INLET_API_KEY, else the one in the data folder; that one is sent only while an
 * inlet runs on the folder: whatever else may listen at its port is not to learn it.
 * @throws Failure `bad_config`
 */
export function clientOf(where: Parameters<typeof loadPlace>[0]): Client {
  return createClient(loadPlace(where))
}

export function createClient(place: Place): Client {
  const host = reachable(place.server.host)
  const base = addressOf(place)

  async function open(method: Method, path: string, body: object | undefined, options: OpenOptions) {
    const headers = { 'X-API-Key': await keyFor(place), ...options.headers }
    const response = await send(new URL(path, base), method, headers, body, options.signal).catch((error: unknown) => {
      if (options.signal?.aborted) throw interruption()
      throw unanswered(error, place)
    })
    const { statusCode = 0 } = response
    if (statusCode >= 200 && statusCode < 300) return response
    throw failureOf(statusCode, await read(response), `${method} ${base}${path.split('?')[0]}`)
  }

  return {
    base,
    requireLoopback() {
      if (isLoopback(host)) return
      const message = `keys are sent over the loopback alone, and inlet listens on ${host}: set server.host to localhost, or stop inlet and run this again`
      throw new Failure('bad_config', message)
    },
    async ask<Answer>(method: Method, path: string, body?: object) {
      const text = await read(await open(method, path, body, { signal: AbortSignal.timeout(limitMs) }))
      try {
        return JSON.parse(text) as Answer
      } catch {
        throw new Failure('unavailable', `what answers at ${base} is no inlet: its answer is not JSON`)
      }
    },
    open: (path, options = {}) => open(options.method ?? 'GET', path, options.body, options),
    async *events(path, { after, headers, signal, onOpen, onBegin } = {}) {
      const last = after === undefined ? {} : { 'Last-Event-ID': after }
      const wanted = { Accept: 'text/event-stream', ...last, ...headers }
      const response = await open('GET', path, undefined, { headers: wanted, signal })
      onOpen?.()
      try {
        yield* readEvents(response, onBegin)
      } catch (error) {
        if (signal?.aborted) throw interruption()
        throw new Failure('unavailable', `the connection to ${base} broke off`, { cause: error })
      } finally {
        response.destroy()
      }
    },
  }
}

/**
 * The folder's lock, for working on it, or `undefined` where an inlet runs on it.
 * @throws Failure `data_folder` when it cannot be locked for any other reason
 */
export async function lockUnlessRunning(dataDir: string): Promise<FolderLock | undefined> {
  try {
    return await lockFolder(dataDir)
  } catch (error) {
    if (isFailure(error, 'data_folder') && error.message.startsWith('another inlet')) return undefined
    throw error
  }
}

/** Where an inlet is asked, such as `http://localhost:8001`. */
export function addressOf({ server }: Place): string {
  const host = reachable(server.host)
  return `http://${host.includes(':') ? `[${host}]` : host}:${server.port}`
}

/**
 * As `clientOf` says. A key of the environment goes to another machine only where the environment names that too, or an
 * inlet of ours runs here: a folder that came from elsewhere may have a `config.json` of its own.
 * @throws Failure `bad_config`, `unavailable`, `unauthorized`
 */
export async function keyFor({ apiKey, dataDir, server, isFound }: Place): Promise<string> {
  if (apiKey !== undefined && isFound && !isLoopback(reachable(server.host)) && !isFolderLocked(dataDir)) {
    const message = `config.json in this folder would have INLET_API_KEY sent to ${server.host}: set INLET_HOST to that, or INLET_CONFIG to the file, if it is meant`
    throw new Failure('bad_config', message)
  }
  if (apiKey === undefined) return keyOfFolder(dataDir)
  // Any other would be refused as a header without a word that helps.
  if (/^[\x21-\x7e]+$/.test(apiKey)) return apiKey
  throw new Failure('bad_config', 'INLET_API_KEY must be visible ASCII characters without spaces, and not empty')
}

async function keyOfFolder(dataDir: string): Promise<string> {
  if (!isFolderLocked(dataDir)) {
    throw new Failure('unavailable', `no inlet runs on ${dataDir}: start it with "inlet start", ${elsewhere}`)
  }
  const key = await readFile(join(dataDir, 'api-key'), 'utf8').catch(() => '')
  if (key.trim() !== '') return key.trim()
  throw new Failure('unauthorized', `${dataDir} has no API key that can be read: set INLET_API_KEY`, { status: 401 })
}

const elsewhere =
  'or say where it is with INLET_DATA_DIR or INLET_CONFIG, or with INLET_HOST, INLET_PORT and INLET_API_KEY'

/** What to say where a request was not answered at all. */
export function unanswered(error: unknown, place: Place): Failure {
  const { dataDir } = place
  const base = addressOf(place)
  const message = isFolderLocked(dataDir)
    ? `the inlet that runs on ${dataDir} does not answer at ${base}: it may have been started with another INLET_PORT or configuration`
    : `no inlet answers at ${base}: start it with "inlet start", ${elsewhere}`
  return new Failure('unavailable', message, { cause: error })
}

/** An address to listen on everywhere is none to ask at. */
function reachable(host: string): string {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  if (bare === '0.0.0.0') return '127.0.0.1'
  return /^[0:]+$/.test(bare) ? '::1' : bare
}

/** Not `fetch`: an agent of its own goes through no proxy, whatever the environment says. */
function send(
  url: URL,
  method: Method,
  headers: Readonly<Record<string, string>>,
  body: object | undefined,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  const content = body === undefined ? undefined : JSON.stringify(body)
  const described =
    content === undefined
      ? {}
      : { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(content)) }
  return new Promise((resolve, reject) => {
    const asking = request(url, {
      ...{ method, headers: { ...headers, ...described }, agent: new Agent() },
      ...(signal && { signal }),
    })
    asking.once('error', reject)
    asking.once('response', resolve)
    asking.end(content)
  })
}

async function read(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

const codes: Readonly<Record<number, Code>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  422: 'invalid',
  503: 'unavailable',
}

/** The problem of an answer (RFC 9457) as a failure. */
export function failureOf(status: number, text: string, asked: string): Failure {
  const problem = jsonObjectIn(text)
  const textOf = (name: string) => (typeof problem?.[name] === 'string' ? problem[name] : undefined)
  return new Failure(
    codes[status] ?? (status < 500 ? 'conflict' : 'internal'),
    textOf('detail') ?? `${asked} answered ${status}`,
    {
      status,
      problem: textOf('type')?.replace(/^\/problems\//, ''),
      providerError: textOf('provider_error'),
      connectionId: textOf('connection_id'),
      jobId: textOf('job_id'),
      fields: fieldsIn(problem?.errors),
    },
  )
}

function fieldsIn(errors: unknown): FieldError[] {
  if (!Array.isArray(errors)) return []
  return errors.filter(isJsonObject).map(({ loc, msg, type }) => ({
    location: Array.isArray(loc) ? loc.slice(1).map(String) : [],
    message: String(msg),
    type: type === 'missing' || type === 'unknown' ? type : 'invalid',
  }))
}
