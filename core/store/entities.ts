/** Entities as rows: their identity, their content hash, and how they are read back. */
import { hash } from 'node:crypto'
import type { JsonObject } from '../json.ts'
import type { Breadcrumb } from '../plugin.ts'
import type { Database, Row, Value } from './database.ts'
import { reasonIn, withFile } from './file-text.ts'
import type { EntityRow, Upsert } from './store.ts'
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
  /** As `bodies.file` has it. */
  file: string | null
  /** Equal for equal content, whatever the order of members in `raw`. */
  hash: Uint8Array
}

export function entityContent({ entity, raw }: Upsert): EntityContent {
  const { name, url = null, author = null, createdAt = null, updatedAt = null } = entity
  const { text, file } = withFile(entity)
  const crumbs = (entity.breadcrumbs ?? []).map(crumb => ({
    entityId: crumb.entityId,
    name: crumb.name,
    entityType: crumb.entityType,
  }))
  const breadcrumbs = JSON.stringify(crumbs)
  // The lengths keep what is long from being written as JSON once more, and still tell where each begins.
  const head = JSON.stringify([
    ...[name, url, author, createdAt, updatedAt, breadcrumbs.length, text.length],
    ...(file === null ? [] : [file]),
  ])
  return {
    name,
    text,
    url,
    author,
    breadcrumbs,
    places: crumbs.map(crumb => crumb.name).join(' / '),
    createdAt,
    updatedAt,
    createdMs: (createdAt === null ? undefined : instantMs(createdAt)) ?? null,
    updatedMs: (updatedAt === null ? undefined : instantMs(updatedAt)) ?? null,
    raw,
    file,
    hash: hash('sha256', `${head}${breadcrumbs}${text}${raw ?? ''}`, 'buffer'),
  }
}

/**
 * The id of an entity for its whole life and beyond: a version 8 UUID (RFC 9562, section 5.8) of what names it at its
 * source.
 */
export function entityUuid(connectionId: string, entityType: string, entityId: string): string {
  const digest = hash('sha256', JSON.stringify(['inlet/entity', connectionId, entityType, entityId]))
  const variant = ((Number.parseInt(digest.slice(16, 17), 16) & 0x3) | 0x8).toString(16)
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`
}

/** Reads an entity's row joined with its body. */
export const selectEntity = `select entities.*, bodies.text as text, bodies.raw as raw, bodies.file as file
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
    fileReason: reasonIn(textOrNull(row.file)),
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
