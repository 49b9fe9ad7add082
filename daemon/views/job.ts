import type { JobProgress } from '../../core/inlet.ts'
import type { JobRow } from '../../core/store/store.ts'
import type { JobBody, JobProgressBody } from '../schemas/job.ts'
import { organizationId } from './organization.ts'

export function jobBody(job: JobRow): JobBody {
  return {
    id: job.id,
    source_connection_id: job.connectionId,
    organization_id: organizationId,
    status: job.status,
    trigger: job.trigger,
    created_at: job.createdAt,
    modified_at: job.modifiedAt,
    started_at: job.startedAt,
    completed_at: job.completedAt,
    failed_at: job.failedAt,
    duration_seconds: durationSeconds(job),
    entities_inserted: job.inserted,
    entities_updated: job.updated,
    entities_deleted: job.deleted,
    entities_kept: job.kept,
    entities_skipped: job.skipped,
    entities_failed: job.failed,
    entities_encountered: job.encountered,
    requests: job.requests,
    error: job.error,
    error_category: job.errorCategory,
    provider_error: job.providerError,
  }
}

export function jobProgressBody(progress: JobProgress): JobProgressBody {
  return { ...jobBody(progress.job), waiting: progress.waiting }
}

function durationSeconds(job: JobRow): number | null {
  const endedAt = job.completedAt ?? job.failedAt ?? (job.status === 'cancelled' ? job.modifiedAt : null)
  if (job.startedAt === null || endedAt === null) return null
  return Math.max(0, Date.parse(endedAt) - Date.parse(job.startedAt)) / 1000
}
