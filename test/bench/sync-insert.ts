/**
 * A part of `sync.ts`: takes the rows of a store into memory, and puts them into an empty one of the same tables and
 * settings, with their index, in transactions of thousands of rows: as fast as SQLite takes them.
 */
import { once } from 'node:events'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { openDatabase } from '../../core/store/database.ts'
import { migrate } from '../../core/store/schema.ts'

const rowsAtOnce = 5000

const [{ dataDir }] = (await once(process, 'message')) as [{ dataDir: string }]
const source = new DatabaseSync(join(dataDir, 'inlet.db'), { readOnly: true })
const tables = ['entities', 'bodies', 'marks'].map(name => ({
  name,
  rows: rowsOf(`select * from ${name} order by key`),
}))
const texts = rowsOf('select key, name, text, author, places from searchable order by key')
source.close()

const target = openDatabase(join(dataDir, 'inserted.db'), 'writer')
migrate(target)
const startedAt = performance.now()
for (let from = 0; from < texts.length; from += rowsAtOnce) {
  target.transaction(() => {
    for (const { name, rows } of tables) insert(name, rows.slice(from, from + rowsAtOnce))
    insert('search (rowid, name, text, author, places)', texts.slice(from, from + rowsAtOnce))
  })
}
const seconds = (performance.now() - startedAt) / 1000
target.close()
process.send?.({ seconds })
process.disconnect()

function rowsOf(sql: string): SQLInputValue[][] {
  return source
    .prepare(sql)
    .all()
    .map(row => Object.values(row))
}

function insert(into: string, rows: readonly SQLInputValue[][]): void {
  for (const row of rows) target.run(`insert into ${into} values (${row.map(() => '?').join(', ')})`, ...row)
}
