import type { Event } from '../../core/events.ts'
import type { EventBody } from '../schemas/event.ts'

export function eventBody(event: Event): EventBody {
  const { id, at } = event
  if (event.type === 'client.refused') {
    return { type: event.type, id, at, provider: event.provider, message: event.message }
  }
  if (event.type === 'webhook.disabled') {
    return { type: event.type, id, at, webhook_id: event.webhookId, reason: event.reason, message: event.message }
  }
  const { connectionId: connection_id, connectionName: connection_name, source, collection } = event
  const about = { id, at, connection_id, connection_name, source, collection }
  switch (event.type) {
    case 'job.started':
      return { type: event.type, ...about, job_id: event.jobId, trigger: event.trigger }
    case 'job.completed': {
      const { inserted, updated, deleted } = event
      return { type: event.type, ...about, job_id: event.jobId, inserted, updated, deleted }
    }
    case 'job.failed':
      return { type: event.type, ...about, job_id: event.jobId, category: event.category, message: event.message }
    case 'job.cancelled':
      return { type: event.type, ...about, job_id: event.jobId }
    case 'connection.recovered':
      return { type: event.type, ...about }
    case 'connection.failing':
    case 'connection.needs_reauth':
      return { type: event.type, ...about, category: event.category, message: event.message }
    case 'connection.expiring':
      return { type: event.type, ...about, ends_at: event.endsAt, reason: event.reason, message: event.message }
  }
}
