/** What people mean to be equal: letters whatever their case and accents, instants whatever their spelling. */

/** Lower case without accents, white space as single spaces. */
export function foldText(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/\s+/gu, ' ').trim()
}

/** Milliseconds since 1970 of an ISO 8601 date or time; a date alone is its midnight in UTC. */
export function instantMs(text: string): number | undefined {
  // As nearly all providers write it, and as nearly every stored one is.
  if (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z$/.test(text)) {
    const ms = Date.parse(text)
    return Number.isNaN(ms) ? undefined : ms
  }
  if (!/^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?$/i.test(text)) {
    return undefined
  }
  const hasTime = text.length > 10
  const hasZone = hasTime && /(?:Z|[+-]\d{2}(?::?\d{2})?)$/i.test(text.slice(10))
  const zoned = hasTime && !hasZone ? `${text}Z` : text
  const spelt = zoned
    .replace(' ', 'T')
    .replace(',', '.')
    .replace(/([+-]\d{2})(\d{2})$/, '$1:$2')
    .replace(/(T.*[+-]\d{2})$/, '$1:00')
  const ms = Date.parse(spelt)
  return Number.isNaN(ms) ? undefined : ms
}
