/**
 * Requests of programs to a provider's own API, with a connection's token: added, renewed, and seen by nobody. Bodies
 * stream both ways. Answers are the provider's, whatever their status; only what concerns the token is inlet's matter.
 */
import type { Clock } from './clock.ts'
import { Failure, isFailure, quote } from './errors.ts'
import type { Herald } from './herald.ts'
import { isUuid } from './identifiers.ts'
import type { SourceInfo } from './inlet.ts'
import { categoryOf } from './job-outcome.ts'
import type { Log } from './log.ts'
import { type Counting, countingTransport } from './measures.ts'
import type { Pacer } from './pacer.ts'
import type { Endpoints, Limits, Plugin } from './plugin.ts'
import { notAllowed, type ProxyAddress, proxyAddress } from './proxy-address.ts'
import { answerHeaders, type HeaderList, headerOf, requestHeaders } from './proxy-headers.ts'
import { type ReplayableBody, replayable } from './replayable.ts'
import { retryAfterMs } from './retry-after.ts'
import type { Secret } from './secret.ts'
import type { ConnectionRow, Store } from './store/store.ts'
import { type TokenPattern, tokenPattern } from './token-mask.ts'
import { refusalOf } from './token-refusal.ts'
import type { Token, TokenSource } from './tokens.ts'
import type { ByteStream, StreamAnswer, StreamTransport } from './transport.ts'
import { lockedVault, type Vault } from './vault/vault.ts'

export interface ProxyRequest {
  method: string
  /** Below the provider's endpoint, as the caller wrote it: without a slash at its beginning, without its query. */
  path: string
  /** With its question mark, or empty. */
  query: string
  headers: HeaderList
  body?: AsyncIterable<Uint8Array> | undefined
  /** One of the plugin's endpoints by its name; default the source's. */
  endpoint?: string | undefined
  /** Where the caller finds what is below the endpoint, such as `/proxy/ID`: for redirects that stay there. */
  prefix: string
  /** Aborted when the caller has gone. */
  signal: AbortSignal
}

export interface ProxyAnswer {
  status: number
  headers: HeaderList
  /** Null where there is none. It fails when the provider breaks off, and cancelling it ends the exchange. */
  body: ReadableStream<Uint8Array> | null
}

export interface ProxyOptions {
  store: Pick<Store, 'connection' | 'updateConnection'>
  vault: Pick<Vault, 'locked' | 'lockedBecause'>
  transport: Pick<StreamTransport, 'open'>
  source(shortName: string): SourceInfo
  endpoints(pluginId: string): Endpoints
  limits(pluginId: string): Limits
  pacers(key: string, limits: Limits): Pacer
  tokensOf(connection: ConnectionRow): TokenSource
  herald: Herald
  clock: Clock
  log: Log
  /** Whether requests that change something are sent too. */
  canWrite: boolean
  meter: Counting
}

export type SendProxied = (connectionId: string, request: ProxyRequest) => Promise<ProxyAnswer>

/** Larger bodies are not kept for a second time. */
const mostReplayedBytes = 1024 * 1024
/** A caller who would wait longer for the provider's limit is told so at once. */
const longestWaitMs = 5000

export function createProxy(options: ProxyOptions): SendProxied {
  const { store, vault, clock, log, meter } = options
  const patterns = new WeakMap<Secret, TokenPattern>()
  const told = new WeakSet<Failure>()

  return async (connectionId, request) => {
    const connection = await existing(connectionId)
    const info = options.source(connection.shortName)
    const { plugin } = info
    const address = proxyAddress(info, options.endpoints(plugin.id), request)
    refuseWriting(plugin, request.method, address)
    if (connection.authState === 'pending_auth') throw pendingAuth(connection.id)
    if (vault.locked) throw lockedVault(vault.lockedBecause)
    const pacer = options.pacers(`${plugin.id}/${connection.account?.id ?? connection.id}`, options.limits(plugin.id))
    const lane = plugin.proxy?.lane?.(address.path) ?? info.source.lane ?? ''
    const exchange = { connection, plugin, address, request, pacer, lane }
    return ask({ ...exchange, tokens: options.tokensOf(connection) })
  }

  /** A token that is refused is renewed, once, and what can be sent again is. */
  async function ask(exchange: Exchange): Promise<ProxyAnswer> {
    const { request, connection, plugin, tokens } = exchange
    const body = request.body && replayable(request.body, mostReplayedBytes)
    for (let isRenewed = false; ; isRenewed = true) {
      const { token, answer: given } = await telling(connection, () => send(exchange, body))
      if (isRenewed) return written(exchange, token, given)
      const { isRefused, answer } = await refusalOf(plugin.proxy, given)
      if (!isRefused) return written(exchange, token, answer)
      const renewal = telling(connection, () => tokens.renew(token.generation, request.signal))
      if (body && !body.isWhole) {
        // For the next request: this one's body is gone.
        renewal.catch(() => {})
        return written(exchange, token, answer)
      }
      try {
        await renewal
      } catch (error) {
        // Without a way to renew it, or for now, the provider's own word is the better one.
        if (isFailure(error, 'token_expired') || isUnreachable(error)) return written(exchange, token, answer)
        answer.body.destroy()
        throw error
      }
      answer.body.destroy()
    }
  }

  async function send({ pacer, lane, tokens, request, ...rest }: Exchange, body: ReplayableBody | undefined) {
    const { plugin, address, connection } = rest
    const pausedMs = pacer.pausedMs(lane)
    if (pausedMs > longestWaitMs) throw busy(plugin, pausedMs)
    const turn = await pacer.enter(lane, request.signal)
    try {
      const token = await tokens.token(request.signal)
      const length = request.body && headerOf(request.headers, 'content-length')
      const counting = { meter, clock, provider: plugin.id, purpose: 'proxy' } as const
      const answer = await countingTransport(options.transport, counting).open({
        method: request.method,
        url: address.url,
        headers: requestHeaders(
          request.headers,
          { accept: '*/*', 'user-agent': 'inlet', ...plugin.headers },
          {
            authorization: `Bearer ${token.secret.reveal()}`,
            'accept-encoding': 'identity',
            ...(length !== undefined && { 'content-length': length }),
          },
        ),
        ...(body && { body: body.read() }),
        signal: request.signal,
      })
      const { status } = answer
      if (status < 200 || status > 599) {
        answer.body.destroy()
        throw new Failure('unavailable', `${plugin.title} answered with ${status}, which is no status of HTTP`)
      }
      log.debug(
        { connectionId: connection.id, method: request.method, origin: new URL(address.url).origin, status },
        'proxied',
      )
      const waitMs =
        status === 429 || status === 503 ? retryAfterMs(Object.fromEntries(answer.headers), clock.now()) : undefined
      if (waitMs) pacer.pause(lane, waitMs)
      return { token, answer }
    } finally {
      // Not when the body is over: one that is read for hours would keep the syncs of the account waiting.
      turn.leave()
    }
  }

  function written({ address, request }: Exchange, token: Token, answer: StreamAnswer): ProxyAnswer {
    const pattern = patternOf(token.secret)
    const location = headerOf(answer.headers, 'location')
    const headers = [
      ...answerHeaders(answer.headers),
      ...(location === undefined ? [] : [['location', placeOf(location, address, request.prefix)] as const]),
    ].map(([name, value]) => [name, pattern.clean(value)] as const)
    const isEmpty = request.method === 'HEAD' || [204, 205, 304].includes(answer.status)
    if (isEmpty) answer.body.resume()
    return { status: answer.status, headers, body: isEmpty ? null : masked(answer.body, pattern) }
  }

  function patternOf(secret: Secret): TokenPattern {
    const known = patterns.get(secret)
    if (known) return known
    const pattern = tokenPattern(secret.reveal())
    patterns.set(secret, pattern)
    return pattern
  }

  function refuseWriting(plugin: Plugin, method: string, { path, plainPath, parameters }: ProxyAddress): void {
    const judged = (asked: string) => plugin.proxy?.judge?.({ method, path: asked, parameters })
    // Only what is written as the provider writes it is known to read; what must not be asked must not in any spelling.
    const verdict = judged(path) ?? (method === 'GET' || method === 'HEAD' ? 'reads' : 'writes')
    if (verdict === 'never' || judged(plainPath) === 'never') throw notAllowed('tokens are made and ended there')
    if (verdict === 'reads' || options.canWrite) return
    const message = `this request may change something at ${plugin.title}, and the proxy only reads: set proxy.write to true in the configuration to let it through`
    throw new Failure('invalid', message, { problem: 'proxy-read-only' })
  }

  /** What a failure of the token means for the connection is noted, as at the end of a job. */
  async function telling<Result>(connection: ConnectionRow, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      if (!isFailure(error)) throw error
      if (isFailure(error, 'token_revoked') && !told.has(error)) {
        // Many may hear of one refusal.
        told.add(error)
        await noteNeed(connection.id, error)
      }
      throw worded(error, connection.id)
    }
  }

  async function noteNeed(id: string, failure: Failure): Promise<void> {
    const row = await store.connection(id)
    if (!row) return
    const reason = { lastErrorCategory: categoryOf(failure), lastErrorMessage: failure.message }
    await store.updateConnection(id, { authState: 'needs_reauth', ...reason }, options.herald.needsReauth(row, failure))
  }

  async function existing(id: string): Promise<ConnectionRow> {
    const connection = isUuid(id) ? await store.connection(id.toLowerCase()) : undefined
    if (connection) return connection
    throw new Failure('not_found', `there is no connection ${quote(id)}`, { problem: 'unknown-connection' })
  }
}

interface Exchange {
  connection: ConnectionRow
  plugin: Plugin
  address: ProxyAddress
  request: ProxyRequest
  pacer: Pacer
  lane: string
  tokens: TokenSource
}

function isUnreachable(error: unknown): boolean {
  return isFailure(error) && error.remedy === 'wait'
}

/** In the words of a caller: what is of the way to the provider, and what is of the token. */
function worded(failure: Failure, connectionId: string): Failure {
  const { code, message, status, providerError, retryAfterMs: waitMs, remedy } = failure
  if (remedy === 'ours' || remedy === 'caller' || failure.problem !== undefined) return failure
  const problem = remedy === 'wait' ? 'provider-unreachable' : 'token-refresh-failed'
  return new Failure(code, message, {
    problem,
    status,
    providerError,
    retryAfterMs: waitMs,
    connectionId,
    cause: failure,
  })
}

function busy({ title }: Plugin, retryAfterMs: number): Failure {
  const message = `${title} asked to wait, and more requests would only make it longer`
  return new Failure('rate_limited', message, { problem: 'provider-busy', retryAfterMs })
}

function pendingAuth(connectionId: string): Failure {
  const message = 'the connection has no credential yet; give it auth_fields first'
  return new Failure('conflict', message, { problem: 'pending-auth', connectionId })
}

/** A redirect within the endpoint leads through inlet again; any other is the caller's to follow, without a token. */
function placeOf(location: string, { url, base }: ProxyAddress, prefix: string): string {
  const target = URL.parse(location, url)
  if (!target) return location
  return target.href.startsWith(`${base}/`) ? prefix + target.href.slice(base.length) : target.href
}

/** Reads only as fast as it is read. */
function masked(body: ByteStream, pattern: TokenPattern): ReadableStream<Uint8Array> {
  const mask = pattern.open()
  const chunks: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        for (;;) {
          const { done, value } = await chunks.next()
          const bytes = done ? mask.end() : mask.take(value)
          if (bytes.length > 0) controller.enqueue(bytes)
          if (done) return controller.close()
          if (bytes.length > 0) return
        }
      },
      cancel() {
        body.destroy()
      },
    },
    { highWaterMark: 0 },
  )
}
