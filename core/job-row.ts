/** A job as its row has it: when it is new, and when it is over. */
import { randomUUID } from 'node:crypto'
import type { Failure } from './errors.ts'
import { categoryOf } from './job-outcome.ts'
import type { ConnectionRow, JobRow, JobTrigger } from './store/store.ts'

export function newJob(connectionId: string, trigger: JobTrigger, now: string): JobRow {
  return {
    id: randomUUID(),
    connectionId,
    status: 'pending',
    trigger,
    createdAt: now,
    modifiedAt: now,
    startedAt: null,
    completedAt: null,
    failedAt: null,
    inserted: 0,
    updated: 0,
    deleted: 0,
    kept: 0,
    skipped: 0,
    failed: 0,
    encountered: {},
    requests: 0,
    error: null,
    errorCategory: null,
    providerError: null,
  }
}

/** Whether all there is was listed once, so that a run brings only what has changed. */
export function isListedRow({ cursor, listing }: Pick<ConnectionRow, 'cursor' | 'listing'>): boolean {
  return cursor !== null && listing === null
}

export function outcomeOf(failure: Failure | undefined, at: string): Partial<JobRow> {
  return {
    status: failure === undefined ? 'completed' : failure.code === 'cancelled' ? 'cancelled' : 'failed',
    completedAt: failure === undefined ? at : null,
    failedAt: failure === undefined ? null : at,
    error: failure?.message ?? null,
    errorCategory: failure ? categoryOf(failure) : null,
    providerError: failure?.providerError ?? null,
  }
}
