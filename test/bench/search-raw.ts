/**
 * A part of `search.ts`: raw FTS5 for words that are in nearly everything, in a process of its own. What it frees after
 * sorting a million matches is cleared up by whoever allocates next, which takes up to a quarter of a second.
 */
import { once } from 'node:events'
import { openDatabase } from '../../core/store/database.ts'
import { timed } from './measure.ts'
import { askRaw } from './raw-fts5.ts'

export interface RawInput {
  file: string
  queries: readonly string[]
  isFiltered: boolean
}

const [{ file, queries, isFiltered }] = (await once(process, 'message')) as [RawInput]
const database = openDatabase(file, 'reader')
// As ours: the first round is to warm up.
for (const query of queries) askRaw(database, query, isFiltered)
const times: number[] = []
for (const query of queries) times.push(await timed(() => askRaw(database, query, isFiltered)))
database.close()
process.send?.({ times })
process.disconnect()
