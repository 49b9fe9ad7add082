/**
 * The deliveries of one webhook, one at a time and in order. While its receiver is away, all of them wait for it, and
 * the oldest is tried again at growing intervals. One that fails again and again is not taken for the receiver's
 * failure for ever: another is tried beside it, and where that passes, the others go on without it.
 */
import type { Clock, Random } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Counting } from '../measures.ts'
import type { AttemptRecord, Delivery, Store, WebhookRow } from '../store/store.ts'
import type { Transport } from '../transport.ts'
import type { Vault, WebhookSecrets } from '../vault/vault.ts'
import { attempt } from './attempt.ts'
import { writeRequest } from './request.ts'
import { dayMs, freshWaitMs, suspectAfter } from './schedule.ts'
import { judge, type Verdict } from './verdict.ts'

export interface RoundOptions {
  store: Store
  vault: Pick<Vault, 'locked' | 'webhook'>
  transport: Pick<Transport, 'send'>
  clock: Clock
  random: Random
  log: Log
  meter?: Pick<Counting, 'count'> | undefined
  /** Aborted when nothing more shall be sent, and what is being sent is given up. */
  signal: AbortSignal
  /** Aborted when nothing more shall be sent. */
  stopping: AbortSignal
  /** Resolves when there is room for one more request; the result is called when it is over. */
  enter(): Promise<() => void>
}

/** What is remembered of a receiver beside what is stored. */
export interface Gate {
  /** Where its wait began and ends on the monotonic clock, so that a wall clock set back does not prolong it. */
  triedAtMs: number
  opensAtMs: number
  /** Whether the receiver asked for the wait. */
  isAsked: boolean
  /** What the disk did not take: nothing is sent before, for it might be sent again and again. */
  owed: AttemptRecord | undefined
}

export function openGate(): Gate {
  return {
    triedAtMs: Number.POSITIVE_INFINITY,
    opensAtMs: Number.POSITIVE_INFINITY,
    isAsked: false,
    owed: undefined,
  }
}

const atOnce = 20
/** The key or the disk is looked at again after this long. */
const troubleMs = 30_000

/**
 * Sends what can be sent now.
 * @returns how long until there may be more to do, in milliseconds; `undefined` where nothing waits
 */
export async function sendRound(id: string, gate: Gate, options: RoundOptions): Promise<number | undefined> {
  const { store, vault, clock, stopping } = options
  for (;;) {
    if (stopping.aborted) return undefined
    if (gate.owed) await store.recordAttempt(gate.owed)
    gate.owed = undefined
    const webhook = await store.webhook(id)
    if (!webhook || webhook.disabledBecause !== null) return undefined
    const next = await store.nextDelivery(id)
    if (next === undefined) return undefined
    if (vault.locked) return troubleMs
    const secrets = await secretsOf(webhook, options)
    if (!secrets) return troubleMs
    const post: Post = { webhook, secrets, gate }
    if (webhook.failures > 0) {
      const left = await leftMs(webhook, gate, options)
      if (left > 0) return left
      if (!(await tryAgain(post, options))) continue
      // The receiver is back: what is due goes out in its order.
    } else {
      const dueAt = new Date(clock.now()).toISOString()
      const due = await store.pendingDeliveries({ webhookId: id, order: 'oldest', dueAt, limit: atOnce })
      if (due.length === 0) return Math.max(1, Date.parse(next) - clock.now())
      await sendAll(due, post, options)
    }
  }
}

interface Post {
  webhook: WebhookRow
  secrets: WebhookSecrets
  gate: Gate
}

async function sendAll(due: readonly Delivery[], post: Post, options: RoundOptions): Promise<void> {
  for (const delivery of due) {
    if (options.stopping.aborted || (await isChanged(post, options))) return
    const verdict = await send(delivery, false, post, options)
    if (verdict.says === 'failing' || verdict.says === 'disabled') return
  }
}

/** Nothing more goes where it did before, or what goes is to be read again. */
async function isChanged({ webhook }: Post, { store }: RoundOptions): Promise<boolean> {
  const now = await store.webhook(webhook.id)
  return now?.timesAsked !== webhook.timesAsked || now.modifiedAt !== webhook.modifiedAt || now.disabledBecause !== null
}

/** @returns whether something passed */
async function tryAgain(post: Post, options: RoundOptions): Promise<boolean> {
  const { store, clock } = options
  const { webhook } = post
  const webhookId = webhook.id
  const [head] = await store.pendingDeliveries({ webhookId, order: 'oldest', limit: 1 })
  if (!head) return false
  const first = await send(head, false, post, options)
  if (first.says === 'disabled') return false
  if (first.says === 'failing') {
    if (head.attempts + 1 < suspectAfter) return false
    const probe = { webhookId, order: 'least_tried', except: head.id, limit: 1 } as const
    const [other] = await store.pendingDeliveries(probe)
    if (!other || (await send(other, true, post, options)).says !== 'delivered') return false
  }
  // Once: what still fails while others pass goes by its own times.
  const except = first.says === 'failing' ? head.id : ''
  if (webhook.failures > 1) {
    await store.hastenDeliveries({ webhookId, except, now: new Date(clock.now()).toISOString() })
  }
  return true
}

async function send(delivery: Delivery, isProbe: boolean, post: Post, options: RoundOptions): Promise<Verdict> {
  const { store, clock, random, log, signal } = options
  const { webhook, secrets, gate } = post
  const leave = await options.enter()
  try {
    const request = writeRequest(delivery.event, secrets, webhook.format, clock.now())
    const outcome = await attempt(request, { ...options, signal })
    const verdict = judge({ webhook, delivery, isProbe }, outcome, clock.now(), random)
    options.meter?.count('inlet_webhook_deliveries_total', { result: outcome.isDelivered ? 'delivered' : 'failed' })
    gate.triedAtMs = clock.monotonic()
    if (verdict.says === 'failing') {
      gate.opensAtMs = clock.monotonic() + verdict.waitMs
      gate.isAsked = outcome.retryAfterMs !== undefined
    }
    gate.owed = verdict.record
    await store.recordAttempt(verdict.record)
    gate.owed = undefined
    const about = { webhookId: webhook.id, deliveryId: delivery.id, origin: webhook.origin, event: delivery.event.type }
    const { status, error } = outcome
    if (outcome.isDelivered) log.debug({ ...about, status }, 'webhook delivered')
    else log.warn({ ...about, status, error, says: verdict.says }, 'webhook not delivered')
    return verdict
  } finally {
    leave()
  }
}

async function secretsOf(
  { id, origin }: WebhookRow,
  { store, vault, log }: RoundOptions,
): Promise<WebhookSecrets | undefined> {
  try {
    const secrets = await vault.webhook(id)
    // Not where it was deleted meanwhile.
    const isMissed = !secrets && (await store.webhook(id))?.disabledBecause === null
    if (isMissed) log.error({ webhookId: id, origin }, 'the secret of a webhook is not in the vault: give it anew')
    return secrets
  } catch (error) {
    if (!vault.locked) log.error({ webhookId: id, origin, err: error }, 'the secret of a webhook cannot be read')
    return undefined
  }
}

/** By whichever clock it is over first: the wall clock goes on while a laptop sleeps, and may be set back. */
async function leftMs(webhook: WebhookRow, gate: Gate, { store, clock }: RoundOptions): Promise<number> {
  const [fresh] = await store.pendingDeliveries({ webhookId: webhook.id, order: 'least_tried', limit: 1 })
  const isFresh = fresh?.attempts === 0 && !gate.isAsked
  const byWallClock = isFresh ? later(webhook.lastAttemptAt, freshWaitMs) : undefined
  const ends = [
    gate.opensAtMs - clock.monotonic(),
    until(webhook.nextAttemptAt),
    isFresh ? gate.triedAtMs + freshWaitMs - clock.monotonic() : Number.POSITIVE_INFINITY,
    isFresh ? until(byWallClock) : Number.POSITIVE_INFINITY,
  ]
  return Math.max(0, Math.min(...ends))

  /** A time beyond all that we wait for was noted by a clock that was wrong. */
  function until(time: string | null | undefined): number {
    const left = Date.parse(time ?? '') - clock.now()
    return Number.isNaN(left) || left > dayMs ? 0 : left
  }
}

function later(time: string | null, ms: number): string | undefined {
  return time === null ? undefined : new Date(Date.parse(time) + ms).toISOString()
}
