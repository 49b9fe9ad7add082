/**
 * Keeps the full-text index in step with the entities: an external content table
 * (https://www.sqlite.org/fts5.html#external_content_tables), fed in bulk rather than by triggers, which measured
 * nearly twice as slow.
 */
import type { Database } from './database.ts'

/** Adds what the rows of these keys hold now. */
export function addToIndex(database: Database, keys: readonly number[]): void {
  if (keys.length === 0) return
  database.run(
    `insert into search (rowid, name, text, author, places)
     select searchable.key, name, text, author, places
     from json_each(?) as wanted cross join searchable on searchable.key = wanted.value`,
    JSON.stringify(keys),
  )
}

/** Takes out what the rows of these keys hold; to be called before they change, since the index must be told the old text. */
export function removeFromIndex(database: Database, keys: readonly number[]): void {
  if (keys.length === 0) return
  database.run(
    `insert into search (search, rowid, name, text, author, places)
     select 'delete', searchable.key, name, text, author, places
     from json_each(?) as wanted cross join searchable on searchable.key = wanted.value`,
    JSON.stringify(keys),
  )
}
