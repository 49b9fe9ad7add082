import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { openDatabase } from '../../../core/store/database.ts'
import { openStore } from '../../../core/store/index.ts'
import { migrate, schemaVersion } from '../../../core/store/schema.ts'
import { commit, furnish, note, remove, upsert } from '../../support/store-suite/fixtures.ts'
import { temporaryFolder } from './folder.ts'
import { expectSound } from './soundness.ts'

const sentence = 'Words of a sentence that are plain ü. '
const paged = Array.from(
  { length: 30 },
  (_, page) => `<!-- page ${page + 1} -->\n\n${sentence.repeat(9)}word${page + 1}`,
)
const notes = [
  note('short', { text: 'short of words' }),
  note('long', { text: `# Title\n\n${sentence.repeat(2000)}zebra`, author: 'Renée' }),
  note('paged', { text: paged.join('\n\n') }),
  note('page', { text: '<!-- page 1 -->\n\nAlone' }),
  note('strange', { text: '\u0000\ud800x '.repeat(3000) }),
  note('unmarked', { text: 'a <!-- page 1 --> that is none' }),
]

it('divides what was stored by an older inlet as it would be divided now', async () => {
  const folder = await temporaryFolder()
  const [now, old] = [join(folder, 'now.db'), join(folder, 'old.db')]
  const fresh = await openStore({ file: now, readers: 1 })
  await furnish(fresh)
  await commit(fresh, upsert(...notes))
  await fresh.close()
  writeAsBefore(now, old)

  const store = await openStore({ file: old, readers: 1 })
  const find = (query: string) => store.search({ collection: 'home', query, limit: 10, offset: 0 })
  expect((await find('"word17"')).map(({ page }) => page)).toEqual([17])
  expect((await find('zebra'))[0]?.passages).toMatchObject([{ heading: 'Title' }])
  expect(indexOf(old)).toEqual(indexOf(now))
  expect(indexOf(old).passages.length).toBeGreaterThan(60)
  await commit(store, [...remove('long'), ...upsert(note('paged', { text: 'short now' }))])
  expect(await find('word17')).toEqual([])
  await store.close()
  expectSound(old)
  await rm(folder, { recursive: true })
})

/** The same entities, in the tables and the index of that version. */
function writeAsBefore(from: string, to: string): void {
  const database = openDatabase(to, 'writer')
  migrate(database, lastWhole())
  database.script(`attach '${from}' as other`)
  for (const table of ['collections', 'connections', 'jobs', 'entities', 'bodies', 'entity_counts', 'marks']) {
    const names = database.all(`pragma main.table_info(${table})`).map(({ name }) => String(name))
    database.script(`insert into main.${table} (${names.join(', ')}) select ${names.join(', ')} from other.${table}`)
  }
  database.script(`detach other; insert into search (search) values ('rebuild')`)
  expect(database.all(`select rowid from search where search match '"page 17"'`)).toHaveLength(1)
  database.close()
}

/** Texts were indexed whole up to this version of the tables. */
function lastWhole(): number {
  for (let version = 1; version <= schemaVersion; version++) {
    const database = openDatabase(':memory:', 'writer')
    migrate(database, version)
    const isDivided = database.get(`select 1 from sqlite_schema where name = 'passages'`)
    database.close()
    if (isDivided) return version - 1
  }
  throw new Error('no version divides texts')
}

/** Each word of the index with its place, and where the passages are. */
function indexOf(file: string) {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    database.exec('create virtual table temp.words using fts5vocab(main, search, instance)')
    return {
      words: database.prepare('select * from words order by term, doc, col, offset').all(),
      passages: database.prepare('select * from passages').all(),
      count: database.prepare('select * from passage_counts').all(),
    }
  } finally {
    database.close()
  }
}
