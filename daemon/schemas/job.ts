import { z } from 'zod'
import { time, timeOrNull, uuid } from './common.ts'
import { strict } from './strict.ts'

const count = z.number().int()

const members = {
  id: uuid,
  source_connection_id: uuid,
  organization_id: uuid,
  status: z.enum(['pending', 'in_progress', 'completed', 'failed', 'cancelled']),
  trigger: z.enum(['create', 'manual', 'override', 'schedule']),
  created_at: time,
  modified_at: time,
  started_at: timeOrNull,
  completed_at: timeOrNull,
  failed_at: timeOrNull,
  duration_seconds: z.number().nullable().meta({ description: 'Once it is over' }),
  entities_inserted: count,
  entities_updated: count,
  entities_deleted: count,
  entities_kept: count,
  entities_skipped: count,
  entities_failed: count,
  entities_encountered: z.record(z.string(), count).meta({ description: 'Seen so far, by entity type' }),
  requests: count.meta({ description: 'Requests sent to the provider' }),
  error: z.string().nullable(),
  error_category: z.string().nullable(),
  provider_error: z.string().nullable(),
}

export const jobSchema = z.object(members).meta({ id: 'Job' })
export type JobBody = z.infer<typeof jobSchema>

const waiting = z
  .object({ until: time, code: z.string() })
  .nullable()
  .meta({ description: 'Set while the provider makes it wait' })

export const jobProgressSchema = z.object({ ...members, waiting }).meta({ id: 'JobProgress' })
export type JobProgressBody = z.infer<typeof jobProgressSchema>

const usableToken = /^[^\p{Cc}\s](?:[^\p{Cc}]*[^\p{Cc}\s])?$/u

export const runBody = strict({
  access_token: z
    .string()
    .regex(usableToken, { error: 'must not be empty, nor have control characters or white space around it' })
    .nullish()
    .meta({ description: 'Used for this one job instead of the stored credential, and never kept' }),
}).meta({ id: 'Run' })
