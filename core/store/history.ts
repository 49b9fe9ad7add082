/** What is forgotten after a time, a few rows at once so that other writers come between. */
import type { Database } from './database.ts'
import type { Store } from './store.ts'

/** @returns how many were forgotten */
export function pruneJobs(database: Database, { before, keep, limit }: Parameters<Store['pruneJobs']>[0]): number {
  const newer = `select 1 from jobs as newer where newer.connection_id = jobs.connection_id
    and (newer.created_at, newer.ordinal) > (jobs.created_at, jobs.ordinal) limit ?2`
  const old = `select ordinal from jobs where created_at < ?1 and status not in ('pending', 'in_progress')
    and (select count(*) from (${newer})) >= ?2 order by created_at limit ?3`
  return database.run(`delete from jobs where ordinal in (${old})`, before, keep, limit).changes
}

/** @returns how many events and deliveries were forgotten */
export function pruneEvents(database: Database, { before, most, limit }: Parameters<Store['pruneEvents']>[0]): number {
  return database.transaction(() => {
    // What is still to be sent is kept for as long as somebody waits for it.
    const over = `select deliveries.ordinal from deliveries join webhooks on webhooks.id = webhook_id
      where deliveries.created_at < ?1 and (state <> 'pending' or disabled_because is not null) limit ?2`
    const { changes: deliveries } = database.run(`delete from deliveries where ordinal in (${over})`, before, limit)
    const unsent = 'select 1 from deliveries where event_sequence = events.sequence'
    const tooMany = 'sequence <= (select max(sequence) from events) - ?2'
    const old = `select sequence from events where (at < ?1 or ${tooMany}) and not exists (${unsent})
      order by sequence limit ?3`
    const { changes: events } = database.run(`delete from events where sequence in (${old})`, before, most, limit)
    return deliveries + events
  })
}
