/** What a search found, on its way from the thread that searched: lists, as `entity-record.ts` says why. */
import { type EntityRecord, readRecord } from './entity-record.ts'
import type { PassageHit, SearchHit } from './store.ts'

export type FoundPassage = readonly [
  snippet: string,
  page: number | null,
  heading: string | null,
  offset: number,
  score: number,
]

export type Found = readonly [entity: EntityRecord, score: number, best: FoundPassage, others: readonly FoundPassage[]]

export function toHit([entity, score, best, others]: Found): SearchHit {
  const first = toPassage(best)
  return {
    entity: readRecord(entity),
    score,
    snippet: first.snippet,
    page: first.page,
    passages: [first, ...others.map(toPassage)],
  }
}

function toPassage([snippet, page, heading, offset, score]: FoundPassage): PassageHit {
  return { snippet, page, heading, offset, score }
}
