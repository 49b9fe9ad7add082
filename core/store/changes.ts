import { boundLimit, type Database, type Row, type Value } from './database.ts'
import { readEntities } from './entities.ts'
import { currentSequence, decodeCursor, encodeCursor } from './feed.ts'
import type { ChangesInput, ChangesPage, EntityRow } from './store.ts'

/**
 * A page is in memory several times on its way out: as rows, as a copy for another thread, as JSON. And the thread that
 * answers everyone makes the JSON in one go: of a mebibyte in some ten milliseconds.
 */
const defaultMaxBytes = 1024 * 1024

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
    const ordered = entries.sort((a, b) => Number(a.sequence) - Number(b.sequence)).slice(0, limit)
    const page = withinBytes(database, ordered, input)
    const last = page.at(-1)
    const isFull = page.length === limit || page.length < ordered.length
    // A page that is not full has looked at everything there is, whatever was filtered out.
    const sequence = last && isFull ? Number(last.sequence) : now
    return {
      entities: withBodies(database, page, input.includeRaw),
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
  return database.all(`${sql} order by sequence ${boundLimit}`, ...values, limit)
}

/** As many of the page as fit, and one at least. Sizes are in the rows' headers: no body is read for them. */
function withinBytes(
  database: Database,
  page: readonly Row[],
  { includeRaw = true, maxBytes = defaultMaxBytes }: ChangesInput,
): readonly Row[] {
  const size = includeRaw ? 'octet_length(text) + coalesce(octet_length(raw), 0)' : 'octet_length(text)'
  const sql = `select key, ${size} as bytes from bodies where key in (select value from json_each(?))`
  const rows = database.all(sql, JSON.stringify(keysOf(page)))
  const sizes = new Map(rows.map(({ key, bytes }) => [Number(key), Number(bytes)]))
  let total = 0
  const end = page.findIndex(({ key }) => {
    total += sizes.get(Number(key)) ?? 0
    return total > maxBytes
  })
  return end === -1 ? page : page.slice(0, Math.max(1, end))
}

function withBodies(database: Database, page: readonly Row[], includeRaw = true): EntityRow[] {
  const live = readEntities(database, keysOf(page), includeRaw)
  return page.flatMap(row => (row.key === undefined ? [readTombstone(row)] : (live.get(Number(row.key)) ?? [])))
}

/** Of the entities; tombstones have none. */
function keysOf(page: readonly Row[]): number[] {
  return page.flatMap(row => (row.key === undefined ? [] : [Number(row.key)]))
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
    fileReason: null,
  }
}
