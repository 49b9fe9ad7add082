/**
 * The HTTP client handed to plugins: the bearer, pacing, waiting and retrying, refreshing, paging, and the promise that
 * a token goes to the plugin's own origins and nowhere else.
 */
import type { Clock, Random } from './clock.ts'
import { type Code, Failure, isFailure } from './errors.ts'
import { createResumedBody, type ResumedBody } from './files/resumed-body.ts'
import {
  bodyOf,
  codeOf,
  describe,
  hints,
  isWorthParsing,
  malformation,
  methodOf,
  parseJson,
  withoutSecret,
  withParameter,
  withQuery,
} from './http-message.ts'
import type { Pacer, Turn } from './pacer.ts'
import type { ApiResponse, Classification, Endpoints, PageOptions, Plugin, RequestOptions } from './plugin.ts'
import { createFollower } from './redirects.ts'
import { retryAfterMs } from './retry-after.ts'
import type { RunApi } from './run-api.ts'
import type { TokenSource } from './tokens.ts'
import type { HttpRequest, Transport } from './transport.ts'
import { noTurns, type Turns } from './turns.ts'

export interface ApiOptions {
  plugin: Plugin
  endpoints: Endpoints
  tokens: TokenSource
  pacer: Pacer
  /** The lane of requests that name none; default: one without a name. */
  lane?: string | undefined
  transport: Transport
  clock: Clock
  random: Random
  signal: AbortSignal
  /** What reading large answers takes turns with. Default: nothing. */
  turns?: Turns | undefined
  /** How often a request is repeated that fails for a reason that passes; 0 waits for nothing, whatever it is told. */
  patience?: number | undefined
  /** Told once for each request that goes out, repeated ones included. */
  onRequest?(): void
  /** Told when the run begins to wait for the provider, and until when (milliseconds since 1970). */
  onWait?(untilMs: number, code: Code): void
}

const maxJsonBytes = 64 * 1024 * 1024
/** Parsing this much takes a millisecond or so. */
const largeBytes = 128 * 1024
/** How often one request is repeated without the provider saying when: about two minutes in all. */
const usualPatience = 9
/** The same for a request that reads one item: about half a minute. */
const itemPatience = 6
/** So many items in a row that cannot be read are no accident: the provider itself is in trouble. */
const mostLostItems = 3
const firstBackOffMs = 500
const longestBackOffMs = 30_000
/** How often an answer that should be JSON and is not is asked for again before it counts as what the provider means. */
const malformedTries = 2

/** The `Api` of one run of one connection. */
export function createApi(options: ApiOptions): RunApi {
  const { plugin, endpoints, tokens, pacer, transport, clock, random, signal, turns = noTurns } = options
  /** Items given up since something was last answered. */
  let lostItems = 0
  const { mayVisit, follow } = createFollower({
    ...{ transport, clock, signal, origins: plugin.origins(endpoints), onRequest: () => options.onRequest?.() },
  })

  const api: RunApi = {
    async get<Body>(url: string, request: RequestOptions = {}): Promise<Body> {
      const { json } = await send(url, request, { maxBytes: maxJsonBytes, isJson: true })
      return json as Body
    },

    async request(url, request = {}) {
      return (await send(url, request, { maxBytes: request.maxBytes ?? maxJsonBytes })).answer
    },

    async *pages<Page>(url: string, request: PageOptions<Page>) {
      const { next, parameter, ahead = false, ...first } = request
      const seen = new Set<string>()
      let [at, turn]: [string, RequestOptions] = [url, first]
      let coming: Promise<Page> | undefined
      for (;;) {
        const page = await (coming ?? api.get<Page>(at, turn))
        coming = undefined
        const step = next(page)
        const isLast = step === undefined || step === null || step === ''
        if (!isLast) {
          if (seen.has(step)) {
            throw new Failure('bad_response', `${describe(URL.parse(url), request)} gave the same page token twice`)
          }
          seen.add(step)
          if (parameter === undefined) [at, turn] = [step, { ...first, query: undefined }]
          else turn = withParameter(first, parameter, step)
          if (ahead) {
            coming = api.get<Page>(at, turn)
            // Thrown in its turn; whoever stops before it never hears of it.
            coming.catch(() => undefined)
          }
        }
        yield page
        if (isLast) return
      }
    },

    async download(url, { draft, maxBytes, size, md5, isJson = false, ...request }) {
      const body = createResumedBody({ draft, maxBytes, size, md5, isJson, where: describe(URL.parse(url), request) })
      const manner: Manner = { maxBytes: maxJsonBytes, roams: true, body }
      await send(url, request, manner)
      if (body.isAsTold()) return { isAsTold: true }
      await body.restart()
      await send(url, request, manner)
      return { isAsTold: body.isAsTold() }
    },

    failureOf: (status, headers, body, what) => judge(status, headers, body, what),

    backOff: (failure, attempt, { item } = {}) => backOff(failure, attempt, { item }),
  }
  return api

  /** @param pausedMs for how long the pacer lets nothing through on account of it; 0 where it does not say */
  async function backOff(
    failure: Failure,
    attempt: number,
    { item = false }: Pick<RequestOptions, 'item'>,
    pausedMs = 0,
  ): Promise<void> {
    const usualMs = delayOf(failure, attempt, item)
    if (usualMs === undefined) throw item ? asItem(failure) : failure
    const ms = failure.retryAfterMs ?? (pausedMs || usualMs)
    options.onWait?.(clock.now() + ms, failure.code)
    await clock.sleep(ms, signal)
  }

  async function send(url: string, request: RequestOptions, manner: Manner): Promise<Exchange> {
    const address = URL.parse(withQuery(url, request.query))
    const where = describe(address, request)
    if (!address || !mayVisit(address, manner.roams)) {
      throw new Failure('bad_response', `${where}: refused, it is not one of the provider's origins`)
    }
    const message = toMessage(address, request, manner)
    let renewed = false
    let malformed = 0
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted()
      if (manner.body?.hasGrown()) attempt = 1
      const outcome = await exchange({ message, address, where }, request, manner)
      if (outcome.type === 'answered') {
        lostItems = 0
        return outcome
      }
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
        await backOff(failure, attempt, request, outcome.pausedMs)
      }
    }
  }

  /** What one item's request came to, once patience is over. */
  function asItem(failure: Failure): Failure {
    const { code, status = 0, message, providerError } = failure
    const isOfAnswer = (code === 'bad_response' && status < 400) || (code === 'unavailable' && status >= 500)
    if (!isOfAnswer || ++lostItems >= mostLostItems) return failure
    return new Failure('item_unreadable', message, { status, providerError, cause: failure })
  }

  /** One try: what may pass in time is given back, everything else is thrown. */
  async function exchange(
    { message, address, where }: Addressed,
    request: RequestOptions,
    manner: Manner,
  ): Promise<Outcome> {
    const lane = request.lane ?? options.lane ?? ''
    let generation: number | undefined
    let bearer = ''
    try {
      const turn = await pacer.enter(lane, signal, request.cost)
      let answer: ApiResponse
      let isForeign: boolean
      try {
        // Only now: a token may die while a request waits for its turn.
        const token = await tokens.token(signal)
        generation = token.generation
        bearer = token.secret.reveal()
        const followed = await follow(message, { address, bearer, roams: manner.roams, where })
        answer = { ...followed.answer, url: followed.url }
        isForeign = followed.isForeign
      } finally {
        turn.leave()
      }
      if (answer.body.length > largeBytes) await turns()
      const json = manner.isJson || isWorthParsing(answer) ? parseJson(answer.body) : undefined
      const isAccepted = request.accept?.includes(answer.status) ?? false
      const failure = isAccepted || isForeign ? undefined : judge(answer.status, answer.headers, json, where)
      if (failure) {
        const pausedMs = slowDown(failure, lane, turn)
        return { type: 'failed', failure: withoutSecret(failure, bearer, where), generation, pausedMs }
      }
      const malformed = manner.isJson ? malformation(json, request.expect, where) : manner.body?.malformation()
      if (malformed) return { type: 'malformed', failure: malformed, generation }
      const rejected = request.verify?.(answer)
      if (!rejected) return { type: 'answered', answer, json }
      const pausedMs = slowDown(rejected, lane, turn)
      return { type: 'failed', failure: withoutSecret(rejected, bearer, where), generation, pausedMs }
    } catch (error) {
      // A redirect may have led to an address with the token in it, which a message would name.
      const failure = isFailure(error) && bearer !== '' ? withoutSecret(error, bearer, where) : error
      if (isFailure(failure) && failure.remedy === 'wait') return { type: 'failed', failure, generation }
      throw failure
    }
  }

  /** Nothing more of the lane goes out while the provider wants none. For how long, in milliseconds. */
  function slowDown(failure: Failure, lane: string, turn: Turn): number {
    const { code, remedy, retryAfterMs: toldMs } = failure
    // Who asks once and repeats nothing must not keep others waiting on mere suspicion.
    if (code === 'rate_limited' && options.patience !== 0) turn.refuse(toldMs)
    else if (remedy === 'wait' && toldMs) pacer.pause(lane, toldMs)
    else return 0
    return pacer.pausedMs(lane)
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

  function toMessage(url: URL, request: RequestOptions, { maxBytes, body: sink }: Manner): HttpRequest {
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
    return {
      method: methodOf(request),
      url: url.href,
      headers,
      body,
      maxBytes,
      sink,
      signal,
    }
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
  function delayOf(failure: Failure, attempt: number, isItem: boolean): number | undefined {
    const { patience = isItem ? itemPatience : usualPatience } = options
    if (failure.remedy !== 'wait' || patience === 0) return undefined
    if (failure.retryAfterMs !== undefined) return failure.retryAfterMs
    if (failure.code !== 'rate_limited' && attempt > patience) return undefined
    const ceilingMs = Math.min(longestBackOffMs, firstBackOffMs * 2 ** (attempt - 1))
    return ceilingMs / 2 + (ceilingMs / 2) * random()
  }
}

/** A request as it goes out. */
interface Addressed {
  message: HttpRequest
  address: URL
  /** What failures name in place of the address. */
  where: string
}

/** How the answer of a request is taken. */
interface Manner {
  maxBytes: number
  /** Redirects may leave the provider's origins, without the bearer. */
  roams?: boolean
  isJson?: boolean
  /** Takes a file's bytes, in place of the answer. */
  body?: ResumedBody
}

interface Exchange {
  answer: ApiResponse
  json: unknown
}

type Outcome =
  | ({ type: 'answered' } & Exchange)
  | { type: 'failed' | 'malformed'; failure: Failure; generation: number | undefined; pausedMs?: number }
