import { Failure } from '../errors.ts'
import type { Happening } from '../events.ts'
import { beginChore, type ChoreId } from './chores.ts'
import { findCollection, unknownCollection } from './collections.ts'
import { boundLimit, type Database } from './database.ts'
import { type LastEvent, writeEvents } from './events.ts'
import { currentSequence } from './feed.ts'
import { json, plain, table } from './rows.ts'
import type { ConnectionRow, DueRun, EntityCount, Store } from './store.ts'

const connectionTable = table<ConnectionRow>('connections', {
  id: plain('id'),
  name: plain('name'),
  description: plain('description'),
  shortName: plain('short_name'),
  collection: plain('collection'),
  config: json('config'),
  authFieldNames: json('auth_field_names'),
  whiteLabelId: plain('white_label_id'),
  cronSchedule: plain('cron_schedule'),
  timezone: plain('timezone'),
  nextRunAt: plain('next_run_at'),
  createdAt: plain('created_at'),
  modifiedAt: plain('modified_at'),
  authState: plain('auth_state'),
  authenticatedAt: plain('authenticated_at'),
  expiresAt: plain('expires_at'),
  needsPersonAt: plain('needs_person_at'),
  needsPersonBecause: plain('needs_person_because'),
  needTellAt: plain('need_tell_at'),
  account: json('account'),
  credentialGeneration: plain('credential_generation'),
  cursor: json('cursor'),
  cursorKey: plain('cursor_key'),
  listing: json('listing'),
  generation: plain('generation'),
  totalRuns: plain('total_runs'),
  successfulRuns: plain('successful_runs'),
  failedRuns: plain('failed_runs'),
  lastErrorCategory: plain('last_error_category'),
  lastErrorMessage: plain('last_error_message'),
})

export function unknownConnection(id: string): Failure {
  const message = `there is no connection ${id}`
  return new Failure('not_found', message, { problem: 'unknown-connection', connectionId: id })
}

/** @throws Failure `not_found` (`unknown-collection`), `conflict` for an id that exists */
export function insertConnection(database: Database, connection: ConnectionRow): void {
  database.transaction(() => {
    if (!findCollection(database, connection.collection)) throw unknownCollection(connection.collection)
    if (hasConnection(database, connection.id)) {
      throw new Failure('conflict', `there is a connection ${connection.id} already`, { connectionId: connection.id })
    }
    connectionTable.insert(database, connection)
  })
}

/**
 * Changes the row; entities that must follow it to another collection are returned as a chore.
 * @throws Failure `not_found` (`unknown-connection`, `unknown-collection`)
 */
export function updateConnection(
  database: Database,
  { id, changes, happenings, now }: ConnectionUpdate,
): { chore: ChoreId | null; last: LastEvent } {
  return database.transaction(() => {
    const before = database.get('select collection from connections where id = ?', id)
    if (!before) throw unknownConnection(id)
    changeConnection(database, id, changes)
    const last = writeEvents(database, happenings, now)
    const { collection } = changes
    if (collection === undefined || collection === before.collection) return { chore: null, last }
    if (!findCollection(database, collection)) throw unknownCollection(collection)
    return { chore: beginChore(database, 'move_connection', id, 0), last }
  })
}

interface ConnectionUpdate {
  id: string
  changes: Partial<ConnectionRow>
  happenings: readonly Happening[]
  now: string
}

/** Within the transaction of the caller; does nothing to one that is gone. */
export function changeConnection(database: Database, id: string, changes: Partial<ConnectionRow>): void {
  connectionTable.update(database, 'id', id, changes)
}

/**
 * Removes the connection and its jobs; what is to be done with its data is returned as a chore.
 * @throws Failure `not_found` (`unknown-connection`)
 */
export function deleteConnection(
  database: Database,
  { id, deleteData }: { id: string; deleteData: boolean },
): ChoreId | null {
  return database.transaction(() => {
    const { changes } = database.run('delete from connections where id = ?', id)
    if (changes === 0) throw unknownConnection(id)
    database.run('delete from jobs where connection_id = ?', id)
    return deleteData ? beginChore(database, 'erase_connection', id, currentSequence(database)) : null
  })
}

export function hasConnection(database: Database, id: string): boolean {
  return database.get('select 1 from connections where id = ?', id) !== undefined
}

export function findConnection(database: Database, id: string): ConnectionRow | undefined {
  const row = database.get(`${connectionTable.select} where id = ?`, id)
  return row && connectionTable.read(row)
}

export function listConnections(
  database: Database,
  { skip, limit, collection, whiteLabelId }: Parameters<Store['connections']>[0],
): ConnectionRow[] {
  const wanted = Object.entries({ collection, white_label_id: whiteLabelId }).filter(([, value]) => value !== undefined)
  const where = wanted.length === 0 ? '' : `where ${wanted.map(([column]) => `${column} = ?`).join(' and ')}`
  const values = wanted.map(([, value]) => String(value))
  const sql = `${connectionTable.select} ${where} order by created_at, ordinal ${boundLimit} offset ?`
  return database.all(sql, ...values, limit, skip).map(connectionTable.read)
}

/** The few columns that say what is to be run: thousands may be due, and a cursor may be large. */
export function listDueRuns(database: Database, { time, after, limit }: Parameters<Store['dueRuns']>[0]): DueRun[] {
  const sql = `select id, next_run_at, ordinal, cron_schedule, timezone, auth_state,
      cursor <> 'null' and listing = 'null' as is_listed
    from connections where next_run_at <= ? and (next_run_at, ordinal) > (?, ?)
    order by next_run_at, ordinal ${boundLimit}`
  return database.all(sql, time, after?.nextRunAt ?? '', after?.ordinal ?? 0, limit).map(row => ({
    id: String(row.id),
    nextRunAt: String(row.next_run_at),
    ordinal: Number(row.ordinal),
    cronSchedule: textOf(row.cron_schedule),
    timezone: textOf(row.timezone),
    authState: String(row.auth_state) as DueRun['authState'],
    isListed: row.is_listed === 1,
  }))
}

/** Does nothing where the next run is at another time by now: its schedule was changed meanwhile. */
export function moveNextRun(database: Database, { id, from, to }: Parameters<Store['moveNextRun']>[0]): void {
  database.run('update connections set next_run_at = ? where id = ? and next_run_at = ?', to, id, from)
}

export function listNeedyConnections(
  database: Database,
  { time, limit }: { time: string; limit: number },
): ConnectionRow[] {
  const sql = `${connectionTable.select} where need_tell_at <= ? order by need_tell_at, ordinal ${boundLimit}`
  return database.all(sql, time, limit).map(connectionTable.read)
}

export function findNextDue(database: Database, after: string | undefined): string | undefined {
  const row = database.get('select min(next_run_at) as time from connections where next_run_at > ?', after ?? '')
  return textOf(row?.time) ?? undefined
}

/** In one pass over columns: a collection may have thousands of connections, and is looked at often. */
export function countStates(database: Database, collection: string): { usable: number; broken: number } {
  const row = database.get(
    `select count(*) as usable, coalesce(sum(not is_busy and is_in_trouble), 0) as broken from (
       select auth_state = 'needs_reauth' or last_error_category is not null as is_in_trouble, auth_state,
         exists (select 1 from jobs where connection_id = connections.id and status in ('pending', 'in_progress')) as is_busy
       from connections where collection = ?
     ) where is_busy or auth_state <> 'pending_auth'`,
    collection,
  )
  return { usable: Number(row?.usable), broken: Number(row?.broken) }
}

export function listEntityCounts(database: Database, connectionId: string): EntityCount[] {
  const sql = 'select * from entity_counts where connection_id = ? order by entity_type'
  return database.all(sql, connectionId).map(row => ({
    entityType: String(row.entity_type),
    count: Number(row.count),
    lastUpdated: String(row.last_updated),
  }))
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
