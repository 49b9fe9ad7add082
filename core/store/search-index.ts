/**
 * Keeps the full-text index in step with the entities: an external content table
 * (https://www.sqlite.org/fts5.html#external_content_tables), fed in bulk rather than by triggers, which measured
 * nearly twice as slow. Most entities are one row of it. One with a long text, or one with pages, is a row with its names
 * alone, and a row for each of its passages.
 */
import type { Database } from './database.ts'
import { isDividedSql, passageId, passageRange } from './passage-ids.ts'
import { divide, type Passage } from './passages.ts'

/** Adds entities, whose rows must be there, with their texts. */
export function addToIndex(database: Database, added: readonly { key: number; text: string }[]): void {
  let count = 0
  for (const { key, text } of added) {
    const passages = divide(text)
    addPassages(database, key, text, passages)
    count += passages.length
  }
  changeCount(database, count)
  const keys = added.map(({ key }) => key)
  addRows(database, keys)
}

/** Takes out entities; to be called before they change, since the index must be told the old text. */
export function removeFromIndex(database: Database, keys: readonly number[]): void {
  removeRows(database, keys)
  let count = 0
  for (const key of dividedOf(database, keys)) count += removePassages(database, key)
  changeCount(database, -count)
}

/**
 * Adds the rows of entities, without their passages: with `removeRows` before the change, all that is to be done where
 * their texts stay as they are.
 */
export function addRows(database: Database, keys: readonly number[]): void {
  if (keys.length === 0) return
  database.run(
    `insert into search (rowid, name, text, author, places)
     select found.key, name, text, author, places
     from json_each(?) as wanted cross join searchable_entities as found on found.key = wanted.value`,
    JSON.stringify(keys),
  )
}

export function removeRows(database: Database, keys: readonly number[]): void {
  if (keys.length === 0) return
  database.run(
    `insert into search (search, rowid, name, text, author, places)
     select 'delete', found.key, name, text, author, places
     from json_each(?) as wanted cross join searchable_entities as found on found.key = wanted.value`,
    JSON.stringify(keys),
  )
}

/** Those of the keys whose entities are divided into passages. */
export function dividedOf(database: Database, keys: readonly number[]): number[] {
  if (keys.length === 0 || countPassages(database) === 0) return []
  const sql = `select value as key from json_each(?) as wanted where ${isDividedSql('wanted.value')}`
  return database.all(sql, JSON.stringify(keys)).map(row => Number(row.key))
}

/** How many there are in the store. */
export function countPassages(database: Database): number {
  return Number(database.get('select count from passage_counts')?.count ?? 0)
}

function changeCount(database: Database, by: number): void {
  if (by !== 0) database.run('update passage_counts set count = count + ?', by)
}

function addPassages(database: Database, key: number, text: string, passages: readonly Passage[]): void {
  let unit = 0
  let byte = 0
  const byteAt = (place: number) => {
    const between = Buffer.byteLength(text.slice(Math.min(unit, place), Math.max(unit, place)))
    byte += place < unit ? -between : between
    unit = place
    return byte
  }
  for (const [ordinal, { from, to, page, heading }] of passages.entries()) {
    const id = passageId(key, ordinal)
    database.run('insert into passages values (?, ?, ?, ?, ?)', id, byteAt(from), byteAt(to), page, heading)
    database.run(
      `insert into search (rowid, name, text, author, places) values (?, '', ?, '', '')`,
      id,
      text.slice(from, to),
    )
  }
}

/** The text is read once: asked for each passage by itself, a megabyte would be read five hundred times. */
function removePassages(database: Database, key: number): number {
  const text = database.get('select cast(text as blob) as bytes from bodies where key = ?', key)?.bytes
  const range = passageRange(key)
  const passages = database.all('select id, from_byte, to_byte from passages where id between ? and ?', ...range)
  if (!(text instanceof Uint8Array)) throw new Error('an entity in the index has no text')
  for (const { id = null, from_byte: from, to_byte: to } of passages) {
    database.run(
      `insert into search (search, rowid, name, text, author, places) values ('delete', ?, '', cast(? as text), '', '')`,
      id,
      text.subarray(Number(from), Number(to)),
    )
  }
  database.run('delete from passages where id between ? and ?', ...range)
  return passages.length
}
