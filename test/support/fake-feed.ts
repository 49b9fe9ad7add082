/** The part of the API that an export asks, over a list in memory: entities in the order of their last change. */
import { Failure } from '../../core/errors.ts'
import type { ExportApi } from '../../daemon/export/feed.ts'
import type { EntityBody } from '../../daemon/schemas/entity.ts'

export interface FakeFeed {
  api: ExportApi
  collections: { id: string; readable_id: string }[]
  connections: { id: string; name: string; short_name: string; readable_collection_id: string }[]
  put(members: Partial<EntityBody> & { entity_id: string }): EntityBody
  remove(entityId: string): void
  /** What is there now. */
  live(): EntityBody[]
  /** Cursors given so far are refused from here on. */
  forgetCursors(): void
  /** How many pages were asked for. */
  pages: number
  pageLimit: number
}

export const connectionId = 'c0000000-0000-4000-8000-000000000001'

/** One collection, `home`, and one connection to it. */
export function fakeFeed(): FakeFeed {
  const entities = new Map<string, { entity: EntityBody; sequence: number }>()
  let sequence = 0
  let age = 0

  const feed: FakeFeed = {
    collections: [{ id: 'collection-1', readable_id: 'home' }],
    connections: [{ id: connectionId, name: 'My notes', short_name: 'notes', readable_collection_id: 'home' }],
    pages: 0,
    pageLimit: 3,
    api: {
      async ask<Answer>(_method: 'GET', path: string) {
        return answer(new URL(path, 'http://localhost')) as Answer
      },
    },
    put(members) {
      const known = entities.get(members.entity_id)?.entity
      const entity: EntityBody = {
        id: uuidOf(members.entity_id),
        entity_type: 'note',
        source_name: 'notes',
        source_connection_id: connectionId,
        collection: 'home',
        name: `note ${members.entity_id}`,
        text: `text of ${members.entity_id}`,
        url: null,
        web_url: null,
        file_unread_because: null,
        author: null,
        breadcrumbs: [],
        created_at: null,
        updated_at: null,
        synced_at: '2026-01-01T00:00:00.000Z',
        raw: null,
        ...known,
        ...members,
        change: known ? 'updated' : 'inserted',
      }
      entities.set(entity.entity_id, { entity, sequence: ++sequence })
      return entity
    },
    remove(entityId) {
      const known = entities.get(entityId)
      if (!known) throw new Error(`there is no ${entityId}`)
      const entity: EntityBody = { ...known.entity, text: '', breadcrumbs: [], change: 'deleted' }
      entities.set(entityId, { entity, sequence: ++sequence })
    },
    live: () => [...entities.values()].map(({ entity }) => entity).filter(({ change }) => change !== 'deleted'),
    forgetCursors: () => void age++,
  }

  function answer({ pathname, searchParams }: URL): unknown {
    if (pathname === '/collections') return feed.collections
    if (pathname === '/source-connections') return feed.connections
    if (pathname === '/keys') return []
    const name = /^\/collections\/([^/]+)\/entities$/.exec(pathname)?.[1]
    if (name === undefined) throw new Error(`nothing is at ${pathname}`)
    feed.pages++
    const after = searchParams.get('after')
    const [given, position] = after === null ? [age, 0] : after.split('.').map(Number)
    if (given !== age) throw new Failure('invalid', 'this is not a cursor of the collection')
    const isDeletedShown = (searchParams.get('include_deleted') ?? String(after !== null)) === 'true'
    const type = searchParams.get('entity_type')
    const found = [...entities.values()]
      .filter(({ entity, sequence: at }) => entity.collection === name && at > (position ?? 0))
      .filter(({ entity }) => type === null || entity.entity_type === type)
      .filter(({ entity }) => isDeletedShown || entity.change !== 'deleted')
      .sort((a, b) => a.sequence - b.sequence)
    const page = found.slice(0, feed.pageLimit)
    const end = page.length < found.length ? page.at(-1)?.sequence : sequence
    return { entities: page.map(({ entity }) => entity), next_cursor: `${age}.${end}` }
  }

  return feed
}

function uuidOf(text: string): string {
  const digits = Buffer.from(text).toString('hex').padEnd(20, '0').slice(0, 20)
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-8000-8000-${digits.slice(12)}0000`
}
