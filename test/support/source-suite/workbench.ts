/**
 * The real parts around one source: HTTP client, tokens, engine, content, store. Only the fake provider and the clock
 * are not what a person's machine has.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApi } from '../../../core/api.ts'
import type { Clock } from '../../../core/clock.ts'
import { type Content, createContent } from '../../../core/content/index.ts'
import { drain } from '../../../core/engine.ts'
import { createDownloads, type Downloads } from '../../../core/files/downloads.ts'
import { silentLog } from '../../../core/log.ts'
import { openStore } from '../../../core/store/index.ts'
import type { EntityRow, JobRow, Store } from '../../../core/store/store.ts'
import { createTokens } from '../../../core/tokens.ts'
import { createTransport, type Transport } from '../../../core/transport.ts'
import { openVault, type Vault } from '../../../core/vault/index.ts'
import type { FixtureClock } from './fixture.ts'

/** What the suite runs a source with; a test of the suite puts broken ones in their place. */
export interface Parts {
  createApi: typeof createApi
  createTokens: typeof createTokens
  drain: typeof drain
}

export const realParts: Parts = { createApi, createTokens, drain }

export interface SuiteClock extends Clock, FixtureClock {
  /** Each wait, in milliseconds. */
  slept: number[]
  advance(ms: number): void
  /** Lets the monotonic clock alone go on, as it does between two requests. */
  tick(): void
}

export interface Workbench {
  clock: SuiteClock
  store: Store
  content: Content
  downloads: Downloads
  /** Names of files that were downloaded and are still there. */
  leftovers(): Promise<string[]>
  transport: Transport
  vault: Vault
  close(): Promise<void>
}

/** Longer than the engine leaves a checkpoint unwritten, so that each is kept at once. */
const tickMs = 1001

export function createSuiteClock(start: number = Date.UTC(2026, 0, 15, 12)): SuiteClock {
  let now = start
  let monotonic = 0
  const slept: number[] = []
  return {
    slept,
    now: () => now,
    monotonic: () => monotonic,
    advance(ms) {
      now += ms
      monotonic += ms
    },
    tick() {
      monotonic += tickMs
    },
    async sleep(ms, signal) {
      signal?.throwIfAborted()
      slept.push(ms)
      now += ms
      monotonic += ms
    },
  }
}

export async function openWorkbench(): Promise<Workbench> {
  const folder = await mkdtemp(join(tmpdir(), 'inlet-suite-'))
  const environment = { INLET_MASTER_KEY: randomBytes(32).toString('base64') }
  const vault = await openVault({ dataDir: folder, environment, log: silentLog })
  const store = await openStore({ file: join(folder, 'inlet.db') })
  const [content, transport] = [createContent(), createTransport()]
  const downloads = join(folder, 'downloads')
  return {
    ...{ clock: createSuiteClock(), store, content, downloads: createDownloads(downloads), transport, vault },
    leftovers: () => readdir(downloads).catch(() => []),
    async close() {
      await Promise.all([store.close(), content.close(), transport.close(), vault.close()])
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A connection as the API makes one, with a collection of its own. */
export async function insertConnection(store: Store, shortName: string, createdAt: string): Promise<string> {
  const id = randomUUID()
  const collection = `collection-${id}`
  const names = { createdAt, modifiedAt: createdAt }
  await store.insertCollection({ id: randomUUID(), readableId: collection, name: collection, ...names })
  await store.insertConnection({
    ...{ id, name: 'suite', description: null, shortName, collection, config: {}, whiteLabelId: null },
    ...{ authFieldNames: ['access_token', 'refresh_token'], authState: 'ready', authenticatedAt: createdAt },
    ...{ needsPersonAt: null, needsPersonBecause: null, needTellAt: null },
    ...{ expiresAt: null, account: { id: 'me', name: 'me' }, credentialGeneration: 1 },
    ...{ cronSchedule: null, timezone: null, nextRunAt: null, ...names },
    ...{ cursor: null, cursorKey: null, listing: null, generation: 0 },
    ...{ totalRuns: 0, successfulRuns: 0, failedRuns: 0, lastErrorCategory: null, lastErrorMessage: null },
  })
  return id
}

/** A job of a connection that has just begun. */
export async function insertJob(store: Store, connectionId: string, at: string): Promise<string> {
  const id = randomUUID()
  const counters = { inserted: 0, updated: 0, deleted: 0, kept: 0, skipped: 0, failed: 0, requests: 0 }
  const times = { createdAt: at, modifiedAt: at, startedAt: at, completedAt: null, failedAt: null }
  const errors = { error: null, errorCategory: null, providerError: null }
  const state = { status: 'in_progress', trigger: 'manual' } as const
  const job: JobRow = { id, connectionId, encountered: {}, ...counters, ...times, ...errors, ...state }
  await store.insertJob(job)
  return id
}

/** Everything live in a collection, by type and the provider's id. */
export async function liveEntities(store: Store, collection: string, separator: string) {
  const found = new Map<string, EntityRow>()
  for (let after: string | undefined; ; ) {
    const page = await store.changes({ collection, after, limit: 500, includeDeleted: false })
    for (const entity of page.entities) found.set(`${entity.entityType}${separator}${entity.entityId}`, entity)
    if (page.entities.length === 0) return found
    after = page.nextCursor
  }
}
