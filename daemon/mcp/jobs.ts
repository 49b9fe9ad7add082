/** A job as a model is told of it, now or once it is over. */
import { z } from 'zod'
import type { ConnectionView, JobProgress } from '../../core/inlet.ts'
import type { JobRow } from '../../core/store/store.ts'
import { fence } from './material.ts'
import { oneLine } from './size.ts'
import { type ToolCall, wholeNumber } from './tool.ts'

const longestError = 1000
const longestName = 200

export const waitSeconds = z.number().min(0).max(60).default(0).meta({
  description: 'How long to wait for its end before answering how far it is; 55 at most are waited',
})

/** Clients give up on an answer after a minute, if nobody told them otherwise. */
const mostWaitMs = 55_000

export const jobSchema = z.object({
  id: z.string(),
  connection_id: z.string(),
  connection_name: z.string(),
  status: z.enum(['pending', 'in_progress', 'completed', 'failed', 'cancelled']),
  trigger: z.enum(['create', 'manual', 'override', 'schedule']),
  is_over: z.boolean(),
  started_at: z.string().nullable(),
  ended_at: z.string().nullable(),
  inserted: wholeNumber,
  updated: wholeNumber,
  deleted: wholeNumber,
  kept: wholeNumber.meta({ description: 'Seen again as they were' }),
  skipped: wholeNumber,
  failed: wholeNumber,
  seen: z.record(z.string(), wholeNumber).meta({ description: 'Read from the provider so far, by entity type' }),
  requests: wholeNumber.meta({ description: 'Sent to the provider' }),
  waiting_until: z.string().nullable().meta({ description: 'Set while the provider makes it wait' }),
  error: z.string().nullable(),
  error_category: z.string().nullable(),
})
export type Job = z.infer<typeof jobSchema>

export function isOver({ status }: JobRow): boolean {
  return status !== 'pending' && status !== 'in_progress'
}

export function toJob({ job, waiting }: JobProgress, connection: ConnectionView): Job {
  return {
    id: job.id,
    connection_id: connection.id,
    connection_name: connection.name,
    status: job.status,
    trigger: job.trigger,
    is_over: isOver(job),
    started_at: job.startedAt,
    ended_at: endOf(job),
    inserted: job.inserted,
    updated: job.updated,
    deleted: job.deleted,
    kept: job.kept,
    skipped: job.skipped,
    failed: job.failed,
    seen: job.encountered,
    requests: job.requests,
    waiting_until: waiting?.until ?? null,
    error: job.error === null ? null : oneLine(job.error, longestError),
    error_category: job.errorCategory,
  }
}

export function endOf(job: JobRow): string | null {
  return job.completedAt ?? job.failedAt ?? (job.status === 'cancelled' ? job.modifiedAt : null)
}

export function jobText(job: Job): string {
  const lines = [
    `Job ${job.id} of the connection ${job.connection_id}: ${job.status}.`,
    `${job.inserted} inserted, ${job.updated} updated, ${job.deleted} deleted, ${job.kept} kept, ${job.skipped} skipped, ${job.failed} failed; ${job.requests} requests sent.`,
  ]
  if (job.waiting_until !== null) lines.push(`The provider makes it wait until ${job.waiting_until}.`)
  if (!job.is_over) lines.push('It goes on: sync_status with this job tells how far it is.')
  // A name may come from a provider, as may the words in which it refused.
  const theirs = [`connection: ${oneLine(job.connection_name, longestName)}`]
  if (job.error !== null) theirs.push(`ended because: ${job.error}`)
  return `${lines.join('\n')}\n\n${fence(theirs.join('\n'))}`
}

/** The job as it is, or as it is at its end or after `waitMs`, whichever is first; how far it is is told meanwhile. */
export async function watchJob(
  job: JobRow,
  { inlet, clock, signal, progress }: ToolCall,
  waitMs: number,
): Promise<JobProgress> {
  const enough = new AbortController()
  const until = AbortSignal.any([signal, enough.signal])
  const stop = () => enough.abort()
  if (waitMs > 0) void clock.sleep(Math.min(waitMs, mostWaitMs), until).then(stop, stop)
  let last: JobProgress = { job, waiting: null }
  for await (const now of inlet.jobs.follow(job.connectionId, job.id, until)) {
    last = now
    const seen = Object.values(now.job.encountered).reduce((total, number) => total + number, 0)
    progress(seen, `${now.job.status}: ${seen} read, ${now.job.requests} requests sent`)
    if (waitMs === 0) break
  }
  stop()
  return last
}
