/** A collection's entities as they come from the API, a page at a time. */
import type { ConnectionBody } from '../schemas/connection.ts'
import type { EntityBody } from '../schemas/entity.ts'

/** What of inlet's API an export asks. */
export interface ExportApi {
  /** @throws Failure with the status of the answer, for any but a good one */
  ask<Answer>(method: 'GET', path: string): Promise<Answer>
}

/** What is exported: everything where a list is empty. */
export interface ExportFilter {
  sources: readonly string[]
  types: readonly string[]
  /** Ids or names. */
  connections: readonly string[]
}

export interface FeedPage {
  entities: EntityBody[]
  next_cursor: string
}

export interface FeedOptions {
  collection: string
  after?: string | undefined
  filter: ResolvedFilter
  includeRaw: boolean
  /** Default: as the API does. */
  includeDeleted?: boolean
}

/** With the ids of connections alone. */
export interface ResolvedFilter {
  sources: readonly string[]
  types: readonly string[]
  connections: readonly string[]
}

/** The size of a page ends it before, where entities are large. */
const pageLimit = 500

/** Pages until there is nothing more now; the last one is empty, and its cursor is where to go on another time. */
export async function* readFeed(api: ExportApi, options: FeedOptions): AsyncGenerator<FeedPage> {
  const { collection, filter, includeRaw, includeDeleted } = options
  const { connections, types } = filter
  const query = new URLSearchParams({ limit: String(pageLimit) })
  if (!includeRaw) query.set('include_raw', 'false')
  if (includeDeleted !== undefined) query.set('include_deleted', String(includeDeleted))
  // The API filters by one; by more is done here.
  if (connections.length === 1) query.set('source_connection_id', connections[0] ?? '')
  if (types.length === 1) query.set('entity_type', types[0] ?? '')
  let after = options.after
  for (;;) {
    if (after !== undefined) query.set('after', after)
    const path = `/collections/${encodeURIComponent(collection)}/entities?${query}`
    const page = await api.ask<FeedPage>('GET', path)
    after = page.next_cursor
    yield { entities: page.entities.filter(entity => isWanted(entity, filter)), next_cursor: after }
    if (page.entities.length === 0) return
  }
}

function isWanted(entity: EntityBody, { sources, types, connections }: ResolvedFilter): boolean {
  return (
    (sources.length === 0 || sources.includes(entity.source_name)) &&
    (types.length === 0 || types.includes(entity.entity_type)) &&
    (connections.length === 0 || connections.includes(entity.source_connection_id))
  )
}

const atOnce = 1000

/** All items of a list that is answered in pages. */
export async function listAll<Item>(api: ExportApi, path: string): Promise<Item[]> {
  const all: Item[] = []
  for (;;) {
    const page = await api.ask<Item[]>('GET', `${path}?skip=${all.length}&limit=${atOnce}`)
    all.push(...page)
    if (page.length < atOnce) return all
  }
}

export type ListedConnection = Pick<ConnectionBody, 'id' | 'name' | 'short_name' | 'readable_collection_id'>
