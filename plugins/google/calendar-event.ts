/** What Google tells of a calendar and its events, and the entities that are made of them. */
import { type Breadcrumb, type Context, type Entity, isSkippable, type JsonObject } from '../../core/plugin.ts'
import { toAuthor } from './person.ts'
import { describeRecurrence } from './recurrence.ts'

export const calendarType = 'google_calendar_calendar'
export const eventType = 'google_calendar_event'

/** https://developers.google.com/workspace/calendar/api/v3/reference/calendarList */
export type Calendar = JsonObject & {
  id: string
  summary?: string
  /** The name that this person gave it. */
  summaryOverride?: string
  description?: string
  location?: string
  timeZone?: string
  primary?: boolean
  deleted?: boolean
}

/** https://developers.google.com/workspace/calendar/api/v3/reference/events */
export type CalendarEvent = JsonObject & {
  id: string
  /** A cancelled event may have nothing else but an id. */
  status?: string
  summary?: string
  description?: string
  location?: string
  htmlLink?: string
  hangoutLink?: string
  created?: string
  updated?: string
  start?: EventTime
  end?: EventTime
  recurrence?: string[]
  /** The series that this is an exception of. */
  recurringEventId?: string
  originalStartTime?: EventTime
  organizer?: EventPerson
  attendees?: EventPerson[]
  conferenceData?: { entryPoints?: { entryPointType?: string; uri?: string }[] }
}

type EventTime = {
  /** All day; exclusive where it is an end. */
  date?: string
  /** RFC 3339, in the offset of the calendar rather than of `timeZone`. */
  dateTime?: string
  /** IANA. */
  timeZone?: string
}

type EventPerson = {
  email?: string
  displayName?: string
  responseStatus?: string
  optional?: boolean
  resource?: boolean
}

export function calendarName(calendar: Calendar): string {
  return calendar.summaryOverride || calendar.summary || calendar.id
}

export function toCalendarEntity(calendar: Calendar): Entity {
  const { id, summary, summaryOverride, description, location, timeZone, accessRole, primary } = calendar
  const lines = [description, location && `Where: ${location}`, timeZone && `Time zone: ${timeZone}`]
  return {
    entityType: calendarType,
    id,
    name: calendarName(calendar),
    text: lines.filter(Boolean).join('\n\n') || undefined,
    url: `https://calendar.google.com/calendar/r?cid=${encodeURIComponent(id)}`,
    // Picked by name: colours and reminders say nothing about the calendar.
    raw: present({ id, summary, summaryOverride, description, location, timeZone, accessRole, primary }),
  }
}

/** The id of an event's entity: ids repeat across calendars, as an invitation has the same in each. */
export function eventEntityId(calendarId: string, eventId: string): string {
  return `${calendarId}/${eventId}`
}

/** @throws Failure for what concerns more than this event */
export async function toEventEntity(context: Context, calendar: Breadcrumb, event: CalendarEvent): Promise<Entity> {
  const { etag: _etag, kind: _kind, ...raw } = event
  return {
    entityType: eventType,
    id: eventEntityId(calendar.entityId, event.id),
    name: event.summary || '(No title)',
    text: await toText(context, event),
    url: event.htmlLink,
    author: event.organizer && toAuthor(event.organizer.displayName, event.organizer.email),
    breadcrumbs: [calendar],
    createdAt: event.created,
    updatedAt: event.updated,
    raw: present(raw),
  }
}

async function toText(context: Context, event: CalendarEvent): Promise<string> {
  const { recurrence, location, attendees, organizer } = event
  const link = conferenceLink(event)
  const facts = [
    ['When', describeSpan(event.start, event.end)],
    ['Repeats', recurrence && describeRecurrence(recurrence)],
    ['Instead of', event.recurringEventId && describeTime(event.originalStartTime)],
    ['Where', location],
    ['Conference', link],
    ['Organizer', organizer && toAuthor(organizer.displayName, organizer.email)],
    ['Attendees', attendees?.map(describeAttendee).join(', ')],
  ]
  const head = facts.filter(([, value]) => value).map(([name, value]) => `- ${name}: ${value}`)
  return [head.join('\n'), await describe(context, event.description)].filter(Boolean).join('\n\n')
}

/** A description is HTML when it was written in Google's editor, and plain text otherwise. */
async function describe(context: Context, description: string | undefined): Promise<string | undefined> {
  if (!description || !/<\/?[a-z][^>]*>|&(#\d+|[a-z]+);/i.test(description)) return description
  try {
    return await context.text(description, 'text/html')
  } catch (error) {
    if (isSkippable(error)) return description
    throw error
  }
}

function conferenceLink({ conferenceData, hangoutLink }: CalendarEvent): string | undefined {
  const points = conferenceData?.entryPoints ?? []
  return (points.find(point => point.entryPointType === 'video') ?? points[0])?.uri ?? hangoutLink
}

function describeAttendee({ displayName, email, responseStatus, optional, resource }: EventPerson): string {
  const notes = [resource && 'room', optional && 'optional', answers[responseStatus ?? '']].filter(Boolean)
  return `${toAuthor(displayName, email) ?? 'someone'}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`
}

const answers: Readonly<Record<string, string>> = { accepted: 'accepted', declined: 'declined', tentative: 'maybe' }

function describeSpan(start: EventTime | undefined, end: EventTime | undefined): string | undefined {
  if (start?.date) {
    const last = end?.date && dayBefore(end.date)
    return `${start.date}${last && last > start.date ? ` to ${last}` : ''} (all day)`
  }
  const from = localTime(start)
  const to = localTime(end, start?.timeZone)
  if (!from) return undefined
  const until = !to ? '' : to.day === from.day ? `–${to.time}` : ` to ${to.day} ${to.time}`
  return `${from.day} ${from.time}${until} (${from.zone})`
}

function describeTime(time: EventTime | undefined): string | undefined {
  const local = localTime(time)
  return local ? `${local.day} ${local.time} (${local.zone})` : time?.date
}

interface LocalTime {
  /** `YYYY-MM-DD` */
  day: string
  /** `HH:MM` */
  time: string
  zone: string
}

/** The wall time in the event's own zone, or as it is written where the zone is not known. */
function localTime(time: EventTime | undefined, timeZone = time?.timeZone): LocalTime | undefined {
  const written = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})[\d:.]*(Z|[+-]\d{2}:?\d{2})?/.exec(time?.dateTime ?? '')
  if (!time?.dateTime || !written) return undefined
  const [, day = '', clock = '', offset] = written
  const zone = !offset || offset === 'Z' ? 'UTC' : offset
  try {
    const local = timeZone && offset ? formatIn(timeZone).format(new Date(time.dateTime)) : ''
    const [localDay, localClock] = local.split(' ')
    if (localDay && localClock && timeZone) return { day: localDay, time: localClock, zone: timeZone }
  } catch {
    // A zone that this machine does not know.
  }
  return { day, time: clock, zone: timeZone && !offset ? timeZone : zone }
}

/** To make one takes longer than all the rest of an event, and a calendar has few zones. */
const formats = new Map<string, Intl.DateTimeFormat>()
const mostFormats = 100

/** @throws RangeError for a zone that this machine does not know */
function formatIn(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known) return known
  // Swedish writes dates as ISO 8601 does.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' })
  if (formats.size >= mostFormats) formats.clear()
  formats.set(timeZone, format)
  return format
}

function dayBefore(date: string): string {
  const time = Date.parse(`${date}T00:00:00Z`)
  return Number.isNaN(time) ? date : new Date(time - 24 * 60 * 60 * 1000).toISOString().slice(0, 10)
}

function present(members: Record<string, JsonObject[string] | undefined>): JsonObject {
  const kept: JsonObject = {}
  for (const [name, value] of Object.entries(members)) if (value !== undefined) kept[name] = value
  return kept
}
