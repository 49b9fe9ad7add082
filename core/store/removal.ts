/** Takes entities out of a collection, whatever the reason, and leaves tombstones in its feed. */
import type { Database } from './database.ts'
import { takeSequences } from './feed.ts'
import type { KeyRange } from './kinds.ts'
import { removeFromIndex } from './search-index.ts'

/** Deletes the entities with these keys, which must exist, within the transaction of the caller. */
export function removeEntities(
  database: Database,
  keys: readonly number[],
  { now, tombstones }: { now: string; tombstones: boolean },
): void {
  if (keys.length === 0) return
  const list = JSON.stringify(keys)
  removeFromIndex(database, keys)
  if (tombstones) addTombstones(database, keys, now)
  const counts = database.all(
    `select connection_id, entity_type, count(*) as count from entities
     where key in (select value from json_each(?)) group by connection_id, entity_type`,
    list,
  )
  for (const row of counts) {
    addToCount(database, String(row.connection_id), String(row.entity_type), -Number(row.count), now)
  }
  for (const name of ['marks', 'bodies', 'entities']) {
    database.run(`delete from ${name} where key in (select value from json_each(?))`, list)
  }
}

/** Bytes of text that are taken out of the index in some hundred milliseconds. */
const mostBytes = 4 * 1024 * 1024

/** As many of the keys, from the first on, as are deleted in one step while others wait; at least one. */
export function takeStep(database: Database, keys: readonly number[]): number[] {
  const sizes = new Map(
    database
      .all(
        `select bodies.key, octet_length(text) as size
         from json_each(?) as wanted cross join bodies on bodies.key = wanted.value`,
        JSON.stringify(keys),
      )
      .map(row => [Number(row.key), Number(row.size)]),
  )
  let bytes = 0
  const end = keys.findIndex((key, index) => {
    bytes += sizes.get(key) ?? 0
    return index > 0 && bytes > mostBytes
  })
  return end === -1 ? [...keys] : keys.slice(0, end)
}

/** Shows the entities with these keys as deleted in the feed of the collection they are in now. */
export function addTombstones(database: Database, keys: readonly number[], now: string): void {
  if (keys.length === 0) return
  const before = takeSequences(database, keys.length)
  database.run(
    `insert or replace into tombstones
       (collection, sequence, id, connection_id, source_name, entity_type, entity_id, name, deleted_at)
     select collection, ? + gone.key + 1, entities.id, connection_id, source_name, entity_type, entity_id, name, ?
     from json_each(?) as gone cross join entities on entities.key = gone.value`,
    before,
    now,
    JSON.stringify(keys),
  )
}

/** Entities that came back into a collection are not shown as deleted there any more. */
export function removeTombstones(database: Database, collection: string, ids: readonly string[]): void {
  if (ids.length === 0) return
  database.run(
    'delete from tombstones where collection = ? and id in (select value from json_each(?))',
    collection,
    JSON.stringify(ids),
  )
}

/**
 * Live entities of a type grew or shrank by `change`, or were updated (0), at `now`.
 * @param added the first and the last key of those that were not there
 */
export function addToCount(
  database: Database,
  connectionId: string,
  entityType: string,
  change: number,
  now: string,
  added?: KeyRange,
): void {
  database.run(
    `insert into entity_counts (connection_id, entity_type, count, last_updated, first_key, last_key)
     values (?1, ?2, ?3, ?4, coalesce(?5, 0), coalesce(?6, 0))
     on conflict do update set count = count + ?3, last_updated = ?4,
       first_key = min(first_key, coalesce(?5, first_key)), last_key = max(last_key, coalesce(?6, last_key))`,
    connectionId,
    entityType,
    change,
    now,
    added?.from ?? null,
    added?.to ?? null,
  )
  database.run(
    'delete from entity_counts where connection_id = ? and entity_type = ? and count <= 0',
    connectionId,
    entityType,
  )
}
