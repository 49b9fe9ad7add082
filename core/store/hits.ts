/** What was found, as it is shown: the entity, and where in it the words are. */
import type { Breadcrumb } from '../plugin.ts'
import type { Database, Row } from './database.ts'
import { placesOf, readRecords } from './entities.ts'
import { type EntityRecord, textOf } from './entity-record.ts'
import type { Found, FoundPassage } from './found.ts'
import { sectionAt } from './headings.ts'
import { beginningOf, mark, type Phrase, phrasesOf, type Span } from './marker.ts'
import type { Match, Matches, PassageMatch } from './matches.ts'
import { keyOfPassageSql, passageRange } from './passage-ids.ts'
import { dividedOf } from './search-index.ts'
import { toHtml } from './snippet.ts'

const mostPassagesShown = 3

export function toFound(database: Database, matches: Matches, found: readonly Match[]): Found[] {
  const entities = recordsOf(database, found)
  const passages = passagesOf(database, matches, found, entities)
  // Each word that is there is marked, whether or not all of them are.
  const phrases = phrasesOf(matches.terms)
  return found.flatMap(({ key, rank }): Found[] => {
    const entity = entities.get(key)
    if (!entity) return []
    const score = Math.max(0, -rank)
    const [first, ...others] = passageHits(textOf(entity), passages.get(key) ?? [], phrases, score)
    const best: FoundPassage = first ?? [bestSnippet(entity, passages.has(key), phrases), null, null, 0, score]
    return [[entity, score, best, others]]
  })
}

function recordsOf(database: Database, found: readonly Match[]): Map<number, EntityRecord> {
  const missing = found.filter(({ record }) => !record).map(({ key }) => key)
  const records = missing.length > 0 ? readRecords(database, missing) : new Map<number, EntityRecord>()
  for (const { key, record } of found) if (record) records.set(key, record)
  return records
}

/** Of the text, where the words are in it, or else of a name that has them, all of it. */
function bestSnippet(entity: EntityRecord, isDivided: boolean, phrases: readonly Phrase[]): string {
  const [name, whole, author, breadcrumbs] = entity
  // The passages of one that is divided were looked through.
  const text = isDivided ? '' : whole
  const inText = mark(text, phrases)
  if (inText) return toHtml(text, inText.excerpt)
  for (const other of [() => name, () => author ?? '', () => placesOf(JSON.parse(breadcrumbs) as Breadcrumb[])]) {
    const said = other()
    const marked = mark(said, phrases)
    if (marked) return toHtml(said, { from: 0, to: said.length, matches: marked.matches })
  }
  if (text !== '') return toHtml(text, beginningOf(text))
  return toHtml(name, { from: 0, to: name.length, matches: [] })
}

interface PassageRow {
  id: number
  text: string
  score: number
  /** Bytes of the entity's text. */
  from: number
  to: number
  offset: number
  page: number | null
  heading: string | null
}

/** The best passages of those that have any, best first. */
function passagesOf(
  database: Database,
  matches: Matches,
  found: readonly Match[],
  entities: ReadonlyMap<number, EntityRecord>,
): Map<number, PassageRow[]> {
  if (matches.passages === 0) return new Map()
  const known = new Map(found.map(({ key, passages }) => [key, passages]))
  const divided = dividedOf(database, [...known.keys()])
  const first = firstPassages(
    database,
    matches,
    divided.filter(key => !known.get(key)),
  )
  return new Map(
    divided.map(key => {
      const entity = entities.get(key)
      const bytes = Buffer.from(entity ? textOf(entity) : '')
      const best = known.get(key) ?? first.get(key) ?? []
      return [key, best.flatMap(passage => readPassage(database, passage, bytes))]
    }),
  )
}

function readPassage(database: Database, { id, score }: PassageMatch, bytes: Buffer): PassageRow[] {
  const row = database.get('select from_byte, to_byte, page, heading from passages where id = ?', id)
  if (!row) return []
  const [from, to] = [Number(row.from_byte), Number(row.to_byte)]
  const page = row.page === null ? null : Number(row.page)
  const heading = row.heading === null ? null : String(row.heading)
  const text = bytes.toString('utf8', from, to)
  const offset = bytes.toString('utf8', 0, from).length
  return [{ id, text, score, from, to, offset, page, heading }]
}

/** Where nothing is known of which is the best: the first ones with all words; else, for each word, the first one. */
function firstPassages(
  database: Database,
  { expression, terms }: Matches,
  keys: readonly number[],
): Map<number, PassageMatch[]> {
  const found = new Map<number, Set<number>>()
  const add = (words: string, wanted: readonly number[], most: number) => {
    const counts = new Map<number, number>()
    for (const { id, key } of rowsWithin(database, words, wanted)) {
      const count = counts.get(Number(key)) ?? 0
      counts.set(Number(key), count + 1)
      if (count < most) found.set(Number(key), (found.get(Number(key)) ?? new Set()).add(Number(id)))
    }
  }
  add(expression, keys, mostPassagesShown)
  const without = keys.filter(key => !found.has(key))
  if (terms.length > 1) for (const term of terms) add(term, without, 1)
  return new Map([...found].map(([key, ids]) => [key, [...ids].map(id => ({ id, score: 0 }))]))
}

/** Rows looked at for that: a word may be in all passages of the store. */
const mostLookedAt = 50_000

function rowsWithin(database: Database, words: string, keys: readonly number[]): Row[] {
  if (keys.length === 0) return []
  const [first] = passageRange(Math.min(...keys))
  const [, last] = passageRange(Math.max(...keys))
  const key = keyOfPassageSql('id')
  return database.all(
    `select id, ${key} as key from (
       select rowid as id from search where search match ?
       and rowid between cast(? as integer) and cast(? as integer) limit ${mostLookedAt}
     ) where ${key} in (select value from json_each(?))`,
    words,
    first,
    last,
    JSON.stringify(keys),
  )
}

function passageHits(
  text: string,
  rows: readonly PassageRow[],
  phrases: readonly Phrase[],
  most: number,
): FoundPassage[] {
  const shown: PassageRow[] = []
  return rows.flatMap((row): FoundPassage[] => {
    if (shown.length === mostPassagesShown) return []
    const marked = mark(row.text, phrases)
    if (!marked) return []
    const { matches, excerpt } = marked
    // What two beside each other have in common is shown once.
    if (
      shown.some(other => Math.abs(other.id - row.id) === 1 && !matches.some(match => isBesides(match, row, other)))
    ) {
      return []
    }
    shown.push(row)
    const { page, offset } = row
    const [first = excerpt] = excerpt.matches
    const heading = sectionAt(text, offset, row.heading, offset + first.from)
    return [[toHtml(row.text, excerpt), page, heading, offset, Math.min(row.score, most)]]
  })
}

/** Whether a match in a passage is outside of what it has in common with another. */
function isBesides(match: Span, { text, from }: PassageRow, other: PassageRow): boolean {
  const place = from + Buffer.byteLength(text.slice(0, match.from))
  return place < other.from || place >= other.to
}
