/**
 * Where requests go: to the plugin's own origins with the bearer, and, for files alone, on to other hosts without it.
 */
import type { Clock } from './clock.ts'
import { Failure, isFailure } from './errors.ts'
import { codeOf, isLoopback, isRedirect } from './http-message.ts'
import type { HttpAnswer, HttpRequest, Transport } from './transport.ts'

export interface Follower {
  /** @param roams whether it may leave the plugin's own origins; over https only */
  mayVisit(url: URL, roams: boolean | undefined): boolean
  /**
   * One request, with redirects followed: only files may leave the provider's origins, and never with the bearer.
   * @param address where it goes: that of the message
   * @param where what failures name in place of the address
   * @throws Failure `bad_response` for a redirect that leads elsewhere; `item_missing`, `item_forbidden` when another
   *   host does not give a file; as `transport.send`
   */
  follow(
    message: HttpRequest,
    options: { address: URL; bearer: string; roams: boolean | undefined; where: string },
  ): Promise<{ answer: HttpAnswer; isForeign: boolean; url: string }>
}

const maxRedirects = 5
/** How often a host that is not the provider's is asked for a file. */
const foreignTries = 3
const firstPauseMs = 500

export function createFollower(options: {
  /** URLs whose origins get the bearer. */
  origins: readonly string[]
  transport: Transport
  clock: Clock
  signal: AbortSignal
  /** Told once for each request that goes out. */
  onRequest?(): void
}): Follower {
  const { transport, clock, signal } = options
  const origins = new Set(options.origins.map(url => new URL(url).origin))
  return { mayVisit, follow }

  async function follow(message: HttpRequest, { address, bearer, roams, where }: Parameters<Follower['follow']>[1]) {
    for (let at = address, hops = 0; ; hops++) {
      options.onRequest?.()
      const isForeign = !isOwn(at)
      const answer = isForeign
        ? await visit({ ...message, url: at.href, headers: { accept: '*/*' } })
        : await transport.send({
            ...message,
            url: at.href,
            headers: { ...message.headers, authorization: `Bearer ${bearer}` },
          })
      const location = isRedirect(answer.status) ? answer.headers.location : undefined
      if (location === undefined) return { answer, isForeign, url: at.href }
      const target = URL.parse(location, at.href)
      if (target === null || hops === maxRedirects || message.method !== 'GET' || !mayVisit(target, roams)) {
        throw new Failure('bad_response', `${where} redirects to where its token must not go`)
      }
      at = target
    }
  }

  /** Asks a file's own host. It is not the provider: what goes wrong there concerns this one file, never the token. */
  async function visit(message: HttpRequest): Promise<HttpAnswer> {
    for (let attempt = 1; ; attempt++) {
      if (message.sink?.hasGrown()) attempt = 1
      const { answer, failure } = await transport.send(message).then(
        answer => ({ answer, failure: undefined }),
        (failure: unknown) => ({ answer: undefined, failure }),
      )
      if (answer && isGood(answer, message)) return answer
      const passes = answer ? codeOf(answer.status) === 'rate_limited' || answer.status >= 500 : true
      if (failure && !isFailure(failure, 'offline', 'unavailable')) throw failure
      if (!passes || attempt === foreignTries) {
        const what = answer ? `answered ${answer.status}` : 'gave no answer'
        const code = answer && codeOf(answer.status) === 'item_missing' ? 'item_missing' : 'item_forbidden'
        throw new Failure(code, `the file's host ${new URL(message.url).origin} ${what}`, { cause: failure })
      }
      await clock.sleep(firstPauseMs * 2 ** (attempt - 1), signal)
    }
  }

  /** Of a file there is nothing in an answer of any other kind. */
  function isGood({ status, headers }: HttpAnswer, { sink }: HttpRequest): boolean {
    if (isRedirect(status) && headers.location !== undefined) return true
    return sink ? status >= 200 && status < 300 : status < 400
  }

  function isOwn({ origin }: URL): boolean {
    return origins.has(origin)
  }

  function mayVisit(url: URL, roams = false): boolean {
    if (!roams || isOwn(url)) return isOwn(url)
    // A link in someone's data must not reach this machine's own services, unless the provider itself is here: a test.
    const isHere = [...origins].some(origin => isLoopback(new URL(origin)))
    return isLoopback(url) ? isHere && /^https?:$/.test(url.protocol) : url.protocol === 'https:'
  }
}
