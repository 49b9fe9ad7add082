/**
 * The order of what a search finds. FTS5's BM25 costs a microsecond or two for each match, whatever the limit, and as
 * much again for each entity that a word of the query is in: where words are in everything, that is seconds. So matches
 * in reasonable number are ranked by BM25; of more than that, those whose name matches are, and the others follow, the
 * ones stored last first: of words that are nearly everywhere BM25 tells little.
 */
import type { Database, Row } from './database.ts'
import type { Sql } from './filter-input.ts'
import { joinTerms } from './query.ts'
import { matchEnd, matchStart } from './snippet.ts'

export interface Matches {
  terms: readonly string[]
  operator: 'AND' | 'OR'
  /** The terms, joined. */
  expression: string
  /** On `entities`. */
  where: Sql
  /** About how many entities there are. */
  stored: number
}

export interface Window {
  limit: number
  offset: number
}

/** So many matches are ranked in some tens of milliseconds. */
const mostRanked = 10_000
/** A word that is in a larger share of all entities adds next to nothing to the rank of any. */
const commonShare = 0.2

/** Words around a match that a snippet shows. */
const snippetWords = 32

/** Rows of `key`, `rank` (smaller is better), and `text`, `name`, `author`, `places` with the matches marked. */
export function rank(database: Database, matches: Matches, { limit, offset }: Window): Row[] {
  const { expression, where, stored } = matches
  if (stored <= mostRanked) return ranked(database, expression, where, { limit, offset })
  if (isFew(database, matches)) {
    return rankedByRare(database, matches, { limit, offset }) ?? ranked(database, expression, where, { limit, offset })
  }
  const inName = `{name} : (${expression})`
  const isRanked =
    !isMoreThan(database, inName, mostRanked) && !matches.terms.every(term => isCommon(database, term, stored))
  const first = { limit: offset + limit, offset: 0 }
  const named = isRanked ? ranked(database, inName, where, first) : latest(database, inName, where, first)
  const shown = named.slice(offset)
  const left = limit - shown.length
  if (left <= 0) return shown
  const rest = { limit: left, offset: Math.max(0, offset - named.length) }
  return [...shown, ...latest(database, `(${expression}) NOT ${inName}`, where, rest)]
}

/**
 * Where some words of a query are in a large part of everything, the others make the order: counting what a word is in,
 * which BM25 does for each, would take longer than all else.
 */
function rankedByRare(database: Database, matches: Matches, window: Window): Row[] | undefined {
  const { terms, operator, expression, where, stored } = matches
  const rare = terms.filter(term => !isCommon(database, term, stored))
  if (operator === 'OR' || rare.length === 0 || rare.length === terms.length) return undefined
  const ranking = joinTerms(rare, 'AND')
  if (isMoreThan(database, ranking, mostRanked)) return undefined
  // The plus sign keeps SQLite from asking FTS5 for each of these by itself.
  const all = { text: '+search.rowid in (select rowid from search where search match ?)', values: [expression] }
  const both = { text: `${where.text} and ${all.text}`, values: [...where.values, ...all.values] }
  return ranked(database, ranking, both, window)
}

/** `order by rank` alone lets FTS5 sort by itself; equal ranks come in the order of their keys, page by page the same. */
function ranked(database: Database, expression: string, where: Sql, window: Window): Row[] {
  return select(database, { rank: 'search.rank', order: 'search.rank' }, expression, where, window)
}

function latest(database: Database, expression: string, where: Sql, window: Window): Row[] {
  return select(database, { rank: '0', order: 'search.rowid desc' }, expression, where, window)
}

function select(
  database: Database,
  { rank: score, order }: { rank: string; order: string },
  expression: string,
  where: Sql,
  { limit, offset }: Window,
): Row[] {
  return database.all(
    `select entities.key, ${score} as rank,
       snippet(search, 1, ?, ?, '…', ${snippetWords}) as text,
       highlight(search, 0, ?, ?) as name, highlight(search, 2, ?, ?) as author, highlight(search, 3, ?, ?) as places
     from search cross join entities on entities.key = search.rowid
     where search match ? and ${where.text} order by ${order} limit ? offset ?`,
    ...[1, 2, 3, 4].flatMap(() => [matchStart, matchEnd]),
    expression,
    ...where.values,
    Math.max(0, limit),
    offset,
  )
}

/** Whether all matches can be ranked. Where one of all words is in few, nothing need be counted. */
function isFew(database: Database, { terms, operator, expression, stored }: Matches): boolean {
  if (operator === 'AND' && terms.some(term => shareOf(database, term, stored) === 'few')) return true
  return terms.length > 1 && !isMoreThan(database, expression, mostRanked)
}

function isCommon(database: Database, term: string, stored: number): boolean {
  return shareOf(database, term, stored) === 'common'
}

/** `few`: of matches; `common`: in a large part of everything. */
type Share = 'few' | 'some' | 'common'

const knownTerms = new WeakMap<Database, Map<string, { share: Share; stored: number }>>()
const mostKnownTerms = 2000

/** Looked at again when the store has grown or shrunk by a tenth. */
function shareOf(database: Database, term: string, stored: number): Share {
  const terms = knownTerms.get(database) ?? new Map<string, { share: Share; stored: number }>()
  knownTerms.set(database, terms)
  const known = terms.get(term)
  if (known && Math.abs(known.stored - stored) * 10 < stored) return known.share
  const count = countUpTo(database, term, Math.max(mostRanked, stored * commonShare))
  const share = count <= mostRanked ? 'few' : count <= stored * commonShare ? 'some' : 'common'
  if (terms.size >= mostKnownTerms) terms.clear()
  terms.set(term, { share, stored })
  return share
}

function isMoreThan(database: Database, expression: string, limit: number): boolean {
  return countUpTo(database, expression, limit) > limit
}

/** Looks at one more of them than that, at the most. */
function countUpTo(database: Database, expression: string, limit: number): number {
  const sql = 'select count(*) as count from (select 1 from search where search match ? limit ?)'
  return Number(database.get(sql, expression, Math.floor(limit) + 1)?.count)
}
