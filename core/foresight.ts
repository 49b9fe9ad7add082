/**
 * When a connection will need a person, as far as that is known: told ahead, once, so that nobody finds out by the data
 * having stopped.
 */
import type { Clock } from './clock.ts'
import { named } from './herald.ts'
import type { Log } from './log.ts'
import { type NeedReason, needSentences } from './need.ts'
import type { Auth } from './plugin.ts'
import type { Store } from './store/store.ts'
import type { Credential } from './vault/vault.ts'

export interface Need {
  /** ISO 8601. */
  at: string
  reason: NeedReason
}

const dayMs = 86_400_000
/** How long before it is told: this long, or a quarter of a shorter life. */
const mostAheadMs = 3 * dayMs

/** The first thing known that will end it; `undefined` where nothing is. */
export function foresee(
  credential: Credential,
  { refreshTokenIdleDays }: Pick<Auth, 'refreshTokenIdleDays'>,
): Need | undefined {
  const { refreshToken, expiresAt, refreshTokenExpiresAt, obtainedAt } = credential
  if (!refreshToken) return expiresAt === undefined ? undefined : { at: expiresAt, reason: 'access_token_ends' }
  const needs: Need[] = []
  if (refreshTokenExpiresAt !== undefined) needs.push({ at: refreshTokenExpiresAt, reason: 'refresh_token_ends' })
  if (refreshTokenIdleDays !== undefined) {
    const at = new Date(Date.parse(obtainedAt) + refreshTokenIdleDays * dayMs).toISOString()
    needs.push({ at, reason: 'refresh_token_idle' })
  }
  return needs.sort((a, b) => Date.parse(a.at) - Date.parse(b.at))[0]
}

/** What a connection's row keeps of it. Told anew for each new time. */
export function needColumns(credential: Credential, auth: Auth) {
  const need = foresee(credential, auth)
  if (!need) return { needsPersonAt: null, needsPersonBecause: null, needTellAt: null }
  const life = Date.parse(need.at) - Date.parse(credential.obtainedAt)
  const tellAt = new Date(Date.parse(need.at) - Math.min(mostAheadMs, Math.max(0, life / 4))).toISOString()
  return { needsPersonAt: need.at, needsPersonBecause: need.reason, needTellAt: tellAt }
}

export interface Foresight {
  start(): void
  /** Looks again at once: a credential has changed. */
  poke(): void
  stop(): Promise<void>
}

/** A person plans in days; a token of an hour is told of a quarter of an hour ahead, give or take this. */
const lookEveryMs = 60_000
const atOnce = 1000

/** Tells each need once, also over restarts. */
export function createForesight(options: { store: Store; clock: Clock; log: Log }): Foresight {
  const { store, clock, log } = options
  const stopping = new AbortController()
  let nap = new AbortController()
  let loop: Promise<void> | undefined
  return {
    start() {
      loop = watch()
    },
    poke: () => nap.abort(),
    async stop() {
      stopping.abort()
      nap.abort()
      await loop
    },
  }

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      nap = new AbortController()
      await tell().catch(error => log.error({ err: error }, 'what is about to need a person could not be read'))
      if (stopping.signal.aborted) return
      await clock.sleep(lookEveryMs, nap.signal).catch(() => {})
    }
  }

  async function tell(): Promise<void> {
    const connections = await store.needyConnections(new Date(clock.now()).toISOString(), atOnce)
    for (const connection of connections) {
      const { id, authState, needsPersonAt, needsPersonBecause } = connection
      const isNews = authState === 'ready' && needsPersonAt !== null && needsPersonBecause !== null
      // Once a need is told it is no more; the connection goes on saying it.
      if (!isNews) await store.updateConnection(id, { needTellAt: null })
      if (!isNews) continue
      const need = { ...named(connection), endsAt: needsPersonAt, reason: needsPersonBecause }
      const message = needSentences[needsPersonBecause]
      await store.updateConnection(id, { needTellAt: null }, [{ type: 'connection.expiring', ...need, message }])
      const { connectionName: _name, ...told } = need
      log.warn(told, `the connection will need a person: ${message}`)
    }
  }
}
