import { describe, expect, it } from 'vitest'
import type { Limits } from '../../core/plugin.ts'
import { grantedBetween, mostRefusalsInRow, type QuotaRules } from '../support/fake-quota.ts'
import { runAgainstQuota } from '../support/quota-run.ts'

const minutes = 20

type Counts = Pick<QuotaRules, 'counts' | 'phaseMs' | 'capacity'>
const ways: [string, Counts][] = [
  ['windows that begin with the sync', { counts: 'fixed', phaseMs: 0 }],
  ['windows that begin on the way', { counts: 'fixed', phaseMs: 23_000 }],
  ['windows that slide', { counts: 'sliding' }],
  ['a bucket', { counts: 'bucket' }],
]
const answers = ['retry-after', 'silent'] as const
const table = ways.flatMap(([name, counts]) => answers.map(refuses => [name, refuses, { ...counts, refuses }] as const))

/** So many requests a minute, with a burst of a few seconds. */
function limitsOf(perMinute: number): Limits {
  return { requestsPerSecond: perMinute / 60, burst: Math.max(1, Math.ceil(perMinute / 8)), concurrent: 8 }
}

async function spend(rules: QuotaRules, limits: Limits, seed = 1) {
  const { attempts } = await runAgainstQuota({ rules, limits, minutes, seed })
  return {
    share: grantedBetween(attempts, 0, minutes * 60_000) / (rules.perMinute * minutes),
    inRow: mostRefusalsInRow(attempts),
    refused: attempts.filter(({ isGranted, answeredMs }) => !isGranted && answeredMs < Infinity).length,
  }
}

describe('a quota that is as declared', () => {
  it.each(table)('is used up and never exceeded: %s, %s', async (_name, _refuses, rules) => {
    const { share, refused } = await spend({ perMinute: 150, ...rules }, limitsOf(150))
    expect(share).toBeGreaterThanOrEqual(0.95)
    expect(refused).toBe(0)
  })
})

describe.each([
  [2, 150],
  [5, 150],
  [20, 50],
])('a quota that is declared %i times too high', (times, perMinute) => {
  it.each(table)('is learned: %s, %s', async (_name, _refuses, rules) => {
    for (const seed of [1, 2]) {
      const { share, inRow } = await spend({ perMinute, ...rules }, limitsOf(perMinute * times), seed)
      expect(share).toBeGreaterThanOrEqual(0.95)
      expect(inRow).toBe(1)
    }
  })
})

it('a small bucket that says when it has room again is found out', async () => {
  const rules = { counts: 'bucket', capacity: 10, perMinute: 150, refuses: 'retry-after' } as const
  for (const limits of [limitsOf(150), limitsOf(300), limitsOf(3000)]) {
    const { share, inRow } = await spend(rules, limits)
    expect(share).toBeGreaterThanOrEqual(0.95)
    expect(inRow).toBe(1)
  }
})

it('a quota that nobody has declared is learned', async () => {
  const { share, inRow } = await spend({ counts: 'sliding', perMinute: 300, refuses: 'silent' }, { concurrent: 8 })
  expect(share).toBeGreaterThanOrEqual(0.95)
  expect(inRow).toBe(1)
})

it('a quota of one request a minute is asked for no more often than it must be', async () => {
  const rules = { counts: 'sliding', perMinute: 1, refuses: 'retry-after' } as const
  const { share, inRow, refused } = await spend(rules, { requestsPerSecond: 20, burst: 40, concurrent: 4 })
  expect(share).toBeGreaterThanOrEqual(0.9)
  expect(inRow).toBe(1)
  expect(refused).toBeLessThanOrEqual(20)
})

it('lanes learn each its own quota, as Slack has them by method', async () => {
  const perMinute: Record<string, number> = { '/history': 50, '/users': 20 }
  const { attempts } = await runAgainstQuota({
    rules: path => ({ counts: 'sliding', perMinute: perMinute[path] ?? 0, refuses: 'retry-after' }),
    limits: { requestsPerSecond: 20, burst: 40, concurrent: 8 },
    lanes: ['history', 'users'],
    minutes,
  })
  for (const [lane, quota] of Object.entries(perMinute)) {
    const own = attempts.filter(attempt => attempt.lane === lane)
    expect(grantedBetween(own, 0, minutes * 60_000) / (quota * minutes)).toBeGreaterThanOrEqual(0.95)
    expect(mostRefusalsInRow(own)).toBe(1)
  }
})

it('a batch counts as its parts, as Gmail charges it', async () => {
  const { attempts } = await runAgainstQuota({
    rules: { counts: 'fixed', perMinute: 1200, phaseMs: 31_000, refuses: 'silent' },
    limits: { requestsPerSecond: 50, burst: 100, lanes: { gmail: { requestsPerSecond: 20, burst: 1200 } } },
    lanes: ['gmail'],
    cost: 50,
    minutes,
  })
  expect(grantedBetween(attempts, 0, minutes * 60_000) / (1200 * minutes)).toBeGreaterThanOrEqual(0.95)
  expect(attempts.every(({ isGranted, answeredMs }) => isGranted || answeredMs === Infinity)).toBe(true)
})

it('a quota that was raised is found out, a little at a time', async () => {
  let perMinute = 60
  const rules = { counts: 'sliding', refuses: 'retry-after' } as const
  const raised = () => ({
    ...rules,
    get perMinute() {
      return perMinute
    },
  })
  const { attempts } = await runAgainstQuota({
    rules: raised,
    limits: limitsOf(600),
    minutes: 60,
    at: [
      10,
      () => {
        perMinute = 120
      },
    ],
  })
  expect(grantedBetween(attempts, 55 * 60_000, 60 * 60_000) / 5).toBeGreaterThanOrEqual(110)
  expect(mostRefusalsInRow(attempts)).toBe(1)
})
