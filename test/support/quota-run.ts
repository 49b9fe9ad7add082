/** A sync that always has something to ask for, against a provider with a quota, with the real client and pacer. */
import { createApi } from '../../core/api.ts'
import { isFailure } from '../../core/errors.ts'
import { oauth2 } from '../../core/oauth.ts'
import { createPacer } from '../../core/pacer.ts'
import type { Limits, Plugin } from '../../core/plugin.ts'
import { Secret } from '../../core/secret.ts'
import { fakeClock } from './fake-clock.ts'
import { createQuotaProvider, type QuotaProvider, type QuotaRules } from './fake-quota.ts'

export interface QuotaRun {
  limits: Limits
  rules: QuotaRules | ((path: string) => QuotaRules)
  minutes: number
  /** Paths that are asked at the same time, each in a lane of its own; default one, in the lane without a name. */
  lanes?: readonly string[]
  cost?: number
  latencyMs?: { least: number; most: number }
  seed?: number
  /** What happens after so many minutes. */
  at?: readonly [minutes: number, happens: () => void]
}

/** As many as could be answered at once. */
const workersPerLane = 8
const base = 'https://quota.example'

const plugin: Plugin = {
  id: 'quota',
  title: 'Quota',
  auth: oauth2({}),
  endpoints: { api: base },
  origins: () => [base],
  classify: (status, body) =>
    status === 403 && JSON.stringify(body).includes('rateLimit') ? 'rate_limited' : undefined,
  sources: [],
}

/** @returns the provider, with all that it was asked */
export async function runAgainstQuota(run: QuotaRun): Promise<QuotaProvider> {
  const { limits, rules, minutes, lanes = [''], cost, latencyMs = { least: 50, most: 500 }, seed = 1 } = run
  const clock = fakeClock()
  const random = seededRandom(seed)
  const ruleOf = typeof rules === 'function' ? rules : () => rules
  const provider = createQuotaProvider({ clock, random, latencyMs, rules: ruleOf })
  const over = new AbortController()
  const api = createApi({
    ...{ plugin, clock, random, transport: provider.transport, signal: over.signal, endpoints: plugin.endpoints },
    tokens: {
      token: async () => ({ secret: new Secret('token'), generation: 1 }),
      renew: () => Promise.reject(new Error('nothing is wrong with the token')),
    },
    pacer: createPacer(clock, limits),
  })
  const headers = cost === undefined ? {} : { 'x-cost': String(cost) }
  const workers = lanes.flatMap(lane =>
    Array.from({ length: workersPerLane }, async () => {
      while (!over.signal.aborted) await api.get(`${base}/${lane}`, { lane, cost, headers })
    }),
  )
  const [atMinutes = 0, happens = () => {}] = run.at ?? []
  const happening = clock.sleep(atMinutes * 60_000).then(happens)
  const end = clock.sleep(minutes * 60_000).then(() => over.abort(new Error('the time is over')))
  const settled = Promise.allSettled([...workers, happening, end])
  for (const result of await clock.run(settled)) {
    if (result.status === 'rejected' && (!over.signal.aborted || isFailure(result.reason))) throw result.reason
  }
  return provider
}

/** Mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
