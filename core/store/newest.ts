/** What a search without a query finds: what was changed last, as far as its source tells when. */
import { boundLimit, type Database, type Value } from './database.ts'
import type { Bounds } from './filter.ts'
import { latestMs } from './filter-fields.ts'
import { all, type Sql } from './filter-input.ts'
import type { Window } from './matches.ts'

export interface NewestInput {
  collections: readonly string[]
  where: Sql
  bounds: Bounds
  /** Keys of all that can be in it, where they are few. Read when it is asked for. */
  few: () => readonly number[] | undefined
  /** About how many rows there are. */
  stored: number
}

/** An index is as quick only where what is looked for is spread over it: a few times as much is worth being sure. */
const rowsForOneKey = 4

/** @returns their keys, the newest first, and what has no time last */
export function newestKeys(database: Database, input: NewestInput, { limit, offset }: Window): number[] {
  const { collections, where, bounds, stored } = input
  const shown = offset + Math.max(0, limit)
  const read = (from: string, ...values: Value[]) => {
    const conditions = all([where, ...(bounds.times ? [bounds.times] : [])])
    const sql = `select entities.key, ${latestMs} as ms, entities.sequence from ${from} and ${conditions.text}
      order by ms desc, entities.sequence desc ${boundLimit}`
    return database.rows(sql, ...values, ...conditions.values, shown).map(toDated)
  }
  // Times have an index of their own.
  const keys = bounds.kinds || bounds.phrases.length > 0 ? input.few() : undefined
  // By the index, `shown * stored / keys` are looked at until a page is full.
  const few = keys && keys.length ** 2 < rowsForOneKey * shown * stored ? keys : undefined
  const found = few
    ? read('json_each(?) as few cross join entities on entities.key = few.value where true', JSON.stringify(few))
    : collections.flatMap(collection => read('entities where entities.collection = ?', collection))
  const inOrder = few || collections.length === 1 ? found : found.sort(compare)
  return inOrder.slice(offset, shown).map(({ key }) => key)
}

interface Dated {
  key: number
  ms: number
  sequence: number
}

function toDated([key, ms, sequence]: Value[]): Dated {
  return { key: Number(key), ms: ms === null ? Number.NEGATIVE_INFINITY : Number(ms), sequence: Number(sequence) }
}

function compare(a: Dated, b: Dated): number {
  return (a.ms === b.ms ? 0 : b.ms - a.ms) || b.sequence - a.sequence
}
