/**
 * Slack's `ts`: seconds since 1970 with six digits after the point, as a string. Ten digits before the point until the
 * year 2286, so the order of the strings is the order of the times.
 */

/** Before every message. */
export const beginning = '0000000000.000000'
/** After every message. */
export const end = '9999999999.999999'

export function isTs(value: unknown): value is string {
  return typeof value === 'string' && /^\d{10}\.\d{6}$/.test(value)
}

/** @param ms milliseconds since 1970; what is out of range becomes the beginning or the end */
export function toTs(ms: number): string {
  if (!(ms > 0)) return beginning
  const ts = (ms / 1000).toFixed(6).padStart(beginning.length, '0')
  return ts.length > end.length ? end : ts
}

/** The earliest of some. */
export function earliest(first: string, ...rest: readonly string[]): string {
  return [first, ...rest].sort()[0] ?? first
}

export function tsToIso(ts: string): string {
  return secondsToIso(Number(ts))
}

export function secondsToIso(seconds: number): string {
  return new Date(Math.round(seconds * 1000)).toISOString()
}
