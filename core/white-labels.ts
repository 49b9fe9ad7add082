/** Products with their own OAuth client: their customers sign in under the product's name. */
import { randomUUID } from 'node:crypto'
import type { Clock } from './clock.ts'
import { unknownWhiteLabel } from './connection-row.ts'
import type { ConnectionsInside } from './connections.ts'
import { Failure, type FieldError, isFailure } from './errors.ts'
import { problemOfSecret, problemOfText } from './fields.ts'
import { isUuid } from './identifiers.ts'
import type { CreateWhiteLabel, SignIns, SourceInfo, WhiteLabels } from './inlet.ts'
import type { Runner } from './runner.ts'
import { Secret } from './secret.ts'
import { type Clients, isRedirect } from './sign-in/clients.ts'
import { addressOf, beginExchange, type ExchangeOptions, tradeCode } from './sign-in/exchange.ts'
import { createSessions, newState } from './sign-in/sessions.ts'
import { whose } from './sign-in/whose.ts'
import type { Store, WhiteLabelRow } from './store/store.ts'
import { lockedVault, type Vault } from './vault/vault.ts'

export interface WhiteLabelsOptions extends ExchangeOptions {
  store: Store
  vault: Vault
  connections: ConnectionsInside
  clients: Clients
  runner: Pick<Runner, 'probe'>
  signIns: Pick<SignIns, 'finish'>
  source(shortName: string): SourceInfo
  clock: Clock
}

const connectionsAtOnce = 100

export function createWhiteLabels(options: WhiteLabelsOptions): WhiteLabels {
  const { store, vault, connections, clients, clock } = options
  const sessions = createSessions<{ id: string }>(clock, options.closing)

  return {
    async create(input) {
      options.source(input.shortName)
      check(input)
      const now = timestamp()
      const { name, shortName, redirectUrl, clientId, clientSecret, allowedOrigins } = input
      const row = { name: name.trim(), shortName, redirectUrl, clientId, allowedOrigins: [...new Set(allowedOrigins)] }
      const whiteLabel = { id: randomUUID(), ...row, createdAt: now, modifiedAt: now }
      // The row first: a secret that nothing knows of could never be destroyed.
      await store.insertWhiteLabel(whiteLabel)
      try {
        await vault.putClient(whiteLabel.id, { clientId, clientSecret: new Secret(clientSecret), fields: {} })
      } catch (error) {
        await store.deleteWhiteLabel(whiteLabel.id)
        throw error
      }
      return whiteLabel
    },
    get: existing,
    list: page => store.whiteLabels(page),
    async update(id, changes) {
      const before = await existing(id)
      check(changes)
      const { clientSecret, allowedOrigins, ...rest } = changes
      if (changes.clientId !== undefined || clientSecret !== undefined) await changeClient(before, changes)
      const origins = allowedOrigins === undefined ? {} : { allowedOrigins: [...new Set(allowedOrigins)] }
      await store.updateWhiteLabel(before.id, { ...rest, ...origins, modifiedAt: timestamp() })
      return existing(before.id)
    },
    async delete(id) {
      const whiteLabel = await existing(id)
      await vault.deleteClient(whiteLabel.id)
      await store.deleteWhiteLabel(whiteLabel.id)
      return whiteLabel
    },
    async begin(id, state = newState()) {
      const whiteLabel = await existing(id)
      if (!/^[\x21-\x7e]{1,512}$/.test(state))
        throw new Failure('invalid', 'state takes 1 to 512 visible ASCII characters')
      if (vault.locked) throw lockedVault(vault.lockedBecause)
      const info = options.source(whiteLabel.shortName)
      // The official client's exchange brings no state back, and so could name no verifier.
      const exchange = beginExchange(info, await clients.ofWhiteLabel(info, whiteLabel.id), false)
      const url = addressOf(options, info, exchange, state)
      const { expiresAt } = sessions.open({ id: whiteLabel.id }, { state: keyOf(whiteLabel, state) })
      return { url, state, expiresAt }
    },
    async connections(id, page) {
      return connections.listOfWhiteLabel((await existing(id)).id, page)
    },
    async finish(id, { code, state, connection }) {
      const whiteLabel = await existing(id)
      if (vault.locked) throw lockedVault(vault.lockedBecause)
      if (state !== undefined && !sessions.knows(keyOf(whiteLabel, state))) {
        // Not the white label's own, but that of one of its connections which waits for its sign-in.
        const outcome = await options.signIns.finish({ state, code, connection, whiteLabelId: whiteLabel.id })
        if (outcome.result !== 'other_account') return outcome.connection
        throw new Failure(
          'conflict',
          'another account signed in than the one whose data the connection holds: nothing was changed',
          {
            connectionId: outcome.connection.id,
          },
        )
      }
      if (state !== undefined) sessions.take(keyOf(whiteLabel, state))
      const info = options.source(whiteLabel.shortName)
      const exchange = beginExchange(info, await clients.ofWhiteLabel(info, whiteLabel.id), false)
      const credential = await tradeCode(options, info, exchange, code)
      const account = await whose(options.runner, info, credential.accessToken, false)
      const { shortName } = whiteLabel
      return connections.create({ ...connection, shortName, whiteLabelId: whiteLabel.id }, { credential, account })
    },
  }

  async function existing(id: string): Promise<WhiteLabelRow> {
    const found = isUuid(id) ? await store.whiteLabel(id.toLowerCase()) : undefined
    if (!found) throw unknownWhiteLabel()
    return found
  }

  /** Connections keep what they signed in with; only a secret of the same client is new to them, too. */
  async function changeClient(before: WhiteLabelRow, changes: Partial<CreateWhiteLabel>): Promise<void> {
    const stored = await vault.client(before.id)
    const clientSecret = changes.clientSecret === undefined ? stored?.clientSecret : new Secret(changes.clientSecret)
    const clientId = changes.clientId ?? before.clientId
    if (clientId !== before.clientId && changes.clientSecret === undefined)
      throw new Failure('invalid', 'another client_id needs its client_secret', {
        fields: [{ location: ['client_secret'], type: 'missing', message: 'is missing for another client_id' }],
      })
    await vault.putClient(before.id, { clientId, clientSecret, fields: {} })
    if (clientSecret === undefined || clientId !== before.clientId) return
    for (let skip = 0; ; skip += connectionsAtOnce) {
      const rows = await store.connections({ skip, limit: connectionsAtOnce, whiteLabelId: before.id })
      for (const { id } of rows) await renew(id, clientId, clientSecret)
      if (rows.length < connectionsAtOnce) return
    }
  }

  async function renew(id: string, clientId: string, clientSecret: Secret): Promise<void> {
    const credential = await vault.get(id)
    if (credential?.clientId !== clientId) return
    try {
      await vault.put(id, { ...credential, clientSecret }, { replaces: credential.generation })
    } catch (error) {
      // A refresh came between.
      if (!isFailure(error, 'conflict')) throw error
      await renew(id, clientId, clientSecret)
    }
  }

  function timestamp(): string {
    return new Date(clock.now()).toISOString()
  }
}

/** A product may use one state again and again; it is another one in another white label. */
function keyOf({ id }: WhiteLabelRow, state: string): string {
  return `${id} ${state}`
}

const longestName = 100

/** @throws Failure `invalid` naming every wrong member */
function check(given: Partial<CreateWhiteLabel>): void {
  const errors: FieldError[] = []
  const look = (member: string, problem: string | undefined) => {
    if (problem) errors.push({ location: [member], type: 'invalid', message: `${member} ${problem}` })
  }
  const { name, clientId, clientSecret, redirectUrl, allowedOrigins = [] } = given
  const nameProblem = problemOfText(name?.trim())
  if (name !== undefined)
    look('name', nameProblem ?? (name.length > longestName ? `has at most ${longestName} characters` : undefined))
  if (clientId !== undefined) look('client_id', problemOfText(clientId))
  if (clientSecret !== undefined) look('client_secret', problemOfText(clientSecret) ?? problemOfSecret(clientSecret))
  if (redirectUrl !== undefined && !isRedirect(redirectUrl))
    look('redirect_url', 'must be an https address, or http on this machine, without a fragment')
  for (const origin of allowedOrigins) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin || !isRedirect(origin))
      look('allowed_origins', 'takes origins such as https://app.example, separated by commas')
  }
  const [first] = errors
  if (first) throw new Failure('invalid', first.message, { fields: errors })
}
