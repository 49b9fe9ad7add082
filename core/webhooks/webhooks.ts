/** Webhooks in their owner's hand: made, changed, tried, deleted. */
import { randomBytes, randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { Failure, type FieldError, quote } from '../errors.ts'
import { type EventType, eventTypes } from '../events.ts'
import { isUuid } from '../identifiers.ts'
import type { CreateWebhook, UpdateWebhook, Webhooks, WebhookView } from '../inlet.ts'
import { Secret } from '../secret.ts'
import type { Delivery, Store, WebhookFormat, WebhookRow } from '../store/store.ts'
import type { Transport } from '../transport.ts'
import { lockedVault, type Vault, type WebhookSecrets } from '../vault/vault.ts'
import { originOf, problemOfAddress } from './address.ts'
import { attempt } from './attempt.ts'
import type { Courier } from './courier.ts'
import { problemOfHeaders } from './headers.ts'
import { alertTypes } from './notification.ts'
import { problemOfTopic } from './ntfy.ts'
import type { TestEvent } from './payload.ts'
import { writeRequest } from './request.ts'
import { dayMs } from './schedule.ts'
import { newSigningSecret, problemOfSigningSecret } from './signature.ts'

export interface WebhooksOptions {
  store: Store
  vault: Vault
  transport: Pick<Transport, 'send'>
  courier: Courier
  clock: Clock
  /** Aborted when everything ends. */
  closing: AbortSignal
}

const mostWebhooks = 100
/** How many old secrets sign too, at most. */
const mostPrevious = 4

export function createWebhooks(options: WebhooksOptions): Webhooks {
  const { store, vault, courier, clock } = options
  /** Changes one after the other: each reads what it changes. */
  let turn: Promise<unknown> = Promise.resolve()

  return {
    create: input => inTurn(() => create(input)),
    get: async id => view(await existing(id)),
    async list(page) {
      return Promise.all((await store.webhooks(page)).map(view))
    },
    update: (id, changes) => inTurn(() => update(id, changes)),
    delete: id =>
      inTurn(async () => {
        const last = await view(await existing(id))
        // Disabled first: nothing more is sent, and no secret missed. The row last: it knows of the secret.
        await store.updateWebhook(last.id, { disabledBecause: 'asked' })
        await vault.deleteWebhook(last.id)
        await store.deleteWebhook(last.id)
        return last
      }),
    rotateSecret: (id, given) => inTurn(() => rotate(id, given)),
    async test(id) {
      const webhook = await existing(id)
      const secrets = await secretsOf(webhook)
      const message = 'This is a test: whoever reads it will hear of what happens.'
      const about = { type: 'webhook.test', webhookId: webhook.id, message } as const
      const event: TestEvent = { ...about, id: `test_${randomBytes(12).toString('hex')}`, at: timestamp() }
      const request = writeRequest(event, secrets, webhook.format, clock.now())
      const outcome = await attempt(request, { ...options, signal: options.closing })
      if (outcome.isDelivered && webhook.failures > 0) await askAnew({ webhookId: webhook.id })
      const { isDelivered, status, error, durationMs } = outcome
      return { isDelivered, status, error, durationMs: Math.round(durationMs) }
    },
    async deliveries(id, page) {
      return store.deliveries((await existing(id)).id, page)
    },
    async retry(id, deliveryId) {
      const webhook = await existing(id)
      const { id: known } = await existingDelivery(webhook.id, deliveryId)
      if (webhook.disabledBecause !== null)
        throw new Failure('conflict', 'the webhook is disabled: enable it first', { problem: 'webhook-disabled' })
      await askAnew({ webhookId: webhook.id, deliveryId: known })
      return existingDelivery(webhook.id, known)
    },
  }

  async function create(input: CreateWebhook) {
    const { url, format = 'standard', secret = newSigningSecret(), headers = {} } = input
    await check({ ...input, format }, url, format)
    if ((await store.webhooks({ skip: mostWebhooks - 1, limit: 1 })).length > 0)
      throw new Failure('invalid', `there are ${mostWebhooks} webhooks already`)
    if (vault.locked) throw lockedVault(vault.lockedBecause)
    const now = timestamp()
    const webhook: WebhookRow = {
      ...{ id: randomUUID(), description: input.description ?? null, origin: originOf(url), format },
      events: unique(input.events ?? (format === 'ntfy' ? alertTypes : [])),
      ...{ collections: unique(input.collections ?? []), connections: lowered(input.connections ?? []) },
      ...{ headerNames: Object.keys(headers), disabledBecause: 'asked', createdAt: now, modifiedAt: now },
      ...{ failures: 0, failingSince: null, lastAttemptAt: null, nextAttemptAt: null },
      ...{ lastError: null, lastDeliveredAt: null, timesAsked: 0 },
    }
    // The row first: a secret that nothing knows of could never be destroyed. Enabled last: it is told of nothing before.
    await store.insertWebhook(webhook)
    try {
      await vault.putWebhook(webhook.id, { url, secret: new Secret(secret), previous: [], headers: secretly(headers) })
      if (input.isEnabled ?? true) await store.updateWebhook(webhook.id, { disabledBecause: null })
    } catch (error) {
      await store.deleteWebhook(webhook.id)
      throw error
    }
    return { webhook: await view(await existing(webhook.id)), secret: new Secret(secret) }
  }

  async function update(id: string, changes: UpdateWebhook): Promise<WebhookView> {
    const before = await existing(id)
    const { url, headers, isEnabled } = changes
    const format = changes.format ?? before.format
    const isElsewhere = url !== undefined || headers !== undefined || format !== before.format
    const secrets = isElsewhere ? await secretsOf(before) : undefined
    await check(changes, url ?? secrets?.url, format)
    if (secrets && (url !== undefined || headers !== undefined)) {
      const changed = headers === undefined ? secrets.headers : secretly(headers)
      // What is under way goes where it did before: whatever comes of it from here on is not about the new address.
      await store.askAnew({ webhookId: before.id, now: timestamp() })
      await vault.putWebhook(before.id, { ...secrets, url: url ?? secrets.url, headers: changed })
    }
    const isAnew = isElsewhere || (isEnabled === true && before.disabledBecause !== null)
    const disabledBecause = isEnabled ? null : 'asked'
    const all: Partial<WebhookRow> = {
      ...{ modifiedAt: timestamp(), format },
      ...(changes.description !== undefined && { description: changes.description }),
      ...(changes.events && { events: unique(changes.events) }),
      ...(changes.collections && { collections: unique(changes.collections) }),
      ...(changes.connections && { connections: lowered(changes.connections) }),
      ...(url !== undefined && { origin: originOf(url) }),
      ...(headers !== undefined && { headerNames: Object.keys(headers) }),
      ...(isEnabled !== undefined && isEnabled !== (before.disabledBecause === null) && { disabledBecause }),
      ...(isAnew && { failures: 0, failingSince: null, lastError: null }),
    }
    if (isAnew) await askAnew({ webhookId: before.id, changes: all })
    else await store.updateWebhook(before.id, all)
    return view(await existing(before.id))
  }

  async function rotate(id: string, given: string | undefined) {
    const webhook = await existing(id)
    const problem = given === undefined ? undefined : problemOfSigningSecret(given)
    if (problem) throw invalid([{ location: ['secret'], type: 'invalid', message: `secret ${problem}` }])
    const secrets = await secretsOf(webhook)
    const secret = given ?? newSigningSecret()
    const now = clock.now()
    const old = { secret: secrets.secret, until: new Date(now + dayMs).toISOString() }
    const previous = [old, ...secrets.previous.filter(({ until }) => Date.parse(until) > now)].slice(0, mostPrevious)
    await vault.putWebhook(webhook.id, { ...secrets, secret: new Secret(secret), previous })
    await store.updateWebhook(webhook.id, { modifiedAt: timestamp() })
    return { webhook: await view(await existing(webhook.id)), secret: new Secret(secret) }
  }

  /** What waits is tried now. */
  async function askAnew(input: Omit<Parameters<Store['askAnew']>[0], 'now'>): Promise<void> {
    await store.askAnew({ ...input, now: timestamp() })
    courier.poke()
  }

  async function view(webhook: WebhookRow): Promise<WebhookView> {
    const secrets = vault.locked ? undefined : await vault.webhook(webhook.id).catch(() => undefined)
    const { [webhook.id]: counts = { pending: 0, delivered: 0, failed: 0 } } = await store.deliveryCounts([webhook.id])
    return { ...webhook, url: secrets?.url, deliveries: counts }
  }

  async function existing(id: string): Promise<WebhookRow> {
    const webhook = isUuid(id) ? await store.webhook(id.toLowerCase()) : undefined
    if (!webhook) throw new Failure('not_found', `there is no webhook ${quote(id)}`, { problem: 'unknown-webhook' })
    return webhook
  }

  async function existingDelivery(webhookId: string, id: string): Promise<Delivery> {
    const delivery = isUuid(id) ? await store.delivery(id.toLowerCase()) : undefined
    if (delivery?.webhookId === webhookId) return delivery
    throw new Failure('not_found', `the webhook has no delivery ${quote(id)}`, { problem: 'unknown-delivery' })
  }

  async function secretsOf({ id }: WebhookRow): Promise<WebhookSecrets> {
    const secrets = await vault.webhook(id)
    if (secrets) return secrets
    throw new Failure('conflict', 'its secret is not in the vault: delete the webhook, and make it anew')
  }

  /** @throws Failure `invalid` naming every wrong member */
  async function check(
    given: UpdateWebhook & { secret?: string | undefined },
    url: string | undefined,
    format: WebhookFormat,
  ) {
    const errors: FieldError[] = []
    const look = (member: string, problem: string | undefined) => {
      if (problem) errors.push({ location: [member], type: 'invalid', message: `${member} ${problem}` })
    }
    const problem = url === undefined ? undefined : problemOfAddress(url)
    look('url', problem ?? (url !== undefined && format === 'ntfy' ? problemOfTopic(url) : undefined))
    if (given.secret !== undefined) look('secret', problemOfSigningSecret(given.secret))
    const [name = 'headers', wrong] = problemOfHeaders(given.headers ?? {}) ?? []
    if (wrong) errors.push({ location: ['headers'], type: 'invalid', message: `${name} ${wrong}` })
    const unknown = given.events?.find(type => !(eventTypes as readonly string[]).includes(type))
    if (unknown !== undefined) look('events', `takes ${eventTypes.join(', ')}`)
    for (const collection of given.collections ?? [])
      if (!(await store.collection(collection)))
        look('collections', `names one that there is not: ${quote(collection)}`)
    for (const id of given.connections ?? [])
      if (!(isUuid(id) && (await store.connection(id.toLowerCase()))))
        look('connections', `names one that there is not: ${quote(id)}`)
    if (errors.length > 0) throw invalid(errors)
  }

  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = turn.then(work, work)
    turn = done.catch(() => {})
    return done
  }

  function timestamp(): string {
    return new Date(clock.now()).toISOString()
  }
}

function invalid(errors: readonly FieldError[]): Failure {
  return new Failure('invalid', errors.map(({ message }) => message).join('; '), { fields: errors })
}

function unique<Item extends string | EventType>(items: readonly Item[]): Item[] {
  return [...new Set(items)]
}

function lowered(ids: readonly string[]): string[] {
  return unique(ids.map(id => id.toLowerCase()))
}

function secretly(headers: Readonly<Record<string, string>>): Record<string, Secret> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, new Secret(value)]))
}
