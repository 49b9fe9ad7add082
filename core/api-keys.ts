/**
 * Named keys for other programs: each may do and see what it was made for, and can be taken back by itself. Kept as
 * hashes: a key has 256 bits of chance, so that SHA-256 needs no salt and no stretching.
 */
import { hash, randomBytes, randomUUID } from 'node:crypto'
import { type Access, accessScopes } from './access.ts'
import type { Clock } from './clock.ts'
import { Failure, quote } from './errors.ts'
import { invalidAt } from './fields.ts'
import type { ApiKeys, KnownKey } from './inlet.ts'
import type { Log } from './log.ts'
import { Secret } from './secret.ts'
import type { ApiKeyRow, Store } from './store/store.ts'

export interface ApiKeysInside extends ApiKeys {
  /** As `Inlet.knownKey`. */
  find(given: string): KnownKey | undefined
  /** Ends what follows with a key that has expired, and writes down when each was used. */
  start(): void
  /** No key reaches the collection any more: another of its name is not it. */
  forget(collection: string): Promise<void>
  stop(): Promise<void>
}

/** Tells a key of ours from any other text, for people and for programs that look for secrets gone astray. */
const prefix = 'inlet_'
const mostKeys = 1000
/** How exact the time of the last use is on the disk, and how late an expired key's streams may end. */
const lookEveryMs = 60_000

interface Entry {
  row: ApiKeyRow
  known: KnownKey
  ending: AbortController
  /** Used since it was written down. */
  isUsed: boolean
}

const lastTime = Date.parse('9999-12-31T23:59:59.999Z')

export async function createApiKeys(options: {
  store: Store
  clock: Clock
  log: Log
  /** @throws Failure `not_found` (`unknown-collection`) */
  checkCollection(readableId: string): Promise<unknown>
}): Promise<ApiKeysInside> {
  const { store, clock, log } = options
  /** By hash. This process alone writes them, so that no request waits for the disk. */
  const entries = new Map<string, Entry>()
  for (const row of await store.apiKeys()) add(row)
  const stopping = new AbortController()
  let watching: Promise<void> | undefined

  return {
    async create({ name, scope, collections = null, expiresAt = null }) {
      if (!/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u.test(name) || name !== name.trim())
        throw invalidAt('name', 'name must have 1 to 64 letters, digits, spaces, dots, dashes and underscores')
      if (!accessScopes.includes(scope)) throw invalidAt('scope', `scope must be one of ${accessScopes.join(', ')}`)
      if (collections?.length === 0) throw invalidAt('collections', 'collections must name one, or be left out')
      for (const collection of collections ?? []) await options.checkCollection(collection)
      const expiry = expiresAt === null ? null : readTime(expiresAt)
      if (entries.size >= mostKeys) throw new Failure('conflict', `there are ${mostKeys} API keys: revoke some first`)
      const key = prefix + randomBytes(32).toString('base64url')
      const row: ApiKeyRow = {
        ...{ id: randomUUID(), name, hash: hashOf(key), hint: key.slice(-4), scope },
        collections: collections && [...new Set(collections)],
        ...{ createdAt: new Date(clock.now()).toISOString(), expiresAt: expiry, lastUsedAt: null },
      }
      await store.insertApiKey(row)
      add(row)
      return { key: new Secret(key), row: shown(row) }
    },
    async list() {
      return [...entries.values()].map(({ row }) => shown(row))
    },
    async get(id) {
      return shown(existing(id).row)
    },
    async revoke(id) {
      const entry = existing(id)
      await store.deleteApiKey(entry.row.id)
      entries.delete(entry.row.hash)
      entry.ending.abort()
      return shown(entry.row)
    },
    find(given) {
      if (!given.startsWith(prefix)) return undefined
      const entry = entries.get(hashOf(given))
      if (!entry) return undefined
      if (!hasExpired(entry.row)) {
        entry.row = { ...entry.row, lastUsedAt: new Date(clock.now()).toISOString() }
        entry.isUsed = true
      }
      return { ...entry.known, hasExpired: hasExpired(entry.row) }
    },
    async forget(collection) {
      for (const entry of entries.values()) {
        if (!entry.row.collections?.includes(collection)) continue
        const collections = entry.row.collections.filter(name => name !== collection)
        await store.updateApiKey(entry.row.id, { collections })
        replace(entry, { ...entry.row, collections })
      }
    },
    start() {
      watching = watch()
    },
    async stop() {
      stopping.abort()
      await watching
      await writeUses()
      for (const { ending } of entries.values()) ending.abort()
    },
  }

  function add(row: ApiKeyRow): void {
    const ending = new AbortController()
    entries.set(row.hash, { row, ending, known: knownOf(row, ending.signal), isUsed: false })
  }

  /** What follows with the old reach ends. */
  function replace(entry: Entry, row: ApiKeyRow): void {
    entry.ending.abort()
    add(row)
  }

  function knownOf({ id, name, scope, collections }: ApiKeyRow, ended: AbortSignal): KnownKey {
    const access: Access = { scope, collections, ended }
    return { id, name, access, hasExpired: false }
  }

  function existing(id: string): Entry {
    const entry = [...entries.values()].find(({ row }) => row.id === id.toLowerCase())
    if (!entry) throw new Failure('not_found', `there is no API key ${quote(id)}`, { problem: 'unknown-key' })
    return entry
  }

  function hasExpired({ expiresAt }: ApiKeyRow): boolean {
    return expiresAt !== null && Date.parse(expiresAt) <= clock.now()
  }

  function readTime(text: string): string {
    const time = Date.parse(text)
    // Beyond the year 9999 it is written in a way that readers of RFC 3339 do not take.
    if (Number.isNaN(time) || time > lastTime)
      throw invalidAt('expires_at', 'expires_at must be a time like 2026-01-31T09:30:00Z')
    if (time <= clock.now()) throw invalidAt('expires_at', 'expires_at is over already')
    return new Date(time).toISOString()
  }

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      await clock.sleep(lookEveryMs, stopping.signal).catch(() => {})
      for (const { row, ending } of entries.values()) if (hasExpired(row)) ending.abort()
      await writeUses()
    }
  }

  async function writeUses(): Promise<void> {
    for (const entry of entries.values()) {
      if (!entry.isUsed) continue
      entry.isUsed = false
      const { id, lastUsedAt } = entry.row
      await store.updateApiKey(id, { lastUsedAt }).catch(error => {
        log.warn({ err: error }, 'when an API key was used last could not be written down')
      })
    }
  }
}

/** Without what is of use to nobody. */
function shown({ hash: _, ...row }: ApiKeyRow): Omit<ApiKeyRow, 'hash'> {
  return row
}

function hashOf(key: string): string {
  return hash('sha256', key, 'hex')
}
