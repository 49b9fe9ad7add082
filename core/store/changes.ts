import type { Database, Row, Value } from './database.ts'
import { readEntities } from './entities.ts'
import { currentSequence, decodeCursor, encodeCursor } from './feed.ts'
import type { ChangesInput, ChangesPage, EntityRow } from './store.ts'

/** A page of a collection's feed; see `Store.changes`. @throws Failure `invalid` (cursor) */
export function listChanges(database: Database, input: ChangesInput): ChangesPage {
  return database.transaction(() => {
    const { collection, after } = input
    const limit = Math.max(1, input.limit)
    const now = currentSequence(database)
    const from = after === undefined ? { sequence: 0, baseline: now } : decodeCursor(database, collection, after)
    const entries = [
      ...select(database, 'entities', input, from.sequence, limit),
      ...selectTombstones(database, input, from, limit),
    ]
    const page = entries.sort((a, b) => Number(a.sequence) - Number(b.sequence)).slice(0, limit)
    const last = page.at(-1)
    // A page that is not full has looked at everything there is, whatever was filtered out.
    const sequence = last && page.length === limit ? Number(last.sequence) : now
    return {
      entities: withBodies(database, page),
      nextCursor: encodeCursor(database, collection, { sequence, baseline: from.baseline }),
    }
  })
}

function selectTombstones(
  database: Database,
  input: ChangesInput,
  from: { sequence: number; baseline: number },
  limit: number,
): Row[] {
  if (input.includeDeleted === true) return select(database, 'tombstones', input, from.sequence, limit)
  if (input.includeDeleted === false || input.after === undefined) return []
  return select(database, 'tombstones', input, Math.max(from.sequence, from.baseline), limit)
}

function select(
  database: Database,
  name: 'entities' | 'tombstones',
  { collection, connectionId, entityType }: ChangesInput,
  sequence: number,
  limit: number,
): Row[] {
  const values: Value[] = [collection, sequence]
  let sql = `select ${name === 'entities' ? 'key, sequence' : '*'} from ${name} where collection = ? and sequence > ?`
  if (connectionId !== undefined) {
    sql += ' and connection_id = ?'
    values.push(connectionId)
  }
  if (entityType !== undefined) {
    sql += ' and entity_type = ?'
    values.push(entityType)
  }
  return database.all(`${sql} order by sequence limit ?`, ...values, limit)
}

function withBodies(database: Database, page: readonly Row[]): EntityRow[] {
  const keys = page.flatMap(row => (row.key === undefined ? [] : [Number(row.key)]))
  const live = readEntities(database, keys)
  return page.flatMap(row => (row.key === undefined ? [readTombstone(row)] : (live.get(Number(row.key)) ?? [])))
}

function readTombstone(row: Row): EntityRow {
  return {
    id: String(row.id),
    connectionId: String(row.connection_id),
    collection: String(row.collection),
    sourceName: String(row.source_name),
    entityType: String(row.entity_type),
    entityId: String(row.entity_id),
    name: String(row.name),
    text: '',
    url: null,
    author: null,
    breadcrumbs: [],
    createdAt: null,
    updatedAt: null,
    syncedAt: String(row.deleted_at),
    change: 'deleted',
    raw: null,
  }
}
