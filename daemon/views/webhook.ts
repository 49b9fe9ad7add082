import type { WebhookTest, WebhookView } from '../../core/inlet.ts'
import type { Secret } from '../../core/secret.ts'
import type { Delivery } from '../../core/store/store.ts'
import { masked } from '../schemas/credential.ts'
import type { DeliveryBody, NewWebhookBody, WebhookBody, WebhookTestBody } from '../schemas/webhook.ts'

export function webhookBody(webhook: WebhookView): WebhookBody {
  const isEnabled = webhook.disabledBecause === null
  return {
    id: webhook.id,
    url: webhook.url ?? `${webhook.origin}/${masked}`,
    description: webhook.description,
    format: webhook.format,
    events: webhook.events.length === 0 ? ['*'] : webhook.events,
    collections: webhook.collections,
    connections: webhook.connections,
    headers: Object.fromEntries(webhook.headerNames.map(name => [name, masked] as const)),
    enabled: isEnabled,
    disabled_because: webhook.disabledBecause,
    status: !isEnabled ? 'disabled' : webhook.failures > 0 ? 'failing' : 'ok',
    failing_since: webhook.failingSince,
    last_error: webhook.lastError,
    last_delivered_at: webhook.lastDeliveredAt,
    next_attempt_at: webhook.nextAttemptAt,
    deliveries: webhook.deliveries,
    created_at: webhook.createdAt,
    modified_at: webhook.modifiedAt,
  }
}

/** The answers that show a secret. */
export function newWebhookBody({ webhook, secret }: { webhook: WebhookView; secret: Secret }): NewWebhookBody {
  return { ...webhookBody(webhook), secret: secret.reveal() }
}

export function deliveryBody(delivery: Delivery): DeliveryBody {
  return {
    id: delivery.id,
    webhook_id: delivery.webhookId,
    event_id: delivery.event.id,
    event_type: delivery.event.type,
    state: delivery.state,
    attempts: delivery.attempts,
    created_at: delivery.createdAt,
    last_attempt_at: delivery.lastAttemptAt,
    last_status: delivery.lastStatus,
    last_error: delivery.lastError,
    next_attempt_at: delivery.nextAttemptAt,
  }
}

export function webhookTestBody({ isDelivered, status, error, durationMs }: WebhookTest): WebhookTestBody {
  return { delivered: isDelivered, status, error, duration_ms: durationMs }
}
