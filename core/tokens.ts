/**
 * Tokens for requests: renewed ahead of time or when the provider refuses one, by one refresh at a time for each
 * connection, which everyone waits for. What one refresh does, and in which order, is in `refresh.ts`.
 */
import { notNeeded } from './clock.ts'
import { Failure, isFailure } from './errors.ts'
import { type Anchor, aheadMs, anchorOf, leftMs } from './lifetime.ts'
import { type Counting, resultOf } from './measures.ts'
import { idleMeter } from './meter.ts'
import { createPacers, type Turn } from './pacer.ts'
import type { Plugin } from './plugin.ts'
import { type Held, putHeld, refresh } from './refresh.ts'
import { type ExchangeOptions, prepareExchange, type TokenConnection } from './token-exchange.ts'
import { createTokenSource, passes, type TokenSource } from './token-source.ts'
import { isTooSoon, type Trouble, throwIfTold } from './trouble.ts'
import { type Credential, lockedVault, type Vault } from './vault/vault.ts'
import { endsWithin } from './waiting.ts'

export type { TokenConnection } from './token-exchange.ts'
export { overrideTokens, type Token, type TokenSource } from './token-source.ts'

export interface TokenOptions extends ExchangeOptions {
  vault: Vault
  meter?: Counting | undefined
  /** Told after each refresh that is safe on disk. */
  changed?(connection: TokenConnection, credential: Credential): Promise<void>
}

export interface Tokens {
  /** One for each job: it remembers what the provider refused for good, so that a job hears it without asking again. */
  for(connection: TokenConnection): TokenSource
  /**
   * At start: settles a refresh that a crash has left without an answer. Failures that pass are left for the next use.
   * @throws Failure `token_revoked` where the provider does not let a refresh token be used twice; `data_folder`, …
   */
  recover(connection: TokenConnection): Promise<void>
  /** To be called when a credential was replaced or deleted by hand. */
  forget(connectionId: string): void
  /**
   * Begins no refresh until `resume`, and waits (at most 45 seconds) for those under way. When it resolves, each answer
   * is on the disk and no credential is kept here.
   * @throws Failure `conflict` when an answer is still awaited or could not be stored: then nothing is paused
   */
  pause(): Promise<void>
  resume(): void
  /** Begins no refresh any more, and waits (at most five seconds) for those under way. To be called before the vault's. */
  close(): Promise<void>
}

/** How long anyone waits for a refresh; it is given up then, and another may begin. */
const waitLimitMs = 60_000
const closeLimitMs = 5_000
/** Longer than an answer may take. */
const pauseLimitMs = 45_000
/**
 * How many refreshes of one family are under way at most: those of thousands of connections must neither flood a token
 * endpoint nor wait for each other within the time that an answer is given.
 */
const atOnce = 64
/** A job asks at each request: the file is not read again for as long as this, unless something wrote it. */
const rememberMs = 30_000

interface State {
  /** The stored credential as it was read last (monotonic). */
  recent: { credential: Credential; atMs: number } | undefined
  reading: Promise<Credential> | undefined
  flight: Promise<Credential> | undefined
  anchor: Anchor | undefined
  highest: number
  held: { answer?: Held | undefined }
  /** The last failure that passes in time. */
  trouble: Trouble | undefined
}

export function createTokens(options: TokenOptions): Tokens {
  const { vault, clock, log, meter = idleMeter as Counting } = options
  const states = new Map<string, State>()
  const running = new Set<Promise<unknown>>()
  const turns = createPacers(clock)
  let closed = false
  let paused = false

  return {
    for(connection) {
      // A job begins with what is on the disk.
      stateOf(connection.id).recent = undefined
      return createTokenSource({
        connectionId: connection.id,
        read: from => read(connection, from),
        judge: credential => judge(connection, credential),
        isPaused: () => isTooSoon(stateOf(connection.id).trouble, clock),
        join: refused => join(connection, refused),
      })
    },
    async recover(connection) {
      const credential = await vault.get(connection.id)
      if (!credential) return
      const { credentialGeneration = credential.generation } = connection
      // A crash came between the two: what the database tells of it would stay wrong until the next refresh.
      const isNewest = credential.generation >= (states.get(connection.id)?.highest ?? 0)
      if (isNewest && credential.generation > credentialGeneration) await tellChanged(connection, credential)
      if (!credential.intent) return
      try {
        await join(connection, credential.generation)
      } catch (error) {
        if (!passes(error)) throw error
      }
    },
    forget(connectionId) {
      const known = states.get(connectionId)
      states.delete(connectionId)
      if (known) stateOf(connectionId).highest = known.highest
    },
    async pause() {
      paused = true
      const isSafe = await endsWithin(clock, pauseLimitMs, async () => {
        await Promise.allSettled(running)
        await Promise.allSettled([...states].map(([id, { held }]) => storeHeld(id, held)))
      })
      if (!isSafe || [...states.values()].some(({ held }) => held.answer)) {
        paused = false
        throw new Failure(
          'conflict',
          'a renewed token is not on the disk yet, and would be lost: try again in a minute',
        )
      }
      for (const state of states.values()) state.recent = undefined
    },
    resume() {
      paused = false
    },
    async close() {
      closed = true
      await endsWithin(clock, closeLimitMs, () => Promise.allSettled(running))
      await Promise.all([...states].map(([id, { held }]) => storeHeld(id, held).catch(error => sayLost(id, error))))
    },
  }

  /** Waits for the refresh under way, or begins one; more than once only where the first one answers what was refused. */
  async function join(connection: TokenConnection, refused: number): Promise<Credential> {
    for (;;) {
      const state = stateOf(connection.id)
      const under = state.flight
      const credential = await (under ?? begin(connection, state, refused))
      if (!under || credential.generation !== refused) return credential
    }
  }

  async function begin(connection: TokenConnection, state: State, refused: number): Promise<Credential> {
    throwIfClosed()
    throwIfTold(state.trouble, clock)
    const timers = new AbortController()
    const turn = turns(connection.plugin.id, { concurrent: atOnce }).enter('', timers.signal)
    const work = inTurn(turn, () =>
      refresh({
        ...{ connectionId: connection.id, vault, clock, log, refused, held: state.held },
        repeatable: connection.plugin.auth.repeatable,
        highest: () => state.highest,
        load: () => load(connection),
        isCurrent: () => state.flight === flight && states.get(connection.id) === state,
        prepare: credential => prepareExchange(options, connection, credential),
        stored: credential => stored(connection, state, credential),
      }),
    )
    running.add(work)
    const flight = Promise.race([work, turn.then(() => givenUp(timers.signal))])
    state.flight = flight
    // Whoever gave up waiting does not hear of it; a late answer is stored all the same where it still fits.
    void work.catch(() => {}).finally(() => running.delete(work))
    try {
      const credential = await flight
      meter.count('inlet_token_refreshes_total', { provider: connection.plugin.id, result: 'renewed' })
      return credential
    } catch (error) {
      meter.count('inlet_token_refreshes_total', { provider: connection.plugin.id, result: resultOf(error) })
      if (passes(error) || isFailure(error, 'data_folder')) state.trouble = { failure: error, atMs: clock.monotonic() }
      if (isFailure(error))
        log.warn({ connectionId: connection.id, code: error.code, error: error.message }, 'a token was not renewed')
      throw error
    } finally {
      if (state.flight === flight) state.flight = undefined
      timers.abort(notNeeded)
    }
  }

  async function inTurn(turn: Promise<Turn>, work: () => Promise<Credential>): Promise<Credential> {
    const { leave } = await turn
    try {
      throwIfClosed()
      return await work()
    } finally {
      leave()
    }
  }

  function throwIfClosed(): void {
    if (closed) throw new Failure('closing', 'inlet is stopping: no token is renewed any more')
    if (paused) throw lockedVault('no token is renewed before it is unlocked')
  }

  /** Many at once read the file once. */
  function read(connection: TokenConnection, from?: 'disk'): Credential | Promise<Credential> {
    const state = stateOf(connection.id)
    const { recent } = state
    if (recent && from !== 'disk' && !vault.locked && clock.monotonic() - recent.atMs < rememberMs)
      return recent.credential
    state.recent = undefined
    state.reading ??= load(connection)
      .then(credential => {
        // Nothing is kept of what is read while the vault is being locked.
        if (credential.generation === state.highest && !paused && !vault.locked)
          state.recent = { credential, atMs: clock.monotonic() }
        return credential
      })
      .finally(() => {
        state.reading = undefined
      })
    return state.reading
  }

  async function load({ id, plugin, credentialGeneration = 0 }: TokenConnection): Promise<Credential> {
    const state = stateOf(id)
    // Noted before reading: a refresh that ends meanwhile does not make the file an old one.
    const highest = Math.max(state.highest, credentialGeneration)
    const credential = await vault.get(id)
    if (!credential) throw missing(id)
    state.highest = Math.max(highest, state.highest, credential.generation)
    if (credential.generation >= highest) return credential
    log.warn({ connectionId: id, generation: credential.generation, highest }, 'the credential file is an older copy')
    if (!plugin.auth.repeatable) throw olderCopy(id, plugin)
    return credential
  }

  function judge({ id }: TokenConnection, credential: Credential): { isDue: boolean; isDead(): boolean } {
    const state = stateOf(id)
    if (state.anchor?.generation !== credential.generation) state.anchor = anchorOf(credential, clock)
    const anchor = state.anchor
    const left = () => leftMs(anchor, credential, clock) ?? Number.POSITIVE_INFINITY
    const isUnsettled = credential.intent !== undefined || state.held.answer !== undefined
    return { isDue: isUnsettled || left() <= aheadMs(anchor), isDead: () => left() <= 0 }
  }

  async function givenUp(signal: AbortSignal): Promise<never> {
    await clock.sleep(waitLimitMs, signal)
    throw new Failure('unavailable', `a refresh did not end within ${waitLimitMs / 1000} seconds, and was given up`)
  }

  async function stored(connection: TokenConnection, state: State, credential: Credential): Promise<void> {
    const connectionId = connection.id
    state.highest = Math.max(state.highest, credential.generation)
    // As it was just written: a job goes on with it, and need not read it again.
    state.recent = paused || vault.locked ? undefined : { credential, atMs: clock.monotonic() }
    state.anchor = anchorOf(credential, clock)
    state.trouble = undefined
    log.info(
      { connectionId, generation: credential.generation, expiresAt: credential.expiresAt },
      'a token was renewed',
    )
    await tellChanged(connection, credential)
  }

  async function tellChanged(connection: TokenConnection, credential: Credential): Promise<void> {
    try {
      await options.changed?.(connection, credential)
    } catch (error) {
      const fields = { connectionId: connection.id, err: error }
      log.error(fields, 'a renewed token is stored, but the database does not know of it yet')
    }
  }

  function sayLost(connectionId: string, error: unknown): void {
    log.error({ connectionId, err: error }, 'renewed tokens could not be stored, and are lost: sign in again')
  }

  /** @throws Failure `vault_locked`, `data_folder`: it is still held then */
  async function storeHeld(connectionId: string, held: State['held']): Promise<void> {
    const { answer } = held
    if (!answer) return
    try {
      await putHeld(vault, connectionId, answer)
      await answer.stored(answer.credential)
    } catch (error) {
      if (!isFailure(error, 'conflict')) throw error
    }
    if (held.answer === answer) held.answer = undefined
  }

  function stateOf(connectionId: string): State {
    const known = states.get(connectionId)
    if (known) return known
    const state = {
      recent: undefined,
      reading: undefined,
      flight: undefined,
      anchor: undefined,
      highest: 0,
      held: {},
      trouble: undefined,
    }
    states.set(connectionId, state)
    return state
  }
}

function missing(connectionId: string): Failure {
  const message = 'the connection has no stored token: give it auth_fields'
  return new Failure('token_expired', message, { connectionId })
}

function olderCopy(connectionId: string, { title }: Plugin): Failure {
  const message = `the credential file is an older copy, and ${title} accepts each refresh token once: sign in again or give new auth_fields`
  return new Failure('token_revoked', message, { connectionId })
}
