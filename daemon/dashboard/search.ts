/** Searching from the dashboard: all collections as one, with the filters that a person sets. */
import type { Inlet } from '../../core/inlet.ts'
import type { Condition, Filter, SearchHit } from '../../core/store/store.ts'

export interface Wanted {
  query: string
  /** Readable id; empty for all. */
  collection: string
  source: string
  type: string
  /** `YYYY-MM-DD` in the machine's zone, or empty. */
  from: string
  to: string
  /** From 1. */
  page: number
}

export const hitsOnPage = 20
const mostPages = 25

export function wantedOf(values: URLSearchParams): Wanted {
  const text = (name: string) => values.get(name)?.trim() ?? ''
  const date = (name: string) => (/^\d{4}-\d{2}-\d{2}$/.test(text(name)) ? text(name) : '')
  const pageNumber = /^\d{1,3}$/.test(text('page')) ? Number(text('page')) : 1
  return {
    ...{ query: values.get('query') ?? '', collection: text('collection'), source: text('source'), type: text('type') },
    ...{ from: date('from'), to: date('to'), page: Math.min(mostPages, Math.max(1, pageNumber)) },
  }
}

/** The same search as an address. */
export function searchPath(wanted: Wanted, page: number): string {
  const { query, collection, source, type, from, to } = wanted
  const all = { query, collection, source, type, from, to, page: page > 1 ? String(page) : '' }
  const given = Object.entries(all).filter(([, value]) => value !== '')
  return given.length === 0 ? '/search' : `/search?${new URLSearchParams(given)}`
}

export interface Found {
  hits: SearchHit[]
  hasMore: boolean
}

/**
 * The best of all collections, by their scores: one index ranks them all. Without a query, the newest.
 * @param collections readable ids
 */
export async function searchAll(inlet: Inlet, wanted: Wanted, collections: readonly string[]): Promise<Found> {
  const { query, page } = wanted
  const window = { limit: hitsOnPage + 1, offset: (page - 1) * hitsOnPage }
  const hits = await inlet.search({ collection: collections, query, ...window, filter: filterOf(wanted) })
  return { hits: hits.slice(0, hitsOnPage), hasMore: hits.length > hitsOnPage && page < mostPages }
}

function filterOf({ source, type, from, to }: Wanted): Filter {
  const must: Condition[] = []
  if (source !== '') must.push({ key: 'source_name', match: { value: source } })
  if (type !== '') must.push({ key: 'entity_type', match: { value: type } })
  const range = { ...(from !== '' && { gte: midnight(from, 0) }), ...(to !== '' && { lt: midnight(to, 1) }) }
  if (from === '' && to === '') return { must }
  return { must, should: ['created_at', 'updated_at'].map(key => ({ key, range })) }
}

/** The beginning of a day on this machine, so many days later. */
function midnight(date: string, days: number): string {
  const [year = 1970, month = 1, day = 1] = date.split('-').map(Number)
  return new Date(year, month - 1, day + days).toISOString()
}
