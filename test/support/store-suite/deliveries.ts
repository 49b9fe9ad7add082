import { describe, expect, it } from 'vitest'
import type { Happening } from '../../../core/events.ts'
import type { DeliveryChanges, Store, WebhookRow } from '../../../core/store/store.ts'
import type { Subject } from '../store-suite.ts'
import { furnish, later, storeTime, time } from './fixtures.ts'

const refused = (message: string): Happening => ({ type: 'client.refused', provider: 'google', message })
const about = { connectionId: 'one', connectionName: 'One', source: 'notes', collection: 'home', jobId: 'job-one' }
const cancelled: Happening = { type: 'job.cancelled', ...about }

function webhookRow(id: string, changes: Partial<WebhookRow> = {}): WebhookRow {
  return {
    ...{ id, description: null, origin: 'https://example.com', format: 'standard', events: [], collections: [] },
    ...{ connections: [], headerNames: ['Authorization'], disabledBecause: null, createdAt: time, modifiedAt: time },
    ...{ failures: 0, failingSince: null, lastAttemptAt: null, nextAttemptAt: null, lastError: null },
    ...{ lastDeliveredAt: null, timesAsked: 0, ...changes },
  }
}

async function tried(store: Store, id = '', changes: DeliveryChanges): Promise<void> {
  const delivery = { id, timesAsked: 0, changes }
  const webhook = { id: 'all', timesAsked: 0, changes: {} }
  await store.recordAttempt({ attempt: { at: time, status: 204, error: null }, delivery, webhook, happenings: [] })
}

async function told(store: Store, webhookId: string): Promise<string[]> {
  const pending = await store.pendingDeliveries({ webhookId, order: 'oldest', limit: 100 })
  return pending.map(({ event }) => event.type)
}

const page = { skip: 0, limit: 100 }

export function deliveryPromises(subject: Subject): void {
  describe('webhooks', () => {
    it('are given back whole, oldest first, changed and deleted', async () => {
      const { store } = subject
      const full = webhookRow('b', { events: ['job.failed'], collections: ['home'], connections: ['one'] })
      await store.insertWebhook(full)
      await store.insertWebhook(webhookRow('a', { createdAt: later }))
      expect(await store.webhook('b')).toEqual(full)
      expect((await store.webhooks(page)).map(({ id }) => id)).toEqual(['b', 'a'])
      await store.updateWebhook('b', { failures: 2, disabledBecause: 'asked' })
      expect(await store.webhook('b')).toEqual({ ...full, failures: 2, disabledBecause: 'asked' })
      await store.deleteWebhook('b')
      expect(await store.webhook('b')).toBeUndefined()
      const change = store.updateWebhook('b', { failures: 1 })
      await expect(change).rejects.toMatchObject({ code: 'not_found', problem: 'unknown-webhook' })
    })
  })

  describe('deliveries', () => {
    it('are written with the event, for every webhook that is enabled and wants it', async () => {
      const { store } = subject
      await store.insertWebhook(webhookRow('all'))
      await store.insertWebhook(webhookRow('disabled', { disabledBecause: 'gone' }))
      await store.insertWebhook(webhookRow('type', { events: ['job.cancelled', 'job.failed'] }))
      await store.insertWebhook(webhookRow('here', { collections: ['other', 'home'] }))
      await store.insertWebhook(webhookRow('elsewhere', { collections: ['other'] }))
      await store.insertWebhook(webhookRow('this', { connections: ['one'] }))
      await store.insertWebhook(webhookRow('that', { connections: ['two'] }))
      await store.addEvents([cancelled, refused('a')])
      const both = ['job.cancelled', 'client.refused']
      const heard = Object.fromEntries(
        await Promise.all((await store.webhooks(page)).map(async ({ id }) => [id, await told(store, id)] as const)),
      )
      expect(heard).toEqual({
        ...{ all: both, here: both, this: both },
        ...{ disabled: [], type: ['job.cancelled'] },
        // A refused client is the trouble of all.
        ...{ elsewhere: ['client.refused'], that: ['client.refused'] },
      })
      expect(await store.busyWebhooks()).toEqual(['all', 'type', 'here', 'elsewhere', 'this', 'that'])
    })

    it('are not written where the event is not', async () => {
      const { store } = subject
      await furnish(store)
      await store.insertWebhook(webhookRow('all'))
      const end = { id: 'none', connectionId: 'one', job: {}, connection: {}, happenings: [cancelled] }
      await expect(store.endJob(end)).rejects.toThrow()
      expect(await told(store, 'all')).toEqual([])
      await store.endJob({ ...end, id: 'job-one' })
      expect(await told(store, 'all')).toEqual(['job.cancelled'])
    })

    it('come with their event, oldest first to be sent, newest first to be read, by state and number', async () => {
      const { store } = subject
      await store.insertWebhook(webhookRow('all'))
      await store.addEvents(['a', 'b', 'c'].map(refused))
      const pending = await store.pendingDeliveries({ webhookId: 'all', order: 'oldest', limit: 2 })
      expect(pending.map(({ event }) => event)).toMatchObject([{ message: 'a' }, { message: 'b' }])
      const [first] = pending
      expect(first).toMatchObject({
        ...{ webhookId: 'all', state: 'pending', attempts: 0, createdAt: storeTime, nextAttemptAt: storeTime },
        ...{ firstAttemptAt: null, lastAttemptAt: null, lastStatus: null, lastError: null },
        event: { type: 'client.refused', id: expect.stringMatching(/^evt_/), at: storeTime },
      })
      expect(await store.delivery(first?.id ?? '')).toEqual(first)
      await tried(store, first?.id, { state: 'delivered', nextAttemptAt: null })
      const states = (await store.deliveries('all', page)).map(({ state }) => state)
      expect(states).toEqual(['pending', 'pending', 'delivered'])
      expect(await store.deliveries('all', { ...page, state: 'delivered' })).toHaveLength(1)
      expect(await store.deliveries('all', { skip: 1, limit: 1 })).toMatchObject([{ event: { message: 'b' } }])
      expect(await store.deliveryCounts(['all', 'none'])).toEqual({
        all: { pending: 2, delivered: 1, failed: 0 },
        none: { pending: 0, delivered: 0, failed: 0 },
      })
    })

    it('are due at their time and not before; the least tried is found, and what waits is hastened', async () => {
      const { store } = subject
      await store.insertWebhook(webhookRow('all'))
      await store.addEvents(['a', 'b', 'c'].map(refused))
      const [a, b, c] = await store.pendingDeliveries({ webhookId: 'all', order: 'oldest', limit: 3 })
      if (!a || !b || !c) throw new Error('there are three')
      await tried(store, a.id, { attempts: 3, nextAttemptAt: '2026-03-01T00:00:00.000Z' })
      await tried(store, b.id, { attempts: 1, nextAttemptAt: '2026-04-01T00:00:00.000Z' })
      const ids = async (input: object) => {
        const found = await store.pendingDeliveries({ webhookId: 'all', order: 'oldest', limit: 9, ...input })
        return found.map(({ id }) => id)
      }
      expect(await ids({ dueAt: storeTime })).toEqual([c.id])
      expect(await ids({ dueAt: '2026-03-01T00:00:00.000Z' })).toEqual([a.id, c.id])
      expect(await ids({ order: 'least_tried' })).toEqual([c.id, b.id, a.id])
      expect(await ids({ order: 'least_tried', except: c.id, limit: 1 })).toEqual([b.id])
      expect(await store.nextDelivery('all')).toBe(storeTime)
      await store.hastenDeliveries({ beyond: '2026-03-15T00:00:00.000Z', now: storeTime })
      expect(await ids({ dueAt: storeTime })).toEqual([b.id, c.id])
      await store.hastenDeliveries({ webhookId: 'all', except: a.id, now: storeTime })
      await store.hastenDeliveries({ webhookId: 'other', now: storeTime })
      expect(await ids({ dueAt: storeTime })).toEqual([b.id, c.id])
      await store.hastenDeliveries({ now: storeTime })
      expect(await ids({ dueAt: storeTime })).toEqual([a.id, b.id, c.id])
      expect(await store.nextDelivery('none')).toBeUndefined()
    })

    it('have an attempt recorded with the webhook and what is told of it, as far as they are still there', async () => {
      const { store } = subject
      await store.insertWebhook(webhookRow('all'))
      await store.addEvents([refused('a')])
      const [a] = await store.pendingDeliveries({ webhookId: 'all', order: 'oldest', limit: 1 })
      const disabled = { type: 'webhook.disabled', webhookId: 'all', reason: 'gone', message: 'gone' } as const
      const record = {
        attempt: { at: later, status: 410, error: 'gone' },
        delivery: { id: a?.id ?? '', timesAsked: 0, changes: { state: 'failed', attempts: 1, nextAttemptAt: null } },
        webhook: { id: 'all', timesAsked: 0, changes: { disabledBecause: 'gone', failures: 1 } },
        happenings: [disabled],
      } as const
      await store.recordAttempt(record)
      expect(await store.webhook('all')).toMatchObject({
        ...record.webhook.changes,
        ...{ lastAttemptAt: later, lastError: 'gone' },
      })
      expect(await store.delivery(a?.id ?? '')).toMatchObject({
        ...record.delivery.changes,
        ...{ lastAttemptAt: later, lastStatus: 410, lastError: 'gone' },
      })
      await store.deleteWebhook('all')
      expect(await store.delivery(a?.id ?? '')).toBeUndefined()
      await store.recordAttempt(record)
      const { events } = await store.events({ after: 0, limit: 9 })
      expect(events.map(({ type }) => type)).toEqual(['client.refused', 'webhook.disabled'])
    })

    it('and what a person asks for while an attempt is under way outlast what comes of it', async () => {
      const { store } = subject
      await store.insertWebhook(webhookRow('all'))
      await store.addEvents(['a', 'b'].map(refused))
      const [a, b] = await store.pendingDeliveries({ webhookId: 'all', order: 'oldest', limit: 2 })
      if (!a || !b) throw new Error('there are two')
      const disabled = { type: 'webhook.disabled', webhookId: 'all', reason: 'gone', message: 'gone' } as const
      const record = (id: string, isDelivered: boolean) =>
        store.recordAttempt({
          attempt: { at: later, status: isDelivered ? 204 : 410, error: null },
          delivery: {
            id,
            timesAsked: 0,
            changes: { state: isDelivered ? 'delivered' : 'failed', nextAttemptAt: null },
          },
          webhook: { id: 'all', timesAsked: 0, changes: isDelivered ? {} : { disabledBecause: 'gone', failures: 1 } },
          happenings: isDelivered ? [] : [disabled],
        })
      await store.askAnew({ webhookId: 'all', deliveryId: a.id, changes: { description: 'mine' }, now: later })
      expect(await store.webhook('all')).toMatchObject({ description: 'mine', timesAsked: 1 })
      const asked = { state: 'pending', attempts: 0, nextAttemptAt: later, timesAsked: 1 }
      expect(await store.delivery(a.id)).toMatchObject({ ...asked, lastStatus: null })
      for (const isDelivered of [false, true]) {
        await record(a.id, isDelivered)
        expect(await store.delivery(a.id)).toMatchObject({ ...asked, lastStatus: isDelivered ? 204 : 410 })
      }
      await record(b.id, false)
      expect(await store.delivery(b.id)).toMatchObject({ state: 'pending', nextAttemptAt: expect.any(String) })
      await record(b.id, true)
      expect(await store.delivery(b.id)).toMatchObject({ state: 'delivered', nextAttemptAt: null, timesAsked: 0 })
      expect(await store.webhook('all')).toMatchObject({ disabledBecause: null, failures: 0, lastAttemptAt: later })
      expect((await store.lastEvent()).sequence).toBe(2)
      const ask = store.askAnew({ webhookId: 'none', now: later })
      await expect(ask).rejects.toMatchObject({ problem: 'unknown-webhook' })
    })

    it('are forgotten with their event once they are over and old, and not while they are to be sent', async () => {
      const { store } = subject
      await store.insertWebhook(webhookRow('all'))
      await store.insertWebhook(webhookRow('off'))
      await store.addEvents(['a', 'b', 'c'].map(refused))
      await store.updateWebhook('off', { disabledBecause: 'gone' })
      const [a, b] = await store.pendingDeliveries({ webhookId: 'all', order: 'oldest', limit: 3 })
      await tried(store, a?.id, { state: 'delivered', nextAttemptAt: null })
      await tried(store, b?.id, { state: 'failed', nextAttemptAt: null })
      const prune = (before: string) => store.pruneEvents({ before, most: 1000, limit: 2 })
      expect(await prune(storeTime)).toBe(0)
      const tomorrow = '2026-02-03T00:00:00.000Z'
      let forgotten = 0
      for (let count = await prune(tomorrow); count > 0; count = await prune(tomorrow)) forgotten += count
      // Two that are over, three of the one that is disabled, and two events.
      expect(forgotten).toBe(7)
      expect(await told(store, 'all')).toEqual(['client.refused'])
      expect((await store.events({ after: 0, limit: 9 })).events).toMatchObject([{ message: 'c' }])
      expect((await store.lastEvent()).sequence).toBe(3)
    })

    it('and events are forgotten beyond a number, the oldest first', async () => {
      const { store } = subject
      await store.addEvents(Array.from({ length: 9 }, (_, index) => refused(String(index))))
      expect(await store.pruneEvents({ before: time, most: 4, limit: 100 })).toBe(5)
      expect((await store.events({ after: 0, limit: 9 })).events).toMatchObject(['5', '6', '7', '8'].map(refused))
      await store.addEvents([refused('9')])
      expect((await store.lastEvent()).sequence).toBe(10)
    })
  })
}
