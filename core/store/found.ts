/** What a search found, on its way from the thread that searched. */
import { type EntityRecord, readRecord } from './entity-record.ts'
import type { PassageHit, SearchHit } from './store.ts'

export interface Found {
  entity: EntityRecord
  score: number
  passages: [PassageHit, ...PassageHit[]]
}

export function toHit({ entity, score, passages }: Found): SearchHit {
  const [{ snippet, page }] = passages
  return { entity: readRecord(entity), score, snippet, page, passages }
}
