/** A filter as SQL: every value bound, every key from the list in `filter-fields.ts`, every mistake named by its place. */
import { isJsonObject } from '../json.ts'
import { isEmpty, isNull, matches, ranges } from './filter-conditions.ts'
import { type FilterField, filterField, latestMs } from './filter-fields.ts'
import { all, type Location, listAt, objectAt, type Sql, wrong } from './filter-input.ts'
import type { Filter } from './store.ts'
import { wordsOf } from './words.ts'

const deepest = 8
const mostConditions = 200

/** Keeps count over the whole filter while it is read. */
interface Budget {
  conditions: number
}

/** A condition over the row of `entities`, never null. @throws Failure `invalid` with a `fields` entry that says where */
export function compileFilter(filter: Filter): Sql {
  return group(filter, ['filter'], { conditions: 0 }, 1)
}

/** What a filter asks for that the store can find the entities of, without a look at others. All of it must hold. */
export interface Bounds {
  /** On source, connection and type of an entity. */
  kinds: Sql | undefined
  /** On the later of its times, where the filter asks for when it was updated. */
  times: Sql | undefined
  /** Of an author, a name or a place that is asked for as it is written. */
  phrases: readonly Phrases[]
}

export interface Phrases {
  /** Of the index. */
  column: string
  /** The words of each, folded, of which one must be in the column. */
  anyOf: readonly (readonly string[])[]
}

/** @param filter one that `compileFilter` takes */
export function boundsOf(filter: Filter): Bounds {
  const must = listOf(filter.must).map(([condition]) => condition)
  const kinds: Sql[] = []
  const times: Sql[] = []
  const phrases: Phrases[] = []
  for (const condition of must) {
    if (!isJsonObject(condition) || typeof condition.key !== 'string') continue
    if (kindKeys.has(condition.key)) kinds.push(fieldCondition(condition, []))
    const isTime = condition.key === 'updated_at' && condition.range !== undefined && condition.range !== null
    if (isTime) times.push(ranges(latestTime, condition.range, []))
    const column = Object.hasOwn(indexed, condition.key) ? indexed[condition.key] : undefined
    if (column) phrases.push(...phrasesWithin(column, condition.match))
  }
  return {
    kinds: kinds.length > 0 ? all(kinds) : undefined,
    times: times.length > 0 ? all(times) : undefined,
    phrases,
  }
}

/** In which column of the index the words of a key are. */
const indexed: Readonly<Record<string, string>> = { name: 'name', author: 'author', 'breadcrumbs.name': 'places' }

/** Texts that are the same have the same words, one after the other. One without a word says nothing. */
function phrasesWithin(column: string, match: unknown): Phrases[] {
  if (!isJsonObject(match)) return []
  const lists = [match.value === undefined ? undefined : [match.value], match.any]
  return lists.flatMap(list => {
    if (!Array.isArray(list) || list.length === 0 || list.length > mostPhrases) return []
    const anyOf = list.map(text => wordsOf(String(text)).map(({ folded }) => folded))
    return anyOf.every(words => words.length > 0 && words.length <= longestPhrase) ? [{ column, anyOf }] : []
  })
}

const mostPhrases = 20
const longestPhrase = 20

const kindKeys = new Set(['source_name', 'source_connection_id', 'connection_id', 'entity_type'])
/** Of what was updated at all, when that was. */
const latestTime: FilterField = { kind: 'time', sql: 'entities.updated_at', ms: latestMs }

function group(filter: unknown, location: Location, budget: Budget, depth: number): Sql {
  if (depth > deepest) throw wrong(location, `filters may be nested ${deepest} deep at most`)
  const known = ['must', 'should', 'must_not', 'min_should']
  const { must, should, must_not: mustNot, min_should: minShould } = objectAt(filter, location, known)
  const read = (conditions: unknown, ...members: string[]): Sql[] =>
    listOf(conditions).map(([condition, index]) => {
      const place = [...location, ...members, ...(index === undefined ? [] : [index])]
      return oneCondition(condition, place, budget, depth)
    })
  const any = read(should, 'should')
  return all([
    ...read(must, 'must'),
    ...(any.length > 0
      ? [{ text: any.map(sql => sql.text).join(' or '), values: any.flatMap(sql => sql.values) }]
      : []),
    ...read(mustNot, 'must_not').map(sql => ({ text: `not ${sql.text}`, values: sql.values })),
    ...(minShould == null ? [] : [soMany(minShould, [...location, 'min_should'], read)]),
  ])
}

/** `{ conditions, min_count }` */
function soMany(given: unknown, location: Location, read: (conditions: unknown, ...members: string[]) => Sql[]): Sql {
  const { conditions, min_count: count } = objectAt(given, location, ['conditions', 'min_count'])
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 0)
    throw wrong([...location, 'min_count'], 'must be an integer, 0 or more')
  const met = read(conditions, 'min_should', 'conditions')
  return {
    text: `${['0', ...met.map(sql => sql.text)].join(' + ')} >= ?`,
    values: [...met.flatMap(sql => sql.values), count],
  }
}

/** One condition or several, each with its index in the list. */
function listOf(conditions: unknown): [condition: unknown, index: number | undefined][] {
  if (conditions === undefined || conditions === null) return []
  return Array.isArray(conditions)
    ? conditions.map((condition: unknown, index) => [condition, index])
    : [[conditions, undefined]]
}

function oneCondition(condition: unknown, location: Location, budget: Budget, depth: number): Sql {
  budget.conditions += 1
  if (budget.conditions > mostConditions)
    throw wrong(location, `a filter may have ${mostConditions} conditions at most`)
  if (!isJsonObject(condition)) throw wrong(location, 'must be an object')
  if ('key' in condition) return certain(fieldCondition(condition, location))
  if ('has_id' in condition) {
    const ids = listAt(objectAt(condition, location, ['has_id']).has_id, [...location, 'has_id'])
    const list = JSON.stringify(ids.map(String))
    return certain({ text: 'entities.id in (select value from json_each(?))', values: [list] })
  }
  for (const [member, compile] of [
    ['is_empty', isEmpty],
    ['is_null', isNull],
  ] as const) {
    if (!(member in condition)) continue
    const place = [...location, member]
    const { key } = objectAt(objectAt(condition, location, [member])[member], place, ['key'])
    return certain(compile(filterField(key, [...place, 'key'])))
  }
  return group(condition, location, budget, depth + 1)
}

/** `{ key, match?, range?, is_empty?, is_null? }`: all that are given must hold. */
function fieldCondition(condition: Record<string, unknown>, location: Location): Sql {
  const known = ['key', 'match', 'range', 'is_empty', 'is_null']
  const { key, match, range, is_empty: empty, is_null: nothing } = objectAt(condition, location, known)
  const field = filterField(key, [...location, 'key'])
  const parts: Sql[] = []
  if (match !== undefined && match !== null) parts.push(matches(field, match, [...location, 'match']))
  if (range !== undefined && range !== null) parts.push(ranges(field, range, [...location, 'range']))
  for (const [flag, member, compile] of [
    [empty, 'is_empty', isEmpty],
    [nothing, 'is_null', isNull],
  ] as const) {
    if (flag === undefined || flag === null) continue
    if (typeof flag !== 'boolean') throw wrong([...location, member], 'must be true or false')
    const sql = certain(compile(field))
    parts.push(flag ? sql : { text: `not ${sql.text}`, values: sql.values })
  }
  if (parts.length === 0) throw wrong(location, 'needs one of match, range, is_empty, is_null', 'missing')
  return all(parts)
}

/** A missing value is a condition not met, and `must_not` of it one that is. */
function certain({ text, values }: Sql): Sql {
  return { text: `((${text}) is true)`, values }
}
