/** One batch of a source, in one transaction: entities, index, marks, feed, counters, progress. */
import { unknownConnection } from './connections.ts'
import type { Database } from './database.ts'
import { entityUuid } from './entities.ts'
import { takeSequences } from './feed.ts'
import { unknownJob } from './jobs.ts'
import type { KeyRange } from './kinds.ts'
import { type Insert, makePlan, type Update } from './plan.ts'
import { addToCount, addTombstones, removeEntities, removeTombstones } from './removal.ts'
import { addRows, addToIndex, removeFromIndex, removeRows } from './search-index.ts'
import type { Batch, CommitCounts } from './store.ts'

/** @throws Failure `not_found` when the connection or its job is gone: nothing is written then */
export function commit(database: Database, batch: Batch): CommitCounts {
  return database.transaction(() => {
    const target = findTarget(database, batch)
    const plan = makePlan(database, batch)
    const rewritten = plan.updates.filter(update => update.reindex === 'all')
    const renamed = plan.updates.filter(update => update.reindex === 'names').map(keyOf)
    removeFromIndex(database, rewritten.map(keyOf))
    removeRows(database, renamed)
    removeEntities(database, plan.removals, { now: batch.now, tombstones: true })
    const inserted = insertEntities(database, batch, target, plan.inserts)
    updateEntities(database, batch, target, plan.updates)
    addToIndex(database, [
      ...plan.inserts.map(({ content }, index) => ({ key: inserted[index] ?? 0, text: content.text })),
      ...rewritten.map(({ key, content }) => ({ key, text: content.text })),
    ])
    addRows(database, renamed)
    if (batch.generation !== null) {
      mark(database, [...plan.kept, ...inserted, ...plan.updates.map(keyOf)], batch.generation)
    }
    const counts = {
      inserted: plan.inserts.length,
      updated: plan.updates.length,
      deleted: plan.removals.length,
      kept: plan.kept.length,
      encountered: plan.encountered,
    }
    updateCounters(database, batch, counts)
    saveProgress(database, batch)
    return counts
  })
}

function keyOf({ key }: Update): number {
  return key
}

interface Target {
  collection: string
  sourceName: string
}

function findTarget(database: Database, { connectionId }: Batch): Target {
  const row = database.get('select collection, short_name from connections where id = ?', connectionId)
  if (!row) throw unknownConnection(connectionId)
  return { collection: String(row.collection), sourceName: String(row.short_name) }
}

function insertEntities(database: Database, batch: Batch, target: Target, inserts: readonly Insert[]): number[] {
  const { connectionId, now } = batch
  const keys: number[] = []
  const ids: string[] = []
  let sequence = takeSequences(database, inserts.length)
  for (const { entity, content } of inserts) {
    sequence += 1
    const id = entityUuid(connectionId, entity.entityType, entity.id)
    const { key } = database.run(
      `insert into entities (connection_id, entity_type, entity_id, hash, sequence, collection, change, id, source_name,
         synced_at, created_at, updated_at, created_ms, updated_ms, name, author, url, breadcrumbs, places)
       values (?, ?, ?, ?, ?, ?, 'inserted', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      connectionId,
      entity.entityType,
      entity.id,
      content.hash,
      sequence,
      target.collection,
      id,
      target.sourceName,
      now,
      content.createdAt,
      content.updatedAt,
      content.createdMs,
      content.updatedMs,
      content.name,
      content.author,
      content.url,
      content.breadcrumbs,
      content.places,
    )
    const { text, raw, file } = content
    database.run('insert into bodies (key, text, raw, file) values (?, ?, ?, ?)', key, text, raw, file)
    keys.push(key)
    ids.push(id)
  }
  removeTombstones(database, target.collection, ids)
  countInserts(database, batch, inserts, keys)
  return keys
}

function updateEntities(database: Database, batch: Batch, target: Target, updates: readonly Update[]): void {
  leaveOldCollection(database, batch, target, updates)
  let sequence = takeSequences(database, updates.length)
  for (const { key, content } of updates) {
    sequence += 1
    database.run(
      `update entities set hash = ?, sequence = ?, synced_at = ?, created_at = ?, updated_at = ?, created_ms = ?,
         updated_ms = ?, name = ?, author = ?, url = ?, breadcrumbs = ?, places = ?,
         change = iif(collection = ?13, 'updated', 'inserted'), collection = ?13
       where key = ?14`,
      content.hash,
      sequence,
      batch.now,
      content.createdAt,
      content.updatedAt,
      content.createdMs,
      content.updatedMs,
      content.name,
      content.author,
      content.url,
      content.breadcrumbs,
      content.places,
      target.collection,
      key,
    )
    const { text, raw, file } = content
    database.run('update bodies set text = ?, raw = ?, file = ? where key = ?', text, raw, file, key)
  }
  for (const entityType of new Set(updates.map(({ entity }) => entity.entityType))) {
    addToCount(database, batch.connectionId, entityType, 0, batch.now)
  }
}

/** Entities that a move of their connection has not reached yet move with their update. */
function leaveOldCollection(database: Database, batch: Batch, target: Target, updates: readonly Update[]): void {
  if (!database.get(`select 1 from chores where kind = 'move_connection' and subject = ?`, batch.connectionId)) return
  const left = database.all(
    'select key, id from entities where key in (select value from json_each(?)) and collection <> ?',
    JSON.stringify(updates.map(update => update.key)),
    target.collection,
  )
  addTombstones(
    database,
    left.map(row => Number(row.key)),
    batch.now,
  )
  removeTombstones(
    database,
    target.collection,
    left.map(row => String(row.id)),
  )
}

function countInserts(database: Database, batch: Batch, inserts: readonly Insert[], keys: readonly number[]): void {
  const types = new Map<string, KeyRange & { count: number }>()
  for (const [index, { entity }] of inserts.entries()) {
    const key = keys[index] ?? 0
    const { count = 0, from = key, to = key } = types.get(entity.entityType) ?? {}
    types.set(entity.entityType, { count: count + 1, from: Math.min(from, key), to: Math.max(to, key) })
  }
  for (const [entityType, { count, ...added }] of types) {
    addToCount(database, batch.connectionId, entityType, count, batch.now, added)
  }
}

function mark(database: Database, keys: readonly number[], generation: number): void {
  for (const key of keys) {
    database.run(
      `insert into marks values (?, ?) on conflict do update set generation = excluded.generation
       where generation < excluded.generation`,
      key,
      generation,
    )
  }
}

function updateCounters(database: Database, batch: Batch, counts: CommitCounts): void {
  const row = database.get(
    'select encountered from jobs where id = ? and connection_id = ?',
    batch.jobId,
    batch.connectionId,
  )
  if (!row) throw unknownJob(batch.jobId, batch.connectionId)
  const encountered = new Map(Object.entries(JSON.parse(String(row.encountered)) as Record<string, number>))
  for (const [entityType, count] of Object.entries(counts.encountered)) {
    encountered.set(entityType, (encountered.get(entityType) ?? 0) + count)
  }
  database.run(
    `update jobs set inserted = inserted + ?, updated = updated + ?, deleted = deleted + ?, kept = kept + ?,
       encountered = ?, requests = ?, skipped = ?, failed = ?, modified_at = ? where id = ?`,
    counts.inserted,
    counts.updated,
    counts.deleted,
    counts.kept,
    JSON.stringify(Object.fromEntries(encountered)),
    batch.job.requests,
    batch.job.skipped,
    batch.job.failed,
    batch.now,
    batch.jobId,
  )
}

function saveProgress(database: Database, { connectionId, progress }: Batch): void {
  if (!progress) return
  database.run(
    'update connections set cursor = ?, cursor_key = ?, listing = ? where id = ?',
    JSON.stringify(progress.cursor),
    progress.cursorKey,
    JSON.stringify(progress.listing),
    connectionId,
  )
}
