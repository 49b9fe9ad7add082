/** What a user of FTS5 would ask, as its documentation says: the best 20 by BM25, with a snippet, and the row of each. */
import type { Database } from '../../core/store/database.ts'

export const limit = 20

export function askRaw(database: Database, query: string, isFiltered: boolean): void {
  const rows = database.all(
    `select search.rowid, search.rank, snippet(search, 1, '<b>', '</b>', '…', 32) as snippet
     from search ${isFiltered ? 'cross join entities on entities.key = search.rowid' : ''}
     where search match ? ${isFiltered ? "and entity_type = 'bench_mail'" : ''} order by search.rank limit ${limit}`,
    query,
  )
  for (const { rowid } of rows) {
    database.get(
      'select * from entities join bodies on bodies.key = entities.key where entities.key = ?',
      Number(rowid),
    )
  }
}
