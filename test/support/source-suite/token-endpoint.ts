import type { TokenAnswer, TokenRequest } from '../../../core/plugin.ts'
import type { ProviderAnswers } from './fixture.ts'

/** The provider's token endpoint: refresh tokens that stay good and are not sent again, or single use ones. */
export interface TokenEndpoint {
  /** The access token that is good now, unless it was retired. */
  readonly accessToken: string
  /** The refresh token that is good now. */
  readonly refreshToken: string
  readonly retired: boolean
  /** Refuses the access token from here on, until it is refreshed. */
  retire(): void
  /** What was asked with good refresh tokens, and with bad ones. */
  readonly refreshes: number
  readonly refusals: number
  answer(request: TokenRequest): TokenAnswer
}

export function createTokenEndpoint(
  repeatable: boolean,
  body: ProviderAnswers['tokens'] = standardBody,
): TokenEndpoint {
  let [generation, refreshGeneration, refreshes, refusals, retired] = [1, 1, 0, 0, false]
  const accessToken = () => `access-token-${generation}`
  const refreshToken = () => `refresh-token-${refreshGeneration}`
  return {
    get accessToken() {
      return accessToken()
    },
    get refreshToken() {
      return refreshToken()
    },
    get retired() {
      return retired
    },
    get refreshes() {
      return refreshes
    },
    get refusals() {
      return refusals
    },
    retire() {
      retired = true
    },
    answer(request) {
      if (!carries(request.body, refreshToken())) {
        refusals++
        return toAnswer(400, { error: 'invalid_grant' })
      }
      refreshes++
      generation++
      retired = false
      if (!repeatable) refreshGeneration++
      return toAnswer(200, body(accessToken(), repeatable ? undefined : refreshToken()))
    },
  }
}

/** Form or JSON: the token has no character that either would write in another way. */
function carries(body: string, token: string): boolean {
  return new RegExp(`refresh_token(=|"\\s*:\\s*")${token}([&"]|$)`).test(body)
}

function standardBody(accessToken: string, refreshToken: string | undefined): Record<string, unknown> {
  const renewed = refreshToken === undefined ? {} : { refresh_token: refreshToken }
  return { access_token: accessToken, token_type: 'Bearer', ...renewed }
}

function toAnswer(status: number, body: Record<string, unknown>): TokenAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}
