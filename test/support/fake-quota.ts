/**
 * A provider that grants so many requests a minute and refuses the others, on a fake clock: the ways in which providers
 * count, and the ways in which they say no.
 */
import type { HttpAnswer, Transport } from '../../core/transport.ts'
import type { FakeClock } from './fake-clock.ts'

export interface QuotaRules {
  /** Windows that begin at a time of the provider's own, windows that slide, or a bucket that fills up again. */
  counts: 'fixed' | 'sliding' | 'bucket'
  /** Read anew for each request. */
  perMinute: number
  /** What the bucket holds; default a minute's requests. */
  capacity?: number
  /** When a fixed window begins, in milliseconds after the start. */
  phaseMs?: number
  /** `retry-after`: 429 with whole seconds. `silent`: Google's 403, which does not say when. */
  refuses: 'retry-after' | 'silent'
}

export interface Attempt {
  lane: string
  sentMs: number
  answeredMs: number
  cost: number
  isGranted: boolean
}

export interface QuotaProvider {
  transport: Transport
  /** In the order in which they were sent. */
  attempts: Attempt[]
}

export interface QuotaProviderOptions {
  clock: FakeClock
  random: () => number
  /** How long an answer takes, both ways together. */
  latencyMs: { least: number; most: number }
  /** The rules of a path's quota; each path has one of its own. */
  rules(path: string): QuotaRules
}

const windowMs = 60_000

/** What a request costs is its header `x-cost`, else 1. */
export function createQuotaProvider({ clock, random, latencyMs, rules }: QuotaProviderOptions): QuotaProvider {
  const meters = new Map<string, Meter>()
  const attempts: Attempt[] = []

  return {
    attempts,
    transport: {
      async send({ url, headers, signal }) {
        const lane = new URL(url).pathname
        const rule = rules(lane)
        const cost = Number(headers['x-cost'] ?? 1)
        const attempt = { lane, sentMs: clock.monotonic(), answeredMs: Infinity, cost, isGranted: false }
        attempts.push(attempt)
        const roundTripMs = latencyMs.least + random() * (latencyMs.most - latencyMs.least)
        const thereMs = roundTripMs * random()
        await clock.sleep(thereMs, signal)
        const meter = meters.get(lane) ?? meterOf(rule)
        meters.set(lane, meter)
        const waitMs = meter(clock.monotonic(), cost)
        await clock.sleep(roundTripMs - thereMs, signal)
        attempt.answeredMs = clock.monotonic()
        attempt.isGranted = waitMs === 0
        return waitMs === 0 ? json(200, { ok: true }) : refusal(rule, waitMs)
      },
      close: async () => {},
    },
  }
}

/** Takes a request if the quota has room for it: 0, else for how many milliseconds it has none. */
type Meter = (nowMs: number, cost: number) => number

function meterOf(rules: QuotaRules): Meter {
  const { counts, capacity = rules.perMinute, phaseMs = 0 } = rules
  if (counts === 'fixed') {
    let window = Number.NaN
    let spent = 0
    return (nowMs, cost) => {
      const current = Math.floor((nowMs - phaseMs) / windowMs)
      if (current !== window) [window, spent] = [current, 0]
      if (spent + cost > rules.perMinute) return phaseMs + (current + 1) * windowMs - nowMs
      spent += cost
      return 0
    }
  }
  if (counts === 'sliding') {
    let granted: { atMs: number; cost: number }[] = []
    return (nowMs, cost) => {
      granted = granted.filter(({ atMs }) => atMs > nowMs - windowMs)
      let excess = granted.reduce((sum, each) => sum + each.cost, cost) - rules.perMinute
      if (excess <= 0) {
        granted.push({ atMs: nowMs, cost })
        return 0
      }
      for (const each of granted) {
        excess -= each.cost
        if (excess <= 0) return each.atMs + windowMs - nowMs
      }
      return windowMs
    }
  }
  let level = capacity
  let atMs = 0
  return (nowMs, cost) => {
    level = Math.min(capacity, level + ((nowMs - atMs) * rules.perMinute) / windowMs)
    atMs = nowMs
    if (level < cost) return ((cost - level) * windowMs) / rules.perMinute
    level -= cost
    return 0
  }
}

function refusal({ refuses }: QuotaRules, waitMs: number): HttpAnswer {
  if (refuses === 'silent') return json(403, { error: { code: 403, errors: [{ reason: 'rateLimitExceeded' }] } })
  return json(429, { ok: false, error: 'ratelimited' }, { 'retry-after': String(Math.ceil(waitMs / 1000)) })
}

function json(status: number, body: object, headers: Record<string, string> = {}): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: new TextEncoder().encode(JSON.stringify(body)),
  }
}

/** What was granted between two times, by when it was answered. */
export function grantedBetween(attempts: readonly Attempt[], fromMs: number, toMs: number): number {
  return attempts
    .filter(({ isGranted, answeredMs }) => isGranted && answeredMs > fromMs && answeredMs <= toMs)
    .reduce((sum, { cost }) => sum + cost, 0)
}

/**
 * How often a lane was refused in a row at most. A refusal follows another one if it was sent after the other's answer
 * had come, and nothing that was granted was sent in between: what was under way when the first refusal came was no
 * attempt to try again.
 */
export function mostRefusalsInRow(attempts: readonly Attempt[]): number {
  const rows = new Map<Attempt, number>()
  for (const [index, attempt] of attempts.entries()) {
    if (attempt.isGranted || attempt.answeredMs === Infinity) continue
    const before = attempts.slice(0, index).filter(({ lane }) => lane === attempt.lane)
    const lastGrantedMs = Math.max(-1, ...before.filter(({ isGranted }) => isGranted).map(({ sentMs }) => sentMs))
    const known = before.filter(
      other => !other.isGranted && other.answeredMs <= attempt.sentMs && other.answeredMs > lastGrantedMs,
    )
    rows.set(attempt, 1 + Math.max(0, ...known.map(other => rows.get(other) ?? 0)))
  }
  return Math.max(0, ...rows.values())
}
