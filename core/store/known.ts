import type { JsonObject } from '../json.ts'
import type { Breadcrumb, Known, KnownScope } from '../plugin.ts'
import { boundLimit, type Database, type Row, type Value } from './database.ts'
import { textOrNull } from './entities.ts'
import { parentCondition } from './scope.ts'

export interface KnownInput {
  connectionId: string
  scope: KnownScope
  after: { entityType: string; id: string } | undefined
  limit: number
}

/** As it comes from a thread: text costs next to nothing on the way. */
export interface KnownRow extends Pick<Known, 'entityType' | 'id' | 'name' | 'updatedAt' | 'canonicalRaw'> {
  breadcrumbs: string
}

/**
 * Live entities of a connection in a scope, ordered by type and id. Each type is read by itself: only so a range of ids
 * is a range of the index. Order and ranges are those of UTF-8 bytes, which is code unit order but for characters
 * beyond U+FFFF.
 */
export function listKnown(database: Database, { connectionId, scope, after, limit }: KnownInput): KnownRow[] {
  const found: KnownRow[] = []
  for (const entityType of typesOf(database, connectionId, scope, after)) {
    if (found.length >= limit) break
    const afterId = after?.entityType === entityType ? after.id : undefined
    found.push(...listOfType(database, { connectionId, scope, limit: limit - found.length }, entityType, afterId))
  }
  return found
}

function typesOf(database: Database, connectionId: string, scope: KnownScope, after: KnownInput['after']): string[] {
  const rows = database.all(
    'select entity_type from entity_counts where connection_id = ? and entity_type >= ? order by entity_type',
    connectionId,
    after?.entityType ?? '',
  )
  const types = rows.map(row => String(row.entity_type))
  return scope.entityType === undefined ? types : types.filter(type => type === scope.entityType)
}

function listOfType(
  database: Database,
  { connectionId, scope, limit }: Omit<KnownInput, 'after'>,
  entityType: string,
  afterId: string | undefined,
): KnownRow[] {
  const conditions = ['entities.connection_id = ?', 'entities.entity_type = ?']
  const values: Value[] = [connectionId, entityType]
  const add = (sql: string, ...more: Value[]) => {
    conditions.push(sql)
    values.push(...more)
  }
  if (scope.id !== undefined) add('entities.entity_id = ?', scope.id)
  if (scope.fromId !== undefined) add('entities.entity_id >= ?', scope.fromId)
  if (scope.toId !== undefined) add('entities.entity_id <= ?', scope.toId)
  if (afterId !== undefined) add('entities.entity_id > ?', afterId)
  if (scope.parent !== undefined) {
    const parent = parentCondition(scope.parent)
    add(parent.sql, ...parent.values)
  }
  const sql = `select entities.entity_type, entities.entity_id, entities.name, entities.breadcrumbs, entities.updated_at,
      bodies.raw
    from entities join bodies on bodies.key = entities.key
    where ${conditions.join(' and ')} order by entities.entity_id ${boundLimit}`
  return database.all(sql, ...values, limit).map(readKnown)
}

function readKnown(row: Row): KnownRow {
  return {
    entityType: String(row.entity_type),
    id: String(row.entity_id),
    name: String(row.name),
    breadcrumbs: String(row.breadcrumbs),
    updatedAt: textOrNull(row.updated_at) ?? undefined,
    canonicalRaw: textOrNull(row.raw) ?? undefined,
  }
}

/** Parsed where it is asked for: most runs look at many entities, and into few. */
export function toKnown({ entityType, id, name, breadcrumbs, updatedAt, canonicalRaw }: KnownRow): Known {
  let crumbs: Breadcrumb[] | undefined
  let raw: JsonObject | undefined
  return {
    ...{ entityType, id, name, updatedAt, canonicalRaw },
    get breadcrumbs() {
      crumbs ??= JSON.parse(breadcrumbs) as Breadcrumb[]
      return crumbs
    },
    get raw() {
      if (canonicalRaw !== undefined) raw ??= JSON.parse(canonicalRaw) as JsonObject
      return raw
    },
  }
}
