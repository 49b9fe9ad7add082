/** Entities that are divided into passages, where what is searched for is in more rows than can be looked at one by one. */
import { boundLimit, type Database } from './database.ts'
import type { Sql } from './filter-input.ts'
import type { KeyRange } from './kinds.ts'
import type { Match, Matches } from './matches.ts'
import { firstPassageId, isDividedSql, keyOfPassageSql, keyOfRow, passageId } from './passage-ids.ts'

/** The first so many of a list that the filter lets through, in the order of the list. */
export function keepWanted(database: Database, where: Sql, listed: readonly Match[], wanted: number): Match[] {
  const kept: Match[] = []
  for (let from = 0; from < listed.length && kept.length < wanted; from += filteredAtOnce) {
    const some = listed.slice(from, from + filteredAtOnce)
    const keys = filterKeys(
      database,
      where,
      some.map(({ key }) => key),
    )
    kept.push(...some.filter(({ key }) => keys.has(key)))
  }
  return kept.slice(0, wanted)
}

const filteredAtOnce = 200

function filterKeys(database: Database, where: Sql, keys: readonly number[]): Set<number> {
  const sql = `select entities.key from json_each(?) as wanted cross join entities on entities.key = wanted.value
    where ${where.text}`
  return new Set(database.all(sql, JSON.stringify(keys), ...where.values).map(row => Number(row.key)))
}

/** Rows that are looked at in one go: most of them may be passages of one text. */
const rowsAtOnce = 500

/** Those with a passage that matches, the ones stored last first, but for those that were found before. */
export function latestDivided(
  database: Database,
  { expression, where }: Matches,
  { ranges, before }: { ranges: readonly KeyRange[]; before: ReadonlySet<number> },
  wanted: number,
): Match[] {
  const found: Match[] = []
  for (const { from, to } of ranges) {
    let below = passageId(to + 1, 0)
    while (found.length < wanted) {
      const rows = database.all(
        `select rowid as id from search where search match ?
         and rowid >= cast(? as integer) and rowid < cast(? as integer) order by rowid desc limit ${rowsAtOnce}`,
        expression,
        passageId(from, 0),
        below,
      )
      const keys = [...new Set(rows.map(row => keyOfRow(Number(row.id))))]
      const last = keys.at(-1)
      if (last === undefined) break
      const kept = filterKeys(database, where, keys)
      found.push(...keys.filter(key => kept.has(key) && !before.has(key)).map(key => ({ key, rank: 0 })))
      below = passageId(last, 0)
    }
  }
  return found.slice(0, wanted)
}

/**
 * Those with all words, but not in one row of the index: the ones stored last first. Looks through all rows that the
 * words are in, and is asked only where there is nothing else any more.
 */
export function scattered(database: Database, { terms, expression, where }: Matches, wanted: number): Match[] {
  const keys = `select iif(search.rowid >= ${firstPassageId}, ${keyOfPassageSql('search.rowid')}, search.rowid) as key
    from search where search match ?
    and (search.rowid >= ${firstPassageId} or ${isDividedSql('search.rowid')})`
  const everyTerm = terms.map(() => keys).join(' intersect ')
  const rows = database.all(
    `select entities.key from (${everyTerm} except ${keys}) as found cross join entities on entities.key = found.key
     where ${where.text} order by entities.key desc ${boundLimit}`,
    ...terms,
    expression,
    ...where.values,
    wanted,
  )
  return rows.map(row => ({ key: Number(row.key), rank: 0 }))
}
