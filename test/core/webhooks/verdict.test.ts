import { describe, expect, it } from 'vitest'
import type { Delivery, WebhookRow } from '../../../core/store/store.ts'
import type { Outcome } from '../../../core/webhooks/attempt.ts'
import { judge } from '../../../core/webhooks/verdict.ts'
import { clientRefused } from '../../support/webhook-bench.ts'

const hourMs = 60 * 60 * 1000
const dayMs = 24 * hourMs
const now = Date.UTC(2026, 5, 1)
const ago = (ms: number) => new Date(now - ms).toISOString()

const webhook: WebhookRow = {
  ...{ id: 'hook', description: 'Mine', origin: 'https://receiver.example', format: 'standard', events: [] },
  ...{ collections: [], connections: [], headerNames: [], disabledBecause: null },
  ...{ createdAt: ago(90 * dayMs), modifiedAt: ago(90 * dayMs), timesAsked: 0 },
  ...{ failures: 0, failingSince: null, lastAttemptAt: null, nextAttemptAt: null, lastError: null },
  lastDeliveredAt: null,
}
const delivery: Delivery = {
  ...{ id: 'delivery', webhookId: 'hook', eventSequence: 1, state: 'pending', createdAt: ago(hourMs), timesAsked: 0 },
  ...{ attempts: 0, firstAttemptAt: null, lastAttemptAt: null, nextAttemptAt: null, lastStatus: null, lastError: null },
  event: { ...clientRefused('a'), id: 'event', at: ago(hourMs) },
}
const refused: Outcome = {
  ...{ isDelivered: false, isGone: false, isOffline: false, retryAfterMs: undefined, durationMs: 5 },
  ...{ status: 502, error: 'answered 502' },
}
const offline: Outcome = { ...refused, status: null, error: 'could not be reached', isOffline: true }

function verdictOn(outcome: Outcome, of: Partial<WebhookRow>, about: Partial<Delivery>, isProbe = false) {
  const parts = { webhook: { ...webhook, ...of }, delivery: { ...delivery, ...about }, isProbe }
  const { says, waitMs, record } = judge(parts, outcome, now, () => 0.5)
  return { says, waitMs, delivery: record.delivery.changes, webhook: record.webhook.changes, told: record.happenings }
}

const long = { attempts: 40, firstAttemptAt: ago(5.5 * dayMs), createdAt: ago(6 * dayMs) }

describe('a receiver', () => {
  it('that was away for five days is disabled, which is told, and what waits for it is kept', () => {
    const failing = { failures: 40, failingSince: ago(5 * dayMs) }
    const verdict = verdictOn(refused, failing, { ...long, firstAttemptAt: ago(hourMs) })
    expect(verdict).toMatchObject({ says: 'disabled', webhook: { disabledBecause: 'failing', nextAttemptAt: null } })
    expect(verdict.told).toMatchObject([{ type: 'webhook.disabled', webhookId: 'hook', reason: 'failing' }])
    expect(verdict.delivery.state).toBeUndefined()
  })

  it.each([
    ['was away for less', { failures: 40, failingSince: ago(5 * dayMs - 1) }],
    ['was asked a few times alone, however the clock jumped', { failures: 10, failingSince: ago(60 * dayMs) }],
  ])('that %s is asked again', (_what, failing) => {
    const verdict = verdictOn(refused, failing, { attempts: 5, firstAttemptAt: ago(hourMs) })
    expect(verdict).toMatchObject({ says: 'failing', told: [], webhook: { failures: failing.failures + 1 } })
    expect(verdict.waitMs).toBeGreaterThan(0)
  })

  it('is not to blame for the time that this machine had no network', () => {
    const week = { ...long, createdAt: ago(8 * dayMs) }
    const away = { failures: 1, failingSince: ago(8 * dayMs) }
    const verdict = verdictOn(offline, away, { ...week, attempts: 0, firstAttemptAt: null })
    expect(verdict).toMatchObject({ says: 'failing', waitMs: 5 * 60 * 1000, told: [], webhook: { failures: 1 } })
    expect(verdict.delivery).toMatchObject({ attempts: 0, firstAttemptAt: null })
    // Its own failing begins with the first answer.
    const back = verdictOn(refused, away, { ...week, attempts: 0, firstAttemptAt: null })
    expect(back).toMatchObject({ says: 'failing', webhook: { failures: 1, failingSince: ago(0) } })
  })

  it.each([
    [29.9, 'failing'],
    [30, 'disabled'],
  ])('whose name nobody has known for %d days is %s', (days, says) => {
    const verdict = verdictOn(
      offline,
      { failures: 1, failingSince: ago(days * dayMs) },
      { createdAt: ago(days * dayMs) },
    )
    expect(verdict.says).toBe(says)
    expect(verdict.told).toHaveLength(says === 'disabled' ? 1 : 0)
  })
})

describe('a delivery that the receiver cannot take, while it takes others', () => {
  it.each([
    [4 * dayMs, 'failed'],
    [4 * dayMs - 1, undefined],
  ])('tried for %d ms, is %s, and never disables the receiver', (ms, state) => {
    const verdict = verdictOn(refused, {}, { attempts: 20, firstAttemptAt: ago(ms) })
    expect(verdict).toMatchObject({ says: 'suspect', webhook: {}, told: [] })
    expect(verdict.delivery.state).toBe(state)
  })
})
