/** What is counted of each connection and type, of which a filter may ask for some. */
import type { Database } from './database.ts'
import type { Bounds } from './filter.ts'
import { all, type Sql } from './filter-input.ts'

export interface Scope {
  /** Which collections, on `entities`. */
  place: Sql
  bounds: Bounds
}

/** Keys that follow one another, both included. */
export interface KeyRange {
  from: number
  to: number
}

/** The entities of one type of a connection: how many, and from the first key that one had to the last. */
export interface Kind extends KeyRange {
  connectionId: string
  entityType: string
  count: number
}

/** All kinds of which there can be one in it; undefined where that cannot be told. */
export function kindsIn(database: Database, { place, bounds }: Scope): Kind[] | undefined {
  // What is on its way to another collection is still found in the old one, where its connection is no more.
  if (database.get("select 1 from chores where kind = 'move_connection' limit 1")) return undefined
  const wanted = all([place, ...(bounds.kinds ? [bounds.kinds] : [])])
  // Of what was kept when its connection was deleted, nothing but the entities tells where it is.
  const rows = database.rows(
    `select connection_id, entity_type, count, first_key, last_key from (
       select connection_id, entity_type, count, first_key, last_key, connections.id is null as is_kept, collection,
         short_name as source_name
       from entity_counts left join connections on connections.id = connection_id
     ) as entities where is_kept or ${wanted.text}`,
    ...wanted.values,
  )
  return rows.map(([connectionId, entityType, count, from, to]) => ({
    ...{ connectionId: String(connectionId), entityType: String(entityType) },
    ...{ count: Number(count), from: Number(from), to: Number(to) },
  }))
}
