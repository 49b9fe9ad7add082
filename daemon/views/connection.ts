import { namedUuid } from '../../core/identifiers.ts'
import type { ConnectionCheck, ConnectionView } from '../../core/inlet.ts'
import { categoryOf } from '../../core/job-outcome.ts'
import { remembered } from '../../core/remembered.ts'
import { type JsonText, toJsonText } from '../json-text.ts'
import type { ConnectionBody, ConnectionCheckBody, ConnectionItemBody } from '../schemas/connection.ts'
import { masked } from '../schemas/credential.ts'
import { jobBody } from './job.ts'
import { organizationId } from './organization.ts'

const syncId = remembered(id => namedUuid('sync', id))
const connectionId = remembered(id => namedUuid('connection', id))

/** A view is the same object until something of it changes. */
const worded = new WeakMap<ConnectionView, ConnectionBody>()
const written = new WeakMap<ConnectionView, JsonText<ConnectionBody>>()

/**
 * A connection under the names of both generations of clients.
 * @param authUrl where a person signs in to it
 */
export function connectionBody(connection: ConnectionView, authUrl: string | null = null): ConnectionBody {
  if (authUrl !== null) return bodyOf(connection, authUrl)
  const known = worded.get(connection) ?? bodyOf(connection, null)
  worded.set(connection, known)
  return known
}

/** The same as JSON. */
export function connectionText(connection: ConnectionView, authUrl: string | null = null): JsonText<ConnectionBody> {
  const known = authUrl === null ? written.get(connection) : undefined
  if (known !== undefined) return known
  const text = toJsonText(connectionBody(connection, authUrl))
  if (authUrl === null) written.set(connection, text)
  return text
}

function bodyOf(connection: ConnectionView, authUrl: string | null): ConnectionBody {
  const { lastJob } = connection
  return {
    id: connection.id,
    name: connection.name,
    description: connection.description,
    short_name: connection.shortName,
    collection: connection.collection,
    readable_collection_id: connection.collection,
    status: connection.status,
    created_at: connection.createdAt,
    modified_at: connection.modifiedAt,
    created_by_email: null,
    modified_by_email: null,
    organization_id: organizationId,
    sync_id: syncId(connection.id),
    connection_id: connectionId(connection.id),
    white_label_id: connection.whiteLabelId,
    auth_fields: Object.fromEntries(connection.authFieldNames.map(name => [name, masked])),
    config_fields: connection.config,
    config: connection.config,
    cron_schedule: connection.cronSchedule,
    timezone: connection.timezone,
    next_scheduled_run: connection.nextRunAt,
    latest_sync_job_id: lastJob?.id ?? null,
    latest_sync_job_status: lastJob?.status ?? null,
    latest_sync_job_started_at: lastJob?.startedAt ?? null,
    latest_sync_job_completed_at: lastJob?.completedAt ?? null,
    latest_sync_job_error: lastJob?.error ?? null,
    error_category: connection.lastErrorCategory,
    error_message: connection.lastErrorMessage,
    auth: {
      method: authMethod(connection),
      authenticated: connection.authState === 'ready',
      authenticated_at: connection.authenticatedAt,
      expires_at: connection.expiresAt,
      needs_person_at: connection.needsPersonAt,
      needs_person_because: connection.needsPersonBecause,
      account: connection.account && { id: connection.account.id, name: connection.account.name },
      auth_url: authUrl,
    },
    schedule: { cron: connection.cronSchedule, timezone: connection.timezone, next_run: connection.nextRunAt },
    sync: {
      total_runs: connection.totalRuns,
      successful_runs: connection.successfulRuns,
      failed_runs: connection.failedRuns,
      last_job: lastJob && jobBody(lastJob),
    },
    entities: {
      total_entities: entityCount(connection),
      by_type: Object.fromEntries(
        connection.entityCounts.map(({ entityType, count, lastUpdated }) => [
          entityType,
          { count, last_updated: lastUpdated },
        ]),
      ),
    },
    federated_search: false,
  }
}

export function connectionItemBody(connection: ConnectionView): ConnectionItemBody {
  return {
    ...connectionBody(connection),
    is_authenticated: connection.authState === 'ready',
    auth_method: authMethod(connection),
    entity_count: entityCount(connection),
  }
}

export function connectionCheckBody(check: ConnectionCheck): ConnectionCheckBody {
  const { failure } = check
  return {
    alive: check.alive ?? null,
    account: check.account,
    error_category: failure ? categoryOf(failure) : null,
    error_message: failure?.message ?? null,
    expires_at: check.expiresAt,
    needs_person_at: check.needsPersonAt,
    needs_person_because: check.needsPersonBecause,
    scopes: [...check.scopes],
  }
}

function authMethod(connection: ConnectionView): ConnectionBody['auth']['method'] {
  return connection.authFieldNames.length > 0 ? 'oauth_token' : 'oauth_browser'
}

function entityCount(connection: ConnectionView): number {
  return connection.entityCounts.reduce((total, { count }) => total + count, 0)
}
