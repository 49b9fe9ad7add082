/**
 * Entities that are divided into passages, where what is searched for is in few enough rows to look at each: which of
 * them have all words, how well, and in which passages. A word of the name counts for every passage. What FTS5 gives for
 * a word in a row is added up over the words as its BM25 does for rows, so that these rank among all others.
 */
import type { Database, Row } from './database.ts'
import { keepWanted } from './divided-many.ts'
import type { Match, Matches, PassageMatch } from './matches.ts'
import { firstPassageId, isDividedSql, keyOfPassageSql, keyOfRow } from './passage-ids.ts'
import { joinTerms } from './query.ts'
import { isFew } from './terms.ts'

export interface Divided {
  /** Those with all words in the name and one passage; for OR, with any word. Best first. */
  together(count: number): Match[]
  /** Those with all words, but not together. Best first. */
  apart(count: number): Match[]
  /** Whether `apart` has all of them. */
  isComplete: boolean
  /** The best passages of one of them, best first; undefined for an entity that is none of them. */
  passagesOf(key: number): PassageMatch[] | undefined
}

/** Some more than are shown, as of two beside each other one may show nothing new. */
const mostPassagesKept = 5

/** Undefined where no passage has to do with it. */
export function findDivided(database: Database, matches: Matches): Divided | undefined {
  const { terms, operator, expression, stored, where } = matches
  const few = operator === 'OR' ? terms : terms.filter(term => isFew(database, term, stored))
  const units = few.length > 0 ? few : [expression]
  const others = few.length > 0 ? terms.filter(term => !few.includes(term)) : []
  const found = new Map<number, Scores>()
  const count = units.length + others.length
  for (const [unit, words] of units.entries()) {
    // Beside others, a word may be in the name alone.
    const rows = terms.length > 1 ? rankedRows(database, words) : rankedPassages(database, words)
    addRows(found, rows, { unit, count, isNew: operator === 'OR' || unit === 0 })
    if (operator === 'AND') dropWithout(found, unit)
    if (found.size === 0 && operator === 'AND') return undefined
  }
  if (found.size === 0) return undefined
  for (const [index, words] of others.entries()) {
    const rows = rowsBeside(database, words, joinTerms(few, 'OR'), [...found.keys()])
    addRows(found, rows, { unit: units.length + index, count, isNew: false })
  }
  const rated = [...found].map(([key, scores]) => rate(key, scores, operator))
  const together = inOrder(rated.filter(({ isTogether }) => isTogether))
  const isTogether = new Set(together.map(({ key }) => key))
  let apart: Match[] | undefined
  return {
    together: wanted => keepWanted(database, where, together, wanted),
    apart(wanted) {
      for (const [index, words] of apart ? [] : others.entries()) {
        const unit = units.length + index
        const keys = [...found.keys()].filter(key => !isTogether.has(key))
        addRows(found, rowsOf(database, words, keys), { unit, count, isNew: false })
        dropWithout(found, unit)
      }
      const left = [...found].filter(([key]) => !isTogether.has(key))
      apart ??= inOrder(left.map(([key, scores]) => rate(key, scores, operator)))
      return keepWanted(database, where, apart, wanted)
    },
    isComplete: few.length > 0,
    passagesOf(key) {
      const scores = found.get(key)
      return scores && bestPassages(scores)
    },
  }
}

function inOrder(rated: readonly Rating[]): Match[] {
  return rated
    .toSorted((a, b) => b.score - a.score || a.key - b.key)
    .map(({ key, score }): Match => ({ key, rank: -score }))
}

/** Whether any passage matches. */
export function isInPassages(database: Database, expression: string): boolean {
  const sql = `select 1 from search where search match ? and rowid >= ${firstPassageId} limit 1`
  return database.get(sql, expression) !== undefined
}

/** What each word counts, by its place among the words; 0 where it is not. */
type Counts = number[]

interface Scores {
  names: Counts
  passages: Map<number, Counts>
}

interface IndexRow {
  rowid: number
  score: number
}

/** BM25 goes below any use, but never to nothing. */
const least = 1e-9

function rankedRows(database: Database, words: string, isAsked = `or ${isDividedSql('search.rowid')}`): IndexRow[] {
  const sql = `select search.rowid as id, search.rank as rank from search
    where search match ? and (search.rowid >= ${firstPassageId} ${isAsked})`
  return database.all(sql, words).map(row => ({ rowid: Number(row.id), score: Math.max(least, -Number(row.rank)) }))
}

function rankedPassages(database: Database, words: string): IndexRow[] {
  return rankedRows(database, words, '')
}

/**
 * Of a word that is in too much to be ranked: the names of these entities that have it, and the passages that have it
 * beside others. FTS5 leaps over the rest.
 */
function rowsBeside(database: Database, words: string, others: string, keys: readonly number[]): IndexRow[] {
  const inNames = `select rowid as id from search where search match ? and rowid < ${firstPassageId}
    and +rowid in (select value from json_each(?))`
  const inPassages = `select rowid as id from search where search match ? and rowid >= ${firstPassageId}`
  return [
    ...database.all(inNames, `{name author places} : (${words})`, JSON.stringify(keys)),
    ...database.all(inPassages, `(${others}) AND ${words}`),
  ].map(presentRow)
}

/** Wherever these entities have it. */
function rowsOf(database: Database, words: string, keys: readonly number[]): IndexRow[] {
  const key = `iif(rowid >= ${firstPassageId}, ${keyOfPassageSql('rowid')}, rowid)`
  const sql = `select rowid as id from search where search match ? and ${key} in (select value from json_each(?))`
  return database.all(sql, words, JSON.stringify(keys)).map(presentRow)
}

function presentRow({ id }: Row): IndexRow {
  return { rowid: Number(id), score: least }
}

function addRows(
  found: Map<number, Scores>,
  rows: readonly IndexRow[],
  { unit, count, isNew }: { unit: number; count: number; isNew: boolean },
): void {
  const none = () => new Array<number>(count).fill(0)
  for (const { rowid, score } of rows) {
    const key = keyOfRow(rowid)
    let scores = found.get(key)
    if (!scores) {
      if (!isNew) continue
      scores = { names: none(), passages: new Map() }
      found.set(key, scores)
    }
    if (rowid === key) {
      scores.names[unit] = score
      continue
    }
    const counts = scores.passages.get(rowid) ?? none()
    counts[unit] = score
    scores.passages.set(rowid, counts)
  }
}

function dropWithout(found: Map<number, Scores>, unit: number): void {
  for (const [key, { names, passages }] of found) {
    if (names[unit] !== 0 || [...passages.values()].some(counts => counts[unit] !== 0)) continue
    found.delete(key)
  }
}

interface Rating {
  key: number
  isTogether: boolean
  score: number
}

function rate(key: number, { names, passages }: Scores, operator: Matches['operator']): Rating {
  let best = 0
  let together = 0
  const everywhere = [...names]
  for (const counts of [names, ...passages.values()]) {
    let score = 0
    let isWhole = true
    for (const [unit, count] of counts.entries()) {
      const larger = Math.max(count, names[unit] ?? 0)
      score += larger
      if (larger === 0) isWhole = false
      everywhere[unit] = Math.max(everywhere[unit] ?? 0, count)
    }
    if (isWhole) together = Math.max(together, score)
    best = Math.max(best, score)
  }
  if (operator === 'OR') return { key, isTogether: true, score: best }
  if (together > 0) return { key, isTogether: true, score: together }
  return { key, isTogether: false, score: sum(everywhere) }
}

/**
 * First one with all words, as far as there is one. Each next one is that which adds most to those before it; of those
 * that add nothing, the best by itself.
 */
function bestPassages({ names, passages }: Scores): PassageMatch[] {
  const left = [...passages].map(([id, counts]) => {
    const withNames = counts.map((count, unit) => Math.max(count, names[unit] ?? 0))
    return { id, counts, score: sum(withNames), isWhole: withNames.every(count => count > 0) }
  })
  const shown = [...names]
  const best: PassageMatch[] = []
  while (best.length < mostPassagesKept && left.length > 0) {
    const rated = left.map(passage => {
      const gain = sum(passage.counts.map((count, unit) => Math.max(0, count - (shown[unit] ?? 0))))
      return { ...passage, order: [best.length === 0 && passage.isWhole ? 1 : 0, gain, passage.score, -passage.id] }
    })
    const next = rated.reduce((one, other) => (isGreater(other.order, one.order) ? other : one))
    for (const [unit, count] of next.counts.entries()) shown[unit] = Math.max(shown[unit] ?? 0, count)
    best.push({ id: next.id, score: Math.min(next.score, best.at(-1)?.score ?? next.score) })
    left.splice(
      left.findIndex(({ id }) => id === next.id),
      1,
    )
  }
  return best
}

function isGreater(one: readonly number[], other: readonly number[]): boolean {
  const place = one.findIndex((value, index) => value !== other[index])
  return place >= 0 && (one[place] ?? 0) > (other[place] ?? 0)
}

function sum(counts: Counts): number {
  return counts.reduce((total, count) => total + count, 0)
}
