/** Entities as rows: their identity, their content hash, and how they are read back. */
import { hash } from 'node:crypto'
import type { Breadcrumb } from '../plugin.ts'
import type { Database, Value } from './database.ts'
import { type EntityRecord, readRecord, recordColumns } from './entity-record.ts'
import { withFile } from './file-text.ts'
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
    places: placesOf(crumbs),
    createdAt,
    updatedAt,
    createdMs: (createdAt === null ? undefined : instantMs(createdAt)) ?? null,
    updatedMs: (updatedAt === null ? undefined : instantMs(updatedAt)) ?? null,
    raw,
    file,
    hash: hash('sha256', `${head}${breadcrumbs}${text}${raw ?? ''}`, 'buffer'),
  }
}

/** As the index has them. */
export function placesOf(breadcrumbs: readonly Breadcrumb[]): string {
  return breadcrumbs.map(crumb => crumb.name).join(' / ')
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

const fromEntities = 'from entities join bodies on bodies.key = entities.key'

export function findEntity(database: Database, id: string): EntityRow | undefined {
  const [row] = database.rows(`select ${recordColumns} ${fromEntities} where entities.id = ?`, id)
  return row && readRecord(recordOf(row))
}

/** The entities with these keys, by key. */
export function readEntities(database: Database, keys: readonly number[], includeRaw = true): Map<number, EntityRow> {
  return new Map([...readRecords(database, keys, includeRaw)].map(([key, record]) => [key, readRecord(record)]))
}

/** The same as their rows have them. */
export function readRecords(database: Database, keys: readonly number[], includeRaw = true): Map<number, EntityRecord> {
  const columns = includeRaw ? recordColumns : recordColumns.replace('bodies.raw', 'null')
  const sql = `select ${columns}, entities.key ${fromEntities} where entities.key in (select value from json_each(?))`
  return new Map(database.rows(sql, JSON.stringify(keys)).map(row => [Number(row.pop()), recordOf(row)]))
}

/** The tables are strict, so that each column has what it was declared to have. */
export function recordOf(row: Value[]): EntityRecord {
  return row as unknown as EntityRecord
}

export function textOrNull(value: Value | undefined): string | null {
  return typeof value === 'string' ? value : null
}
