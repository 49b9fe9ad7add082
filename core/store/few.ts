/**
 * Where a collection, a source, a type, a time, an author or a place leaves few entities: which those are. What matches
 * nearly everywhere is looked for among them then, in place of finding few of them among all that matches.
 */
import { boundLimit, type Database, type Value } from './database.ts'
import { all } from './filter-input.ts'
import type { Kind, Scope } from './kinds.ts'
import { firstPassageId } from './passage-ids.ts'
import { knownTerm } from './terms.ts'

/** Read in some milliseconds. */
const mostKeys = 20_000
/** Of more, one of so many that match is among them, and as many are found at once without. */
const smallestShare = 20
const alwaysFew = 500

/**
 * Keys of all entities in it, and perhaps of some that are not, the highest first; undefined where they are not few.
 * @param kinds those that there can be in it, where that is known
 * @param stored about how many rows the index has
 */
export function fewKeys(
  database: Database,
  scope: Scope,
  kinds: readonly Kind[] | undefined,
  stored: number,
): number[] | undefined {
  const most = Math.min(mostKeys, Math.max(alwaysFew, Math.floor(stored / smallestShare)))
  return (
    keysOfKinds(database, kinds, most) ??
    keysOfTimes(database, scope, most) ??
    keysOfPhrases(database, scope, most, stored)
  )
}

/** By the counts that are kept of each connection and type. */
function keysOfKinds(database: Database, kinds: readonly Kind[] | undefined, most: number): number[] | undefined {
  if (!kinds || kinds.reduce((sum, { count }) => sum + count, 0) > most) return undefined
  const names = kinds.map(({ connectionId, entityType }) => [connectionId, entityType])
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
