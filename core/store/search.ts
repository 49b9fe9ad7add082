import type { Database, Row, Value } from './database.ts'
import { readEntities } from './entities.ts'
import { compileFilter } from './filter.ts'
import type { Sql } from './filter-input.ts'
import { matchExpressions } from './query.ts'
import { excerpt, hasMatch, matchEnd, matchStart, toHtml } from './snippet.ts'
import type { SearchHit, SearchInput } from './store.ts'

/** Words around a match that a snippet shows. */
const snippetWords = 32

/**
 * The best matches for any text a person may type, best first; the newest entities for a blank one.
 * @throws Failure `invalid` (filter)
 */
export function search(database: Database, input: SearchInput): SearchHit[] {
  const { query, filter } = input
  const place = within(input.collection)
  const conditions = compileFilter(filter ?? {})
  const where: Sql = {
    text: `${place.text} and ${conditions.text}`,
    values: [...place.values, ...conditions.values],
  }
  return database.transaction(() => {
    if (query.trim() === '') return newest(database, where, input)
    for (const expression of matchExpressions(query)) {
      const rows = match(database, expression, where, input)
      if (rows.length > 0) return toHits(database, rows)
      // A page beyond the last match must not begin another ranking.
      if (input.offset > 0 && match(database, expression, where, { limit: 1, offset: 0 }).length > 0) return []
    }
    return []
  })
}

function within(collection: SearchInput['collection']): Sql {
  if (typeof collection === 'string') return { text: 'entities.collection = ?', values: [collection] }
  return { text: 'entities.collection in (select value from json_each(?))', values: [JSON.stringify(collection)] }
}

interface Window {
  limit: number
  offset: number
}

/** `order by rank` alone lets FTS5 sort by itself; equal ranks come in the order of their keys, page by page the same. */
function match(database: Database, expression: string, where: Sql, { limit, offset }: Window): Row[] {
  return database.all(
    `select entities.key, search.rank as rank,
       snippet(search, 1, ?, ?, '…', ${snippetWords}) as text,
       highlight(search, 0, ?, ?) as name, highlight(search, 2, ?, ?) as author, highlight(search, 3, ?, ?) as places
     from search cross join entities on entities.key = search.rowid
     where search match ? and ${where.text} order by search.rank limit ? offset ?`,
    ...[1, 2, 3, 4].flatMap(() => [matchStart, matchEnd]),
    expression,
    ...where.values,
    Math.max(0, limit),
    offset,
  )
}

function toHits(database: Database, rows: readonly Row[]): SearchHit[] {
  const entities = readEntities(database, rows.map(keyOf))
  return rows.flatMap(row => {
    const entity = entities.get(keyOf(row))
    const texts = [row.text, row.name, row.author, row.places].map(text => String(text ?? ''))
    const snippet = toHtml(texts.find(hasMatch) ?? texts[0] ?? '')
    return entity ? [{ entity, score: Math.max(0, -Number(row.rank)), snippet }] : []
  })
}

function newest(database: Database, where: Sql, { limit, offset }: Window): SearchHit[] {
  const values: Value[] = [...where.values, Math.max(0, limit), offset]
  const rows = database.all(
    `select entities.key from entities where ${where.text}
     order by coalesce(updated_ms, created_ms) desc nulls last, sequence desc limit ? offset ?`,
    ...values,
  )
  const entities = readEntities(database, rows.map(keyOf))
  return rows.flatMap(row => {
    const entity = entities.get(keyOf(row))
    return entity ? [{ entity, score: 0, snippet: excerpt(entity.text) }] : []
  })
}

function keyOf(row: Row): number {
  return Number(row.key)
}
