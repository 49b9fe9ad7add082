/** The life of a connection: made, changed, run, deleted. */
import type { Clock } from './clock.ts'
import {
  checkName,
  clientMissing,
  defaultName,
  newConnection,
  readOverride,
  statusOf,
  unknownWhiteLabel,
} from './connection-row.ts'
import { checkTimezone, machineTimezone, readSchedule } from './cron.ts'
import { Failure, isFailure, quote, toFailure } from './errors.ts'
import { type Input, readFields } from './fields.ts'
import { needColumns } from './foresight.ts'
import type { Herald } from './herald.ts'
import { isUuid } from './identifiers.ts'
import type { Collections, Connections, ConnectionView, SourceInfo } from './inlet.ts'
import { categoryOf, type JobQueue, needsPerson } from './jobs.ts'
import type { JsonObject } from './json.ts'
import type { Account } from './plugin.ts'
import type { Runner } from './runner.ts'
import { Secret } from './secret.ts'
import type { ConnectionRow, EntityCount, JobRow, Store } from './store/store.ts'
import { overrideTokens, type Tokens } from './tokens.ts'
import { type Credential, lockedVault, type Vault } from './vault/vault.ts'

export interface ConnectionsOptions {
  store: Store
  vault: Vault
  tokens: Tokens
  queue: JobQueue
  runner: Runner
  collections: Collections
  source(shortName: string): SourceInfo
  /** Whether the configuration names an OAuth client for the family. */
  hasClient(pluginId: string): boolean
  refresh(connection: ConnectionRow): Promise<void>
  herald: Herald
  clock: Clock
  /** Told when a schedule may have changed. */
  rescheduled(): void
}

/** Auth fields that have a place of their own in a credential. */
const namedFields = new Set(['access_token', 'refresh_token', 'client_id', 'client_secret', 'expires_at'])
/** How long `run` waits for a refresh before it leaves that to the job, in milliseconds. */
const refreshPatienceMs = 10_000
/** How often a credential is written again because a refresh came between. */
const mostTries = 5

export function createConnections(options: ConnectionsOptions): Connections {
  const { store, vault, queue, runner, collections, clock } = options

  return {
    async create(input) {
      const info = options.source(input.shortName)
      const config = readFields(info.source.configFields, input.config ?? {}, 'config_fields')
      const credential = input.authFields ? readCredential(info, input.authFields, 1) : undefined
      const schedule = readTiming(input.cronSchedule ?? null, input.timezone ?? null)
      if (input.whiteLabelId) throw unknownWhiteLabel()
      const account = credential && input.validate ? await validate(info, credential) : undefined
      const givenName = input.name === undefined ? undefined : checkName(input.name)
      const collection = input.collection
        ? (await collections.get(input.collection)).readableId
        : (await collections.create({ name: `${info.source.title} collection` })).readableId
      const name = givenName ?? defaultName(info.source.title, collection)
      const row = newConnection({ ...input, name, collection }, config, timestamp(), schedule)
      await store.insertConnection(row)
      try {
        if (credential) await authenticate(row.id, info, input.authFields ?? {}, credential)
        if (credential && input.validate)
          await store.updateConnection(row.id, { account: account ?? (await probe(row.id)) })
      } catch (error) {
        await discard(row.id, input.collection === undefined ? collection : undefined)
        throw error
      }
      if (credential && (input.syncImmediately ?? true)) await queue.add(await existing(row.id), 'create')
      options.rescheduled()
      return view(row.id)
    },

    get: id => view(id),

    async list(page) {
      if (page.collection !== undefined && !(await store.collection(page.collection))) {
        await collections.get(page.collection)
      }
      const rows = await store.connections(page)
      const jobs = await store.latestJobs(rows.map(({ id }) => id))
      return Promise.all(rows.map(async row => toView(row, jobs[row.id], await store.entityCounts(row.id))))
    },

    async update(id, changes) {
      const row = await existing(id)
      const info = options.source(row.shortName)
      const update: Partial<ConnectionRow> = { modifiedAt: timestamp() }
      if (changes.whiteLabelId) throw unknownWhiteLabel()
      if (changes.name !== undefined) update.name = checkName(changes.name)
      if (changes.description !== undefined) update.description = changes.description
      if (changes.collection !== undefined) update.collection = (await collections.get(changes.collection)).readableId
      if (changes.config) {
        update.config = readFields(info.source.configFields, changes.config, 'config_fields') as JsonObject
      }
      if (changes.cronSchedule !== undefined || changes.timezone !== undefined) {
        const cron = changes.cronSchedule === undefined ? row.cronSchedule : changes.cronSchedule
        Object.assign(update, readTiming(cron, changes.timezone ?? row.timezone))
      }
      if (changes.authFields) {
        const credential = await replace(id, readCredential(info, changes.authFields, row.credentialGeneration + 1))
        Object.assign(update, authenticated(info, changes.authFields, credential), { account: null })
      }
      await store.updateConnection(id, update)
      options.rescheduled()
      return view(id)
    },

    async delete(id, { deleteData }) {
      const last = await view(id)
      await queue.silence(id)
      options.tokens.forget(id)
      // The credential first: should the rest fail, the keys are gone at least, and deleting again finishes it.
      await vault.delete(id)
      await store.deleteConnection(id, deleteData)
      return last
    },

    async run(id, { accessToken } = {}) {
      const row = await existing(id)
      if (accessToken !== undefined) return queue.add(row, 'override', readOverride(accessToken))
      if (row.authState === 'pending_auth') {
        throw new Failure('conflict', 'the connection has no credential yet; give it auth_fields first', {
          problem: 'pending-auth',
          connectionId: id,
        })
      }
      if (vault.locked) throw lockedVault(vault.lockedBecause)
      await refreshFirst(row)
      return queue.add(row, 'manual')
    },

    async check(id) {
      const { shortName } = await existing(id)
      if (vault.locked) throw lockedVault(vault.lockedBecause)
      const { scopes } = options.source(shortName).source
      const outcome = await probe(id).then(
        account => ({ alive: true, account, failure: undefined }),
        (error: unknown) => {
          const failure = toFailure(error)
          // What passes, and what is ours, says nothing of the token.
          const alive = failure.remedy === 'wait' || failure.remedy === 'ours' ? undefined : false
          return { alive, account: null, failure }
        },
      )
      const { expiresAt, needsPersonAt, needsPersonBecause } = await existing(id)
      return { ...outcome, scopes, expiresAt, needsPersonAt, needsPersonBecause }
    },
  }

  async function view(id: string): Promise<ConnectionView> {
    const row = await existing(id)
    const jobs = await store.latestJobs([id])
    return toView(row, jobs[id], await store.entityCounts(id))
  }

  async function existing(id: string): Promise<ConnectionRow> {
    const row = isUuid(id) ? await store.connection(id.toLowerCase()) : undefined
    if (!row) throw new Failure('not_found', `there is no connection ${quote(id)}`, { problem: 'unknown-connection' })
    return row
  }

  function toView(row: ConnectionRow, job: JobRow | undefined, entityCounts: EntityCount[]): ConnectionView {
    const lastJob = job ? queue.current(job) : null
    return { ...row, status: statusOf(row, lastJob), lastJob, entityCounts }
  }

  function readCredential(info: SourceInfo, input: Input, generation: number): Credential {
    const values = readFields(info.authFields, input, 'auth_fields') as Record<string, string>
    if (values.refresh_token && !values.client_id && !options.hasClient(info.plugin.id)) throw clientMissing(info)
    if (values.client_secret && !values.client_id) throw clientMissing(info)
    const rest = Object.entries(values).filter(([name]) => !namedFields.has(name))
    return {
      generation,
      accessToken: new Secret(values.access_token ?? ''),
      refreshToken: values.refresh_token ? new Secret(values.refresh_token) : undefined,
      clientId: values.client_id,
      clientSecret: values.client_secret ? new Secret(values.client_secret) : undefined,
      fields: Object.fromEntries(rest),
      obtainedAt: timestamp(),
      expiresAt: values.expires_at ? new Date(values.expires_at).toISOString() : undefined,
    }
  }

  /** A refresh that ends meanwhile moves the generation on; the new credential goes above it all the same. */
  async function replace(id: string, credential: Credential): Promise<Credential> {
    for (let tries = 1; ; tries++) {
      const stored = await vault.get(id).catch(() => undefined)
      const newest = { ...credential, generation: Math.max(credential.generation, (stored?.generation ?? 0) + 1) }
      try {
        await vault.put(id, newest)
        options.tokens.forget(id)
        return newest
      } catch (error) {
        if (!isFailure(error, 'conflict') || tries === mostTries) throw error
      }
    }
  }

  function authenticated(info: SourceInfo, input: Input, credential: Credential): Partial<ConnectionRow> {
    return {
      authState: 'ready',
      authFieldNames: Object.keys(input).filter(name => input[name] !== undefined),
      authenticatedAt: timestamp(),
      expiresAt: credential.expiresAt ?? null,
      ...needColumns(credential, info.plugin.auth),
      credentialGeneration: credential.generation,
      lastErrorCategory: null,
      lastErrorMessage: null,
    }
  }

  /** The row came first: a credential that nothing knows of could never be destroyed. */
  async function authenticate(id: string, info: SourceInfo, input: Input, credential: Credential): Promise<void> {
    await vault.put(id, credential)
    await store.updateConnection(id, authenticated(info, input, credential))
  }

  /**
   * Asks with the token as it is, before anything is stored. `undefined` where only a refresh can tell, which needs
   * the credential to be safe first.
   */
  async function validate(info: SourceInfo, credential: Credential): Promise<Account | undefined> {
    try {
      return await runner.probe(info, overrideTokens(credential.accessToken))
    } catch (error) {
      if (isFailure(error, 'token_expired') && credential.refreshToken) return undefined
      throw error
    }
  }

  async function probe(id: string): Promise<Account> {
    const row = await existing(id)
    const info = options.source(row.shortName)
    return runner.probe(info, runner.tokensOf(row))
  }

  /** A connection that was refused leaves nothing behind. */
  async function discard(id: string, madeCollection: string | undefined): Promise<void> {
    options.tokens.forget(id)
    // Locked after it was stored: without its row nothing could ever destroy it.
    if (vault.locked && (await vault.list()).includes(id)) return
    if (!vault.locked) await vault.delete(id)
    await store.deleteConnection(id, false)
    if (madeCollection !== undefined) await store.deleteCollection(madeCollection, true)
  }

  /** A token known to be dead is refreshed before a job is started, so that the caller hears at once if it cannot be. */
  async function refreshFirst(row: ConnectionRow): Promise<void> {
    if (!row.expiresAt || Date.parse(row.expiresAt) > clock.now()) return
    const timer = new AbortController()
    try {
      await Promise.race([options.refresh(row), clock.sleep(refreshPatienceMs, timer.signal)])
    } catch (error) {
      const failure = error instanceof Failure ? error : undefined
      if (!failure || failure.remedy === 'wait' || failure.remedy === 'ours') throw error
      if (needsPerson(failure)) {
        options.herald.needsReauth(row, failure)
        const reason = { lastErrorCategory: categoryOf(failure), lastErrorMessage: failure.message }
        await store.updateConnection(row.id, { authState: 'needs_reauth', ...reason })
      }
      throw new Failure(failure.code, failure.message, {
        problem: 'token-refresh-failed',
        status: failure.status,
        providerError: failure.providerError,
        connectionId: row.id,
        cause: failure,
      })
    } finally {
      timer.abort()
    }
  }

  function readTiming(cronSchedule: string | null, timezone: string | null) {
    if (timezone !== null) checkTimezone(timezone)
    if (cronSchedule === null) return { cronSchedule, timezone, nextRunAt: null }
    const zone = timezone ?? machineTimezone()
    const next = readSchedule(cronSchedule, zone).next(clock.now())
    return { cronSchedule, timezone: zone, nextRunAt: next === undefined ? null : new Date(next).toISOString() }
  }

  function timestamp(): string {
    return new Date(clock.now()).toISOString()
  }
}
