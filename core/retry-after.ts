/**
 * How long an answer asks to wait, in milliseconds: `Retry-After` in seconds (Microsoft sends decimals) or as an HTTP
 * date (RFC 9110, section 10.2.3). A date is read against the answer's own `Date`, so that a wrong clock here does not
 * matter. `undefined` where the header is absent or of no meaning.
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  const value = headers['retry-after']?.trim()
  if (!value) return undefined
  if (/^\d+(\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1000)
  const at = Date.parse(value)
  if (Number.isNaN(at)) return undefined
  const sent = Date.parse(headers.date ?? '')
  return Math.max(0, at - (Number.isNaN(sent) ? nowMs : sent))
}
