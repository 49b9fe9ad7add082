/** Signing in with a browser: begun, finished, and decided where another account than the connection's came back. */

import type { ConnectionsInside, SignedIn } from '../connections.ts'
import { defined } from '../defined.ts'
import { Failure, isFailure } from '../errors.ts'
import type { BeginSignIn, SignInOutcome, SignInStart, SignIns, SourceInfo } from '../inlet.ts'
import type { Runner } from '../runner.ts'
import { lockedVault, type Vault } from '../vault/vault.ts'
import type { Clients } from './clients.ts'
import { addressOf, beginExchange, type Exchange, type ExchangeOptions, tradeCode } from './exchange.ts'
import { createSessions, lifeMs, newState } from './sessions.ts'
import { whose } from './whose.ts'

export interface SignInsOptions extends ExchangeOptions {
  connections: ConnectionsInside
  clients: Clients
  vault: Pick<Vault, 'locked' | 'lockedBecause'>
  runner: Pick<Runner, 'probe'>
  source(shortName: string): SourceInfo
}

interface Session extends Exchange {
  url: string
  /** Of the connection that is signed in. */
  whiteLabelId: string | null | undefined
  info: SourceInfo
  connectionId: string | undefined
  connection: BeginSignIn['connection']
}

/** Somebody else signed in than the one whose data the connection holds. */
interface Question {
  session: Session
  signedIn: SignedIn
  connectionId: string
}

export function createSignIns(options: SignInsOptions): SignIns {
  const { connections, clients, vault, clock } = options
  const sessions = createSessions<Session>(clock, options.closing)
  const questions = createSessions<Question>(clock, options.closing)

  return {
    begin,
    async link(connectionId, redirectUri) {
      const isHis = (session: Session, isBound: boolean) => session.connectionId === connectionId && !isBound
      const [open] = sessions.find(isHis)
      // One that is about to end is of little use.
      if (open && open.leftMs >= lifeMs / 2)
        return { url: open.session.url, state: open.state, expiresAt: open.expiresAt }
      try {
        return await begin({ connectionId, redirectUri })
      } catch (error) {
        // Nothing to sign in with, or not now: the connection itself is told all the same.
        if (isFailure(error, 'conflict', 'vault_locked', 'bad_config', 'data_folder')) return undefined
        throw error
      }
    },
    onlyState(shortName) {
      const all = sessions.find(({ info }, isBound) => info.source.shortName === shortName && !isBound)
      return all.length === 1 ? all[0]?.state : undefined
    },
    async finish({ state, code, error, binding, connection, whiteLabelId }) {
      // A code is worth more than a state: neither is used up while what it brings could not be kept.
      if (vault.locked) throw lockedVault(vault.lockedBecause)
      const begun = sessions.take(
        state,
        binding,
        session => whiteLabelId === undefined || session.whiteLabelId === whiteLabelId,
      )
      const session = { ...begun, connection: { ...begun.connection, ...defined(connection ?? {}) } }
      if (error !== undefined) throw refused(session.info, error)
      if (!code) throw refused(session.info, undefined)
      const credential = await tradeCode(options, session.info, session, code)
      const { connectionId } = session
      if (connectionId === undefined) {
        const signedIn = {
          credential,
          account: await whose(options.runner, session.info, credential.accessToken, false),
        }
        return create(session, signedIn)
      }
      const row = await connections.row(connectionId)
      const account = await whose(options.runner, session.info, credential.accessToken, row.account !== null)
      const signedIn = { credential, account }
      if (!row.account || !account || row.account.id === account.id) {
        return { result: 'connected', connection: await connections.adopt(connectionId, signedIn), isNew: false }
      }
      return {
        result: 'other_account',
        connection: await connections.get(connectionId),
        expected: row.account,
        actual: account,
        decision: questions.open({ session, signedIn, connectionId }, { binding }).state,
      }
    },
    async decide({ decision, choice, binding }) {
      if (choice === 'separate' && vault.locked) throw lockedVault(vault.lockedBecause)
      const { session, signedIn, connectionId } = questions.take(decision, binding)
      if (choice === 'discard') return { result: 'discarded', connection: await connections.get(connectionId) }
      const { collection, config, cronSchedule, timezone } = await connections.get(connectionId)
      const like = { collection, config, cronSchedule, ...(timezone === null ? {} : { timezone }) }
      return create({ ...session, connection: { ...like, ...defined(session.connection ?? {}) } }, signedIn)
    },
  }

  async function begin(input: BeginSignIn): Promise<SignInStart> {
    if (vault.locked) throw lockedVault(vault.lockedBecause)
    const row = input.connectionId === undefined ? undefined : await connections.row(input.connectionId)
    const shortName = row?.shortName ?? input.shortName
    if (shortName === undefined) throw new Failure('invalid', 'name a source or a connection to sign in to')
    const info = options.source(shortName)
    const given = { ...input.client, fields: { ...input.client?.fields, ...input.fields } }
    const client = await clients.of(info, input.redirectUri, { given, connection: row })
    // The exchange of a white label knows no state, and so no verifier; its client has a secret.
    const exchange = beginExchange(info, client, !row?.whiteLabelId)
    const state = newState()
    const url = addressOf(options, info, exchange, state)
    const of = { connectionId: row?.id, whiteLabelId: row?.whiteLabelId }
    const session = { ...exchange, ...of, url, info, connection: input.connection }
    const { expiresAt } = sessions.open(session, { state, binding: input.binding })
    return { url, state, expiresAt }
  }

  async function create({ info, connection }: Session, signedIn: SignedIn): Promise<SignInOutcome> {
    const shortName = info.source.shortName
    return {
      result: 'connected',
      connection: await connections.create({ ...connection, shortName }, signedIn),
      isNew: true,
    }
  }
}

function refused({ plugin }: SourceInfo, error: string | undefined): Failure {
  const word = error !== undefined && /^[\w.-]{1,64}$/.test(error) ? error : undefined
  const message =
    word === 'access_denied'
      ? `the sign-in was refused at ${plugin.title}: nothing was changed`
      : `${plugin.title} sent no code back${word === undefined ? '' : ` (${word})`}: nothing was changed; begin the sign-in again`
  return new Failure('invalid', message, { problem: 'sign-in-refused', providerError: word })
}
