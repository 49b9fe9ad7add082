/**
 * The best matches of a single word without a look at each. BM25 asks for the length of every match, each from a page of
 * its own, which is most of what a search costs; how often a word is in a match, and in which column, the index tells by
 * itself in a tenth of that time. What has the word only once, and not where it counts for more, cannot be better than
 * what BM25 gives for one in a text of no length: where enough others are at least as good as that, the best are among
 * these.
 */
import type { Database, Value } from './database.ts'
import type { Sql } from './filter-input.ts'
import { phrasesOf } from './marker.ts'
import { firstPassageId } from './passage-ids.ts'
import { knownTerm, mostRanked } from './terms.ts'

/** Of fewer matches for each that is shown, all are looked at in no time. */
const matchesForOne = 10

/** A condition on rows of the index that leaves those for whom the word counts more than once. */
export interface Contenders extends Sql {
  /** How many there are, about. */
  count: number
}

/** What makes an order: the terms that all ranked matches have. */
export interface Ranking {
  terms: readonly string[]
  /** About how many rows the index has. */
  stored: number
  /** Whether a filter may take some of what has them. */
  isFiltered: boolean
}

/**
 * Undefined where all matches are to be looked at.
 * @param where what else must hold of what is shown
 * @param shown how many of the best are asked for
 */
export function contendersOf(
  database: Database,
  { terms, stored, isFiltered }: Ranking,
  where: Sql,
  shown: number,
): Contenders | undefined {
  const [term, ...otherTerms] = terms
  if (term === undefined || otherTerms.length > 0 || stored <= mostRanked) return undefined
  const known = knownTerm(database, term, stored)
  if (known.count < shown * matchesForOne) return undefined
  const [phrase] = phrasesOf([term])
  const [word, ...otherWords] = phrase?.words ?? []
  if (!phrase || word === undefined || otherWords.length > 0) return undefined
  prepareInstances(database)
  const values = [word, phrase.isPrefix ? `${word}${lastCharacter}` : word]
  known.contenders ??= countContenders(database, values)
  const share = sharesOf(database).get(nameOf(where)) ?? (isFiltered ? guessedShare : 1)
  return known.contenders * share < shown ? undefined : { text: isContender, values, count: known.contenders }
}

const instances = `temp.search_instances where term >= ? and term <= ? and doc < ${firstPassageId}`
/** Comes after all that may follow in a word. */
const lastCharacter = '\u{10ffff}'
const weight = `sum(iif(col in ('name', 'author'), 2, 1))`

/** The plus sign keeps SQLite from asking the index for each of them by itself. */
const isContender = `+rowid in (select doc from ${instances} group by doc having ${weight} > 1)`

/** Of a word that is so often in few matches, all are looked at sooner than counted. */
const mostInstances = 3 * mostRanked

function countContenders(database: Database, values: readonly Value[]): number {
  const row = database.get(
    `select sum(weight > 1) as contenders, sum(instances) as instances from (
       select count(*) as instances, ${weight} as weight from (
         select doc, col from ${instances} limit ${mostInstances}
       ) group by doc
     )`,
    ...values,
  )
  return Number(row?.instances) < mostInstances ? Number(row?.contenders) : 0
}

/** Which share of contenders a filter or collection was seen to leave, where it left too few. */
const knownShares = new WeakMap<Database, Map<string, number>>()
const mostKnownShares = 200
/** Of a filter that was not seen yet. */
const guessedShare = 1 / 3

/** To be told where fewer were left than are shown, so that the like is not tried in vain again. */
export function rememberShare(database: Database, where: Sql, share: number): void {
  const shares = sharesOf(database)
  if (shares.size >= mostKnownShares) shares.clear()
  shares.set(nameOf(where), share)
}

function sharesOf(database: Database): Map<string, number> {
  const shares = knownShares.get(database) ?? new Map<string, number>()
  knownShares.set(database, shares)
  return shares
}

function nameOf({ text, values }: Sql): string {
  return JSON.stringify([text, values])
}

/** What BM25 comes near to, the more often a word is in a match: the lengths of texts are nothing beside such weights. */
export const mostOfBm25 = 'bm25(search, 1e30, 1e30, 1e30, 1e30)'

/**
 * Whether a contender is better than any match that is none: with the word once, BM25 divides that by
 * `1 + k1 * (1 - b + b * length / average)`, where `k1` is 1.2 and `b` 0.75
 * (https://www.sqlite.org/fts5.html#the_bm25_function). Smaller is better.
 */
export function isBeyondOthers(score: number, most: number): boolean {
  return score <= most / (1 + 1.2 * 0.25)
}

const prepared = new WeakSet<Database>()

function prepareInstances(database: Database): void {
  if (prepared.has(database)) return
  database.scriptTemporary('create virtual table temp.search_instances using fts5vocab(main, search, instance)')
  prepared.add(database)
}
