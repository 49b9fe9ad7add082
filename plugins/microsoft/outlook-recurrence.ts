/** Recurrence as Graph gives it, in words. https://learn.microsoft.com/graph/api/resources/patternedrecurrence */
import type { JsonObject } from '../../core/plugin.ts'

export type Recurrence = JsonObject & {
  pattern?: {
    type?: string
    interval?: number
    daysOfWeek?: string[]
    dayOfMonth?: number
    month?: number
    index?: string
  } | null
  range?: { type?: string; startDate?: string; endDate?: string; numberOfOccurrences?: number } | null
}

/** A phrase such as `every 2 weeks on Monday, Friday, 10 times`; `undefined` for a pattern of another kind. */
export function describeRecurrence({ pattern, range }: Recurrence): string | undefined {
  const unit = units[pattern?.type ?? '']
  if (!pattern || !unit) return undefined
  const { interval = 1 } = pattern
  const words = [interval > 1 ? `every ${interval} ${unit}s` : `every ${unit}`, placeOf(pattern)]
  if (range?.type === 'endDate' && range.endDate) words.push(`until ${range.endDate}`)
  const count = range?.type === 'numbered' ? range.numberOfOccurrences : undefined
  return words.filter(Boolean).join(' ') + (count ? `, ${count} times` : '')
}

function placeOf(pattern: NonNullable<Recurrence['pattern']>): string {
  const days = (pattern.daysOfWeek ?? []).map(capital).join(', ')
  const month = months[(pattern.month ?? 0) - 1]
  const inMonth = month && pattern.type?.endsWith('Yearly') ? ` in ${month}` : ''
  if (pattern.type === 'weekly') return days && `on ${days}`
  if (pattern.type?.startsWith('relative')) return `on the ${pattern.index ?? 'first'} ${days}${inMonth}`
  if (pattern.type?.startsWith('absolute')) return `on day ${pattern.dayOfMonth ?? 1}${inMonth}`
  return ''
}

const units: Readonly<Record<string, string>> = {
  daily: 'day',
  weekly: 'week',
  absoluteMonthly: 'month',
  relativeMonthly: 'month',
  absoluteYearly: 'year',
  relativeYearly: 'year',
}
const months = 'January,February,March,April,May,June,July,August,September,October,November,December'.split(',')

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
