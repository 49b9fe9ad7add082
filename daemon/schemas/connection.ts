import { z } from 'zod'
import { needReasons } from '../../core/need.ts'
import {
  count,
  flag,
  flagQuery,
  noEmail,
  organization,
  pageQuery,
  text,
  time,
  timeOrNull,
  timeOrNullWhen,
  uuidOf,
} from './common.ts'
import { connectionExample, connectionItemExample } from './examples.ts'
import { jobSchema } from './job.ts'

const authMethod = z.enum(['oauth_token', 'oauth_browser']).meta({
  description: 'How its credential came: `oauth_token` was given, `oauth_browser` is of a sign-in',
})
const configOf = (description: string) => z.record(z.string(), z.unknown()).meta({ description })
const account = z
  .object({ id: text("The provider's id of it"), name: text('What a person calls it, such as an address') })
  .nullable()
  .meta({ description: 'Whose data it is, once the provider has told' })
const needReason = z.enum(needReasons).nullable().meta({
  description:
    'Why it will: the token ends and there is no refresh token, the refresh token ends, or it ends when it is not used',
})
const errorCategory = text("Why it does not work, in a word, as a job's `error_category`").nullable()
const errorMessage = text('Why it does not work, in a sentence').nullable()

export const connectionSchema = z
  .object({
    id: uuidOf('The source connection'),
    name: text('What people call it'),
    description: text('What people say of it').nullable(),
    short_name: text("The source's short name"),
    collection: text("The collection's readable id"),
    readable_collection_id: text('Another name of `collection`'),
    status: z.enum(['active', 'in_progress', 'failing', 'needs_reauth', 'pending_auth']).meta({
      description:
        'How it is: well, in a job, its last job failed, a person must give a new credential, or it has none yet',
    }),
    created_at: time,
    modified_at: time,
    created_by_email: noEmail,
    modified_by_email: noEmail,
    organization_id: organization,
    sync_id: uuidOf('Made from `id`: clients expect one'),
    connection_id: uuidOf('Made from `id`: clients expect one'),
    white_label_id: uuidOf('The white label that it was made through').nullable(),
    auth_fields: z
      .record(z.string(), z.string())
      .meta({ description: 'Each value is `********`', examples: [{ access_token: '********' }] }),
    config_fields: configOf("What the source's declared settings are set to"),
    config: configOf('Another name of `config_fields`'),
    cron_schedule: text('When it syncs by itself; null for not at all').nullable(),
    timezone: text('The IANA time zone of the schedule').nullable(),
    next_scheduled_run: timeOrNull,
    latest_sync_job_id: uuidOf('The last job').nullable(),
    latest_sync_job_status: jobSchema.shape.status.nullable().meta({ description: 'Where the last job is' }),
    latest_sync_job_started_at: timeOrNull,
    latest_sync_job_completed_at: timeOrNull,
    latest_sync_job_error: text('Why the last job failed').nullable(),
    error_category: errorCategory,
    error_message: errorMessage,
    auth: z
      .object({
        method: authMethod,
        authenticated: flag('Whether it has a credential that works as far as is known'),
        authenticated_at: timeOrNullWhen('When the credential was given'),
        expires_at: timeOrNullWhen('When the access token dies; it is refreshed before, where that can be done'),
        needs_person_at: timeOrNull.meta({
          description: 'When it will need a person to sign in or give new auth_fields, as far as that is known',
        }),
        needs_person_because: needReason,
        account,
        auth_url: z.string().nullable().meta({
          description:
            'Where a person signs in, while a connection waits for its first sign-in, or again for one that was signed in so; works once, for twenty minutes',
        }),
      })
      .meta({ description: 'Its credential' }),
    schedule: z
      .object({
        cron: text('As `cron_schedule`').nullable(),
        timezone: text('As `timezone`').nullable(),
        next_run: timeOrNull,
      })
      .meta({ description: 'The schedule, as newer clients read it' }),
    sync: z
      .object({
        total_runs: count('Jobs that are over'),
        successful_runs: count('Those that completed'),
        failed_runs: count('Those that failed'),
        last_job: jobSchema.nullable().meta({ description: 'The last job' }),
      })
      .meta({ description: 'Its jobs' }),
    entities: z
      .object({
        total_entities: count('How many there are now'),
        by_type: z
          .record(
            z.string(),
            z.object({ count: count('How many there are now'), last_updated: timeOrNullWhen('When one last changed') }),
          )
          .meta({ description: 'The same by entity type' }),
      })
      .meta({ description: 'What is in the store' }),
    federated_search: flag('Always false: the store is searched'),
  })
  .meta({
    id: 'SourceConnection',
    description: "One account at one source, and how its sync is. Members that mean the same carry two clients' names.",
    examples: [connectionExample],
  })
export type ConnectionBody = z.infer<typeof connectionSchema>

export const connectionItemSchema = connectionSchema
  .extend({
    is_authenticated: flag('As `auth.authenticated`'),
    auth_method: authMethod,
    entity_count: count('As `entities.total_entities`'),
  })
  .meta({
    id: 'SourceConnectionListItem',
    description: 'A source connection in a list',
    examples: [connectionItemExample],
  })
export type ConnectionItemBody = z.infer<typeof connectionItemSchema>

export const connectionCheckSchema = z
  .object({
    alive: z.boolean().nullable().meta({ description: 'Null where that could not be found out' }),
    account,
    error_category: errorCategory,
    error_message: errorMessage,
    expires_at: timeOrNullWhen('When the access token dies'),
    needs_person_at: timeOrNullWhen('When it will need a person'),
    needs_person_because: needReason,
    scopes: z.array(z.string()).meta({ description: 'What the source needs' }),
  })
  .meta({
    id: 'ConnectionCheck',
    description: 'What the provider said of the token',
    examples: [
      {
        alive: true,
        account: { id: 'T0123456789:U0123456789', name: 'ada' },
        error_category: null,
        error_message: null,
        expires_at: null,
        needs_person_at: null,
        needs_person_because: null,
        scopes: ['channels:read', 'channels:history', 'users:read'],
      },
    ],
  })
export type ConnectionCheckBody = z.infer<typeof connectionCheckSchema>

export const listConnectionsQuery = pageQuery.extend({
  collection: z.string().optional().meta({ description: 'Those of one collection, by its readable id' }),
})

export const showAuthFieldsQuery = z.object({
  show_auth_fields: flagQuery.meta({
    type: 'boolean',
    description: 'Accepted, and changes nothing: secrets are never shown',
  }),
})
