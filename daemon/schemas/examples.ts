/** One small life, told in the examples of every schema: a collection, a Slack connection, its first job, a message. */

const at = (time: string) => `2026-01-31T${time}.000Z`

export const exampleIds = {
  collection: '5e0c1f0a-6b1d-4c53-9a0e-2f6f4a0f3b11',
  organization: '0c5b7a52-7f0e-8b1c-9d3a-6f2e1d4c8b90',
  connection: '7b0d3a64-1c9f-4c0e-8f6e-8f3f8c0c2a57',
  sync: '2d9f6f1e-3a4b-8c5d-9e6f-7a8b9c0d1e2f',
  credential: '9a8b7c6d-5e4f-8a3b-8c2d-1e0f9a8b7c6d',
  job: 'c3f1b9de-52a7-4e86-9d0b-7a5e4f3c2d10',
  entity: 'd2b1c9e0-5c8f-8d1a-9a55-0f6f6f1f8a11',
  source: '4f3e2d1c-0b9a-8f7e-8d6c-5b4a39281706',
  webhook: 'b2c3d4e5-f6a7-4b8c-9d0e-1f2a3b4c5d6e',
  whiteLabel: 'e1d2c3b4-a596-4877-8695-a4b3c2d1e0f9',
} as const

const madeBy = { created_by_email: null, modified_by_email: null }

export const collectionExample = {
  id: exampleIds.collection,
  name: 'My life',
  readable_id: 'my-life',
  organization_id: exampleIds.organization,
  status: 'ACTIVE',
  vector_size: 0,
  embedding_model_name: 'none',
  created_at: at('09:29:12'),
  modified_at: at('09:29:12'),
  ...madeBy,
}

export const jobExample = {
  id: exampleIds.job,
  source_connection_id: exampleIds.connection,
  organization_id: exampleIds.organization,
  status: 'completed',
  trigger: 'create',
  created_at: at('09:30:00'),
  modified_at: at('09:30:21'),
  started_at: at('09:30:00'),
  completed_at: at('09:30:21'),
  failed_at: null,
  duration_seconds: 21,
  entities_inserted: 1274,
  entities_updated: 0,
  entities_deleted: 0,
  entities_kept: 0,
  entities_skipped: 0,
  entities_failed: 0,
  entities_encountered: { slack_channel: 12, slack_message: 1262 },
  requests: 31,
  error: null,
  error_category: null,
  provider_error: null,
}

export const jobProgressExample = {
  ...jobExample,
  status: 'in_progress',
  modified_at: at('09:30:09'),
  completed_at: null,
  duration_seconds: null,
  entities_inserted: 500,
  entities_encountered: { slack_channel: 12, slack_message: 488 },
  requests: 14,
  waiting: { until: at('09:30:12'), code: 'rate_limited' },
}

export const connectionExample = {
  id: exampleIds.connection,
  name: 'My Slack',
  description: null,
  short_name: 'slack',
  collection: 'my-life',
  readable_collection_id: 'my-life',
  status: 'active',
  created_at: at('09:30:00'),
  modified_at: at('09:30:00'),
  ...madeBy,
  organization_id: exampleIds.organization,
  sync_id: exampleIds.sync,
  connection_id: exampleIds.credential,
  white_label_id: null,
  auth_fields: { access_token: '********' },
  config_fields: { history_days: 365 },
  config: { history_days: 365 },
  cron_schedule: '*/15 * * * *',
  timezone: 'Europe/Berlin',
  next_scheduled_run: at('09:45:00'),
  latest_sync_job_id: exampleIds.job,
  latest_sync_job_status: 'completed',
  latest_sync_job_started_at: at('09:30:00'),
  latest_sync_job_completed_at: at('09:30:21'),
  latest_sync_job_error: null,
  error_category: null,
  error_message: null,
  auth: {
    method: 'oauth_token',
    authenticated: true,
    authenticated_at: at('09:30:00'),
    expires_at: null,
    needs_person_at: null,
    needs_person_because: null,
    account: { id: 'T0123456789:U0123456789', name: 'ada' },
    auth_url: null,
  },
  schedule: { cron: '*/15 * * * *', timezone: 'Europe/Berlin', next_run: at('09:45:00') },
  sync: { total_runs: 1, successful_runs: 1, failed_runs: 0, last_job: jobExample },
  entities: {
    total_entities: 1274,
    by_type: {
      slack_channel: { count: 12, last_updated: at('09:30:02') },
      slack_message: { count: 1262, last_updated: at('09:30:21') },
    },
  },
  federated_search: false,
}

export const connectionItemExample = {
  ...connectionExample,
  is_authenticated: true,
  auth_method: 'oauth_token',
  entity_count: 1274,
}

export const entityExample = {
  id: exampleIds.entity,
  entity_id: 'C0123456789/1726000000.000100',
  entity_type: 'slack_message',
  source_name: 'slack',
  source_connection_id: exampleIds.connection,
  collection: 'my-life',
  name: 'And far less sugar than the recipe says.',
  text: 'And far less sugar than the recipe says.',
  url: 'https://crew.slack.com/archives/C0123456789/p1726000000000100',
  web_url: 'https://crew.slack.com/archives/C0123456789/p1726000000000100',
  author: 'ada',
  breadcrumbs: [{ entity_id: 'C0123456789', name: '#kitchen', entity_type: 'slack_channel' }],
  created_at: '2024-09-10T20:26:40.000Z',
  updated_at: '2024-09-10T20:26:40.000Z',
  synced_at: at('09:30:20'),
  change: 'inserted',
  file_unread_because: null,
  raw: { type: 'message', user: 'U0123456789', ts: '1726000000.000100' },
}

export const passageExample = {
  snippet: 'And far less sugar than the <mark>recipe</mark> says.',
  page: null,
  heading: null,
  score: 4.2,
}

export const searchHitExample = {
  ...entityExample,
  score: 4.2,
  relevance_score: 0.81,
  snippet: passageExample.snippet,
  page: passageExample.page,
  passages: [passageExample],
}

export const sourceExample = {
  id: exampleIds.source,
  name: 'Slack',
  short_name: 'slack',
  description: 'Messages and threads of the channels and conversations that you are in.',
  labels: ['communication'],
  auth_type: 'oauth2_with_refresh_rotating',
  auth_methods: ['direct', 'oauth_token'],
  oauth_type: 'with_rotating_refresh',
  requires_byoc: false,
  auth_fields: {
    fields: [
      {
        name: 'access_token',
        title: 'Access token',
        description: 'What requests are sent with.',
        type: 'string',
        required: true,
        secret: true,
      },
    ],
  },
  config_fields: {
    fields: [
      {
        name: 'history_days',
        title: 'Days of history',
        description: 'How far back the first sync goes; everything when absent.',
        type: 'integer',
        required: false,
        secret: false,
        minimum: 1,
      },
    ],
  },
  scopes: ['channels:read', 'channels:history', 'users:read'],
  entity_types: ['slack_channel', 'slack_message'],
  auth_config_class: 'SlackAuthConfig',
  config_class: 'SlackConfig',
  class_name: 'SlackSource',
  supports_continuous: true,
  federated_search: false,
  output_entity_definition_ids: [],
  organization_id: null,
  created_at: '2026-01-01T00:00:00.000Z',
  modified_at: '2026-01-01T00:00:00.000Z',
}

export const whiteLabelExample = {
  id: exampleIds.whiteLabel,
  name: 'Recipes for crews',
  source_short_name: 'slack',
  redirect_url: 'https://app.example/callback',
  client_id: '1234567890.9876543210',
  client_secret: '********',
  allowed_origins: 'https://app.example',
  organization_id: exampleIds.organization,
  created_at: at('08:12:00'),
  modified_at: at('08:12:00'),
  ...madeBy,
}

const ofJob = {
  connection_id: exampleIds.connection,
  connection_name: 'My Slack',
  source: 'slack',
  collection: 'my-life',
  job_id: exampleIds.job,
}

export const eventExamples = [
  {
    type: 'job.completed',
    id: 'evt_3c9a5e7f1b2d4c6e8f0a1b2c',
    at: at('09:30:21'),
    ...ofJob,
    inserted: 1274,
    updated: 0,
    deleted: 0,
  },
  {
    type: 'connection.needs_reauth',
    id: 'evt_7e1d3b5a9c8f6e4d2b0a9c8e',
    at: at('11:00:03'),
    connection_id: exampleIds.connection,
    connection_name: 'My Slack',
    source: 'slack',
    collection: 'my-life',
    category: 'token_revoked',
    message: 'slack refused the token: sign in again, or give new auth_fields',
  },
]

export const payloadExamples = eventExamples.map(({ type, id: _id, at: timestamp, ...data }) => ({
  type,
  timestamp,
  data,
}))

export const webhookExample = {
  id: exampleIds.webhook,
  url: 'https://example.com/hooks/inlet',
  description: 'The home server',
  format: 'standard',
  events: ['job.failed', 'connection.needs_reauth'],
  collections: [],
  connections: [],
  headers: { Authorization: '********' },
  enabled: true,
  disabled_because: null,
  status: 'ok',
  failing_since: null,
  last_error: null,
  last_delivered_at: at('11:00:03'),
  next_attempt_at: null,
  deliveries: { pending: 0, delivered: 12, failed: 0 },
  created_at: at('09:20:00'),
  modified_at: at('09:20:00'),
}

export const deliveryExample = {
  id: 'd4e5f6a7-b8c9-4d0e-9f1a-2b3c4d5e6f70',
  webhook_id: exampleIds.webhook,
  event_id: 'evt_7e1d3b5a9c8f6e4d2b0a9c8e',
  event_type: 'connection.needs_reauth',
  state: 'pending',
  attempts: 2,
  created_at: at('11:00:03'),
  last_attempt_at: at('11:00:08'),
  last_status: 502,
  last_error: 'answered 502',
  next_attempt_at: at('11:00:38'),
}

export const vaultExample = {
  locked: false,
  reason: null,
  key: { id: '3f9c2a1b', source: 'generated', created_at: at('08:00:00') },
  old_keys: [],
  rotation: 'none',
  credentials: 4,
  sealed_with_old_key: 0,
  unreadable: [],
}

export const keyExample = {
  id: 'a7c5e3f1-9b8d-4e6c-8a5b-3d2f1e0c9b8a',
  name: 'assistant',
  hint: 'x7Qk',
  scope: 'read',
  collections: ['my-life'],
  created_at: at('09:00:00'),
  expires_at: '2027-01-31T00:00:00.000Z',
  last_used_at: at('09:41:00'),
}
