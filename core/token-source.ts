/** What a job holds in hand to get tokens. Who renews them, and how, is passed in. */
import { Failure, isFailure } from './errors.ts'
import type { Secret } from './secret.ts'
import type { Credential } from './vault/vault.ts'
import { waitFor } from './waiting.ts'

export interface Token {
  secret: Secret
  generation: number
}

export interface TokenSource {
  /**
   * A token with life left, renewed ahead of time when it nears its end. While it still lives, a renewal that fails
   * for reasons that pass is not an error.
   * @throws Failure that ends the job or passes in time (`remedy`); the signal's reason when it is aborted
   */
  token(signal?: AbortSignal): Promise<Token>
  /** Reports that the provider refused this generation; answers a newer token. @throws as `token` */
  renew(generation: number, signal?: AbortSignal): Promise<Token>
}

export interface TokenSourceOptions {
  connectionId: string
  /** The stored credential: from memory, at once, where it was read just now; or from the disk. */
  read(from?: 'disk'): Credential | Promise<Credential>
  /** Whether it is time to renew it, and whether it is too late. */
  judge(credential: Credential): { isDue: boolean; isDead(): boolean }
  /** Whether a renewal has just failed, so that the next one waits as long as the token lives. */
  isPaused(): boolean
  /** Renews the generation that is of no use any more, together with everyone else who asks for it. */
  join(refused: number): Promise<Credential>
}

/** For one job: it remembers what the provider refused for good, so that the job hears it again without asking. */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  let ended: { generation: number; failure: Failure } | undefined

  return {
    token,
    async renew(generation, signal) {
      const { generation: stored } = await read(signal, 'disk')
      return stored === generation ? give(await joinOrEnd(generation, signal)) : token(signal)
    },
  }

  async function token(signal?: AbortSignal): Promise<Token> {
    const credential = await read(signal)
    const { isDue, isDead } = options.judge(credential)
    if (!isDue) return give(credential)
    if (!credential.refreshToken) {
      if (isDead()) throw diedWithout(credential, options.connectionId)
      return give(credential)
    }
    if (!isDead() && options.isPaused()) return give(credential)
    try {
      return give(await joinOrEnd(credential.generation, signal))
    } catch (error) {
      if (signal?.aborted || !(passes(error) || isFailure(error, 'data_folder', 'closing')) || isDead()) throw error
      return give(credential)
    }
  }

  async function read(signal: AbortSignal | undefined, from?: 'disk'): Promise<Credential> {
    const found = options.read(from)
    if (found instanceof Promise) return waitFor(found, signal)
    signal?.throwIfAborted()
    return found
  }

  async function joinOrEnd(refused: number, signal: AbortSignal | undefined): Promise<Credential> {
    if (ended?.generation === refused) throw ended.failure
    try {
      return await waitFor(options.join(refused), signal)
    } catch (error) {
      if (isFailure(error) && error.remedy === 'reauthorize') ended = { generation: refused, failure: error }
      throw error
    }
  }
}

/** A one-off token: never renewed, and when it is refused, nothing else is used in its place. */
export function overrideTokens(secret: Secret): TokenSource {
  return {
    async token(signal) {
      signal?.throwIfAborted()
      return { secret, generation: 0 }
    },
    async renew() {
      throw new Failure('token_expired', 'the access token given for this run was refused: run again with another one')
    },
  }
}

function give({ accessToken, generation }: Credential): Token {
  return { secret: accessToken, generation }
}

/** Whether a failure passes in time, so that the same may simply be tried again. */
export function passes(error: unknown): error is Failure {
  return isFailure(error) && error.remedy === 'wait'
}

function diedWithout({ expiresAt }: Credential, connectionId: string): Failure {
  const message = `the access token died at ${expiresAt} by this machine's clock, and there is no refresh token: give new auth_fields`
  return new Failure('token_expired', message, { connectionId })
}
