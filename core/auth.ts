/**
 * How a family authenticates, as part of the plugin contract: each step is pure, so that `tokens.ts` and `sign-in/`
 * alone do the asking.
 */
import type { Endpoints, Field } from './plugin.ts'

/** Made by `oauth2()`. */
export interface Auth {
  type: 'oauth2'
  /** What `auth_fields` takes. */
  fields: readonly Field[]
  /** Whether a lost answer to a refresh may be asked for again: false where refresh tokens are single use. */
  repeatable: boolean
  /** The provider drops a refresh token that is not used for so many days. */
  refreshTokenIdleDays?: number | undefined
  /** The request that trades a refresh token for a new access token (RFC 6749, section 6). */
  refreshRequest(input: RefreshInput): TokenRequest
  /**
   * What the token endpoint answered.
   * @throws Failure `token_revoked`, `client_invalid`, `rate_limited`, `unavailable`, `bad_response`
   */
  readTokens(answer: TokenAnswer): Tokens
  /** Where a person's browser is sent to sign in (RFC 6749, section 4.1.1). @throws Failure `bad_config` */
  authorizeUrl(input: AuthorizeInput): string
  /** Whether PKCE (RFC 7636) goes with a redirect to this address. */
  usesPkce(redirectUri: string): boolean
  /** The request that trades a code for tokens (RFC 6749, section 4.1.3). */
  codeRequest(input: CodeInput): TokenRequest
  /**
   * What the token endpoint answered to a code.
   * @throws Failure as `readTokens`; `scope_missing` when the person did not allow what the source needs
   */
  readGrant(answer: TokenAnswer, scopes: readonly string[]): Tokens
}

export interface AuthorizeInput {
  clientId: string
  redirectUri: string
  state: string
  /** S256 (RFC 7636, section 4.2); absent without PKCE. */
  codeChallenge?: string | undefined
  scopes: readonly string[]
  endpoints: Endpoints
  fields: Readonly<Record<string, string>>
}

export interface CodeInput {
  code: string
  redirectUri: string
  codeVerifier?: string | undefined
  clientId: string
  clientSecret?: string | undefined
  endpoints: Endpoints
  fields: Readonly<Record<string, string>>
}

export interface RefreshInput {
  refreshToken: string
  clientId: string
  /** Absent for public clients. */
  clientSecret?: string | undefined
  scopes: readonly string[]
  endpoints: Endpoints
  /** The other auth fields of the connection, such as Microsoft's `tenant`. */
  fields: Readonly<Record<string, string>>
}

export interface TokenRequest {
  url: string
  headers: Readonly<Record<string, string>>
  body: string
}

export interface TokenAnswer {
  status: number
  headers: Readonly<Record<string, string>>
  body: string
}

export interface Tokens {
  accessToken: string
  /** Absent where the provider keeps the old one valid. */
  refreshToken?: string | undefined
  expiresInSeconds?: number | undefined
  /** Known remaining life of the refresh token (Google's `refresh_token_expires_in`). */
  refreshTokenExpiresInSeconds?: number | undefined
  scope?: string | undefined
}
