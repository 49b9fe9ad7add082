/** The log of what happened, written in the transactions of what it tells of. */
import { randomBytes } from 'node:crypto'
import type { Event, Happening } from '../events.ts'
import type { Database, Row } from './database.ts'
import type { EventsInput, EventsPage } from './store.ts'

/** The sequence of the last event, where there is any. */
export type LastEvent = number | null

/** Within the transaction of the caller. */
export function writeEvents(database: Database, happenings: readonly Happening[], now: string): LastEvent {
  let last: LastEvent = null
  for (const { type, ...members } of happenings) {
    // A store that was put back from a backup gives a sequence again, but not to the same id.
    const mark = randomBytes(6).toString('hex')
    const sql = 'insert into events (mark, at, type, members) values (?, ?, ?, ?)'
    last = database.run(sql, mark, now, type, JSON.stringify(members)).key
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
    const rows = database.all('select * from events where sequence > ? order by sequence limit ?', position, limit)
    return { events: rows.map(readEvent), last: Number(rows.at(-1)?.sequence ?? position) }
  })
}

export function findLastEvent(database: Database): number {
  const row = database.get(`select seq from sqlite_sequence where name = 'events'`)
  return Number(row?.seq ?? 0)
}

export function readEvent({ sequence, mark, at, type, members }: Row): Event {
  const id = `evt_${sequence}_${mark}`
  return { type, ...(JSON.parse(String(members)) as object), id, at } as Event
}

function sequenceOf(database: Database, id: string): number {
  const [, sequence = '', mark = ''] = /^evt_(\d{1,15})_([0-9a-f]{12})$/.exec(id) ?? []
  const row = database.get('select sequence from events where sequence = ? and mark = ?', Number(sequence), mark)
  return Number(row?.sequence ?? 0)
}
