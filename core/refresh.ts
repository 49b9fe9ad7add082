/**
 * One refresh, in the order that loses no token: the intent is stored, the provider is asked, the answer is stored, and
 * only then is it used. Every write says which generation it replaces, so that a refresh that was overtaken (by new
 * auth fields, or by another refresh after this one was given up) changes nothing.
 *
 * Where refresh tokens are single use, an attempt whose answer may have been lost leaves its intent behind. The next
 * one is the one deliberate repeat; should that be lost too, or refused, a person must sign in again, and the intent
 * keeps which of the two it was. Failures that used nothing up (never sent, 429, 5xx) put the intent back as it was.
 */
import type { Clock } from './clock.ts'
import { Failure, isFailure, toFailure } from './errors.ts'
import type { Log } from './log.ts'
import type { TokenAnswer, Tokens } from './plugin.ts'
import { Secret } from './secret.ts'
import type { Credential, Vault } from './vault/vault.ts'

export interface RefreshOptions {
  connectionId: string
  vault: Vault
  clock: Clock
  log: Log
  /** Whether a lost answer may be asked for again and again. */
  repeatable: boolean
  /** The generation that is of no use any more; any other one that is stored is the answer. */
  refused: number
  /** The highest generation ever seen of this connection: new ones go above it, also after a backup was put back. */
  highest(): number
  /** The stored credential. @throws Failure `token_expired` when there is none */
  load(): Promise<Credential>
  /** Whether nobody has given this refresh up meanwhile. */
  isCurrent(): boolean
  /** Makes the request, without asking yet. @throws Failure `client_invalid`, `bad_config` */
  prepare(credential: Credential): Exchange
  /** What an earlier refresh obtained and could not store; kept between refreshes. */
  held: { answer?: Held | undefined }
  /** Told after the new credential is safe on disk. */
  stored(credential: Credential): Promise<void>
}

export interface Exchange {
  send(): Promise<TokenAnswer>
  read(answer: TokenAnswer): Tokens
}

export interface Held {
  replaces: number
  credential: Credential
  /** To be told once it is safe on disk. */
  stored(credential: Credential): Promise<void>
  /** A write of it has failed, and may have got as far as the file's name: until it is synced, a power cut undoes it. */
  mayBeThere?: boolean
}

/**
 * @returns the newest stored credential, which is not of the refused generation
 * @throws Failure as `Auth.readTokens`; `token_expired` without a refresh token; `offline` and `unavailable`;
 *   `vault_locked`; `data_folder` when the disk does not take the answer, which is then held and stored first next time
 */
export async function refresh(options: RefreshOptions): Promise<Credential> {
  const { held } = options
  const before = await options.load()
  const isHeld = held.answer?.replaces === before.generation || held.answer?.credential.generation === before.generation
  if (before.generation !== options.refused && !isHeld) return before
  try {
    if (held.answer && isHeld) return await store(options, held.answer)
    if (!before.refreshToken) throw withoutRefreshToken(options.connectionId)
    const exchange = options.prepare(before)
    const asked = await begin(options, before)
    // The disk took so long that another refresh may have begun: two must never ask with one refresh token.
    if (!options.isCurrent()) return await overtaken(options, before)
    const startedMs = options.clock.now()
    const outcome = await ask(exchange)
    if ('failure' in outcome) return await recoverFrom(options, before, asked, outcome)
    const credential = merge(before, outcome.tokens, startedMs, options.highest() + 1)
    return await store(options, { replaces: before.generation, credential, stored: options.stored })
  } catch (error) {
    if (!isFailure(error, 'conflict')) throw error
    held.answer = undefined
    return options.load()
  }
}

/** Stores the intent. What is asked afterwards can be accounted for after a crash. */
async function begin(
  { vault, clock, connectionId, repeatable }: RefreshOptions,
  before: Credential,
): Promise<Credential> {
  if (before.intent && repeatable) return before
  if (before.intent?.refused) throw lostOnce(connectionId)
  if (before.intent?.repeats) throw lostTwice(connectionId)
  const startedAt = new Date(clock.now()).toISOString()
  const asked = { ...before, intent: before.intent ? { startedAt, repeats: true as const } : { startedAt } }
  await vault.put(connectionId, asked, { replaces: before.generation })
  return asked
}

async function overtaken({ load, connectionId }: RefreshOptions, before: Credential): Promise<Credential> {
  const stored = await load()
  if (stored.generation !== before.generation) return stored
  throw new Failure('unavailable', 'the refresh was given up before the provider was asked', { connectionId })
}

type Outcome = { tokens: Tokens } | Refused

interface Refused {
  failure: Failure
  /** Whether the provider may have used the refresh token up without us knowing its answer. */
  lost: boolean
}

async function ask({ send, read }: Exchange): Promise<Outcome> {
  let answer: TokenAnswer
  try {
    answer = await send()
  } catch (error) {
    const failure = toFailure(error)
    return { failure, lost: mayHaveReached(failure) }
  }
  try {
    return { tokens: read(answer) }
  } catch (error) {
    const failure = toFailure(error)
    return { failure, lost: failure.code === 'bad_response' || failure.code === 'internal' }
  }
}

async function recoverFrom(
  options: RefreshOptions,
  before: Credential,
  asked: Credential,
  { failure, lost }: Refused,
): Promise<Credential> {
  const { connectionId, repeatable } = options
  if (failure.code === 'token_revoked') {
    const stored = await options.load()
    if (stored.generation !== before.generation) return stored
    if (asked.intent?.repeats) {
      await mark(options, { ...asked, intent: { ...asked.intent, refused: true } })
      throw lostOnce(connectionId, failure)
    }
  }
  const settled = !lost && !(repeatable && failure.remedy === 'wait')
  if (settled && asked.intent) await mark(options, before)
  throw failure
}

/** Notes how a refresh ended that brought nothing. A disk that does not take it changes nothing of how it ended. */
async function mark({ vault, log, connectionId, isCurrent }: RefreshOptions, credential: Credential): Promise<void> {
  if (!isCurrent()) return
  await vault.put(connectionId, credential, { replaces: credential.generation }).catch((error: unknown) => {
    if (isFailure(error, 'conflict')) return
    log.warn({ connectionId, code: toFailure(error).code }, 'the mark of an unfinished refresh could not be changed')
  })
}

const triesToStore = 3
const pauseToStoreMs = 500

/** A disk that is full for a moment must not cost a token: it is tried again, and kept in memory beyond that. */
async function store(options: RefreshOptions, answer: Held): Promise<Credential> {
  const { vault, clock, log, connectionId, held } = options
  const { credential } = answer
  held.answer = answer
  for (let attempt = 1; ; attempt++) {
    try {
      await putHeld(vault, connectionId, answer)
      break
    } catch (error) {
      if (!isFailure(error, 'data_folder')) throw error
      answer.mayBeThere = true
      log.error({ connectionId, attempt, error: error.message }, 'the renewed tokens could not be stored')
      if (attempt === triesToStore) throw notStored(error, connectionId)
      await clock.sleep(pauseToStoreMs * attempt)
    }
  }
  held.answer = undefined
  await answer.stored(credential)
  return credential
}

/** @throws Failure `conflict` where something newer is stored; `vault_locked`, `data_folder` */
export async function putHeld(vault: Vault, connectionId: string, { credential, replaces, mayBeThere }: Held) {
  const stored = mayBeThere ? await vault.get(connectionId) : undefined
  const isThere = stored?.generation === credential.generation && stored.accessToken.equals(credential.accessToken)
  await vault.put(connectionId, credential, { replaces: isThere ? credential.generation : replaces })
}

/** RFC 6749, section 6: an answer without a refresh token leaves the old one good. */
function merge(before: Credential, tokens: Tokens, startedMs: number, generation: number): Credential {
  const { intent: _settled, expiresAt: _old, refreshTokenExpiresAt, ...rest } = before
  const endOf = (seconds: number) => new Date(startedMs + seconds * 1000).toISOString()
  const refreshEnd =
    tokens.refreshTokenExpiresInSeconds === undefined
      ? tokens.refreshToken === undefined && refreshTokenExpiresAt
      : endOf(tokens.refreshTokenExpiresInSeconds)
  return {
    ...rest,
    generation,
    accessToken: new Secret(tokens.accessToken),
    ...(tokens.refreshToken !== undefined && { refreshToken: new Secret(tokens.refreshToken) }),
    obtainedAt: endOf(0),
    ...(tokens.expiresInSeconds !== undefined && { expiresAt: endOf(tokens.expiresInSeconds) }),
    ...(refreshEnd && { refreshTokenExpiresAt: refreshEnd }),
  }
}

function mayHaveReached(failure: Failure): boolean {
  if (failure.cause === undefined) return failure.code !== 'offline'
  return !neverSent(failure.cause)
}

/** Whether an error says that the connection was not even made: then no request has left this machine. */
function neverSent(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, syscall, errors } = error as NodeJS.ErrnoException & { errors?: unknown }
  if (syscall === 'connect' || syscall === 'getaddrinfo' || code === 'UND_ERR_CONNECT_TIMEOUT') return true
  // Node's words for an end in the middle of the handshake, as of a captive portal: it has no code of its own.
  if (/before secure TLS connection was established/.test(error.message)) return true
  if (/^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/.test(code ?? '')) return true
  return Array.isArray(errors) && errors.length > 0 ? errors.every(neverSent) : neverSent(error.cause)
}

function withoutRefreshToken(connectionId: string): Failure {
  const message =
    'the access token is no longer accepted, and there is no refresh token to renew it: sign in again, or give new auth_fields with a refresh_token'
  return new Failure('token_expired', message, { connectionId })
}

const singleUse = 'this provider accepts each refresh token once'

/** @param failure the refusal itself, as long as it is known */
function lostOnce(connectionId: string, failure?: Failure): Failure {
  const { status, providerError } = failure ?? {}
  const message = `the answer to an earlier refresh was lost, and the repeat was refused, because ${singleUse}: sign in again or give new auth_fields`
  return new Failure('token_revoked', message, { connectionId, status, providerError, cause: failure })
}

function lostTwice(connectionId: string): Failure {
  const message = `the answers to a refresh and to its one repeat were lost, and ${singleUse}: sign in again or give new auth_fields`
  return new Failure('token_revoked', message, { connectionId })
}

function notStored(cause: Failure, connectionId: string): Failure {
  const message = `${cause.message}; the renewed tokens are kept in memory and are stored first at the next attempt`
  return new Failure('data_folder', message, { connectionId, cause })
}
