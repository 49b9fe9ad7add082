/** What was found, as it is shown: the entity, and where in it the words are. */
import type { Database, Row } from './database.ts'
import { readEntities } from './entities.ts'
import { sectionAt } from './headings.ts'
import { type Marked, mark, type Unmarked } from './marker.ts'
import type { MarkedTexts, Match, Matches, PassageMatch } from './matches.ts'
import { keyOfPassageSql, passageRange } from './passage-ids.ts'
import { joinTerms } from './query.ts'
import { dividedOf } from './search-index.ts'
import { hasMatch, matchEnd, matchStart, toHtml } from './snippet.ts'
import type { EntityRow, PassageHit, SearchHit } from './store.ts'

const mostPassagesShown = 3

export function toHits(database: Database, matches: Matches, found: readonly Match[]): SearchHit[] {
  const keys = found.map(({ key }) => key)
  const entities = readEntities(database, keys)
  const passages = passagesOf(database, matches, found, entities)
  const missing = found.filter(({ key, texts }) => !texts && !passages.get(key)?.length)
  const rows = [
    ...[...passages.values()].flat(),
    ...missing.flatMap(({ key }) => unmarkedEntity(key, entities.get(key), passages.has(key))),
  ]
  // Each word that is there is marked, whether or not all of them are.
  const marked = mark(database, rows, joinTerms(matches.terms, 'OR'))
  return found.flatMap(({ key, rank, texts }) => {
    const entity = entities.get(key)
    if (!entity) return []
    const score = Math.max(0, -rank)
    const [first, ...others] = passageHits(entity.text, passages.get(key) ?? [], marked, score)
    if (first) return [hitOf(entity, score, [first, ...others])]
    const snippet = toHtml(bestText(texts ?? marked.get(key), entity))
    return [hitOf(entity, score, [{ snippet, page: null, heading: null, offset: 0, score }])]
  })
}

export function hitOf(entity: EntityRow, score: number, passages: [PassageHit, ...PassageHit[]]): SearchHit {
  const [{ snippet, page }] = passages
  return { entity, score, snippet, page, passages }
}

function bestText(texts: MarkedTexts | undefined, entity: EntityRow): string {
  if (!texts) return entity.name
  const { text, name, author, places } = texts
  return [text, name, author, places].find(hasMatch) ?? (text || name)
}

/** As the index has it: without its text, where that is divided. */
function unmarkedEntity(key: number, entity: EntityRow | undefined, isDivided: boolean): Unmarked[] {
  if (!entity) return []
  const places = entity.breadcrumbs.map(crumb => crumb.name).join(' / ')
  const text = isDivided ? '' : entity.text
  return [{ rowid: key, isWhole: false, text, name: entity.name, author: entity.author ?? '', places }]
}

interface PassageRow extends Unmarked {
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
  entities: ReadonlyMap<number, EntityRow>,
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
      const bytes = Buffer.from(entities.get(key)?.text ?? '')
      const best = known.get(key) ?? first.get(key) ?? []
      const ids = new Set(best.map(({ id }) => id))
      return [
        key,
        best.flatMap(passage => {
          const isWhole = ids.has(passage.id - 1) || ids.has(passage.id + 1)
          return readPassage(database, passage, bytes).map(row => ({ ...row, isWhole }))
        }),
      ]
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
  return [{ rowid: id, isWhole: false, score, from, to, offset, page, heading, text, name: '', author: '', places: '' }]
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
  marked: ReadonlyMap<number, Marked>,
  most: number,
): PassageHit[] {
  const shown: PassageRow[] = []
  return rows.flatMap(row => {
    const texts = marked.get(row.rowid)
    if (!texts || shown.length === mostPassagesShown) return []
    // What two beside each other have in common is shown once.
    if (shown.some(other => Math.abs(other.rowid - row.rowid) === 1 && !hasMatchBesides(texts.whole, row, other))) {
      return []
    }
    shown.push(row)
    const { page, offset } = row
    const heading = sectionAt(text, offset, row.heading, offset + placeOfMatch(row.text, texts.text))
    return [{ snippet: toHtml(texts.text), page, heading, offset, score: Math.min(row.score, most) }]
  })
}

/** Where in a text the first match of a part of it is that is shown. */
function placeOfMatch(text: string, marked: string): number {
  const part = marked.replace(/^…|…$/g, '')
  const place = text.indexOf(part.replaceAll(matchStart, '').replaceAll(matchEnd, ''))
  return Math.max(0, place) + Math.max(0, part.indexOf(matchStart))
}

/** Whether a passage has a match outside of what it has in common with another. */
function hasMatchBesides(whole: string, { from }: PassageRow, other: PassageRow): boolean {
  let place = from
  return whole.split(matchStart).some((part, index) => {
    const isOutside = index > 0 && (place < other.from || place >= other.to)
    place += Buffer.byteLength(part.replaceAll(matchEnd, ''))
    return isOutside
  })
}
