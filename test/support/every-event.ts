import type { Event, EventType, Happening } from '../../core/events.ts'

const connection = {
  connectionId: '11111111-1111-4111-8111-111111111111',
  connectionName: 'My mail',
  source: 'gmail',
  collection: 'home',
}
const job = { ...connection, jobId: '22222222-2222-4222-8222-222222222222' }
const trouble = { category: 'token_revoked', message: 'the token was revoked' }

const happenings: { [Type in EventType]: Extract<Happening, { type: Type }> } = {
  'job.started': { type: 'job.started', ...job, trigger: 'schedule' },
  'job.completed': { type: 'job.completed', ...job, inserted: 1, updated: 2, deleted: 3 },
  'job.failed': { type: 'job.failed', ...job, ...trouble },
  'job.cancelled': { type: 'job.cancelled', ...job },
  'connection.failing': { type: 'connection.failing', ...connection, ...trouble },
  'connection.recovered': { type: 'connection.recovered', ...connection },
  'connection.needs_reauth': { type: 'connection.needs_reauth', ...connection, ...trouble },
  'connection.expiring': {
    type: 'connection.expiring',
    ...connection,
    endsAt: '2026-02-01T00:00:00.000Z',
    reason: 'refresh_token_ends',
    message: 'the refresh token dies then',
  },
  'client.refused': { type: 'client.refused', provider: 'google', message: 'the client was refused' },
  'webhook.disabled': {
    type: 'webhook.disabled',
    webhookId: '33333333-3333-4333-8333-333333333333',
    reason: 'gone',
    message: 'it answered 410',
  },
}

/** One event of each type. */
export function everyEvent(): Event[] {
  return Object.values(happenings).map((happening, index) => ({
    ...happening,
    id: `evt_${String(index).padStart(24, '0')}`,
    at: '2026-01-01T00:00:00.000Z',
  }))
}
