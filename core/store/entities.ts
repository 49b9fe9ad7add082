/** Entities as rows: their identity, their content hash, and how they are read back. */
import { createHash } from 'node:crypto'
import { canonicalJson, type JsonObject } from '../json.ts'
import type { Breadcrumb, Entity } from '../plugin.ts'
import type { Database, Row, Value } from './database.ts'
import type { EntityRow } from './store.ts'
import { instantMs } from './text.ts'

/** An entity as its row holds it: every member there, and the JSON members as text. */
export interface EntityContent {
  name: string
  text: string
  url: string | null
  author: string | null
  breadcrumbs: string
  /** The names of the breadcrumbs, to be searched for. */
  places: string
  createdAt: string | null
  updatedAt: string | null
  createdMs: number | null
  updatedMs: number | null
  raw: string | null
  /** Equal for equal content, whatever the order of members in `raw`. */
  hash: Uint8Array
}

export function entityContent(entity: Entity): EntityContent {
  const { name, text = '', url = null, author = null, createdAt = null, updatedAt = null, raw } = entity
  const breadcrumbs = (entity.breadcrumbs ?? []).map(crumb => ({
    entityId: crumb.entityId,
    name: crumb.name,
    entityType: crumb.entityType,
  }))
  const content = canonicalJson([name, text, url, author, breadcrumbs, createdAt, updatedAt, raw ?? null])
  return {
    name,
    text,
    url,
    author,
    breadcrumbs: JSON.stringify(breadcrumbs),
    places: breadcrumbs.map(crumb => crumb.name).join(' / '),
    createdAt,
    updatedAt,
    createdMs: (createdAt === null ? undefined : instantMs(createdAt)) ?? null,
    updatedMs: (updatedAt === null ? undefined : instantMs(updatedAt)) ?? null,
    raw: raw === undefined ? null : JSON.stringify(raw),
    hash: createHash('sha256').update(content).digest(),
  }
}

/**
 * The id of an entity for its whole life and beyond: a version 8 UUID (RFC 9562, section 5.8) of what names it at its
 * source.
 */
export function entityUuid(connectionId: string, entityType: string, entityId: string): string {
  const name = JSON.stringify(['inlet/entity', connectionId, entityType, entityId])
  const bytes = createHash('sha256').update(name).digest().subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** Reads an entity's row joined with its body. */
export const selectEntity = `select entities.*, bodies.text as text, bodies.raw as raw
  from entities join bodies on bodies.key = entities.key`

export function readEntity(row: Row): EntityRow {
  return {
    id: String(row.id),
    connectionId: String(row.connection_id),
    collection: String(row.collection),
    sourceName: String(row.source_name),
    entityType: String(row.entity_type),
    entityId: String(row.entity_id),
    name: String(row.name),
    text: String(row.text),
    url: textOrNull(row.url),
    author: textOrNull(row.author),
    breadcrumbs: JSON.parse(String(row.breadcrumbs)) as Breadcrumb[],
    createdAt: textOrNull(row.created_at),
    updatedAt: textOrNull(row.updated_at),
    syncedAt: String(row.synced_at),
    change: row.change === 'inserted' ? 'inserted' : 'updated',
    raw: row.raw === null ? null : (JSON.parse(String(row.raw)) as JsonObject),
  }
}

export function findEntity(database: Database, id: string): EntityRow | undefined {
  const row = database.get(`${selectEntity} where entities.id = ?`, id)
  return row && readEntity(row)
}

const selectWithoutRaw = selectEntity.replace('bodies.raw', 'null')

/** The entities with these keys, by key. */
export function readEntities(database: Database, keys: readonly number[], includeRaw = true): Map<number, EntityRow> {
  const sql = `${includeRaw ? selectEntity : selectWithoutRaw} where entities.key in (select value from json_each(?))`
  return new Map(database.all(sql, JSON.stringify(keys)).map(row => [Number(row.key), readEntity(row)]))
}

export function textOrNull(value: Value | undefined): string | null {
  return typeof value === 'string' ? value : null
}
