import { z } from 'zod'
import { needReasons } from '../../core/need.ts'
import { flagQuery, pageQuery, time, timeOrNull, uuid } from './common.ts'
import { jobSchema } from './job.ts'

const authMethod = z.enum(['oauth_token', 'oauth_browser'])
const config = z.record(z.string(), z.unknown())

export const connectionSchema = z
  .object({
    id: uuid,
    name: z.string(),
    description: z.string().nullable(),
    short_name: z.string(),
    collection: z.string(),
    readable_collection_id: z.string(),
    status: z.enum(['active', 'in_progress', 'failing', 'needs_reauth', 'pending_auth']),
    created_at: time,
    modified_at: time,
    created_by_email: z.null(),
    modified_by_email: z.null(),
    organization_id: uuid,
    sync_id: uuid,
    connection_id: uuid,
    white_label_id: uuid.nullable(),
    auth_fields: z.record(z.string(), z.string()).meta({ description: 'Each value is `********`' }),
    config_fields: config,
    config,
    cron_schedule: z.string().nullable(),
    timezone: z.string().nullable(),
    next_scheduled_run: timeOrNull,
    latest_sync_job_id: uuid.nullable(),
    latest_sync_job_status: jobSchema.shape.status.nullable(),
    latest_sync_job_started_at: timeOrNull,
    latest_sync_job_completed_at: timeOrNull,
    latest_sync_job_error: z.string().nullable(),
    error_category: z.string().nullable(),
    error_message: z.string().nullable(),
    auth: z.object({
      method: authMethod,
      authenticated: z.boolean(),
      authenticated_at: timeOrNull,
      expires_at: timeOrNull,
      needs_person_at: timeOrNull.meta({
        description: 'When it will need a person to sign in or give new auth_fields, as far as that is known',
      }),
      needs_person_because: z.enum(needReasons).nullable(),
      account: z.object({ id: z.string(), name: z.string() }).nullable(),
      auth_url: z.string().nullable().meta({
        description:
          'Where a person signs in, while a connection waits for its first sign-in, or again for one that was signed in so; works once, for twenty minutes',
      }),
    }),
    schedule: z.object({ cron: z.string().nullable(), timezone: z.string().nullable(), next_run: timeOrNull }),
    sync: z.object({
      total_runs: z.number().int(),
      successful_runs: z.number().int(),
      failed_runs: z.number().int(),
      last_job: jobSchema.nullable(),
    }),
    entities: z.object({
      total_entities: z.number().int(),
      by_type: z.record(z.string(), z.object({ count: z.number().int(), last_updated: timeOrNull })),
    }),
    federated_search: z.boolean(),
  })
  .meta({ id: 'SourceConnection' })
export type ConnectionBody = z.infer<typeof connectionSchema>

export const connectionItemSchema = connectionSchema
  .extend({ is_authenticated: z.boolean(), auth_method: authMethod, entity_count: z.number().int() })
  .meta({ id: 'SourceConnectionListItem' })
export type ConnectionItemBody = z.infer<typeof connectionItemSchema>

export const connectionCheckSchema = z
  .object({
    alive: z.boolean().nullable().meta({ description: 'Null where that could not be found out' }),
    account: z.object({ id: z.string(), name: z.string() }).nullable(),
    error_category: z.string().nullable(),
    error_message: z.string().nullable(),
    expires_at: timeOrNull,
    needs_person_at: timeOrNull,
    needs_person_because: z.enum(needReasons).nullable(),
    scopes: z.array(z.string()).meta({ description: 'What the source needs' }),
  })
  .meta({ id: 'ConnectionCheck' })
export type ConnectionCheckBody = z.infer<typeof connectionCheckSchema>

export const listConnectionsQuery = pageQuery.extend({
  collection: z.string().optional().meta({ description: 'A readable id' }),
})

export const showAuthFieldsQuery = z.object({
  show_auth_fields: flagQuery.meta({
    type: 'boolean',
    description: 'Accepted, and changes nothing: secrets are never shown',
  }),
})
