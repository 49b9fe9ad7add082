/** The migration that divides long texts into passages, those that are stored already too. */
import type { Database } from './database.ts'
import { isDividedSql, keyOfPassageSql } from './passage-ids.ts'
import { divide } from './passages.ts'
import { addToIndex, removeRows } from './search-index.ts'

/** What the index must agree with. Plain columns only: FTS5 reads its content without virtual tables such as json_each. */
const tables = `
  create table passages (
    id integer primary key,
    -- Bytes of the text in UTF-8, the first one and the one after the last.
    from_byte integer not null,
    to_byte integer not null,
    page integer,
    heading text
  ) strict;
  create table passage_counts (only integer primary key check (only = 1), count integer not null) strict;
  insert into passage_counts values (1, 0);

  drop view searchable;
  create view searchable_entities as
    select entities.key as key, name, iif(${isDividedSql('entities.key')}, '', text) as text, author, places
    from entities join bodies on bodies.key = entities.key;
  create view searchable as
    select key, name, text, author, places from searchable_entities
    union all
    select passages.id, '', cast(substr(cast(text as blob), from_byte + 1, to_byte - from_byte) as text), '', ''
    from passages join bodies on bodies.key = ${keyOfPassageSql('passages.id')};
`

/** Texts looked at in one go; of those that are divided, one at a time is in memory. */
const lookedAtOnce = 1000

export function divideStored(database: Database): void {
  database.script(tables)
  const next = `select max(key) as last from (select key from bodies where key > ? order by key limit ${lookedAtOnce})`
  const candidates = `select key from bodies where key > ? and key <= ?
    and (octet_length(text) > 4000 or instr(text, '<!-- page ') > 0) order by key`
  for (let after = 0; ; ) {
    const last = database.get(next, after)?.last
    if (typeof last !== 'number') return
    for (const { key } of database.all(candidates, after, last)) divideOne(database, Number(key))
    after = last
  }
}

function divideOne(database: Database, key: number): void {
  const text = String(database.get('select text from bodies where key = ?', key)?.text ?? '')
  if (divide(text).length === 0) return
  removeRows(database, [key])
  addToIndex(database, [{ key, text }])
}
