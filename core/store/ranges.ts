/**
 * Where to look for what is in nearly everything, so that it is not looked for where nothing of a collection, a source or
 * a type is: beside a first sync into another collection, or where only a few entities may match.
 */
import { once } from '../remembered.ts'
import type { Database } from './database.ts'
import { fewKeys } from './few.ts'
import { type KeyRange, kindsIn, type Scope } from './kinds.ts'
import { phrasesOf } from './marker.ts'
import type { Matches } from './matches.ts'
import { knownTerm } from './terms.ts'

/** Read when it is asked for. */
export interface Reach {
  /** Keys of all that can be in the scope of a search, the highest first; undefined where they are not few. */
  few(): readonly number[] | undefined
  /** Ranges that have all of them, the highest first. */
  spans(): readonly KeyRange[]
}

/** Beyond these, numbers of passages would not be safe integers. */
const allKeys: readonly KeyRange[] = [{ from: 0, to: 2 ** 33 - 1 }]

/** @param stored about how many rows the index has */
export function reachOf(database: Database, scope: Scope, stored: number): Reach {
  const kinds = once(() => kindsIn(database, scope))
  return {
    few: once(() => fewKeys(database, scope, kinds(), stored)),
    spans: once(() => kinds()?.toSorted((a, b) => b.to - a.to) ?? allKeys),
  }
}

/** To begin anew at a row takes as long as to look at so many that follow one another (0.25 to 0.7 ms). */
const rowsForOneStart = 400
/** The rows of a beginning of a word are put together anew each time: so many of them in the time that one is looked at. */
const rowsPutTogether = 8

/** The highest keys first; everywhere, where that takes no longer. */
export function rangesOf(database: Database, { terms, operator, stored, reach }: Matches): readonly KeyRange[] {
  const counts = terms.map(term => knownTerm(database, term, stored).count)
  const matching = operator === 'AND' ? Math.min(...counts) : Math.max(...counts)
  const spans = reach.few()?.map(key => ({ from: key, to: key })) ?? reach.spans()
  const hasPrefix = phrasesOf(terms).some(({ isPrefix }) => isPrefix)
  const rowsForStart = hasPrefix ? Math.max(rowsForOneStart, matching / rowsPutTogether) : rowsForOneStart
  const share = Math.min(1, matching / stored)
  const ranges = joined(spans, rowsForStart / share)
  const rows = ranges.reduce((sum, { from, to }) => sum + rowsForStart + (to - from) * share, 0)
  return rows < matching ? ranges : allKeys
}

/** Those with less between them than that are one. @param spans by their ends, the highest first */
function joined(spans: readonly KeyRange[], between: number): KeyRange[] {
  const ranges: KeyRange[] = []
  for (const { from, to } of spans) {
    const last = ranges.at(-1)
    if (last && last.from - to <= between) last.from = Math.min(last.from, from)
    else ranges.push({ from, to })
  }
  return ranges
}
