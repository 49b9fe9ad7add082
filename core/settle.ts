import { isFailure } from './errors.ts'
import type { Herald } from './herald.ts'
import { categoryOf, needsPerson } from './job-outcome.ts'
import type { Log } from './log.ts'
import type { ConnectionRow, Store } from './store/store.ts'
import type { TokenConnection, Tokens } from './tokens.ts'
import type { Vault } from './vault/vault.ts'
import { waitFor } from './waiting.ts'

/**
 * After a start: settles what a crash has left of refreshes, one connection after the other, so that a person hears of
 * a lost token now and not at the next run. Never throws: what could not be settled is at the token's next use. Ends at
 * once when the signal says so: a silent provider must not hold up the end of the program.
 */
export async function settleRefreshes(options: {
  store: Store
  vault: Vault
  tokens: Tokens
  tokenConnection(connection: ConnectionRow): TokenConnection
  herald: Herald
  log: Log
  signal: AbortSignal
}): Promise<void> {
  const { store, vault, tokens, tokenConnection, herald, log, signal } = options
  for (const id of await vault.list().catch(() => [])) {
    if (signal.aborted || vault.locked) return
    const connection = await store.connection(id).catch(() => undefined)
    if (connection?.authState !== 'ready') continue
    try {
      await waitFor(tokens.recover(tokenConnection(connection)), signal)
    } catch (error) {
      if (signal.aborted) return
      if (!isFailure(error)) log.error({ connectionId: id, err: error }, 'a refresh could not be settled')
      if (!isFailure(error) || !needsPerson(error)) continue
      const trouble = { lastErrorCategory: categoryOf(error), lastErrorMessage: error.message }
      const told = herald.needsReauth(connection, error)
      await store.updateConnection(id, { authState: 'needs_reauth', ...trouble }, told).catch(() => {})
    }
  }
}
