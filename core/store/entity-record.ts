/**
 * An entity as its row has it, which is how it is sent from a thread: text costs next to nothing on the way, while the
 * names of members take longer than most of what they name. What is JSON is parsed where it is asked for.
 */
import type { JsonObject } from '../json.ts'
import type { Breadcrumb } from '../plugin.ts'
import { reasonIn } from './file-text.ts'
import type { EntityRow } from './store.ts'

/** In the order of `recordColumns`. */
export type EntityRecord = readonly [
  name: string,
  text: string,
  author: string | null,
  breadcrumbs: string,
  id: string,
  connectionId: string,
  collection: string,
  sourceName: string,
  entityType: string,
  entityId: string,
  url: string | null,
  createdAt: string | null,
  updatedAt: string | null,
  syncedAt: string,
  change: string,
  file: string | null,
  raw: string | null,
]

export function textOf([, text]: EntityRecord): string {
  return text
}

/** Of an entity's row joined with its body. */
export const recordColumns = `name, bodies.text, author, breadcrumbs, id, connection_id, collection, source_name, entity_type,
  entity_id, url, created_at, updated_at, synced_at, change, bodies.file, bodies.raw`

export function readRecord(record: EntityRecord): EntityRow {
  const [name, text, author, breadcrumbs, id, connectionId, collection, sourceName, entityType, entityId] = record
  const [, , , , , , , , , , url, createdAt, updatedAt, syncedAt, change, file, raw] = record
  return {
    id,
    connectionId,
    collection,
    sourceName,
    entityType,
    entityId,
    name,
    text,
    url,
    author,
    breadcrumbs: JSON.parse(breadcrumbs) as Breadcrumb[],
    createdAt,
    updatedAt,
    syncedAt,
    change: change === 'inserted' ? 'inserted' : 'updated',
    raw: raw === null ? null : (JSON.parse(raw) as JsonObject),
    fileReason: reasonIn(file),
  }
}
