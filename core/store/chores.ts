/**
 * Deletions and moves that may concern a hundred thousand entities: recorded in the transaction that orders them, done
 * in short steps so that other writes come between, and finished at the next start if the process dies before.
 */
import { boundLimit, type Database, type Row } from './database.ts'
import { takeSequences } from './feed.ts'
import { addTombstones, removeEntities, removeTombstones, takeStep } from './removal.ts'

export type ChoreId = number
export type ChoreKind = 'move_connection' | 'erase_connection' | 'erase_collection'

/** Entities a step, or fewer with long texts; about 50 ms. */
const stepSize = 500

/** Orders a chore; what came into an erased collection after `untilSequence` is not part of it. */
export function beginChore(database: Database, kind: ChoreKind, subject: string, untilSequence: number): ChoreId {
  const { key } = database.run(
    `insert or replace into chores (kind, subject, until_sequence, after_type, after_id) values (?, ?, ?, '', '')`,
    kind,
    subject,
    untilSequence,
  )
  return key
}

export function listChores(database: Database): ChoreId[] {
  return database.all('select id from chores order by id').map(row => Number(row.id))
}

/** Does one step; whether the chore is finished. */
export function continueChore(database: Database, { id, now }: { id: ChoreId; now: string }): boolean {
  return database.transaction(() => {
    const chore = database.get('select * from chores where id = ?', id)
    if (!chore) return true
    const finished = steps[chore.kind as ChoreKind](database, chore, now)
    if (finished) database.run('delete from chores where id = ?', id)
    return finished
  })
}

const steps: Record<ChoreKind, (database: Database, chore: Row, now: string) => boolean> = {
  move_connection: moveStep,
  erase_connection(database, { subject = null }, now) {
    const rows = database.all(`select key from entities where connection_id = ? ${boundLimit}`, subject, stepSize)
    const keys = takeStep(database, keysOf(rows))
    removeEntities(database, keys, { now, tombstones: true })
    return keys.length === rows.length && rows.length < stepSize
  },
  erase_collection(database, { subject = null, until_sequence: until = null }, now) {
    const within = 'where collection = ? and sequence <= ?'
    const rows = database.all(`select key from entities ${within} ${boundLimit}`, subject, until, stepSize)
    const keys = takeStep(database, keysOf(rows))
    removeEntities(database, keys, { now, tombstones: false })
    if (keys.length < rows.length || rows.length === stepSize) return false
    const { changes } = database.run(
      `delete from tombstones ${within} and sequence in (select sequence from tombstones ${within} ${boundLimit})`,
      subject,
      until,
      subject,
      until,
      stepSize * 10,
    )
    return changes < stepSize * 10
  },
}

/** Moves the next entities after their connection: deleted in the old collection, inserted in the new one. */
function moveStep(
  database: Database,
  { id = null, subject = null, after_type = null, after_id = null }: Row,
  now: string,
): boolean {
  const target = database.get('select collection from connections where id = ?', subject)?.collection
  if (typeof target !== 'string') return true
  const rows = database.all(
    `select key, id, collection, entity_type, entity_id from entities
     where connection_id = ? and (entity_type, entity_id) > (?, ?) order by entity_type, entity_id ${boundLimit}`,
    subject,
    after_type,
    after_id,
    stepSize,
  )
  const moved = rows.filter(row => row.collection !== target)
  addTombstones(database, keysOf(moved), now)
  const before = takeSequences(database, moved.length)
  database.run(
    `update entities set collection = ?, sequence = ? + moved.key + 1, change = 'inserted', synced_at = ?
     from json_each(?) as moved where entities.key = moved.value`,
    target,
    before,
    now,
    JSON.stringify(keysOf(moved)),
  )
  removeTombstones(
    database,
    target,
    moved.map(row => String(row.id)),
  )
  const last = rows.at(-1)
  if (last) {
    const { entity_type: type = null, entity_id: entityId = null } = last
    database.run('update chores set after_type = ?, after_id = ? where id = ?', type, entityId, id)
  }
  return rows.length < stepSize
}

function keysOf(rows: readonly Row[]): number[] {
  return rows.map(row => Number(row.key))
}
