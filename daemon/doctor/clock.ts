import { bad, type Finding, good, warning } from './finding.ts'

/** Providers take signatures and lifetimes that are a little off; beyond this, tokens seem dead or alive wrongly. */
const mostSkewMs = 120_000
const patienceMs = 5000

export interface ClockOptions {
  /** Where the time is asked: origins of the providers in use. No token is sent. */
  origins: readonly string[]
  now(): number
  fetch: typeof fetch
}

/** This machine's clock against the `Date` of a provider's answer. */
export async function checkClock({ origins, now, fetch }: ClockOptions): Promise<Finding> {
  for (const origin of origins) {
    try {
      const before = now()
      const { headers } = await fetch(origin, {
        method: 'HEAD',
        redirect: 'manual',
        signal: AbortSignal.timeout(patienceMs),
      })
      const theirs = Date.parse(headers.get('date') ?? '')
      if (Number.isNaN(theirs)) continue
      const skewMs = (before + now()) / 2 - theirs
      const says = `this machine's clock is ${Math.round(Math.abs(skewMs) / 1000)} s ${skewMs < 0 ? 'behind' : 'ahead of'} ${origin}`
      return Math.abs(skewMs) > mostSkewMs
        ? bad('clock', says, 'set the clock, and have it kept right by NTP')
        : good('clock', says)
    } catch {
      // Not to be reached: the next one may be.
    }
  }
  if (origins.length === 0) return good('clock', 'nothing to compare it with: there is no connection yet')
  return warning(
    'clock',
    `no provider could be reached (${origins.join(', ')})`,
    'go online, or mend the proxy or firewall',
  )
}
