import type { Database } from './database.ts'
import { readRecords } from './entities.ts'
import { textOf } from './entity-record.ts'
import { boundsOf, compileFilter } from './filter.ts'
import { all, type Sql } from './filter-input.ts'
import type { Found } from './found.ts'
import { toFound } from './hits.ts'
import type { Matches } from './matches.ts'
import { newestKeys } from './newest.ts'
import { joinTerms, matchTerms, type ShortestPrefix } from './query.ts'
import { reachOf } from './ranges.ts'
import { rank } from './rank.ts'
import { excerpt } from './snippet.ts'
import type { SearchInput } from './store.ts'

/** In larger stores a few letters begin too many words to be looked through while someone types. */
const largeStore = 50_000
const hugeStore = 200_000

/**
 * The best matches for any text a person may type, best first; the newest entities for a blank one.
 * @throws Failure `invalid` (filter)
 */
export function search(database: Database, input: SearchInput): Found[] {
  const { query, filter } = input
  const place = within(input.collection)
  const where = filter == null ? place : all([place, compileFilter(filter)])
  const scope = { place, bounds: boundsOf(filter ?? {}) }
  return database.transaction(() => {
    const { stored, passages } = measureIndex(database)
    const reach = reachOf(database, scope, stored)
    if (query.trim() === '') {
      const collections = new Set(typeof input.collection === 'string' ? [input.collection] : input.collection)
      const among = { collections: [...collections], where, bounds: scope.bounds, few: reach.few, stored }
      return shown(database, newestKeys(database, among, input))
    }
    const terms = matchTerms(query, shortestPrefix(stored))
    if (terms.length === 0) return []
    for (const operator of terms.length > 1 ? (['AND', 'OR'] as const) : (['AND'] as const)) {
      const expression = joinTerms(terms, operator)
      const matches = { terms, operator, expression, where, reach, isFiltered: filter != null, stored, passages }
      const found = rank(database, matches, input)
      if (found.length > 0) return toFound(database, matches, found)
      // A page beyond the last match must not begin another ranking.
      if (input.offset > 0 && rank(database, matches, { limit: 1, offset: 0 }).length > 0) return []
    }
    return []
  })
}

/** About how many rows the index has, and how many of them are passages. */
function measureIndex(database: Database): Pick<Matches, 'stored' | 'passages'> {
  const counts = database.get(
    'select (select max(key) from entities) as last, (select count from passage_counts) as passages',
  )
  const passages = Number(counts?.passages ?? 0)
  return { stored: Number(counts?.last ?? 0) + passages, passages }
}

function shortestPrefix(stored: number): ShortestPrefix {
  if (stored <= largeStore) return { alone: 1, afterOthers: 1 }
  return stored <= hugeStore ? { alone: 3, afterOthers: 3 } : { alone: 3, afterOthers: 4 }
}

function within(collection: SearchInput['collection']): Sql {
  if (typeof collection === 'string') return { text: 'entities.collection = ?', values: [collection] }
  return { text: 'entities.collection in (select value from json_each(?))', values: [JSON.stringify(collection)] }
}

function shown(database: Database, keys: readonly number[]): Found[] {
  const entities = readRecords(database, keys)
  return keys.flatMap((key): Found[] => {
    const entity = entities.get(key)
    if (!entity) return []
    return [[entity, 0, [excerpt(textOf(entity)), null, null, 0, 0], []]]
  })
}
