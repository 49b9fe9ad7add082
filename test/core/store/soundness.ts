import { DatabaseSync } from 'node:sqlite'
import { expect } from 'vitest'

/** Whatever was done to a database, and however it ended: pages, search index and counters must agree with the entities. */
export function expectSound(file: string): void {
  const database = new DatabaseSync(file)
  const count = (from: string) => database.prepare(`select count(*) as count from ${from}`).get()?.count
  try {
    expect(database.prepare('pragma integrity_check').all()).toMatchObject([{ integrity_check: 'ok' }])
    // With rank 1 the index is compared with the content (https://www.sqlite.org/fts5.html#the_integrity_check_command).
    database.exec(`insert into search (search, rank) values ('integrity-check', 1)`)
    const truth = 'select connection_id, entity_type, count(*) as count from entities group by 1, 2 order by 1, 2'
    const counted = 'select connection_id, entity_type, count from entity_counts order by 1, 2'
    expect(database.prepare(counted).all()).toEqual(database.prepare(truth).all())
    const outside = `entity_counts using (connection_id, entity_type) where key not between first_key and last_key`
    expect(count(`entities join ${outside}`)).toBe(0)
    expect(count('bodies full join entities using (key) where id is null or text is null')).toBe(0)
    expect(count('marks where key not in (select key from entities)')).toBe(0)
    expect(count('chores')).toBe(0)
    const passages = Number(database.prepare('select count from passage_counts').get()?.count)
    expect(count('passages')).toBe(passages)
    expect(count('passages where (id - (1 << 40)) >> 20 not in (select key from entities)')).toBe(0)
    expect(count('search_docsize')).toBe(Number(count('entities')) + passages)
  } finally {
    database.close()
  }
}
