/**
 * The best matches of a single word without a look at each. BM25 asks for the length of every match, each from a page of
 * its own, which is most of what a search costs; how often a word is in a match, and in which column, the index tells by
 * itself in a tenth of that time. What has the word only once, and not where it counts for more, cannot be better than
 * what BM25 gives for one in a text of no length: where enough others are at least as good as that, the best are among
 * these.
 */
import { hash } from 'node:crypto'
import type { Database, Value } from './database.ts'
import type { Sql } from './filter-input.ts'
import { phrasesOf } from './marker.ts'
import type { Window } from './matches.ts'
import { firstPassageId } from './passage-ids.ts'
import { knownTerm, mostRanked } from './terms.ts'

/** Of fewer matches for each that is shown, all are looked at in no time. */
const matchesForOne = 10

/** A condition on rows of the index that leaves those for whom the word counts more than once. */
export interface Contenders extends Sql {
  /** How many there are, about. */
  count: number
  experience: Experience
}

/** With a filter or collection: what is slow there twice need not be tried each time. */
interface Experience {
  /** Of contenders, that are left by it, as far as that is known. */
  share: number | undefined
  /** How often in a row those that were left were not good enough. */
  failures: number
  /** How often since then all matches were looked at at once. */
  skipped: number
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
  const experience = experienceOf(database, where)
  const share = experience.share ?? (isFiltered ? guessedShare : 1)
  if (known.contenders * share < shown || isHopeless(experience)) return undefined
  return { text: isContender, values, count: known.contenders, experience }
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

const experiences = new WeakMap<Database, Map<string, Experience>>()
const mostExperiences = 200
/** Of a filter that was not seen yet. */
const guessedShare = 1 / 3
/** After so many failures, only one of so many questions is tried. */
const mostFailures = 2
const triedEvery = 16

function experienceOf(database: Database, { text, values }: Sql): Experience {
  const known = experiences.get(database) ?? new Map<string, Experience>()
  experiences.set(database, known)
  const name = hash('sha256', JSON.stringify([text, values]))
  const experience = known.get(name) ?? { share: undefined, failures: 0, skipped: 0 }
  if (known.size >= mostExperiences) known.clear()
  known.set(name, experience)
  return experience
}

function isHopeless(experience: Experience): boolean {
  if (experience.failures < mostFailures) return false
  experience.skipped = (experience.skipped + 1) % triedEvery
  return experience.skipped !== 0
}

/** What BM25 comes near to, the more often a word is in a match: the lengths of texts are nothing beside such weights. */
export const mostOfBm25 = 'bm25(search, 1e30, 1e30, 1e30, 1e30)'

/**
 * Whether a page of contenders is the page of all matches: there are enough of them, and the last one is better than any
 * match that is none. With the word once, BM25 divides the most it gives by `1 + k1 * (1 - b + b * length / average)`,
 * where `k1` is 1.2 and `b` 0.75 (https://www.sqlite.org/fts5.html#the_bm25_function). Smaller is better.
 */
export function isWholePage(
  { count, experience }: Contenders,
  { limit, offset }: Window,
  found: readonly { score: number; most: number }[],
): boolean {
  if (found.length < limit) {
    experience.share = (offset + found.length) / count
    return false
  }
  const last = found.at(-1)
  const isBeyondOthers = last !== undefined && last.score <= last.most / (1 + 1.2 * 0.25)
  experience.failures = isBeyondOthers ? 0 : experience.failures + 1
  return isBeyondOthers
}

/** Looked up each time: the search in whose transaction it was made may have failed, which takes it away again. */
function prepareInstances(database: Database): void {
  if (database.get("select 1 from temp.sqlite_schema where name = 'search_instances'")) return
  database.scriptTemporary('create virtual table temp.search_instances using fts5vocab(main, search, instance)')
}
