/** What is to be sent is written with the event that it tells of: a crash loses neither. */
import { randomUUID } from 'node:crypto'
import type { Happening } from '../events.ts'
import type { Database } from './database.ts'
import { plain, table } from './rows.ts'
import type { DeliveryRow, WebhookRow } from './store.ts'
import { listEnabledWebhooks } from './webhooks.ts'

export const deliveryTable = table<DeliveryRow>('deliveries', {
  id: plain('id'),
  webhookId: plain('webhook_id'),
  eventSequence: plain('event_sequence'),
  state: plain('state'),
  createdAt: plain('created_at'),
  attempts: plain('attempts'),
  firstAttemptAt: plain('first_attempt_at'),
  lastAttemptAt: plain('last_attempt_at'),
  nextAttemptAt: plain('next_attempt_at'),
  lastStatus: plain('last_status'),
  lastError: plain('last_error'),
  timesAsked: plain('times_asked'),
})

/** Within the transaction that writes the event. */
export function enqueueDeliveries(database: Database, sequence: number, happening: Happening, now: string): void {
  for (const webhook of listEnabledWebhooks(database)) {
    if (!isWanted(webhook, happening)) continue
    deliveryTable.insert(database, {
      ...{ id: randomUUID(), webhookId: webhook.id, eventSequence: sequence, state: 'pending', createdAt: now },
      ...{ attempts: 0, firstAttemptAt: null, lastAttemptAt: null, nextAttemptAt: now },
      ...{ lastStatus: null, lastError: null, timesAsked: 0 },
    })
  }
}

/** What concerns no connection alone, such as a refused client, goes wherever its type does. */
function isWanted({ events, collections, connections }: WebhookRow, happening: Happening): boolean {
  if (events.length > 0 && !events.includes(happening.type)) return false
  if (!('connectionId' in happening)) return true
  if (collections.length > 0 && !collections.includes(happening.collection)) return false
  return connections.length === 0 || connections.includes(happening.connectionId)
}
