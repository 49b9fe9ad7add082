/**
 * The order of what a search finds. FTS5's BM25 costs a microsecond or two for each match, whatever the limit, and as
 * much again for each entity that a word of the query is in: where words are in everything, that is seconds. So matches
 * in reasonable number are ranked by BM25; of more than that, those whose name matches are, and the others follow, the
 * ones stored last first: of words that are nearly everywhere BM25 tells little.
 *
 * Entities that are divided into passages are found apart, where passages match at all, and come in between. Those that
 * have all words, but not together in one passage, come last.
 */
import { type Contenders, contendersOf, isWholePage, mostOfBm25, type Ranking } from './contenders.ts'
import { boundLimit, type Database, type Value } from './database.ts'
import { findDivided, isInPassages } from './divided.ts'
import { latestDivided, scattered } from './divided-many.ts'
import { recordOf } from './entities.ts'
import { recordColumns } from './entity-record.ts'
import type { Sql } from './filter-input.ts'
import type { KeyRange } from './kinds.ts'
import { type First, type Match, type Matches, merge, type Window, windowOn } from './matches.ts'
import { firstPassageId } from './passage-ids.ts'
import { joinTerms } from './query.ts'
import { rangesOf } from './ranges.ts'
import { isCommon, isFew, isMoreThan, mostRanked } from './terms.ts'

export function rank(database: Database, matches: Matches, window: Window): Match[] {
  return matches.stored <= mostRanked || canBeRanked(database, matches)
    ? rankAll(database, matches, window)
    : rankByName(database, matches, window)
}

function rankAll(database: Database, matches: Matches, window: Window): Match[] {
  const order = orderOf(database, matches)
  const divided = matches.passages > 0 ? findDivided(database, matches) : undefined
  if (!divided) {
    const found = window.offset === 0 ? rankedRecords(database, order, window) : ranked(database, order, window)
    if (found.length === window.limit || !mayBeScattered(database, matches)) return found
    const whole: First = count => ranked(database, order, { limit: count, offset: 0 })
    return windowOn([whole, count => scattered(database, matches, count)], window)
  }
  const together: First = count => {
    const best = divided.together(count)
    // Those whose name has all words are among both.
    const first = { limit: count + best.length, offset: 0 }
    const whole = ranked(database, order, first)
    return merge(whole, best, (a, b) => a.rank - b.rank || a.key - b.key).slice(0, count)
  }
  const apart: First = divided.isComplete ? divided.apart : count => scattered(database, matches, count)
  return windowOn([together, apart], window).map(match => ({ ...match, passages: divided.passagesOf(match.key) }))
}

function rankByName(database: Database, matches: Matches, window: Window): Match[] {
  const { terms, expression, where, stored } = matches
  const inName = `{name} : (${expression})`
  const isRanked = !isMoreThan(database, inName, mostRanked) && !terms.every(term => isCommon(database, term, stored))
  const ranges = rangesOf(database, matches)
  const named = (count: number) => {
    const first = { limit: count, offset: 0 }
    return isRanked
      ? ranked(database, { expression: inName, where }, first)
      : latest(database, { expression: inName, where, ranges }, first)
  }
  const rest = { expression: `(${expression}) NOT ${inName}`, where, ranges }
  if (matches.passages === 0 || !isInPassages(database, expression)) {
    const shown = named(window.offset + window.limit)
    const found = shown.slice(window.offset)
    const left = { limit: window.limit - found.length, offset: Math.max(0, window.offset - shown.length) }
    if (left.limit > 0) found.push(...latest(database, rest, left))
    if (found.length === window.limit || !mayBeScattered(database, matches)) return found
  }
  const others: First = (count, before) => {
    const whole = latest(database, rest, { limit: count, offset: 0 })
    return merge(whole, latestDivided(database, matches, { ranges, before }, count), (a, b) => b.key - a.key).slice(
      0,
      count,
    )
  }
  return windowOn([named, others, count => scattered(database, matches, count)], window)
}

/** Whether entities may have all words without having them together that are not among those found by the words. */
function mayBeScattered(database: Database, { terms, operator, stored, passages }: Matches): boolean {
  return passages > 0 && operator === 'AND' && terms.length > 1 && !terms.some(term => isFew(database, term, stored))
}

/** What makes the order, and what else holds of what is found. */
interface Order {
  expression: string
  where: Sql
  /** Where to ask again costs little: of which terms the expression is made. */
  ranking?: Ranking | undefined
}

/**
 * Where some words of a query are in a large part of everything, the others make the order: counting what a word is in,
 * which BM25 does for each, would take longer than all else.
 */
function orderOf(database: Database, { terms, operator, expression, where, stored, isFiltered }: Matches): Order {
  const rare = stored <= mostRanked ? terms : terms.filter(term => !isCommon(database, term, stored))
  const whole = { expression, where, ranking: { terms, stored, isFiltered } }
  if (operator === 'OR' || rare.length === 0 || rare.length === terms.length) return whole
  const ranking = joinTerms(rare, 'AND')
  if (isMoreThan(database, ranking, mostRanked)) return whole
  // The plus sign keeps SQLite from beginning with these.
  const all = '+entities.key in (select rowid from search where search match ?)'
  return {
    expression: ranking,
    where: { text: `${where.text} and ${all}`, values: [...where.values, expression] },
  }
}

/** As the index's own `rank` has it. That would be sorted by FTS5, which copies where the words are in each match. */
const bm25 = 'bm25(search, 8.0, 1.0, 2.0, 1.0)'

function ranked(database: Database, order: Order, window: Window): Match[] {
  return firstRows(database, { columns: 'found.key, found.score', from: '' }, order, window).map(([key, score]) => ({
    key: Number(key),
    rank: Number(score),
  }))
}

/** The same with their entities, which are at hand then. */
function rankedRecords(database: Database, order: Order, window: Window): Match[] {
  const columns = `${recordColumns}, found.key, found.score`
  const from = 'cross join bodies on bodies.key = entities.key'
  return firstRows(database, { columns, from }, order, window).map(row => {
    const rank = Number(row.pop())
    return { rank, key: Number(row.pop()), record: recordOf(row) }
  })
}

interface Wanted {
  /** The score comes last. */
  columns: string
  /** What is joined with the entities. */
  from: string
}

/** Best first. Where all of a page are contenders that no other match can be better than, the others are not looked at. */
function firstRows(database: Database, wanted: Wanted, order: Order, window: Window): Value[][] {
  const shown = window.offset + window.limit
  const contenders = order.ranking && contendersOf(database, order.ranking, order.where, shown)
  if (contenders) {
    const rows = rowsInOrder(
      database,
      { ...wanted, columns: `found.most, ${wanted.columns}` },
      order,
      window,
      contenders,
    )
    const found = rows.map(row => ({ most: Number(row[0]), score: Number(row.at(-1)) }))
    if (isWholePage(contenders, window, found)) return rows.map(([_most, ...row]) => row)
  }
  return rowsInOrder(database, wanted, order, window)
}

/**
 * Equal ranks come in the order of their keys, page by page the same. The inner limit keeps SQLite from looking at the
 * entities of all of them before it sorts; as it is, no more are looked at than are shown.
 */
function rowsInOrder(
  database: Database,
  { columns, from }: Wanted,
  { expression, where }: Order,
  { limit, offset }: Window,
  among?: Contenders,
): Value[][] {
  const sql = `select ${columns} from (
      select rowid as key, ${among ? `${mostOfBm25} as most,` : ''} ${bm25} as score from search
      where search match ? and rowid < ${firstPassageId} ${among ? `and ${among.text}` : ''}
      order by score, key limit -1
    ) as found cross join entities on entities.key = found.key ${from}
    where ${where.text} ${boundLimit} offset ?`
  const inner = [expression, ...(among?.values ?? [])]
  return database.rows(sql, ...inner, ...where.values, Math.max(0, limit), offset)
}

interface Latest {
  expression: string
  where: Sql
  /** Of keys, the highest first: where all of them are. */
  ranges: readonly KeyRange[]
}

/** Those stored last first. */
function latest(database: Database, { expression, where, ranges }: Latest, { limit, offset }: Window): Match[] {
  const keys: number[] = []
  for (const { from, to } of ranges) {
    const missing = offset + limit - keys.length
    if (missing <= 0) break
    // Without the casts, FTS5 does not take them for bounds: whatever is bound as a number is a real one.
    const rows = database.rows(
      `select entities.key from search cross join entities on entities.key = search.rowid
       where search match ? and search.rowid between cast(? as integer) and cast(? as integer) and ${where.text}
       order by search.rowid desc ${boundLimit}`,
      expression,
      from,
      to,
      ...where.values,
      missing,
    )
    for (const [key] of rows) keys.push(Number(key))
  }
  return keys.slice(offset).map(key => ({ key, rank: 0 }))
}

/** Whether all matches can be ranked. Where one of all words is in few, nothing need be counted. */
function canBeRanked(database: Database, { terms, operator, expression, stored }: Matches): boolean {
  if (operator === 'AND' && terms.some(term => isFew(database, term, stored))) return true
  return terms.length > 1 && !isMoreThan(database, expression, mostRanked)
}
