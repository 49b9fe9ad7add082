/** Searches for very common words where a collection or a filter leaves little of everything. */
import type { Condition, Store } from '../../core/store/store.ts'
import type { Finding } from './bench.ts'
import { median, quantile, timed } from './measure.ts'
import { limit } from './raw-fts5.ts'

const rounds = 5
const dayMs = 24 * 60 * 60 * 1000

export async function searchNarrowly(store: Store, queries: readonly string[]): Promise<Finding[]> {
  const ask = (query: string, must: readonly Condition[], collection = 'bench') =>
    store.search({ collection, query, limit, offset: 0, filter: { must: [...must] } })
  const times = async (words: readonly string[], must: readonly Condition[], collection?: string) => {
    const took: number[] = []
    for (let round = 0; round <= rounds; round++) {
      for (const word of words) {
        const ms = await timed(() => ask(word, must, collection))
        // The first round is to warm up.
        if (round > 0) took.push(ms)
      }
    }
    return took
  }
  const [newest] = await ask('', [])
  const { author, updatedAt } = newest?.entity ?? {}
  if (!author || !updatedAt) throw new Error('the newest entity has no author or no time')
  const some = new Date(Date.parse(updatedAt) - 30 * dayMs)
  const day = { gte: some.toISOString(), lt: new Date(some.getTime() + dayMs).toISOString() }
  const known = [
    ...(await times(queries, [{ key: 'entity_type', match: { value: 'none of these' } }])),
    ...(await times(queries, [{ key: 'author', match: { value: author } }])),
    ...(await times(queries, [{ key: 'updated_at', range: day }])),
    ...(await times(queries, [], 'an empty one')),
  ]
  const unknown = await times(queries.slice(0, 2), [{ key: 'raw.size', match: { value: 3 } }])
  return [
    {
      what: 'very common words in an empty collection or of a rare type, an author or a day, p99',
      ...{ value: quantile(known, 0.99), unit: 'ms', target: { of: 'value', atMost: 100 } },
    },
    {
      what: 'the newest without a query, p99',
      ...{
        value: quantile(await times(Array(20).fill(''), []), 0.99),
        unit: 'ms',
        target: { of: 'value', atMost: 100 },
      },
    },
    {
      what: 'very common words with a filter on `raw` that nothing meets, median',
      ...{ value: median(unknown), unit: 'ms' },
    },
  ]
}
