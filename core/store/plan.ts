/** What a batch comes to, before anything is written. */
import type { Database } from './database.ts'
import { type EntityContent, entityContent } from './entities.ts'
import type { Batch, Upsert, Write } from './store.ts'

export interface Insert {
  entity: Upsert['entity']
  content: EntityContent
}

export interface Update extends Insert {
  key: number
  id: string
  /** What has changed of what people search for, and not just of `raw`, a time or a link: all of it, or only names. */
  reindex: 'all' | 'names' | 'nothing'
}

export interface Plan {
  inserts: Insert[]
  updates: Update[]
  removals: number[]
  kept: number[]
  encountered: Record<string, number>
}

/** What each entity of the batch comes to, by its last change and what is stored. */
export function makePlan(database: Database, { connectionId, writes }: Batch): Plan {
  const plan: Plan = { inserts: [], updates: [], removals: [], kept: [], encountered: {} }
  const encountered = new Map<string, number>()
  for (const write of lastWrites(writes)) {
    const [entityType, entityId] = nameOf(write)
    const stored = database.get(
      'select key, id, hash from entities where connection_id = ? and entity_type = ? and entity_id = ?',
      connectionId,
      entityType,
      entityId,
    )
    if (write.type === 'remove') {
      if (stored) plan.removals.push(Number(stored.key))
      continue
    }
    if (write.type === 'keep' && !stored) continue
    encountered.set(entityType, (encountered.get(entityType) ?? 0) + 1)
    if (write.type === 'keep') {
      if (stored) plan.kept.push(Number(stored.key))
      continue
    }
    const { entity } = write
    const content = entityContent(write)
    if (!stored) {
      plan.inserts.push({ entity, content })
    } else if (Buffer.compare(stored.hash as Uint8Array, content.hash) === 0) {
      plan.kept.push(Number(stored.key))
    } else {
      const key = Number(stored.key)
      plan.updates.push({ entity, content, key, id: String(stored.id), reindex: whatReadsAnew(database, key, content) })
    }
  }
  plan.encountered = Object.fromEntries(encountered)
  return plan
}

function lastWrites(writes: readonly Write[]): Iterable<Write> {
  const last = new Map<string, Write>()
  for (const write of writes) {
    const key = JSON.stringify(nameOf(write))
    // Nor does what is to be kept take back what was said of it before.
    if (write.type === 'keep' && last.has(key)) continue
    last.delete(key)
    last.set(key, write)
  }
  return last.values()
}

function nameOf(write: Write): [entityType: string, entityId: string] {
  return write.type === 'upsert' ? [write.entity.entityType, write.entity.id] : [write.entityType, write.id]
}

function whatReadsAnew(database: Database, key: number, content: EntityContent): Update['reindex'] {
  const same = database.get(
    `select text = ? as text, name = ? and author is ? and breadcrumbs = ? as names
     from entities join bodies on bodies.key = entities.key where entities.key = ?`,
    content.text,
    content.name,
    content.author,
    content.breadcrumbs,
    key,
  )
  if (same?.text !== 1) return 'all'
  return same.names === 1 ? 'nothing' : 'names'
}
