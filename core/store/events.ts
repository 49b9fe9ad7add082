/** The log of what happened, written in the transactions of what it tells of. */
import { randomBytes } from 'node:crypto'
import type { Event, Happening } from '../events.ts'
import { boundLimit, type Database, type Row } from './database.ts'
import { enqueueDeliveries } from './outbox.ts'
import type { EventsInput, EventsPage, Store } from './store.ts'

export const eventColumns = 'sequence, events.id as event_id, at, type, members'

/** The sequence of the last event, where there is any. */
export type LastEvent = number | null

/** Within the transaction of the caller. */
export function writeEvents(database: Database, happenings: readonly Happening[], now: string): LastEvent {
  let last: LastEvent = null
  for (const happening of happenings) {
    const { type, ...members } = happening
    // Not made of the sequence: that would tell how much happens elsewhere, and be given again after a restored backup.
    const id = `evt_${randomBytes(12).toString('hex')}`
    const sql = 'insert into events (id, at, type, members) values (?, ?, ?, ?)'
    last = database.run(sql, id, now, type, JSON.stringify(members)).key
    enqueueDeliveries(database, last, happening, now)
  }
  return last
}

export function addEvents(
  database: Database,
  { happenings, now }: { happenings: readonly Happening[]; now: string },
): LastEvent {
  return database.transaction(() => writeEvents(database, happenings, now))
}

export function listEvents(database: Database, { after, limit }: EventsInput): EventsPage {
  return database.transaction(() => {
    const position = typeof after === 'number' ? after : sequenceOf(database, after)
    const rows = database.all(
      `select ${eventColumns} from events where sequence > ? order by sequence ${boundLimit}`,
      position,
      limit,
    )
    return { events: rows.map(readEvent), last: Number(rows.at(-1)?.sequence ?? position) }
  })
}

export function findLastEvent(database: Database): Awaited<ReturnType<Store['lastEvent']>> {
  return database.transaction(() => {
    const sequence = Number(database.get(`select seq from sqlite_sequence where name = 'events'`)?.seq ?? 0)
    const id = database.get('select id from events where sequence = ?', sequence)?.id
    return { sequence, id: typeof id === 'string' ? id : undefined }
  })
}

export function readEvent({ event_id: id, at, type, members }: Row): Event {
  return { type, ...(JSON.parse(String(members)) as object), id, at } as Event
}

function sequenceOf(database: Database, id: string): number {
  return Number(database.get('select sequence from events where id = ?', id)?.sequence ?? 0)
}
