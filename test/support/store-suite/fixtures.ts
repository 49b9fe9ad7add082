import { canonicalJson, type Entity } from '../../../core/plugin.ts'
import type {
  Batch,
  ChangesInput,
  CollectionRow,
  CommitCounts,
  ConnectionRow,
  EntityRow,
  JobRow,
  Store,
  Write,
} from '../../../core/store/store.ts'

export const time = '2026-01-01T00:00:00.000Z'
export const later = '2026-01-02T00:00:00.000Z'
/** What the clock of a store under test says. */
export const storeTime = '2026-02-02T00:00:00.000Z'

export function collectionRow(readableId: string, changes: Partial<CollectionRow> = {}): CollectionRow {
  return { id: `id-of-${readableId}`, readableId, name: readableId, createdAt: time, modifiedAt: time, ...changes }
}

export function connectionRow(id: string, changes: Partial<ConnectionRow> = {}): ConnectionRow {
  return {
    id,
    name: `connection ${id}`,
    description: null,
    shortName: 'notes',
    collection: 'home',
    config: {},
    authFieldNames: ['access_token'],
    whiteLabelId: null,
    cronSchedule: null,
    timezone: null,
    nextRunAt: null,
    createdAt: time,
    modifiedAt: time,
    authState: 'ready',
    authenticatedAt: null,
    expiresAt: null,
    needsPersonAt: null,
    needsPersonBecause: null,
    needTellAt: null,
    account: null,
    credentialGeneration: 1,
    cursor: null,
    cursorKey: null,
    listing: null,
    generation: 0,
    totalRuns: 0,
    successfulRuns: 0,
    failedRuns: 0,
    lastErrorCategory: null,
    lastErrorMessage: null,
    ...changes,
  }
}

export function jobRow(id: string, connectionId: string, changes: Partial<JobRow> = {}): JobRow {
  return {
    id,
    connectionId,
    status: 'in_progress',
    trigger: 'manual',
    createdAt: time,
    modifiedAt: time,
    startedAt: time,
    completedAt: null,
    failedAt: null,
    inserted: 0,
    updated: 0,
    deleted: 0,
    kept: 0,
    skipped: 0,
    failed: 0,
    encountered: {},
    requests: 0,
    error: null,
    errorCategory: null,
    providerError: null,
    ...changes,
  }
}

/** The collections `home` and `work`, and the connection `one` of `home` with a running job `job-one`. */
export async function furnish(store: Store): Promise<void> {
  await store.insertCollection(collectionRow('home'))
  await store.insertCollection(collectionRow('work'))
  await connect(store, 'one')
}

export async function connect(store: Store, id: string, changes: Partial<ConnectionRow> = {}): Promise<void> {
  await store.insertConnection(connectionRow(id, changes))
  await store.insertJob(jobRow(`job-${id}`, id))
}

export function note(id: string, changes: Partial<Entity> = {}): Entity {
  return { entityType: 'note', id, name: `note ${id}`, text: `text of ${id}`, ...changes }
}

export function upsert(...entities: Entity[]): Write[] {
  return entities.map(({ raw, ...entity }) => ({
    type: 'upsert',
    entity,
    raw: raw === undefined ? null : canonicalJson(raw),
  }))
}

export function remove(...ids: string[]): Write[] {
  return ids.map(id => ({ type: 'remove', entityType: 'note', id }))
}

export function commit(store: Store, writes: Write[], changes: Partial<Batch> = {}): Promise<CommitCounts> {
  return store.commit({
    connectionId: 'one',
    jobId: `job-${changes.connectionId ?? 'one'}`,
    now: time,
    writes,
    generation: null,
    job: { requests: 1, skipped: 0, failed: 0 },
    ...changes,
  })
}

/** Everything a follower gets from `after` on, a page of two at a time, and where it stands then. */
export async function follow(
  store: Store,
  after?: string,
  changes: Partial<ChangesInput> = {},
): Promise<{ entities: EntityRow[]; cursor: string }> {
  const entities: EntityRow[] = []
  let cursor = after
  for (;;) {
    const page = await store.changes({ collection: 'home', limit: 2, after: cursor, ...changes })
    entities.push(...page.entities)
    cursor = page.nextCursor
    if (page.entities.length === 0) return { entities, cursor }
  }
}

export function brief(entities: readonly EntityRow[]): string[] {
  return entities.map(entity => `${entity.change} ${entity.entityId}`)
}
