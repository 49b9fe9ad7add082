/** Recurrence as Google gives it (RFC 5545: RRULE, EXDATE, RDATE) in words. */

/**
 * @param lines the `recurrence` of an event
 * @returns a phrase such as `every 2 weeks on Monday, Friday, 10 times`; lines that are not understood stay as they are
 */
export function describeRecurrence(lines: readonly string[]): string {
  return lines.map(describeLine).filter(Boolean).join('; ')
}

function describeLine(line: string): string {
  const [head = '', value = ''] = split(line, ':')
  const property = head.split(';')[0]?.toUpperCase()
  if (property === 'RRULE') return describeRule(value) ?? line
  if (property === 'EXDATE') return `except ${describeDates(value)}`
  if (property === 'RDATE') return `also ${describeDates(value)}`
  return line
}

function describeRule(value: string): string | undefined {
  const rule = new Map(value.split(';').map(part => split(part.toUpperCase(), '=')))
  const unit = units[rule.get('FREQ') ?? '']
  if (!unit || [...rule.keys()].some(name => !understood.has(name))) return undefined
  const interval = Number(rule.get('INTERVAL') ?? 1)
  const words = [interval > 1 ? `every ${interval} ${unit}s` : `every ${unit}`]
  const days = list(rule, 'BYDAY').map(describeDay)
  const ofMonth = list(rule, 'BYMONTHDAY').map(day => (day.startsWith('-') ? `${ordinal(day)} day` : `day ${day}`))
  const positions = list(rule, 'BYSETPOS').map(ordinal)
  const ofYear = list(rule, 'BYMONTH').map(month => months[Number(month) - 1] ?? month)
  if (days.length > 0 && positions.length > 0) words.push(`on the ${positions.join(', ')} of ${days.join(', ')}`)
  else if (days.length > 0) words.push(`on ${days.join(', ')}`)
  if (ofMonth.length > 0) words.push(`on the ${ofMonth.join(', ')}`.replace('the day', 'day'))
  if (ofYear.length > 0) words.push(`in ${ofYear.join(', ')}`)
  const until = rule.get('UNTIL')
  if (until) words.push(`until ${describeDates(until)}`)
  const count = rule.get('COUNT')
  return words.join(' ') + (count ? `, ${count} times` : '')
}

const understood = new Set(['FREQ', 'INTERVAL', 'BYDAY', 'BYMONTHDAY', 'BYMONTH', 'BYSETPOS', 'UNTIL', 'COUNT', 'WKST'])
const units: Readonly<Record<string, string>> = { DAILY: 'day', WEEKLY: 'week', MONTHLY: 'month', YEARLY: 'year' }
const days: Readonly<Record<string, string>> = {
  MO: 'Monday',
  TU: 'Tuesday',
  WE: 'Wednesday',
  TH: 'Thursday',
  FR: 'Friday',
  SA: 'Saturday',
  SU: 'Sunday',
}
const months = 'January,February,March,April,May,June,July,August,September,October,November,December'.split(',')

/** `MO`, or `2TU` and `-1FR` in a month. */
function describeDay(value: string): string {
  const [, position, code = ''] = /^([+-]?\d+)?([A-Z]{2})$/.exec(value) ?? []
  const day = days[code] ?? value
  return position ? `the ${ordinal(position)} ${day}` : day
}

function ordinal(value: string): string {
  const number = Number(value)
  if (number === -1) return 'last'
  if (number < 0) return `${ordinal(String(-number))} to last`
  const ending = ['th', 'st', 'nd', 'rd'][number % 100 > 10 && number % 100 < 14 ? 0 : number % 10] ?? 'th'
  return `${number}${ending}`
}

/** `20260105T090000Z,20260112` as `2026-01-05, 2026-01-12`: the time of day is that of the event. */
function describeDates(value: string): string {
  return value
    .split(',')
    .map(date => date.replace(/^(\d{4})(\d{2})(\d{2}).*$/, '$1-$2-$3'))
    .join(', ')
}

function list(rule: Map<string, string>, name: string): string[] {
  return rule.get(name)?.split(',').filter(Boolean) ?? []
}

function split(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
