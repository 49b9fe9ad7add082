import { Failure } from '../errors.ts'
import { boundLimit, type Database } from './database.ts'
import { json, plain, table } from './rows.ts'
import type { Page, WebhookRow } from './store.ts'

const webhookTable = table<WebhookRow>('webhooks', {
  id: plain('id'),
  description: plain('description'),
  origin: plain('origin'),
  format: plain('format'),
  events: json('events'),
  collections: json('collections'),
  connections: json('connections'),
  headerNames: json('header_names'),
  disabledBecause: plain('disabled_because'),
  createdAt: plain('created_at'),
  modifiedAt: plain('modified_at'),
  failures: plain('failures'),
  failingSince: plain('failing_since'),
  lastAttemptAt: plain('last_attempt_at'),
  nextAttemptAt: plain('next_attempt_at'),
  lastError: plain('last_error'),
  lastDeliveredAt: plain('last_delivered_at'),
  timesAsked: plain('times_asked'),
})

export function insertWebhook(database: Database, webhook: WebhookRow): void {
  webhookTable.insert(database, webhook)
}

/** @throws Failure `not_found` (`unknown-webhook`) */
export function updateWebhook(database: Database, { id, changes }: { id: string; changes: Partial<WebhookRow> }): void {
  if (changeWebhook(database, id, changes)) return
  throw new Failure('not_found', `there is no webhook ${id}`, { problem: 'unknown-webhook' })
}

/** Within the transaction of the caller. @throws Failure `not_found` (`unknown-webhook`) */
export function askWebhookAnew(database: Database, id: string, changes: Partial<WebhookRow>): void {
  updateWebhook(database, { id, changes: { ...changes, nextAttemptAt: null } })
  database.run('update webhooks set times_asked = times_asked + 1 where id = ?', id)
}

/** Within the transaction of the caller; whether there is such a one. */
export function changeWebhook(database: Database, id: string, changes: Partial<WebhookRow>): boolean {
  return webhookTable.update(database, 'id', id, changes)
}

export function deleteWebhook(database: Database, id: string): void {
  database.transaction(() => {
    database.run('delete from deliveries where webhook_id = ?', id)
    database.run('delete from webhooks where id = ?', id)
  })
}

export function findWebhook(database: Database, id: string): WebhookRow | undefined {
  const row = database.get(`${webhookTable.select} where id = ?`, id)
  return row && webhookTable.read(row)
}

export function listWebhooks(database: Database, { skip, limit }: Page): WebhookRow[] {
  const sql = `${webhookTable.select} order by created_at, ordinal ${boundLimit} offset ?`
  return database.all(sql, limit, skip).map(webhookTable.read)
}

export function listEnabledWebhooks(database: Database): WebhookRow[] {
  return database.all(`${webhookTable.select} where disabled_because is null order by ordinal`).map(webhookTable.read)
}

export function listBusyWebhooks(database: Database): string[] {
  const pending = `select 1 from deliveries where webhook_id = webhooks.id and state = 'pending'`
  const sql = `select id from webhooks where disabled_because is null and exists (${pending}) order by ordinal`
  return database.all(sql).map(row => String(row.id))
}
