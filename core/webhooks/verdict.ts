/** What an attempt means to the delivery, and to the webhook that it was for. */
import type { Random } from '../clock.ts'
import type { Happening } from '../events.ts'
import type { AttemptRecord, Delivery, DeliveryChanges, WebhookRow } from '../store/store.ts'
import type { Outcome } from './attempt.ts'
import { isAbandoned, isForgotten, isGivenUp, offlineWait, suspectAfter, waitAfter } from './schedule.ts'

export interface Verdict {
  record: AttemptRecord
  /**
   * - `delivered`: go on with the next one.
   * - `suspect`: it alone seems to be the trouble; go on with the others.
   * - `failing`: the receiver seems to be away; wait before anything else is sent.
   * - `disabled`: nothing is sent any more.
   */
  says: 'delivered' | 'suspect' | 'failing' | 'disabled'
  /** Until it is tried again, in milliseconds; 0 where it is not. */
  waitMs: number
}

/** @param isProbe whether it was sent to find out if another one is the trouble, and not in its turn */
export function judge(
  { webhook, delivery, isProbe }: { webhook: WebhookRow; delivery: Delivery; isProbe: boolean },
  outcome: Outcome,
  now: number,
  random: Random,
): Verdict {
  const at = new Date(now).toISOString()
  const { status, error } = outcome
  const attempts = delivery.attempts + 1
  const firstAttemptAt = delivery.firstAttemptAt ?? at
  const tried = { attempts, firstAttemptAt }
  const verdict = (
    says: Verdict['says'],
    changes: DeliveryChanges,
    ofWebhook: Partial<WebhookRow>,
    waitMs = 0,
    happenings: Happening[] = [],
  ): Verdict => ({
    says,
    waitMs,
    record: {
      attempt: { at, status, error },
      delivery: { id: delivery.id, timesAsked: delivery.timesAsked, changes: { ...tried, ...changes } },
      webhook: { id: webhook.id, timesAsked: webhook.timesAsked, changes: ofWebhook },
      happenings,
    },
  })

  if (outcome.isDelivered) {
    const well = { failures: 0, failingSince: null, nextAttemptAt: null, lastDeliveredAt: at }
    return verdict('delivered', { state: 'delivered', nextAttemptAt: null }, well)
  }
  if (outcome.isGone) {
    const end = disabling(webhook, 'gone', `${webhook.origin} ${error}`)
    return verdict('disabled', { state: 'failed', nextAttemptAt: null }, end.changes, 0, end.happenings)
  }
  if (outcome.isOffline) return offline()
  const isOver = isGivenUp(attempts, Date.parse(firstAttemptAt), now)
  const again = (waitMs: number): DeliveryChanges =>
    isOver ? { state: 'failed', nextAttemptAt: null } : { nextAttemptAt: new Date(now + waitMs).toISOString() }
  const isHealthy = webhook.failures === 0
  // What the receiver asks for is about all that it is sent.
  const isSuspect = isHealthy && attempts > suspectAfter && outcome.retryAfterMs === undefined
  if (isProbe || isSuspect) {
    const waitMs = waitAfter(attempts, random, outcome.retryAfterMs)
    return verdict('suspect', again(waitMs), {}, waitMs)
  }
  // What failed before was this machine's fault, if anything: the receiver's own failing begins here.
  const isFirst = webhook.failures <= 1 && delivery.firstAttemptAt === null
  const failures = isFirst ? 1 : webhook.failures + 1
  const failingSince = (isFirst ? null : webhook.failingSince) ?? at
  if (isAbandoned(failures, Date.parse(failingSince), now)) {
    const end = disabling(webhook, 'failing', `${webhook.origin} ${error}, and has failed since ${failingSince}`)
    return verdict('disabled', again(waitAfter(attempts, random)), end.changes, 0, end.happenings)
  }
  const waitMs = waitAfter(failures, random, outcome.retryAfterMs)
  const nextAttemptAt = new Date(now + waitMs).toISOString()
  return verdict('failing', again(waitMs), { failures, failingSince, nextAttemptAt }, waitMs)

  /** Counts against nobody, but for a name that nobody has known for a month: that one is gone. */
  function offline(): Verdict {
    const { attempts: before, firstAttemptAt: first } = delivery
    const untried = { attempts: before, firstAttemptAt: first }
    if (isForgotten(Date.parse(delivery.createdAt), now)) {
      const end = disabling(webhook, 'failing', `${webhook.origin} ${error}, and could not be for a month`)
      return verdict('disabled', untried, end.changes, 0, end.happenings)
    }
    const wait = offlineWait(random)
    const again = new Date(now + wait).toISOString()
    const failing = { failures: Math.max(1, webhook.failures), failingSince: webhook.failingSince ?? at }
    return verdict('failing', { ...untried, nextAttemptAt: again }, { ...failing, nextAttemptAt: again }, wait)
  }
}

function disabling({ id, description }: WebhookRow, reason: 'gone' | 'failing', why: string) {
  const message = `${description ?? id}: ${why}. What waits for it is kept; enable it to have it sent.`
  const happenings: Happening[] = [{ type: 'webhook.disabled', webhookId: id, reason, message }]
  return { changes: { disabledBecause: reason, nextAttemptAt: null }, happenings }
}
