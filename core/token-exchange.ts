/** What is asked of a token endpoint and what its answer says: which client asks, and what must not be repeated of it. */
import type { Clock } from './clock.ts'
import { Failure, isFailure } from './errors.ts'
import { withoutSecret } from './http-message.ts'
import type { Log } from './log.ts'
import type { Endpoints, Plugin, Source, TokenAnswer, TokenRequest } from './plugin.ts'
import type { Exchange } from './refresh.ts'
import type { Secret } from './secret.ts'
import type { Credential } from './vault/vault.ts'
import { withinLimit } from './waiting.ts'

export interface TokenConnection {
  id: string
  plugin: Plugin
  source: Source
  endpoints: Endpoints
  /** The generation that the database knows: an older file, put back from a backup, is noticed. */
  credentialGeneration?: number | undefined
}

export interface ExchangeOptions {
  clock: Clock
  /** Asks a token endpoint. @throws Failure `offline`, `unavailable`; the signal's reason when it is aborted */
  send(request: TokenRequest, signal: AbortSignal): Promise<TokenAnswer>
  /** What the configuration says of a family: its OAuth client, and the tenant of connections that name none. */
  client(pluginId: string): {
    clientId?: string | undefined
    clientSecret?: Secret | undefined
    tenant?: string | undefined
  }
  log: Log
}

/** How long the provider may take to answer. */
const answerLimitMs = 30_000
const skewWorthSayingMs = 120_000

/**
 * Makes the request of a refresh, without asking yet.
 * @throws Failure `client_invalid` where no client is known, `bad_config`; `read` throws as `Auth.readTokens`, naming the
 *   endpoint and repeating nothing secret
 */
export function prepareExchange(
  options: ExchangeOptions,
  connection: TokenConnection,
  credential: Credential,
): Exchange {
  const { id, plugin, source, endpoints } = connection
  const { auth } = plugin
  const { tenant } = options.client(plugin.id)
  const { clientId, clientSecret } = clientOf(options, connection, credential)
  const request = auth.refreshRequest({
    ...{ clientId, clientSecret: clientSecret?.reveal() },
    refreshToken: credential.refreshToken?.reveal() ?? '',
    scopes: source.scopes,
    endpoints,
    fields: { ...(tenant === undefined ? {} : { tenant }), ...credential.fields },
  })
  const question = questionTo(options, request, [credential.accessToken, credential.refreshToken, clientSecret], id)
  return {
    send: question.send,
    read(answer) {
      warnOfSkew(options, id, answer)
      return question.judged(() => auth.readTokens(answer))
    },
  }
}

export interface Question {
  /** @throws Failure `unavailable` after 30 seconds; as `ExchangeOptions.send` */
  send(): Promise<TokenAnswer>
  /** What `judge` makes of the answer; its failures name the endpoint, and repeat nothing of what was sent. */
  judged<Result>(judge: () => Result): Result
}

/** @param secrets what the request holds */
export function questionTo(
  { clock, send }: Pick<ExchangeOptions, 'clock' | 'send'>,
  request: TokenRequest,
  secrets: readonly (Secret | undefined)[],
  connectionId?: string,
): Question {
  const { origin, pathname } = new URL(request.url)
  const where = `POST ${origin}${pathname}`
  return {
    send() {
      const late = new Failure('unavailable', `${where} gave no answer within ${answerLimitMs / 1000} seconds`)
      return withinLimit(clock, answerLimitMs, late, signal => send(request, signal))
    },
    judged(judge) {
      try {
        return judge()
      } catch (error) {
        throw isFailure(error) ? placed(withoutSecrets(error, secrets, where), where, connectionId) : error
      }
    },
  }
}

function clientOf(options: ExchangeOptions, { id, plugin }: TokenConnection, credential: Credential) {
  const configured = options.client(plugin.id)
  const clientId = credential.clientId ?? configured.clientId
  if (clientId === undefined) {
    const message = `a refresh needs the OAuth client that issued the refresh token: give client_id in auth_fields, or set providers.${plugin.id}.clientId in the configuration`
    throw new Failure('client_invalid', message, { connectionId: id })
  }
  // A secret belongs to one client: the configured one is of no use to another.
  const clientSecret =
    credential.clientSecret ?? (clientId === configured.clientId ? configured.clientSecret : undefined)
  return { clientId, clientSecret }
}

function warnOfSkew({ clock, log }: ExchangeOptions, connectionId: string, { headers }: TokenAnswer): void {
  const skewMs = clock.now() - Date.parse(headers.date ?? '')
  if (Math.abs(skewMs) < skewWorthSayingMs || Number.isNaN(skewMs)) return
  log.warn({ connectionId, skewMs }, "this machine's clock differs from the provider's: set it right")
}

/** An endpoint may give what it was sent as its error code. */
function withoutSecrets(failure: Failure, secrets: readonly (Secret | undefined)[], where: string): Failure {
  return secrets.reduce((clean, secret) => (secret ? withoutSecret(clean, secret.reveal(), where) : clean), failure)
}

function placed(failure: Failure, where: string, connectionId: string | undefined): Failure {
  const { code, message, status, retryAfterMs, providerError, cause } = failure
  return new Failure(code, `${where}: ${message}`, { status, retryAfterMs, providerError, connectionId, cause })
}
