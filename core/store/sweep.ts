import type { Breadcrumb, Scope } from '../plugin.ts'
import { unknownConnection } from './connections.ts'
import { boundLimit, type Database } from './database.ts'
import { unknownJob } from './jobs.ts'
import { removeEntities, takeStep } from './removal.ts'
import { covers } from './scope.ts'

export interface SweepInput {
  connectionId: string
  jobId: string
  generation: number
  skips: readonly Scope[]
  limit: number
  now: string
}

/** Where the calls of one sweep have got to, so that together they read the connection once. */
interface Progress {
  key: string
  entityType: string
  entityId: string
}

/** Rows read at once where most may be covered by a skip. */
const smallestRead = 500

const progressOf = new WeakMap<Database, Map<string, Progress>>()

/**
 * One step of the deletion of what a full listing has not seen; how many entities it deleted.
 * @throws Failure `not_found` when the connection or its job is gone
 */
export function sweep(database: Database, input: SweepInput): number {
  const { connectionId, jobId, limit, now } = input
  const all = progressOf.get(database) ?? new Map<string, Progress>()
  progressOf.set(database, all)
  const key = JSON.stringify([jobId, input.generation, input.skips])
  const before = all.get(connectionId)
  const start = before?.key === key ? before : { key, entityType: '', entityId: '' }
  const { keys, end } = database.transaction(() => {
    if (!database.get('select 1 from connections where id = ?', connectionId)) throw unknownConnection(connectionId)
    const found = findUnseen(database, input, start, Math.max(1, limit))
    removeEntities(database, found.keys, { now, tombstones: true })
    const { changes } = database.run(
      'update jobs set deleted = deleted + ?, modified_at = ? where id = ? and connection_id = ?',
      found.keys.length,
      now,
      jobId,
      connectionId,
    )
    if (changes === 0) throw unknownJob(jobId, connectionId)
    return found
  })
  if (keys.length === 0) all.delete(connectionId)
  else all.set(connectionId, end)
  return keys.length
}

function findUnseen(
  database: Database,
  { connectionId, generation, skips }: SweepInput,
  start: Progress,
  limit: number,
): { keys: number[]; end: Progress } {
  const unseen: { key: number; end: Progress }[] = []
  const readSize = Math.max(limit, smallestRead)
  const breadcrumbs = skips.some(skip => skip.parent !== undefined) ? 'breadcrumbs' : `'[]' as breadcrumbs`
  let end = start
  for (;;) {
    const rows = database.all(
      `select entities.key, entity_type, entity_id, ${breadcrumbs}
       from entities left join marks on marks.key = entities.key
       where connection_id = ? and (entity_type, entity_id) > (?, ?) and (generation is null or generation < ?)
       order by entity_type, entity_id ${boundLimit}`,
      connectionId,
      end.entityType,
      end.entityId,
      generation,
      readSize,
    )
    for (const row of rows) {
      if (unseen.length === limit) return stepOf(database, unseen, end)
      const entity = {
        entityType: String(row.entity_type),
        id: String(row.entity_id),
        breadcrumbs: () => JSON.parse(String(row.breadcrumbs)) as Breadcrumb[],
      }
      end = { key: start.key, entityType: entity.entityType, entityId: entity.id }
      if (!skips.some(skip => covers(skip, entity))) unseen.push({ key: Number(row.key), end })
    }
    if (rows.length < readSize || unseen.length === limit) return stepOf(database, unseen, end)
  }
}

/** Those that are deleted now, and where the next step goes on. */
function stepOf(
  database: Database,
  unseen: readonly { key: number; end: Progress }[],
  end: Progress,
): { keys: number[]; end: Progress } {
  const keys = takeStep(
    database,
    unseen.map(({ key }) => key),
  )
  return { keys, end: keys.length < unseen.length ? (unseen[keys.length - 1]?.end ?? end) : end }
}
