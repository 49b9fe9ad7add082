import { Failure } from '../errors.ts'
import { escapeText } from './markdown.ts'
import { normalise } from './plain.ts'

/**
 * Events and tasks of an iCalendar file as headings with what a person asks of them: when, where, who, how often.
 * @param maxLength characters after which further entries are left out
 * @throws Failure `item_unreadable` for text that holds no calendar
 * Source: RFC 5545.
 */
export function calendarToMarkdown(text: string, maxLength: number): string {
  const { entries, method, name } = read(text)
  const out: string[] = name ? [`# ${escapeText(name)}`] : []
  let length = 0
  for (const entry of entries) {
    const summary = entryToMarkdown(entry, method)
    length += summary.length
    out.push(summary)
    if (length > maxLength) break
  }
  return out.join('\n\n').toWellFormed()
}

interface Property {
  value: string
  parameters: ReadonlyMap<string, string>
}

/** Properties of a component by name, in upper case. */
type Entry = Map<string, Property[]>

/** Properties of a calendar that are read: tens of thousands of events. */
const mostProperties = 500_000

/** Characters of one property; what continues it further is left out. */
const longestLine = 1_000_000

/** Characters of one description. */
const longestDescription = 100_000

const components: ReadonlySet<string> = new Set(['VEVENT', 'VTODO', 'VJOURNAL'])

function read(text: string): { entries: Entry[]; method: string; name: string } {
  const entries: Entry[] = []
  const open: string[] = []
  const calendar: Entry = new Map()
  let entry: Entry | undefined
  let calendars = 0
  let properties = 0
  for (const line of linesOf(text)) {
    properties += 1
    if (properties > mostProperties) break
    const { name, property } = propertyOf(line)
    if (name === 'BEGIN') {
      const component = property.value.trim().toUpperCase()
      if (component === 'VCALENDAR') calendars += 1
      open.push(component)
      if (!components.has(component)) continue
      entry = new Map()
      entries.push(entry)
    } else if (name === 'END') {
      if (components.has(open.pop() ?? '')) entry = undefined
    } else {
      // A reminder inside an event has a description and a summary of its own.
      const target = components.has(open.at(-1) ?? '') ? entry : open.length === 1 ? calendar : undefined
      const known = target?.get(name)
      if (known) known.push(property)
      else target?.set(name, [property])
    }
  }
  if (calendars === 0 && entries.length === 0) {
    throw new Failure('item_unreadable', 'the content is called a calendar but holds none')
  }
  return { entries, method: first(calendar, 'METHOD').toUpperCase(), name: unescaped(first(calendar, 'X-WR-CALNAME')) }
}

/** Lines with their continuations, one at a time: there may be millions. */
function* linesOf(text: string): Generator<string, void, undefined> {
  let line = ''
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start)
    const stop = end < 0 ? text.length : end
    const part = text.slice(start, stop).replace(/\r$/, '')
    start = stop + 1
    if (part.startsWith(' ') || part.startsWith('\t')) {
      if (line.length < longestLine) line += part.slice(1)
    } else {
      if (line !== '') yield line
      line = part
    }
  }
  if (line !== '') yield line
}

function propertyOf(line: string): { name: string; property: Property } {
  const name = /^[\w-]*/.exec(line)?.[0] ?? ''
  const parameters = new Map<string, string>()
  let at = name.length
  while (line[at] === ';') {
    const match = /;([\w-]*)=((?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)/y
    match.lastIndex = at
    const found = match.exec(line)
    if (!found) break
    parameters.set((found[1] ?? '').toUpperCase(), (found[2] ?? '').replaceAll('"', ''))
    at = match.lastIndex
  }
  return { name: name.toUpperCase(), property: { value: line.slice(at + 1), parameters } }
}

function entryToMarkdown(entry: Entry, method: string): string {
  const cancelled = method === 'CANCEL' || first(entry, 'STATUS').toUpperCase() === 'CANCELLED'
  const summary = unescaped(first(entry, 'SUMMARY')).replace(/\s+/g, ' ').trim()
  const attendees = (entry.get('ATTENDEE') ?? []).slice(0, 200).map(person).filter(Boolean)
  const facts: [string, string][] = [
    ['When', when(entry)],
    ['Due', moment(entry.get('DUE')?.[0])],
    ['Repeats', repetition(first(entry, 'RRULE'))],
    ['Where', escapeText(unescaped(first(entry, 'LOCATION')).replace(/\s+/g, ' ').trim())],
    ['Organizer', person(entry.get('ORGANIZER')?.[0])],
    ['Attendees', attendees.join(', ')],
    ['Status', cancelled ? 'cancelled' : escapeText(first(entry, 'STATUS').toLowerCase().replace('-', ' '))],
    ['Link', link(first(entry, 'URL'))],
  ]
  const list = facts.filter(([, value]) => value !== '').map(([name, value]) => `- **${name}:** ${value}`)
  const description = normalise(unescaped(first(entry, 'DESCRIPTION')), longestDescription)
  return [`## ${escapeText(summary) || '(no title)'}`, list.join('\n'), description].filter(Boolean).join('\n\n')
}

function when(entry: Entry): string {
  const start = entry.get('DTSTART')?.[0]
  const end = entry.get('DTEND')?.[0]
  if (!start) return ''
  const allDay = /^\d{8}$/.test(start.value.trim())
  // The end of an all-day event is the day after its last.
  const last = allDay && end ? dayBefore(end.value.trim()) : moment(end)
  const begin = moment(start)
  if (last === '' || last === begin) return begin
  const sameDay = !allDay && last.slice(0, 10) === begin.slice(0, 10) && zoneOf(start) === zoneOf(end)
  return sameDay ? `${begin.slice(0, 16)} – ${last.slice(11)}` : `${begin} – ${last}`
}

/** A date or time as `2024-05-01 10:00 Europe/Berlin`; what cannot be read as one stays as it is. */
function moment(property: Property | undefined): string {
  if (!property) return ''
  const match = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\dZ?)?$/.exec(property.value.trim())
  if (!match) return escapeText(property.value.trim())
  const [, year, month, day, hour, minute] = match
  const date = `${year}-${month}-${day}`
  return hour === undefined ? date : `${date} ${hour}:${minute}${zoneOf(property)}`
}

function zoneOf(property: Property | undefined): string {
  if (property?.value.trim().endsWith('Z')) return ' UTC'
  const zone = property?.parameters.get('TZID')
  return zone ? ` ${escapeText(zone)}` : ''
}

function dayBefore(day: string): string {
  const match = /^(\d{4})(\d\d)(\d\d)$/.exec(day)
  if (!match) return ''
  return new Date(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]) - 1)).toISOString().slice(0, 10)
}

const units: Readonly<Record<string, string>> = {
  DAILY: 'day',
  WEEKLY: 'week',
  MONTHLY: 'month',
  YEARLY: 'year',
  HOURLY: 'hour',
  MINUTELY: 'minute',
  SECONDLY: 'second',
}
const days: Readonly<Record<string, string>> = {
  MO: 'Monday',
  TU: 'Tuesday',
  WE: 'Wednesday',
  TH: 'Thursday',
  FR: 'Friday',
  SA: 'Saturday',
  SU: 'Sunday',
}

/** A rule of repetition in words, as far as words go; the rest is left out. */
function repetition(rule: string): string {
  const parts = new Map<string, string>()
  for (const part of rule.toUpperCase().split(';')) {
    const [name = '', value = ''] = part.split('=', 2)
    parts.set(name.trim(), value.trim())
  }
  const unit = units[parts.get('FREQ') ?? '']
  if (!unit) return ''
  const interval = Number(parts.get('INTERVAL') ?? 1)
  const on = (parts.get('BYDAY') ?? '').split(',').map(day => days[day.slice(-2)] ?? '')
  const named = on.filter(Boolean).join(', ')
  const until = moment({ value: parts.get('UNTIL') ?? '', parameters: new Map() })
  const count = /^\d+$/.test(parts.get('COUNT') ?? '') ? `, ${parts.get('COUNT')} times` : ''
  return `every ${interval > 1 ? `${interval} ${unit}s` : unit}${named && ` on ${named}`}${count}${until && `, until ${until}`}`
}

function person(property: Property | undefined): string {
  if (!property) return ''
  const address = property.value.trim().replace(/^mailto:/i, '')
  const name = property.parameters.get('CN')?.trim() ?? ''
  const plain = /^[^\s<>@]+@[^\s<>@]+$/.test(address) ? `<${address}>` : ''
  const declined = property.parameters.get('PARTSTAT')?.toUpperCase() === 'DECLINED' ? ' (declined)' : ''
  const shown = name && name.toLowerCase() !== address.toLowerCase() ? `${escapeText(name)} ${plain}`.trim() : plain
  return shown && `${shown}${declined}`
}

function link(url: string): string {
  return /^https?:\/\/[^\s<>]+$/i.test(url.trim()) ? `<${url.trim()}>` : ''
}

function first(entry: Entry, name: string): string {
  return entry.get(name)?.[0]?.value ?? ''
}

function unescaped(value: string): string {
  return value.replace(/\\([nN,;\\])/g, (_match, character: string) => (/n/i.test(character) ? '\n' : character))
}
