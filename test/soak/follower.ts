/**
 * A tool that follows the feed of a collection through every kill: it keeps the last cursor and asks again. It notices
 * what is told twice, what is said to be gone and is there, and at the end what was never told.
 */
import type { ApiClient } from '../support/api-client.ts'

export interface FeedEntity {
  id: string
  entity_id: string
  entity_type: string
  source_connection_id: string
  name: string
  text: string
  change: 'inserted' | 'updated' | 'deleted'
  synced_at: string
}

interface Page {
  entities: FeedEntity[]
  next_cursor: string
}

export interface Follower {
  /** Reads to the end of what there is. */
  follow(api: ApiClient): Promise<void>
  /** What it holds of one connection, by `type:id`. */
  held(connectionId: string): Map<string, FeedEntity>
  /** How many changes it was told of. */
  readonly heard: number
  /** What no feed may do, a sentence each. */
  readonly misdeeds: readonly string[]
}

/** Odd, so that pages end everywhere. */
const pageSize = 37

/** @param exists whether the provider has it now; nothing ever comes back under its id */
export function createFollower(collection: string, exists: (entity: FeedEntity) => boolean): Follower {
  const known = new Map<string, { entity: FeedEntity; told: string }>()
  const misdeeds: string[] = []
  let cursor: string | undefined
  let heard = 0

  return {
    misdeeds,
    get heard() {
      return heard
    },
    async follow(api) {
      for (;;) {
        const after = cursor === undefined ? '' : `&after=${encodeURIComponent(cursor)}`
        const path = `/collections/${collection}/entities?limit=${pageSize}${after}`
        const page = await api.call<Page>('GET', path)
        page.entities.forEach(hear)
        cursor = page.next_cursor
        if (page.entities.length === 0) return
      }
    },
    held(connectionId) {
      const found = [...known.values()].flatMap(({ entity }) =>
        entity.source_connection_id === connectionId && entity.change !== 'deleted' ? [entity] : [],
      )
      return new Map(found.map(entity => [keyOf(entity), entity]))
    },
  }

  function hear(entity: FeedEntity): void {
    heard++
    const { synced_at: _time, ...rest } = entity
    const told = JSON.stringify(rest)
    const before = known.get(entity.id)
    const isLive = before !== undefined && before.entity.change !== 'deleted'
    const complain = (what: string) => misdeeds.push(`${keyOf(entity)} ${what}`)
    if (before?.told === told) complain('was told twice without a change')
    if (entity.change === 'inserted' && isLive) complain('was inserted though it was there')
    if (entity.change === 'deleted' && exists(entity)) complain('was deleted though the provider has it')
    known.set(entity.id, { entity, told })
  }
}

export function keyOf({ entity_type, entity_id }: FeedEntity): string {
  return `${entity_type}:${entity_id}`
}
