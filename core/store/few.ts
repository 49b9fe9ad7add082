/**
 * Where a collection, a source, a type, a time, an author or a place leaves few entities: which those are. What matches nearly everywhere is
 * looked for among them then, in place of finding few of them among all that matches.
 */
import { boundLimit, type Database, type Value } from './database.ts'
import type { Bounds } from './filter.ts'
import { all, type Sql } from './filter-input.ts'
import { phrasesOf } from './marker.ts'
import type { Matches } from './matches.ts'
import { firstPassageId } from './passage-ids.ts'
import { knownTerm } from './terms.ts'

/** Read in some milliseconds. */
const mostKeys = 20_000
/** Of more, one of so many that match is among them, and as many are found at once without. */
const smallestShare = 20
const alwaysFew = 500

export interface Scope {
  /** Which collections, on `entities`. */
  place: Sql
  bounds: Bounds
}

/**
 * Keys of all entities in it, and perhaps of some that are not, the highest first; undefined where they are not few.
 * @param stored about how many rows the index has
 */
export function fewKeys(database: Database, scope: Scope, stored: number): number[] | undefined {
  const most = Math.min(mostKeys, Math.max(alwaysFew, Math.floor(stored / smallestShare)))
  return (
    keysOfKinds(database, scope, most) ??
    keysOfTimes(database, scope, most) ??
    keysOfPhrases(database, scope, most, stored)
  )
}

/** By the counts that are kept of each connection and type. */
function keysOfKinds(database: Database, { place, bounds }: Scope, most: number): number[] | undefined {
  // What is on its way to another collection is still found in the old one, where its connection is no more.
  if (database.get("select 1 from chores where kind = 'move_connection' limit 1")) return undefined
  const wanted = all([place, ...(bounds.kinds ? [bounds.kinds] : [])])
  // Of what was kept when its connection was deleted, nothing but the entities tells where it is.
  const kinds = database.all(
    `select connection_id, entity_type, count from (
       select connection_id, entity_type, count, connections.id is null as is_kept, collection, short_name as source_name
       from entity_counts left join connections on connections.id = connection_id
     ) as entities where is_kept or ${wanted.text}`,
    ...wanted.values,
  )
  if (kinds.reduce((sum, kind) => sum + Number(kind.count), 0) > most) return undefined
  const names = kinds.map(kind => [kind.connection_id, kind.entity_type])
  return keysOf(
    database,
    `select entities.key from json_each(?) as kind cross join entities indexed by entities_by_source
     on entities.connection_id = kind.value ->> 0 and entities.entity_type = kind.value ->> 1`,
    [JSON.stringify(names)],
  )
}

function keysOfTimes(database: Database, { place, bounds }: Scope, most: number): number[] | undefined {
  if (!bounds.times) return undefined
  const wanted = all([place, bounds.times])
  const sql = `select key from entities indexed by entities_by_time where ${wanted.text} ${boundLimit}`
  const keys = keysOf(database, sql, [...wanted.values, most + 1])
  return keys.length > most ? undefined : keys
}

/** Of entities alone: a passage has neither a name nor an author, and what it belongs to has a row of its own. */
function keysOfPhrases(database: Database, { bounds }: Scope, most: number, stored: number): number[] | undefined {
  // To find words that follow one another takes as long as to look at all that has the rarest of them.
  const isQuick = (words: readonly string[]) =>
    words.some(word => knownTerm(database, `"${word}"`, stored).count <= mostKeys)
  const quick = bounds.phrases.filter(({ anyOf }) => anyOf.every(isQuick))
  if (quick.length === 0) return undefined
  const expressions = quick.map(({ column, anyOf }) => {
    return `{${column}} : (${anyOf.map(words => `"${words.join(' ')}"`).join(' OR ')})`
  })
  const sql = `select rowid from search where search match ? and rowid < ${firstPassageId} ${boundLimit}`
  const keys = keysOf(database, sql, [expressions.join(' AND '), most + 1])
  return keys.length > most ? undefined : keys
}

function keysOf(database: Database, sql: string, values: readonly Value[]): number[] {
  return database
    .rows(sql, ...values)
    .map(([key]) => Number(key))
    .sort((a, b) => b - a)
}

/** Keys that follow one another, both included. */
export interface KeyRange {
  from: number
  to: number
}

/** Beyond these, numbers of passages would not be safe integers. */
const allKeys: readonly KeyRange[] = [{ from: 0, to: 2 ** 33 - 1 }]

/** To begin anew at a row takes as long as to look at so many that follow one another (0.25 to 0.7 ms). */
const rowsForOneStart = 400
/** The rows of a beginning of a word are put together anew each time: so many of them in the time that one is looked at. */
const rowsPutTogether = 8

/** Where to look for matches, the highest keys first; everywhere, where that takes no longer. */
export function rangesOf(database: Database, matches: Matches): readonly KeyRange[] {
  const { terms, operator, stored } = matches
  const counts = terms.map(term => knownTerm(database, term, stored).count)
  const matching = operator === 'AND' ? Math.min(...counts) : Math.max(...counts)
  const keys = matches.few()
  if (!keys) return allKeys
  const hasPrefix = phrasesOf(terms).some(({ isPrefix }) => isPrefix)
  const rowsForStart = hasPrefix ? Math.max(rowsForOneStart, matching / rowsPutTogether) : rowsForOneStart
  const share = Math.min(1, matching / stored)
  const ranges = joined(keys, rowsForStart / share)
  const rows = ranges.reduce((sum, { from, to }) => sum + rowsForStart + (to - from) * share, 0)
  return rows < matching ? ranges : allKeys
}

/** Keys with less between them than that are one range. */
function joined(keys: readonly number[], between: number): KeyRange[] {
  const ranges: KeyRange[] = []
  for (const key of keys) {
    const last = ranges.at(-1)
    if (last && last.from - key <= between) last.from = key
    else ranges.push({ from: key, to: key })
  }
  return ranges
}
