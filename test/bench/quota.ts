/** How much of a provider's quota a sync gets out of it that always has something to ask for, on a simulated clock. */
import type { Limits } from '../../core/plugin.ts'
import { grantedBetween, mostRefusalsInRow, type QuotaRules } from '../support/fake-quota.ts'
import { runAgainstQuota } from '../support/quota-run.ts'
import type { Bench, BenchContext, Finding } from './bench.ts'

const seeds = [1, 2, 3]
const refusals = ['retry-after', 'silent'] as const
const phasesMs = [0, 13_000, 37_000]

/** Every way to count, with every way to refuse. */
const rules: Omit<QuotaRules, 'perMinute'>[] = refusals.flatMap(refuses => [
  ...phasesMs.map(phaseMs => ({ refuses, counts: 'fixed' as const, phaseMs })),
  { refuses, counts: 'sliding' as const },
  { refuses, counts: 'bucket' as const },
])
const smallBucket = { refuses: 'retry-after', counts: 'bucket', capacity: 10 } as const

export const bench: Bench = {
  title: 'the share of a quota that is used, and refusals in a row, on a simulated clock',
  async run(context) {
    const minutes = context.count(20)
    return [
      ...(await measure(context, minutes, 'declared as it is', { perMinute: 150, times: 1, each: rules })),
      ...(await measure(context, minutes, 'declared 2 times too high', {
        ...{ perMinute: 150, times: 2, each: [...rules, smallBucket] },
      })),
      ...(await measure(context, minutes, 'declared 20 times too high', {
        ...{ perMinute: 50, times: 20, each: [...rules, smallBucket] },
      })),
      ...(await measure(context, minutes, 'of batches that count as 50', {
        ...{ perMinute: 1200, times: 1, each: rules, cost: 50 },
      })),
    ]
  },
}

interface Case {
  perMinute: number
  /** How many times the quota the declared limit is. */
  times: number
  each: readonly Omit<QuotaRules, 'perMinute'>[]
  cost?: number
}

/** The worst of all of them. */
async function measure(
  { log }: BenchContext,
  minutes: number,
  name: string,
  { perMinute, times, each, cost = 1 }: Case,
) {
  const limits = limitsOf(perMinute * times, cost)
  let share = Number.POSITIVE_INFINITY
  let inRow = 0
  let runs = 0
  for (const rule of each) {
    for (const seed of seeds) {
      const { attempts } = await runAgainstQuota({ rules: { ...rule, perMinute }, limits, minutes, seed, cost })
      const used = grantedBetween(attempts, 0, minutes * 60_000) / (perMinute * minutes)
      log(`  ${name}, ${rule.counts}, ${rule.refuses}, ${seed}: ${(used * 100).toFixed(1)} %`)
      share = Math.min(share, used)
      inRow = Math.max(inRow, mostRefusalsInRow(attempts))
      runs++
    }
  }
  const findings: Finding[] = [
    {
      what: `share used of a quota ${name}, ${minutes} minutes, the worst of ${runs}`,
      ...{ value: share, unit: 'ratio', target: { of: 'value', atLeast: 0.95 } },
    },
    {
      what: `refusals in a row of a quota ${name}, the most of ${runs}`,
      ...{ value: inRow, unit: 'count', target: { of: 'value', atMost: 1 } },
    },
  ]
  return findings
}

/** With a burst of some seconds; a request that counts as many needs at least that. */
function limitsOf(perMinute: number, cost: number): Limits {
  return { requestsPerSecond: perMinute / 60, burst: Math.max(cost, Math.ceil(perMinute / 8)), concurrent: 8 }
}
