/**
 * One document of 1,000,000 characters: stored, searched, renamed and deleted, beside the same text as short entities, a
 * passage's length each, which is what the index makes of it anyway.
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { openStore } from '../../core/store/index.ts'
import type { Store, Write } from '../../core/store/store.ts'
import { jobRow, note, remove, upsert } from '../support/store-suite/fixtures.ts'
import { storeConnection } from '../support/stored-connection.ts'
import type { Bench, Finding } from './bench.ts'
import { chanceOf, proseOf, wordOf } from './corpus.ts'
import { median, timed } from './measure.ts'
import { seedStore } from './seed.ts'

const rounds = 9
const others = 20_000
const shortLength = 2000
/** From words in nearly every passage to words in a few. */
const ranks = [0, 3, 300, 1000, 5000]

export const bench: Bench = {
  title: 'a document of 1,000,000 characters, beside the same text as short entities',
  async run({ count, scratch }) {
    const text = textOf(count(1_000_000))
    const dataDir = join(scratch, 'passages')
    await seedStore(dataDir, count(others))
    const store = await openStore({ file: join(dataDir, 'inlet.db') })
    try {
      const commit = await committer(store)
      const short = Array.from({ length: Math.ceil(text.length / shortLength) }, (_item, index) =>
        note(`short-${index}`, { text: text.slice(index * shortLength, (index + 1) * shortLength) }),
      )
      const shortIds = short.map(({ id }) => id)
      const one: Times = { stored: [], searched: [], deleted: [] }
      const many: Times = { stored: [], searched: [], deleted: [] }
      const renamed: number[] = []
      for (let round = 0; round < rounds; round++) {
        one.stored.push(await timed(() => commit(upsert(note('long', { text })))))
        one.searched.push(...(await searches(store)))
        renamed.push(await timed(() => commit(upsert(note('long', { text, name: `name ${round}` })))))
        one.deleted.push(await timed(() => commit(remove('long'))))
        many.stored.push(await timed(() => commit(upsert(...short))))
        many.searched.push(...(await searches(store)))
        many.deleted.push(await timed(() => commit(remove(...shortIds))))
      }
      return [
        finding('stored', one.stored, many.stored, 2),
        finding('searched for a word', one.searched, many.searched, 2),
        finding('deleted', one.deleted, many.deleted, 2),
        { what: 'renamed, median', value: median(renamed), unit: 'ms', target: { of: 'value', atMost: 50 } },
      ]
    } finally {
      await store.close()
    }
  },
}

interface Times {
  stored: number[]
  searched: number[]
  deleted: number[]
}

function finding(what: string, value: readonly number[], beside: readonly number[], atMost: number): Finding {
  return {
    ...{ what: `${what}, median`, value: median(value), unit: 'ms' },
    ...{ beside: { what: 'as short entities', value: median(beside) }, target: { of: 'ratio', atMost } },
  }
}

function textOf(length: number): string {
  const parts: string[] = []
  for (let left = length; left > 0; left -= (parts.at(-1)?.length ?? left) + 2) {
    parts.push(proseOf(chanceOf(parts.length), 2000))
  }
  return parts.join('\n\n').slice(0, length)
}

async function committer(store: Store): Promise<(writes: Write[]) => Promise<unknown>> {
  const { id: connectionId } = await storeConnection(store, { name: 'Long', collection: 'bench' })
  const job = jobRow(randomUUID(), connectionId)
  await store.insertJob(job)
  return writes =>
    store.commit({
      ...{ connectionId, jobId: job.id, now: job.createdAt, writes, generation: null },
      job: { requests: 1, skipped: 0, failed: 0 },
    })
}

/** How long each took. */
async function searches(store: Store): Promise<number[]> {
  const times: number[] = []
  for (const rank of ranks) {
    const query = `"${wordOf(rank)}"`
    times.push(await timed(() => store.search({ collection: 'bench', query, limit: 20, offset: 0 })))
  }
  return times
}
