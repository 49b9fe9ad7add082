/** In how many rows of the index words are: what an order costs, and what it tells, follows from it. */
import { boundLimit, type Database } from './database.ts'

/** So many matches are ranked in some tens of milliseconds. */
export const mostRanked = 10_000
/** A word that is in a larger share of all rows adds next to nothing to the rank of any. */
const commonShare = 0.2

export function isFew(database: Database, term: string, stored: number): boolean {
  return shareOf(database, term, stored) === 'few'
}

export function isCommon(database: Database, term: string, stored: number): boolean {
  return shareOf(database, term, stored) === 'common'
}

export function isMoreThan(database: Database, expression: string, limit: number): boolean {
  return countUpTo(database, expression, limit) > limit
}

/** `few`: no more than can be ranked; `common`: in a large part of everything. */
type Share = 'few' | 'some' | 'common'

/** What is known of a term since there were so many rows. */
interface Known {
  share: Share
  /** How many rows it is in; of a common one, no more than make it one. */
  count: number
  stored: number
  /** In how many it counts for more than in most (`contenders.ts`): found out where that is asked. */
  contenders?: number
}

const knownTerms = new WeakMap<Database, Map<string, Known>>()
const mostKnownTerms = 2000

function shareOf(database: Database, term: string, stored: number): Share {
  return stored <= mostRanked ? 'few' : knownTerm(database, term, stored).share
}

/** Looked at again when the store has grown or shrunk by a tenth. @param stored about how many rows there are */
export function knownTerm(database: Database, term: string, stored: number): Known {
  const terms = knownTerms.get(database) ?? new Map<string, Known>()
  knownTerms.set(database, terms)
  const known = terms.get(term)
  if (known && Math.abs(known.stored - stored) * 10 < stored) return known
  const count = countUpTo(database, term, Math.max(mostRanked, stored * commonShare))
  const share: Share = count <= mostRanked ? 'few' : count <= stored * commonShare ? 'some' : 'common'
  if (terms.size >= mostKnownTerms) terms.clear()
  const found: Known = { share, count, stored }
  terms.set(term, found)
  return found
}

/** Looks at one more of them than that, at the most. */
function countUpTo(database: Database, expression: string, limit: number): number {
  const sql = `select count(*) as count from (select 1 from search where search match ? ${boundLimit})`
  return Number(database.get(sql, expression, Math.floor(limit) + 1)?.count)
}
