/**
 * Marks what matches in a few rows that were found. FTS5 marks them as it finds them, but asked for single rows of a
 * large index it may read all that is in it of a word's beginning, for each. So they are put into an index of their own,
 * in memory, which has the same idea of a word.
 */
import { type Database, openDatabase, type Row } from './database.ts'
import { matchEnd, matchStart, snippetWords } from './snippet.ts'

export interface Unmarked {
  rowid: number
  /** Whether all of its text is wanted, and not just a part. */
  isWhole: boolean
  text: string
  name: string
  author: string
  places: string
}

export interface Marked {
  /** A part of the text. */
  text: string
  /** Empty unless it was wanted. */
  whole: string
  name: string
  author: string
  places: string
}

const markers = new WeakMap<Database, Database>()

/** Those of the rows in which an expression matches, by their number. */
export function mark(database: Database, rows: readonly Unmarked[], expression: string): Map<number, Marked> {
  if (rows.length === 0) return new Map()
  const marker = markers.get(database) ?? openMarker()
  markers.set(database, marker)
  const wholes = JSON.stringify(rows.filter(({ isWhole }) => isWhole).map(({ rowid }) => rowid))
  const marks = [matchStart, matchEnd]
  marker.script('begin')
  try {
    for (const { rowid, text, name, author, places } of rows) {
      const sql = 'insert into search (rowid, name, text, author, places) values (cast(? as integer), ?, ?, ?, ?)'
      marker.run(sql, rowid, name, text, author, places)
    }
    const found = marker.all(
      `select rowid as id, snippet(search, 1, ?, ?, '…', ${snippetWords}) as text,
         iif(rowid in (select value from json_each(?)), highlight(search, 1, ?, ?), '') as whole,
         highlight(search, 0, ?, ?) as name, highlight(search, 2, ?, ?) as author, highlight(search, 3, ?, ?) as places
       from search where search match ?`,
      ...[...marks, wholes, ...marks, ...marks, ...marks, ...marks],
      expression,
    )
    return new Map(found.map(row => [Number(row.id), markedOf(row)]))
  } finally {
    marker.script('rollback')
  }
}

function openMarker(): Database {
  const marker = openDatabase(':memory:', 'writer')
  marker.script(
    `create virtual table search using fts5 (
       name, text, author, places, tokenize = 'unicode61 remove_diacritics 2', detail = full
     )`,
  )
  return marker
}

function markedOf({ text, whole, name, author, places }: Row): Marked {
  return {
    ...{ text: String(text ?? ''), whole: String(whole ?? ''), name: String(name ?? '') },
    ...{ author: String(author ?? ''), places: String(places ?? '') },
  }
}
