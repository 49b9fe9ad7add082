import { z } from 'zod'
import { count, organization, text, time, timeOrNull, timeOrNullWhen, timeWhen, uuidOf } from './common.ts'
import { jobExample, jobProgressExample } from './examples.ts'
import { strict } from './strict.ts'

const members = {
  id: uuidOf('The job'),
  source_connection_id: uuidOf('The connection that it runs for'),
  organization_id: organization,
  status: z
    .enum(['pending', 'in_progress', 'completed', 'failed', 'cancelled'])
    .meta({ description: 'Where it is; the last three are ends' }),
  trigger: z.enum(['create', 'manual', 'override', 'schedule']).meta({
    description: "What started it: a new connection, a request, a request with a token of the caller's, or the clock",
  }),
  created_at: time,
  modified_at: time,
  started_at: timeOrNull,
  completed_at: timeOrNullWhen('When it ended well'),
  failed_at: timeOrNullWhen('When it failed'),
  duration_seconds: z.number().nullable().meta({ description: 'Once it is over' }),
  entities_inserted: count('New ones'),
  entities_updated: count('Changed ones'),
  entities_deleted: count('Ones that are gone at the provider'),
  entities_kept: count('Read again and unchanged'),
  entities_skipped: count('Left out because the provider would not show them; they keep what they had'),
  entities_failed: count('Ones that could not be stored'),
  entities_encountered: z
    .record(z.string(), z.number().int())
    .meta({ description: 'Seen so far, by entity type', examples: [{ slack_message: 1262 }] }),
  requests: count('Requests sent to the provider'),
  error: text('Why it failed, in a sentence').nullable(),
  error_category: text(
    'Why it failed, in a word: `token_expired`, `token_revoked`, `refresh_failed`, `scope_missing`, `client_invalid`, `rate_limited`, `provider_unavailable`, `offline`, `cancelled`, `interrupted`, `bad_response`, `bad_config`, `internal`',
  ).nullable(),
  provider_error: text("The provider's own short code for it").nullable(),
}

export const jobSchema = z
  .object(members)
  .meta({ id: 'Job', description: 'One sync of one connection', examples: [jobExample] })
export type JobBody = z.infer<typeof jobSchema>

const waiting = z
  .object({
    until: timeWhen('When it goes on'),
    code: text('Why: `rate_limited`, `unavailable` or `offline`'),
  })
  .nullable()
  .meta({ description: 'Set while the provider makes it wait' })

export const jobProgressSchema = z
  .object({ ...members, waiting })
  .meta({ id: 'JobProgress', description: 'A job as it goes', examples: [jobProgressExample] })
export type JobProgressBody = z.infer<typeof jobProgressSchema>

const usableToken = /^[^\p{Cc}\s](?:[^\p{Cc}]*[^\p{Cc}\s])?$/u

export const runBody = strict({
  access_token: z
    .string()
    .regex(usableToken, { error: 'must not be empty, nor have control characters or white space around it' })
    .nullish()
    // Generated, it would have the slashes and the flag in it.
    .meta({
      pattern: usableToken.source,
      description: 'Used for this one job instead of the stored credential, and never kept',
    }),
}).meta({
  id: 'Run',
  description: 'A token of your own for one job; without any, the stored credential is used',
  examples: [{}, { access_token: 'your-access-token' }],
})
