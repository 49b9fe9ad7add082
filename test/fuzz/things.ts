/** What the daemon has said that there is, so that random requests name real things. */
import { isJsonObject } from '../../core/json.ts'

export interface Things {
  /** Takes in an answer's text. */
  learn(text: string): void
  /** Numbers become ids of the kind that the segment before them asks for. */
  resolve(segments: readonly (string | number)[]): string[]
  collections(): readonly Thing[]
  webhooks(): readonly Thing[]
}

interface Thing {
  id: string
  /** The connection that a job is of. */
  of?: string
}

const most = 60

export function createThings(): Things {
  const pools: Record<string, Thing[]> = {
    'source-connections': [],
    collections: [],
    jobs: [],
    entities: [],
    sources: [],
    problems: [],
    'white-labels': [],
    webhooks: [],
    deliveries: [],
  }

  return {
    learn(text) {
      try {
        visit(JSON.parse(text))
      } catch {
        return
      }
    },
    resolve(segments) {
      const resolved: string[] = []
      segments.forEach((segment, index) => {
        const isOfSource = /^(oauth2_url|code_to_token_credentials)$/.test(String(segments[index + 1]))
        const before = isOfSource ? ['sources'] : resolved
        resolved.push(typeof segment === 'number' ? choose(segment, before) : segment)
      })
      return resolved
    },
    collections: () => pools.collections ?? [],
    webhooks: () => pools.webhooks ?? [],
  }

  function choose(number: number, before: readonly string[]): string {
    const last = before.at(-1) ?? ''
    const kind = { detail: 'sources', proxy: 'source-connections' }[last] ?? last
    const pool = pools[kind] ?? []
    const own = kind === 'jobs' || kind === 'deliveries' ? pool.filter(({ of }) => of === before.at(-2)) : pool
    const list = own.length > 0 ? own : pool
    // One of the newest is more likely to be still under way.
    const at = number % 2 === 0 ? list.length - 1 - (number % 3) : number % Math.max(1, list.length)
    return list[at]?.id ?? 'nothing'
  }

  function visit(value: unknown): void {
    if (Array.isArray(value)) for (const item of value.slice(0, 100)) visit(item)
    if (!isJsonObject(value)) return
    const { id, readable_id, trigger, sync_id, entity_id, short_name, explanation, type } = value
    if (typeof trigger === 'string') add('jobs', id, value.source_connection_id)
    else if (typeof sync_id === 'string') add('source-connections', id)
    else if (typeof entity_id === 'string') add('entities', id)
    else if (typeof readable_id === 'string') add('collections', readable_id)
    else if (typeof short_name === 'string') add('sources', short_name)
    else if (typeof value.redirect_url === 'string') add('white-labels', id)
    else if (typeof value.webhook_id === 'string') add('deliveries', id, value.webhook_id)
    else if (typeof value.failing_since !== 'undefined') add('webhooks', id)
    else if (typeof explanation === 'string') add('problems', String(type).replace('/problems/', ''))
    for (const member of Object.values(value)) if (Array.isArray(member)) visit(member)
  }

  function add(kind: string, id: unknown, of?: unknown): void {
    const pool = pools[kind]
    if (!pool || typeof id !== 'string' || pool.some(thing => thing.id === id)) return
    pool.push(typeof of === 'string' ? { id, of } : { id })
    if (pool.length > most) pool.shift()
  }
}
