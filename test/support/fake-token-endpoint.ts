/**
 * A provider's token endpoint as a function: it knows which tokens it gave and which are used up, and answers what the
 * vendors' documentation says. Faults take the place of its next answers, in order.
 */
import { Failure } from '../../core/errors.ts'
import type { TokenAnswer, TokenRequest } from '../../core/plugin.ts'

/**
 * `unsent`: the request never left. `lost-before`: the connection broke before the provider saw it. `lost-after`: it
 * broke after the provider did its work. `hang`: no answer until the caller gives up. Or an answer of the test's making.
 */
export type TokenFault = 'unsent' | 'lost-before' | 'lost-after' | 'hang' | TokenAnswer

export interface FakeTokenEndpoint {
  send(request: TokenRequest, signal: AbortSignal): Promise<TokenAnswer>
  /** What was asked, in order, faulty ones included. */
  requests: Record<string, string>[]
  faults: TokenFault[]
  /** Called when a request arrives, and awaited before it is answered. */
  onRequest: () => Promise<void> | void
  /** The one refresh token that is good; several stay good where tokens are not single use. */
  refreshTokens: Set<string>
  accessTokens: Set<string>
  /** Members of a good answer; `undefined` ones are left out. */
  answer: { expires_in?: number | undefined; refresh_token_expires_in?: number | undefined }
  /** Whether a good answer brings a new refresh token. */
  rotates: boolean
}

export interface EndpointOptions {
  /** Each refresh token works once; implies that each answer brings a new one. */
  singleUse?: boolean
  refreshToken?: string
}

export function fakeTokenEndpoint({
  singleUse = false,
  refreshToken = 'refresh-1',
}: EndpointOptions = {}): FakeTokenEndpoint {
  let issued = 1
  const endpoint: FakeTokenEndpoint = {
    requests: [],
    faults: [],
    onRequest() {},
    refreshTokens: new Set([refreshToken]),
    accessTokens: new Set(),
    answer: { expires_in: 3600 },
    rotates: singleUse,
    async send(request, signal) {
      const form = Object.fromEntries(new URLSearchParams(request.body))
      endpoint.requests.push(form)
      const fault = endpoint.faults.shift()
      await endpoint.onRequest()
      if (fault === 'unsent') throw new Failure('offline', 'POST https://login.example/token cannot be reached')
      if (fault === 'lost-before') throw lost()
      if (fault === 'hang') return hang(signal)
      if (fault === 'lost-after') {
        work(form)
        throw lost()
      }
      return fault ?? work(form)
    },
  }
  return endpoint

  function work({ refresh_token: token = '' }: Record<string, string>): TokenAnswer {
    if (!endpoint.refreshTokens.has(token)) return tokenAnswer({ error: 'invalid_grant' }, 400)
    if (singleUse) endpoint.refreshTokens.delete(token)
    issued++
    const next = { access_token: `access-${issued}`, token_type: 'bearer', ...endpoint.answer }
    endpoint.accessTokens.add(next.access_token)
    if (!endpoint.rotates) return tokenAnswer(next)
    endpoint.refreshTokens.add(`refresh-${issued}`)
    return tokenAnswer({ ...next, refresh_token: `refresh-${issued}` })
  }
}

export function tokenAnswer(body: unknown, status = 200, headers: Record<string, string> = {}): TokenAnswer {
  return { status, headers, body: JSON.stringify(body) }
}

function lost(): Failure {
  const cause = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' })
  return new Failure('unavailable', 'POST https://login.example/token gave no complete answer (ECONNRESET)', { cause })
}

function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
}
