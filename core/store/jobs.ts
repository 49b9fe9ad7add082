import { Failure } from '../errors.ts'
import { changeConnection, hasConnection, unknownConnection } from './connections.ts'
import { boundLimit, type Database } from './database.ts'
import { type LastEvent, writeEvents } from './events.ts'
import { json, plain, table } from './rows.ts'
import type { JobEnd, JobRow, Page } from './store.ts'

const jobTable = table<JobRow>('jobs', {
  id: plain('id'),
  connectionId: plain('connection_id'),
  status: plain('status'),
  trigger: plain('trigger'),
  createdAt: plain('created_at'),
  modifiedAt: plain('modified_at'),
  startedAt: plain('started_at'),
  completedAt: plain('completed_at'),
  failedAt: plain('failed_at'),
  inserted: plain('inserted'),
  updated: plain('updated'),
  deleted: plain('deleted'),
  kept: plain('kept'),
  skipped: plain('skipped'),
  failed: plain('failed'),
  encountered: json('encountered'),
  requests: plain('requests'),
  error: plain('error'),
  errorCategory: plain('error_category'),
  providerError: plain('provider_error'),
})

const isOpen = `status in ('pending', 'in_progress')`

export function unknownJob(id: string, connectionId?: string): Failure {
  return new Failure('not_found', `there is no job ${id}`, { problem: 'unknown-job', jobId: id, connectionId })
}

/** @throws Failure `conflict` (`job-running`, with `jobId`), `not_found` (`unknown-connection`) */
export function insertJob(database: Database, job: JobRow): void {
  const { connectionId } = job
  database.transaction(() => {
    if (!hasConnection(database, connectionId)) throw unknownConnection(connectionId)
    const open = database.get(`select id from jobs where connection_id = ? and ${isOpen}`, connectionId)
    if (open && (job.status === 'pending' || job.status === 'in_progress')) {
      const jobId = String(open.id)
      const message = `job ${jobId} of the connection ${connectionId} is still running; wait for it or cancel it`
      throw new Failure('conflict', message, { problem: 'job-running', jobId, connectionId })
    }
    jobTable.insert(database, job)
  })
}

/** @throws Failure `not_found` (`unknown-job`) */
export function updateJob(database: Database, { id, changes }: { id: string; changes: Partial<JobRow> }): void {
  if (!jobTable.update(database, 'id', id, changes)) throw unknownJob(id)
}

/** @throws Failure `not_found` (`unknown-job`) */
export function endJob(
  database: Database,
  { id, connectionId, job, connection, happenings, now }: JobEnd & { now: string },
): LastEvent {
  return database.transaction(() => {
    updateJob(database, { id, changes: job })
    changeConnection(database, connectionId, connection)
    return writeEvents(database, happenings, now)
  })
}

export function findJob(database: Database, id: string): JobRow | undefined {
  const row = database.get(`${jobTable.select} where id = ?`, id)
  return row && jobTable.read(row)
}

export function listJobs(database: Database, { connectionId, skip, limit }: Page & { connectionId: string }): JobRow[] {
  const sql = `${jobTable.select} where connection_id = ? order by created_at desc, ordinal desc ${boundLimit} offset ?`
  return database.all(sql, connectionId, limit, skip).map(jobTable.read)
}

export function listLatestJobs(database: Database, connectionIds: readonly string[]): Record<string, JobRow> {
  const sql = `${jobTable.select} where ordinal in (
    select (
      select ordinal from jobs where connection_id = wanted.value order by created_at desc, ordinal desc limit 1
    ) from json_each(?) as wanted
  )`
  const jobs = database.all(sql, JSON.stringify(connectionIds)).map(jobTable.read)
  return Object.fromEntries(jobs.map(job => [job.connectionId, job]))
}

export function listOpenJobs(database: Database): JobRow[] {
  return database.all(`${jobTable.select} where ${isOpen} order by created_at, ordinal`).map(jobTable.read)
}
