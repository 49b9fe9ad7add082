/** One sign-in at a provider, from the address to the credential, whoever began it (RFC 6749, section 4.1). */
import { createHash, randomBytes } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { SourceInfo } from '../inlet.ts'
import type { Endpoints, TokenAnswer, TokenRequest } from '../plugin.ts'
import { Secret } from '../secret.ts'
import { questionTo } from '../token-exchange.ts'
import type { Credential } from '../vault/vault.ts'

/** The OAuth client of a sign-in. */
export interface SignInClient {
  clientId: string
  clientSecret?: Secret | undefined
  redirectUri: string
  fields: Readonly<Record<string, string>>
  /** The configured one: its secret stays in the configuration, where it may change. */
  isConfigured: boolean
}

export interface Exchange {
  client: SignInClient
  /** RFC 7636, section 4.1; absent without PKCE. */
  verifier: Secret | undefined
}

export interface ExchangeOptions {
  clock: Clock
  endpoints(pluginId: string): Endpoints
  /** As `TokenOptions.send`. */
  send(request: TokenRequest, signal: AbortSignal): Promise<TokenAnswer>
  /** Aborted when inlet closes: what is under way is over then. */
  closing: AbortSignal
}

/** @param pkce whether it may be used */
export function beginExchange(info: SourceInfo, client: SignInClient, pkce: boolean): Exchange {
  const isUsed = pkce && info.plugin.auth.usesPkce(client.redirectUri)
  return { client, verifier: isUsed ? new Secret(randomBytes(32).toString('base64url')) : undefined }
}

/** Where the browser is sent. @throws Failure `bad_config` */
export function addressOf(
  { endpoints }: Pick<ExchangeOptions, 'endpoints'>,
  { plugin, source }: SourceInfo,
  { client, verifier }: Exchange,
  state: string,
): string {
  return plugin.auth.authorizeUrl({
    ...{ clientId: client.clientId, redirectUri: client.redirectUri, fields: client.fields, state },
    ...{ scopes: source.scopes, endpoints: endpoints(plugin.id) },
    codeChallenge: verifier && createHash('sha256').update(verifier.reveal()).digest('base64url'),
  })
}

/**
 * Trades the code for a first credential.
 * @throws Failure as `Auth.readGrant`; `offline`, `unavailable`
 */
export async function tradeCode(
  options: ExchangeOptions,
  { plugin, source }: SourceInfo,
  { client, verifier }: Exchange,
  code: string,
): Promise<Credential> {
  const { clientId, clientSecret, redirectUri, fields } = client
  const request = plugin.auth.codeRequest({
    ...{ code, clientId, redirectUri, fields },
    ...{ codeVerifier: verifier?.reveal(), clientSecret: clientSecret?.reveal() },
    endpoints: options.endpoints(plugin.id),
  })
  const question = questionTo(options, request, [new Secret(code), verifier, clientSecret])
  const startedMs = options.clock.now()
  const answer = await question.send()
  const tokens = question.judged(() => plugin.auth.readGrant(answer, source.scopes))
  const endOf = (seconds: number) => new Date(startedMs + seconds * 1000).toISOString()
  return {
    generation: 1,
    accessToken: new Secret(tokens.accessToken),
    ...(tokens.refreshToken !== undefined && { refreshToken: new Secret(tokens.refreshToken) }),
    clientId,
    ...(clientSecret && !client.isConfigured && { clientSecret }),
    fields,
    obtainedAt: endOf(0),
    ...(tokens.expiresInSeconds !== undefined && { expiresAt: endOf(tokens.expiresInSeconds) }),
    ...(tokens.refreshTokenExpiresInSeconds !== undefined && {
      refreshTokenExpiresAt: endOf(tokens.refreshTokenExpiresInSeconds),
    }),
  }
}
