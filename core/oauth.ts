/**
 * OAuth2 as a declaration: what a provider does differently from RFC 6749 is data and a few tiny functions; the rest
 * follows sections 2.3, 4.1, 5 and 6. Every step is pure: who asks, waits and stores is `tokens.ts` and `sign-in/`.
 */
import { type Code, Failure } from './errors.ts'
import { isJsonObject, type JsonObject } from './json.ts'
import { authorizeUrl, checkScopes, codeRequest, usesPkce } from './oauth-grant.ts'
import { tokenRequest } from './oauth-request.ts'
import type { Auth, Field, RefreshInput, TokenAnswer, TokenRequest, Tokens } from './plugin.ts'
import { retryAfterMs } from './retry-after.ts'

/**
 * Where a provider leaves RFC 6749. `{}` is a provider that follows it: the client in the form body, no `scope` in a
 * refresh, errors in `error` (or `code`), refresh tokens that stay valid until replaced.
 *
 * Slack, which answers errors with 200 and nests a person's token in the first answer:
 * ```ts
 * oauth2({
 *   repeatable: false,
 *   errorOf: body => (body.ok === false ? body.error : undefined),
 *   errors: { invalid_refresh_token: 'token_revoked', bad_client_secret: 'client_invalid', ratelimited: 'rate_limited' },
 *   tokensOf: body => (body.token_type === 'user' ? body : body.authed_user),
 * })
 * ```
 */
export interface OAuth2Quirks {
  /** Auth fields besides the standard five. One may fill `{name}` in the token endpoint; its `default` does if absent. */
  fields?: readonly Field[]
  /** How the client proves who it is; default `form`. A client without a secret is always named in the body. */
  client?: 'form' | 'basic'
  /** How the request is written; default `form`. */
  body?: 'form' | 'json'
  /** Sent with every request to the token endpoint. */
  headers?: Readonly<Record<string, string>>
  /** The `scope` of a refresh, made from those that the source declares; default: none is sent, all are kept. */
  refreshScope?(scopes: readonly string[]): string
  /** Whether a refresh whose answer was lost may be asked again and again; default true, false for single use tokens. */
  repeatable?: boolean
  /** The provider drops a refresh token that is not used for so many days. */
  refreshTokenIdleDays?: number
  /** The provider's error code in an answer, whatever its status; default: `error`, else `code`, of a bad status. */
  errorOf?(body: JsonObject, status: number): unknown
  /** What the provider's own error codes mean, besides those of the RFCs. */
  errors?: Readonly<Record<string, Code>>
  /** Parameters of the sign-in page besides those of the RFCs. */
  authorizeParameters?: Readonly<Record<string, string>>
  /** How the sign-in page is told the scopes; default `scope`, with a blank between (RFC 6749, section 3.3). */
  authorizeScope?: { parameter: string; separator: string }
  /** When PKCE is used; default `always`. `loopback` is for redirects to `http://localhost` and its kin alone. */
  pkce?: 'always' | 'loopback' | 'never'
  /** Scopes that an answer need not name: Asana's `default` is whatever the client has. */
  unnamedScopes?: readonly string[]
  /** The object that holds `access_token`; default the whole answer. */
  tokensOf?(body: JsonObject): unknown
}

/** @returns the `auth` of a plugin. Its functions throw as `Auth` says; no message ever holds a value of a body. */
export function oauth2(quirks: OAuth2Quirks): Auth {
  return {
    type: 'oauth2',
    fields: [...standardFields, ...(quirks.fields ?? [])],
    repeatable: quirks.repeatable ?? true,
    refreshTokenIdleDays: quirks.refreshTokenIdleDays,
    refreshRequest: input => refreshRequest(quirks, input),
    readTokens: answer => readTokens(quirks, answer),
    authorizeUrl: input => authorizeUrl(quirks, input),
    usesPkce: redirectUri => usesPkce(quirks, redirectUri),
    codeRequest: input => codeRequest(quirks, input),
    readGrant(answer, scopes) {
      const tokens = readTokens(quirks, answer, wordsOfGrant)
      checkScopes(quirks, tokens.scope, scopes)
      return tokens
    },
  }
}

const standardFields: readonly Field[] = [
  {
    name: 'access_token',
    title: 'Access token',
    description: 'The token that the provider gave for this account.',
    type: 'string',
    required: true,
    secret: true,
  },
  {
    name: 'refresh_token',
    title: 'Refresh token',
    description: 'Renews the access token when it dies. Needs the client that it was issued to.',
    type: 'string',
    secret: true,
  },
  {
    name: 'client_id',
    title: 'Client ID',
    description: 'The OAuth client that the tokens were issued to; default: the one in the configuration.',
    type: 'string',
  },
  {
    name: 'client_secret',
    title: 'Client secret',
    description: 'The secret of that client, where it has one.',
    type: 'string',
    secret: true,
  },
  {
    name: 'expires_at',
    title: 'Expires at',
    description: 'When the access token dies, ISO 8601.',
    type: 'datetime',
  },
]

/** RFC 6749 5.2 and 4.1.2.1, RFC 6750 3.1, RFC 8628 3.5, OpenID Connect Core 3.1.2.6. */
const standardErrors: Readonly<Record<string, Code>> = {
  invalid_grant: 'token_revoked',
  invalid_token: 'token_revoked',
  interaction_required: 'token_revoked',
  login_required: 'token_revoked',
  consent_required: 'token_revoked',
  invalid_client: 'client_invalid',
  unauthorized_client: 'client_invalid',
  invalid_scope: 'scope_missing',
  insufficient_scope: 'scope_missing',
  temporarily_unavailable: 'unavailable',
  server_error: 'unavailable',
  slow_down: 'rate_limited',
}

function refreshRequest(quirks: OAuth2Quirks, input: RefreshInput): TokenRequest {
  const parameters: Record<string, string> = { grant_type: 'refresh_token', refresh_token: input.refreshToken }
  if (quirks.refreshScope) parameters.scope = quirks.refreshScope(input.scopes)
  return tokenRequest(quirks, parameters, input)
}

function readTokens(quirks: OAuth2Quirks, answer: TokenAnswer, words: Words = wordsOfRefresh): Tokens {
  const body = parse(answer.body)
  const failure = failureOf(quirks, answer, body, words)
  if (failure) throw failure
  const tokens = quirks.tokensOf && body ? quirks.tokensOf(body) : body
  if (!isJsonObject(tokens)) throw unfit(answer, 'a JSON object with the tokens')
  const { access_token: accessToken, refresh_token: refreshToken, token_type: tokenType, scope } = tokens
  if (!isToken(accessToken)) throw unfit(answer, 'an access_token that is a string of visible ASCII characters')
  // A sender-constrained token is of no use as a bearer (RFC 6749 7.1); Slack's types `user` and `bot` are bearers.
  if (typeof tokenType === 'string' && /^(dpop|mac|pop)$/i.test(tokenType)) throw unfit(answer, 'a bearer token')
  const kept = refreshToken === undefined || refreshToken === null || refreshToken === ''
  if (!kept && !isToken(refreshToken)) throw unfit(answer, 'a refresh_token that is a string, or none')
  return {
    accessToken,
    refreshToken: kept ? undefined : refreshToken,
    expiresInSeconds: seconds(tokens.expires_in),
    refreshTokenExpiresInSeconds: seconds(tokens.refresh_token_expires_in),
    scope: typeof scope === 'string' ? scope : undefined,
  }
}

function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value)
}

/** Lifetimes come as a number or as its text; what is neither, or not in the future, says nothing. */
function seconds(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) && number > 0 ? number : undefined
}

function parse(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function unfit({ status }: TokenAnswer, expected: string): Failure {
  return new Failure('bad_response', `the token endpoint answered ${status} without ${expected}`, { status })
}

/** What a refusal means. The status wins where it says that the provider itself is in trouble: that uses nothing up. */
function failureOf(
  quirks: OAuth2Quirks,
  answer: TokenAnswer,
  body: JsonObject | undefined,
  words: Words,
): Failure | undefined {
  const { status } = answer
  const good = status >= 200 && status < 300
  const found = body && (quirks.errorOf ? quirks.errorOf(body, status) : standardErrorOf(body, good))
  if (good && (found === undefined || found === null)) return undefined
  const providerError = shortCode(found)
  const code = codeOf(quirks, status, providerError)
  const detail = body && (shortCode(body.error_subtype) ?? shortCode(body.suberror))
  const said = [String(status), providerError, detail && `(${detail})`].filter(Boolean).join(' ')
  const sentence = words[code] ?? words.else
  return new Failure(code, `the token endpoint answered ${said}: ${sentence}`, {
    status,
    providerError,
    retryAfterMs: waitOf(answer),
  })
}

function standardErrorOf(body: JsonObject, good: boolean): unknown {
  return good && body.access_token !== undefined ? undefined : (body.error ?? (good ? undefined : body.code))
}

function codeOf(quirks: OAuth2Quirks, status: number, providerError: string | undefined): Code {
  if (status === 429) return 'rate_limited'
  if (status >= 500 || status === 408) return 'unavailable'
  if (providerError === undefined) return 'refresh_failed'
  if (quirks.errors && Object.hasOwn(quirks.errors, providerError)) {
    return quirks.errors[providerError] ?? 'refresh_failed'
  }
  return (Object.hasOwn(standardErrors, providerError) ? standardErrors[providerError] : undefined) ?? 'refresh_failed'
}

/** What is said of a refusal, and what to do. */
type Words = Readonly<Partial<Record<Code, string>> & { else: string }>

const common = {
  client_invalid:
    'the OAuth client is refused; check its client id and secret at the provider and in the configuration',
  scope_missing: 'a scope that the source needs was not granted; sign in again and grant it',
}

const wordsOfRefresh: Words = {
  ...common,
  token_revoked: 'the refresh token is no longer accepted; sign in again or give new auth_fields',
  rate_limited: 'too many requests; it will be asked again',
  unavailable: 'the provider is in trouble; it will be asked again',
  else: 'the refresh was refused',
}

const wordsOfGrant: Words = {
  ...common,
  token_revoked: 'the code of this sign-in is not accepted, it may have expired; sign in again',
  rate_limited: 'too many requests; wait a little and sign in again',
  unavailable: 'the provider is in trouble; sign in again later',
  else: 'the sign-in was refused; sign in again',
}

/** This step has no clock: a date is only worth something beside the answer's own `Date`. */
function waitOf({ headers }: TokenAnswer): number | undefined {
  const ms = retryAfterMs(headers, Number.NaN)
  return Number.isNaN(ms) ? undefined : ms
}

/** Only what is surely a code may be quoted: free text of a provider can hold anything. */
function shortCode(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w.-]{1,64}$/.test(value) ? value : undefined
}
