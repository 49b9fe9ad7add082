/** A part of `search.ts`: the first search of a process that has just opened the store. */
import './daemon-heap.ts'
import { once } from 'node:events'
import { openStore } from '../../core/store/index.ts'
import { timed } from './measure.ts'
import { limit } from './raw-fts5.ts'

export interface FirstInput {
  file: string
  query: string
}

const [{ file, query }] = (await once(process, 'message')) as [FirstInput]
const store = await openStore({ file })
const tookMs = await timed(() => store.search({ collection: 'bench', query, limit, offset: 0 }))
await store.close()
process.send?.({ tookMs })
process.disconnect()
