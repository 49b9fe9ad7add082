/**
 * The HTTP client handed to plugins: the bearer, pacing, waiting and retrying, refreshing, paging, and the promise that
 * a token goes to the plugin's own origins and nowhere else.
 */
import type { Clock, Random } from './clock.ts'
import { type Code, Failure, isFailure } from './errors.ts'
import { isJsonObject, type Json } from './json.ts'
import type { Pacer } from './pacer.ts'
import type { Api, Classification, Endpoints, PageOptions, Plugin, Query, RequestOptions } from './plugin.ts'
import { retryAfterMs } from './retry-after.ts'
import type { TokenSource } from './tokens.ts'
import type { HttpAnswer, HttpRequest, Transport } from './transport.ts'

export interface ApiOptions {
  plugin: Plugin
  endpoints: Endpoints
  tokens: TokenSource
  pacer: Pacer
  transport: Transport
  clock: Clock
  random: Random
  signal: AbortSignal
  /** Told once for each request that goes out, repeated ones included. */
  onRequest?(): void
  /** Told when the run begins to wait for the provider, and until when (milliseconds since 1970). */
  onWait?(untilMs: number, code: Code): void
}

const maxJsonBytes = 64 * 1024 * 1024
const maxRedirects = 5
/** How often one request is repeated without the provider saying when: about two minutes in all. */
const patience = 9
const firstBackOffMs = 500
const longestBackOffMs = 30_000
/** How often an answer that should be JSON and is not is asked for again before it counts as what the provider means. */
const malformedTries = 2

/** The `Api` of one run of one connection. */
export function createApi(options: ApiOptions): Api {
  const { plugin, endpoints, tokens, pacer, transport, clock, random, signal } = options
  const origins = new Set(plugin.origins(endpoints).map(url => new URL(url).origin))

  const api: Api = {
    async get<Body>(url: string, request: RequestOptions = {}): Promise<Body> {
      const { json } = await send(url, request, { maxBytes: maxJsonBytes, isJson: true })
      return json as Body
    },

    async request(url, request = {}) {
      return (await send(url, request, { maxBytes: request.maxBytes ?? maxJsonBytes })).answer
    },

    async *pages<Page>(url: string, request: PageOptions<Page>) {
      const { next, parameter, ...first } = request
      const seen = new Set<string>()
      for (let at = url, turn: RequestOptions = first; ; ) {
        const page = await api.get<Page>(at, turn)
        yield page
        const step = next(page)
        if (step === undefined || step === null || step === '') return
        if (seen.has(step)) {
          throw new Failure('bad_response', `${describe(url, request)} gave the same page token twice`)
        }
        seen.add(step)
        if (parameter === undefined) [at, turn] = [step, { ...first, query: undefined }]
        else turn = withParameter(first, parameter, step)
      }
    },

    async download(url, request) {
      return (await send(url, request, { maxBytes: request.maxBytes, roams: true })).answer.body
    },

    failureOf: (status, headers, body, what) => judge(status, headers, body, what),

    async backOff(failure, attempt) {
      const ms = delayOf(failure, attempt)
      if (ms === undefined) throw failure
      options.onWait?.(clock.now() + ms, failure.code)
      await clock.sleep(ms, signal)
    },
  }
  return api

  async function send(url: string, request: RequestOptions, manner: Manner): Promise<Exchange> {
    const where = describe(url, request)
    if (!isOwn(url)) throw new Failure('bad_response', `${where}: refused, it is not one of the provider's origins`)
    let renewed = false
    let malformed = 0
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted()
      const outcome = await exchange(url, request, manner, where)
      if (outcome.type === 'answered') return outcome
      const { failure, generation } = outcome
      if (failure.code === 'unauthorized' && generation !== undefined) {
        if (renewed) throw failure
        const hindrance = await renew(generation, failure)
        renewed = hindrance === undefined
        if (hindrance) await api.backOff(hindrance, attempt)
      } else if (outcome.type === 'malformed' && malformed++ < malformedTries) {
        // A proxy's error page or a cut-off body looks like this: worth asking again.
        await api.backOff(new Failure('unavailable', failure.message, { cause: failure }), attempt)
      } else {
        if (failure.remedy === 'wait' && failure.retryAfterMs) pacer.pause(request.lane ?? '', failure.retryAfterMs)
        await api.backOff(failure, attempt)
      }
    }
  }

  /** One try: what may pass in time is given back, everything else is thrown. */
  async function exchange(url: string, request: RequestOptions, manner: Manner, where: string): Promise<Outcome> {
    let generation: number | undefined
    try {
      const token = await tokens.token(signal)
      generation = token.generation
      const leave = await pacer.enter(request.lane ?? '', signal)
      let answer: HttpAnswer
      try {
        answer = await follow(url, request, manner, token.secret.reveal())
      } finally {
        leave()
      }
      const json = manner.isJson || isWorthParsing(answer) ? parseJson(answer.body) : undefined
      const isAccepted = request.accept?.includes(answer.status) ?? false
      const failure = isAccepted ? undefined : judge(answer.status, answer.headers, json, where)
      if (failure) return { type: 'failed', failure, generation }
      const malformed = manner.isJson ? malformation(json, request.expect, where) : undefined
      if (malformed) return { type: 'malformed', failure: malformed, generation }
      const rejected = request.verify?.(answer)
      return rejected ? { type: 'failed', failure: rejected, generation } : { type: 'answered', answer, json }
    } catch (error) {
      if (isFailure(error) && error.remedy === 'wait') return { type: 'failed', failure: error, generation }
      throw error
    }
  }

  /**
   * Gives back what passes in time: a token endpoint that is down must not end the job. A token that cannot be renewed
   * keeps the provider's own word for it.
   */
  async function renew(generation: number, refusal: Failure): Promise<Failure | undefined> {
    try {
      await tokens.renew(generation, signal)
      return undefined
    } catch (error) {
      if (isFailure(error) && error.remedy === 'wait') return error
      if (!isFailure(error, 'token_expired', 'token_revoked') || error.providerError) throw error
      const { code, message, connectionId } = error
      const { status, providerError } = refusal
      throw new Failure(code, message, { status, providerError, connectionId, cause: refusal })
    }
  }

  /** One request, with redirects followed: only files may leave the provider's origins, and never with the bearer. */
  async function follow(url: string, request: RequestOptions, manner: Manner, bearer: string): Promise<HttpAnswer> {
    const { maxBytes, roams = false } = manner
    const message = toMessage(url, request)
    for (let at = message.url, hops = 0; ; hops++) {
      const own = isOwn(at)
      const headers = own ? { ...message.headers, authorization: `Bearer ${bearer}` } : { accept: '*/*' }
      options.onRequest?.()
      const answer = await transport.send({ ...message, url: at, headers, maxBytes, signal })
      const location = isRedirect(answer.status) ? answer.headers.location : undefined
      if (location === undefined) return answer
      const target = URL.parse(location, at)
      if (
        !target ||
        hops === maxRedirects ||
        message.method !== 'GET' ||
        !(isOwn(target.href) || (roams && isSafe(target)))
      ) {
        throw new Failure('bad_response', `${describe(url, request)} redirects to where its token must not go`)
      }
      at = target.href
    }
  }

  function toMessage(url: string, request: RequestOptions): Omit<HttpRequest, 'maxBytes'> {
    const [body, contentType] = bodyOf(request)
    const headers = {
      accept: 'application/json',
      'accept-encoding': 'gzip',
      // Google compresses only for a user agent that says so.
      'user-agent': 'inlet (gzip)',
      ...plugin.headers,
      ...request.headers,
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
    }
    return { method: body === undefined ? 'GET' : 'POST', url: withQuery(url, request.query), headers, body }
  }

  function judge(
    status: number,
    headers: Readonly<Record<string, string>>,
    body: unknown,
    where: string,
  ): Failure | undefined {
    const found = plugin.classify?.(status, body) ?? codeOf(status)
    if (found === undefined) return undefined
    const {
      code,
      message,
      providerError,
      retryAfterMs: wait,
    }: Classification = typeof found === 'string' ? { code: found } : found
    return new Failure(code, message ? `${message} (${where})` : `${where} answered ${status}${hints[code] ?? ''}`, {
      status,
      retryAfterMs: wait ?? retryAfterMs(headers, clock.now()),
      providerError: providerError !== undefined && /^[\w.-]{1,64}$/.test(providerError) ? providerError : undefined,
    })
  }

  /** How long to wait before asking again, in milliseconds; `undefined` when there is no point in it. */
  function delayOf(failure: Failure, attempt: number): number | undefined {
    if (failure.remedy !== 'wait') return undefined
    if (failure.retryAfterMs !== undefined) return failure.retryAfterMs
    if (failure.code !== 'rate_limited' && attempt > patience) return undefined
    const ceilingMs = Math.min(longestBackOffMs, firstBackOffMs * 2 ** (attempt - 1))
    return ceilingMs / 2 + (ceilingMs / 2) * random()
  }

  function isOwn(url: string): boolean {
    const parsed = URL.parse(url)
    return parsed !== null && origins.has(parsed.origin)
  }
}

/** How the answer of a request is taken. */
interface Manner {
  maxBytes: number
  /** Redirects may leave the provider's origins, without the bearer. */
  roams?: boolean
  isJson?: boolean
}

interface Exchange {
  answer: HttpAnswer
  json: unknown
}

type Outcome =
  | ({ type: 'answered' } & Exchange)
  | { type: 'failed' | 'malformed'; failure: Failure; generation: number | undefined }

function malformation(json: unknown, expect: readonly string[] = [], where: string): Failure | undefined {
  if (json === undefined) return new Failure('bad_response', `${where} answered something that is not JSON`)
  const missing = expect.find(name => !isJsonObject(json) || json[name] === undefined)
  return missing === undefined
    ? undefined
    : new Failure('bad_response', `${where} answered without the member "${missing}"`)
}

/** What a status means when the plugin does not know better. */
function codeOf(status: number): Code | undefined {
  if (status >= 200 && status < 300) return undefined
  if (status === 401) return 'unauthorized'
  if (status === 403) return 'item_forbidden'
  if (status === 404 || status === 410) return 'item_missing'
  if (status === 429) return 'rate_limited'
  if (status >= 500 || status === 408 || status === 425) return 'unavailable'
  return 'bad_response'
}

const hints: Partial<Record<Code, string>> = {
  unauthorized: ': the token was refused',
  rate_limited: ': too many requests',
  unavailable: ': the provider has a problem of its own',
}

function describe(url: string, request: RequestOptions): string {
  const parsed = URL.parse(url)
  return `${bodyOf(request)[0] === undefined ? 'GET' : 'POST'} ${parsed ? parsed.origin + parsed.pathname : 'an unreadable address'}`
}

function bodyOf(request: RequestOptions): [string | Uint8Array | undefined, string | undefined] {
  if (request.body) return [request.body.content, request.body.contentType]
  if (request.json !== undefined) return [JSON.stringify(request.json), 'application/json']
  if (request.form) return [toParameters(request.form).toString(), 'application/x-www-form-urlencoded']
  return [undefined, undefined]
}

function toParameters(query: Query, parameters = new URLSearchParams()): URLSearchParams {
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue
    for (const one of Array.isArray(value) ? value : [value]) parameters.append(name, String(one))
  }
  return parameters
}

function withQuery(url: string, query: Query | undefined): string {
  if (!query) return url
  const full = new URL(url)
  toParameters(query, full.searchParams)
  return full.href
}

function withParameter(request: RequestOptions, name: string, value: string): RequestOptions {
  if (request.form) return { ...request, form: { ...request.form, [name]: value } }
  return { ...request, query: { ...request.query, [name]: value } }
}

/** Whether `classify` may find something in the body: an error, or Slack's `ok: false` with a good status. */
function isWorthParsing(answer: HttpAnswer): boolean {
  return answer.status >= 400 || (answer.headers['content-type']?.includes('json') ?? false)
}

function parseJson(bytes: Uint8Array): Json | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Json
  } catch {
    return undefined
  }
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308
}

/** Where a file may be fetched from without a token: https, or loopback for test servers and gateways. */
function isSafe(url: URL): boolean {
  return (
    url.protocol === 'https:' ||
    (url.protocol === 'http:' && /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(url.hostname))
  )
}
