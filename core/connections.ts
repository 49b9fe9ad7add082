/** The life of a connection: made, changed, run, deleted. */
import type { Clock } from './clock.ts'
import { createConnectionCredentials } from './connection-credentials.ts'
import {
  checkName,
  defaultName,
  newConnection,
  readOverride,
  statusOf,
  unknownCollection,
  unknownConnection,
  unknownWhiteLabel,
} from './connection-row.ts'
import { checkTimezone, machineTimezone, readSchedule } from './cron.ts'
import { Failure, isFailure, toFailure } from './errors.ts'
import { type Input, invalidAt, readFields } from './fields.ts'
import type { Herald } from './herald.ts'
import { isUuid } from './identifiers.ts'
import type { Collections, Connections, ConnectionView, CreateConnection, SourceInfo } from './inlet.ts'
import { categoryOf, needsPerson } from './job-outcome.ts'
import type { JobQueue } from './jobs.ts'
import type { JsonObject } from './json.ts'
import type { Account } from './plugin.ts'
import type { Runner } from './runner.ts'
import { checkClient, withConfigured } from './sign-in/clients.ts'
import type { ConnectionRow, EntityCount, JobRow, Page, Store } from './store/store.ts'
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
  /** The OAuth client that the configuration names for the family. */
  configuredClientId(pluginId: string): string | undefined
  refresh(connection: ConnectionRow): Promise<void>
  herald: Herald
  clock: Clock
  /** Told when a schedule may have changed. */
  rescheduled(): void
}

/** How long `run` waits for a refresh before it leaves that to the job, in milliseconds. */
const refreshPatienceMs = 10_000

/** What a sign-in has brought: a credential, and whose it is, as far as the provider told. */
export interface SignedIn {
  credential: Credential
  account: Account | null
}

/** What sign-ins use besides what everyone does. */
export interface ConnectionsInside extends Connections {
  row(id: string): Promise<ConnectionRow>
  create(input: CreateConnection, signedIn?: SignedIn): Promise<ConnectionView>
  /** A connection is signed in: it keeps its id, data and cursor, and runs. */
  adopt(id: string, signedIn: SignedIn): Promise<ConnectionView>
  listOfWhiteLabel(whiteLabelId: string, page: Page): Promise<ConnectionView[]>
}

export function createConnections(options: ConnectionsOptions): ConnectionsInside {
  const { store, vault, queue, runner, collections, clock } = options
  const credentials = createConnectionCredentials({
    ...options,
    hasClient: pluginId => options.configuredClientId(pluginId) !== undefined,
  })

  /** What was read is the same object until something is written; so is what is shown of it. */
  const shown = new WeakMap<ConnectionRow, ConnectionView>()

  return {
    row: existing,
    async create(input, signedIn) {
      const info = options.source(input.shortName)
      const config = readFields(info.source.configFields, input.config ?? {}, 'config_fields')
      const given = input.authFields ? credentials.read(info, input.authFields, 1) : undefined
      const credential = signedIn?.credential ?? given
      const schedule = readTiming(input.cronSchedule ?? null, input.timezone ?? null)
      if (input.whiteLabelId !== undefined) await checkWhiteLabel(input.whiteLabelId, info)
      const client =
        input.client &&
        checkClient(withConfigured(input.client, options.configuredClientId(info.plugin.id)), 'authentication', info)
      const account = given && input.validate ? await validate(info, given) : signedIn?.account
      const givenName = input.name === undefined ? undefined : checkName(input.name)
      const collection = input.collection
        ? await knownCollection(input.collection)
        : (await collections.create({ name: input.collectionName ?? `${info.source.title} collection` })).readableId
      const name = givenName ?? defaultName(info.source.title, collection)
      const row = newConnection({ ...input, name, collection }, config, timestamp(), schedule)
      await store.insertConnection(row)
      try {
        if (credential) await authenticate(row.id, info, credential, namesOf(input.authFields))
        else if (client) await vault.putClient(row.id, client)
        const known = account ?? (given && input.validate ? await probe(row.id) : null)
        if (known) await store.updateConnection(row.id, { account: known })
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
      if (page.collection !== undefined) await knownCollection(page.collection)
      return views(await store.connections(page))
    },

    listOfWhiteLabel: async (whiteLabelId, page) => views(await store.connections({ ...page, whiteLabelId })),

    async adopt(id, { credential, account }) {
      const row = await existing(id)
      const info = options.source(row.shortName)
      const stored = await credentials.replace(id, { ...credential, generation: row.credentialGeneration + 1 })
      await vault.deleteClient(id)
      const columns = credentials.columns(info, stored, [])
      await store.updateConnection(id, { ...columns, account: account ?? row.account, modifiedAt: timestamp() })
      options.rescheduled()
      await queue.add(await existing(id), row.authState === 'pending_auth' ? 'create' : 'manual').catch(error => {
        // The job under way goes on with the new credential.
        if (!isFailure(error, 'conflict')) throw error
      })
      return view(id)
    },

    async update(id, changes) {
      const row = await existing(id)
      const info = options.source(row.shortName)
      const update: Partial<ConnectionRow> = { modifiedAt: timestamp() }
      if (typeof changes.whiteLabelId === 'string') await checkWhiteLabel(changes.whiteLabelId, info)
      if (changes.whiteLabelId !== undefined) update.whiteLabelId = changes.whiteLabelId
      if (changes.name !== undefined) update.name = checkName(changes.name)
      if (changes.description !== undefined) update.description = changes.description
      if (changes.collection !== undefined) update.collection = await knownCollection(changes.collection)
      if (changes.config) {
        update.config = readFields(info.source.configFields, changes.config, 'config_fields') as JsonObject
      }
      if (changes.cronSchedule !== undefined || changes.timezone !== undefined) {
        const cron = changes.cronSchedule === undefined ? row.cronSchedule : changes.cronSchedule
        Object.assign(update, readTiming(cron, changes.timezone ?? row.timezone))
      }
      if (changes.authFields) {
        const given = credentials.read(info, changes.authFields, row.credentialGeneration + 1)
        if (changes.validate) await validate(info, given)
        const credential = await credentials.replace(id, given)
        await vault.deleteClient(id)
        Object.assign(update, credentials.columns(info, credential, namesOf(changes.authFields)), { account: null })
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
      await vault.deleteClient(id)
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

  /** @throws Failure `not_found` (`unknown-collection`) */
  async function knownCollection(readableId: string): Promise<string> {
    if (!(await store.collection(readableId))) throw unknownCollection(readableId)
    return readableId
  }

  async function view(id: string): Promise<ConnectionView> {
    const row = await existing(id)
    const jobs = await store.latestJobs([id])
    return toView(row, jobs[id], await store.entityCounts(id))
  }

  async function views(rows: readonly ConnectionRow[]): Promise<ConnectionView[]> {
    const jobs = await store.latestJobs(rows.map(({ id }) => id))
    return Promise.all(rows.map(async row => toView(row, jobs[row.id], await store.entityCounts(row.id))))
  }

  /** @throws Failure `not_found` (`unknown-white-label`), `invalid` for another source's */
  async function checkWhiteLabel(id: string, { source }: SourceInfo): Promise<void> {
    const whiteLabel = isUuid(id) ? await store.whiteLabel(id.toLowerCase()) : undefined
    if (!whiteLabel) throw unknownWhiteLabel()
    if (whiteLabel.shortName !== source.shortName)
      throw invalidAt('white_label_id', `the white label is for ${whiteLabel.shortName}, not for ${source.shortName}`)
  }

  async function existing(id: string): Promise<ConnectionRow> {
    const row = isUuid(id) ? await store.connection(id.toLowerCase()) : undefined
    if (!row) throw unknownConnection(id)
    return row
  }

  function toView(row: ConnectionRow, job: JobRow | undefined, entityCounts: EntityCount[]): ConnectionView {
    const lastJob = job ? queue.current(job) : null
    const known = shown.get(row)
    if (known && known.lastJob === lastJob && known.entityCounts === entityCounts) return known
    const view = Object.freeze({ ...row, status: statusOf(row, lastJob), lastJob, entityCounts })
    shown.set(row, view)
    return view
  }

  /** The row came first: a credential that nothing knows of could never be destroyed. */
  async function authenticate(id: string, info: SourceInfo, credential: Credential, names: string[]): Promise<void> {
    await vault.put(id, credential)
    await store.updateConnection(id, credentials.columns(info, credential, names))
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
    if (!vault.locked) {
      await vault.delete(id)
      await vault.deleteClient(id)
    }
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
        const reason = { lastErrorCategory: categoryOf(failure), lastErrorMessage: failure.message }
        const told = options.herald.needsReauth(row, failure)
        await store.updateConnection(row.id, { authState: 'needs_reauth', ...reason }, told)
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

function namesOf(input: Input = {}): string[] {
  return Object.keys(input).filter(name => input[name] !== undefined)
}
