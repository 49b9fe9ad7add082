/** What is searched for, and what is found of it. */
import type { EntityRecord } from './entity-record.ts'
import type { Sql } from './filter-input.ts'
import type { Reach } from './ranges.ts'

export interface Matches {
  terms: readonly string[]
  operator: 'AND' | 'OR'
  /** The terms, joined. */
  expression: string
  /** On `entities`. */
  where: Sql
  /** Whether that is more than a collection. */
  isFiltered: boolean
  reach: Reach
  /** About how many rows the index has. */
  stored: number
  /** How many of them are passages. */
  passages: number
}

export interface Window {
  limit: number
  offset: number
}

/** An entity that was found. */
export interface Match {
  key: number
  /** Smaller is better. */
  rank: number
  /** Where it was read along with it. */
  record?: EntityRecord | undefined
  /** The best of its passages, best first, where that is known already. */
  passages?: readonly PassageMatch[] | undefined
}

export interface PassageMatch {
  id: number
  /** Larger is better. */
  score: number
}

/** The first so many of a list, given the keys of what is in the whole lists before it. */
export type First = (count: number, before: ReadonlySet<number>) => Match[]

/** A window on lists that follow one another. None of them ranks better than what is before it. */
export function windowOn(lists: readonly First[], { limit, offset }: Window): Match[] {
  const found: Match[] = []
  const keys = new Set<number>()
  for (const first of lists) {
    const missing = offset + limit - found.length
    if (missing <= 0) break
    const worst = found.at(-1)?.rank ?? Number.NEGATIVE_INFINITY
    found.push(...first(missing, keys).map(match => ({ ...match, rank: Math.max(match.rank, worst) })))
    for (const { key } of found) keys.add(key)
  }
  return found.slice(offset, offset + limit)
}

/** Two lists in one order as one; of a key that is in both, the first. */
export function merge(
  one: readonly Match[],
  other: readonly Match[],
  compare: (a: Match, b: Match) => number,
): Match[] {
  const found = new Map<number, Match>()
  for (const match of [...one, ...other].sort(compare)) if (!found.has(match.key)) found.set(match.key, match)
  return [...found.values()]
}
