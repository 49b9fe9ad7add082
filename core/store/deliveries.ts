/** What is to be sent to webhooks, and what came of it. */
import { boundLimit, type Database, type Row } from './database.ts'
import { eventColumns, type LastEvent, readEvent, writeEvents } from './events.ts'
import { deliveryTable } from './outbox.ts'
import type { AttemptRecord, Delivery, DeliveryChanges, DeliveryCounts, Page, PendingInput, Store } from './store.ts'
import { askWebhookAnew, changeWebhook, findWebhook } from './webhooks.ts'

const withEvent = `${deliveryTable.select.replace(' from deliveries', `, ${eventColumns} from deliveries`)}
  join events on events.sequence = deliveries.event_sequence`

function readDelivery(row: Row): Delivery {
  return { ...deliveryTable.read(row), event: readEvent(row) }
}

export function listDeliveries(
  database: Database,
  { webhookId, state = null, skip, limit }: { webhookId: string; state?: string | null | undefined } & Page,
): Delivery[] {
  const sql = `${withEvent} where webhook_id = ?1 and (?2 is null or state = ?2)
    order by deliveries.ordinal desc limit ?3 offset ?4`
  return database.all(sql, webhookId, state, limit, skip).map(readDelivery)
}

export function findDelivery(database: Database, id: string): Delivery | undefined {
  const row = database.get(`${withEvent} where deliveries.id = ?`, id)
  return row && readDelivery(row)
}

const orders = { oldest: 'deliveries.ordinal', least_tried: 'attempts, deliveries.ordinal' } as const

export function listPendingDeliveries(
  database: Database,
  { webhookId, order, dueAt = '~', except = '', limit }: PendingInput,
): Delivery[] {
  const sql = `${withEvent} where webhook_id = ? and state = 'pending' and next_attempt_at <= ? and deliveries.id <> ?
    order by ${orders[order]} ${boundLimit}`
  return database.all(sql, webhookId, dueAt, except, limit).map(readDelivery)
}

export function findNextDelivery(database: Database, webhookId: string): string | undefined {
  const sql = `select min(next_attempt_at) as next from deliveries where webhook_id = ? and state = 'pending'`
  const next = database.get(sql, webhookId)?.next
  return typeof next === 'string' ? next : undefined
}

export function countDeliveries(database: Database, webhookIds: readonly string[]): Record<string, DeliveryCounts> {
  const rows = database.all(
    `select webhook_id, state, count(*) as count from deliveries
     where webhook_id in (select value from json_each(?)) group by webhook_id, state`,
    JSON.stringify(webhookIds),
  )
  const none = { pending: 0, delivered: 0, failed: 0 }
  return Object.fromEntries(
    webhookIds.map(id => {
      const own = rows.filter(row => row.webhook_id === id)
      return [id, { ...none, ...Object.fromEntries(own.map(row => [String(row.state), Number(row.count)])) }]
    }),
  )
}

export function recordAttempt(
  database: Database,
  { attempt, delivery, webhook, happenings, now }: AttemptRecord & { now: string },
): LastEvent {
  return database.transaction(() => {
    const held = findWebhook(database, webhook.id)
    if (!held) return null
    const { at: lastAttemptAt, status: lastStatus, error: lastError } = attempt
    const isOvertaken = held.timesAsked !== webhook.timesAsked || held.disabledBecause !== null
    const counts = delivery.changes.state === 'delivered' || !isOvertaken
    const changes = stillMeant(database, delivery, counts)
    deliveryTable.update(database, 'id', delivery.id, { lastAttemptAt, lastStatus, lastError, ...changes })
    changeWebhook(database, webhook.id, { lastAttemptAt, ...(counts && { lastError, ...webhook.changes }) })
    return isOvertaken ? null : writeEvents(database, happenings, now)
  })
}

/** What an attempt still changes of its delivery after what a person asked for since it began. */
function stillMeant(
  database: Database,
  { id, timesAsked, changes }: AttemptRecord['delivery'],
  counts: boolean,
): DeliveryChanges {
  const row = database.get('select times_asked from deliveries where id = ?', id)
  if (row?.times_asked !== timesAsked) return {}
  if (counts) return changes
  const { state: _, nextAttemptAt: __, ...tried } = changes
  return tried
}

export function askAnew(
  database: Database,
  { webhookId, changes = {}, deliveryId, now }: Parameters<Store['askAnew']>[0],
): void {
  database.transaction(() => {
    askWebhookAnew(database, webhookId, changes)
    if (deliveryId !== undefined) {
      database.run(
        `update deliveries set state = 'pending', attempts = 0, first_attempt_at = null, next_attempt_at = ?,
           times_asked = times_asked + 1
         where id = ? and webhook_id = ?`,
        ...[now, deliveryId, webhookId],
      )
    }
    hastenDeliveries(database, { webhookId, now })
  })
}

export function hastenDeliveries(
  database: Database,
  { webhookId, except = '', beyond, now }: Parameters<Store['hastenDeliveries']>[0],
): void {
  database.run(
    `update deliveries set next_attempt_at = ?1
     where state = 'pending' and next_attempt_at > ?2 and id <> ?3 and (?4 is null or webhook_id = ?4)`,
    now,
    beyond ?? now,
    except,
    webhookId ?? null,
  )
}
