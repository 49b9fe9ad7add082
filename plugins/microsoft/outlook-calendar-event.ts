/** What Graph tells of a calendar and its events, and the entities that are made of them. */
import { type Breadcrumb, type Context, type Entity, isSkippable, type JsonObject } from '../../core/plugin.ts'
import { type DeltaItem, pick, type Recipient, toPerson } from './outlook.ts'
import { describeRecurrence, type Recurrence } from './outlook-recurrence.ts'

export const calendarType = 'outlook_calendar_calendar'
export const eventType = 'outlook_calendar_event'

/** https://learn.microsoft.com/graph/api/resources/calendar */
export type Calendar = JsonObject & {
  id: string
  name?: string | null
  owner?: { name?: string | null; address?: string | null } | null
  isDefaultCalendar?: boolean
}

/** https://learn.microsoft.com/graph/api/resources/event */
export type CalendarEvent = DeltaItem & {
  /** `singleInstance`, `seriesMaster`, `exception`, or `occurrence`, which a delta gives without what its series has. */
  type?: string
  seriesMasterId?: string | null
  subject?: string | null
  body?: { contentType?: string; content?: string | null } | null
  start?: EventTime | null
  end?: EventTime | null
  isAllDay?: boolean
  isCancelled?: boolean
  location?: { displayName?: string | null } | null
  locations?: { displayName?: string | null }[]
  organizer?: Recipient | null
  attendees?: Attendee[]
  recurrence?: Recurrence | null
  onlineMeeting?: { joinUrl?: string | null } | null
  onlineMeetingUrl?: string | null
  categories?: string[]
  webLink?: string | null
  createdDateTime?: string | null
  lastModifiedDateTime?: string | null
}

/** In UTC, as every request asks for; exclusive where it is the end of an all-day event. */
type EventTime = { dateTime?: string; timeZone?: string | null }
type Attendee = Recipient & { type?: string; status?: { response?: string } | null }

/** What an occurrence has of its series. */
const inherited = [
  ...['subject', 'isAllDay', 'isCancelled', 'location', 'locations', 'organizer', 'attendees', 'onlineMeeting'],
  ...['onlineMeetingUrl', 'categories', 'webLink', 'createdDateTime', 'lastModifiedDateTime'],
] as const

/** What an occurrence has by itself: one that differs in more is an exception. */
const ownOfOccurrence = ['id', 'type', 'seriesMasterId', 'start', 'end']

/** Keys of change tracking and a person's reminders are left out. */
const lasting = [
  ...['id', 'type', 'seriesMasterId', 'iCalUId', 'subject', 'body', 'start', 'end', 'originalStart', 'isAllDay'],
  ...['isCancelled', 'location', 'locations', 'organizer', 'attendees', 'recurrence', 'onlineMeeting', 'isOrganizer'],
  ...['onlineMeetingUrl', 'isOnlineMeeting', 'responseStatus', 'sensitivity', 'showAs', 'importance', 'categories'],
  ...['originalStartTimeZone', 'originalEndTimeZone', 'hasAttachments', 'webLink', 'createdDateTime'],
  ...['lastModifiedDateTime'],
]

export function calendarName(calendar: Calendar): string {
  return calendar.name || calendar.id
}

export function toCalendarEntity(calendar: Calendar): Entity {
  const owner = toPerson({ emailAddress: calendar.owner ?? null })
  return {
    entityType: calendarType,
    id: calendar.id,
    name: calendarName(calendar),
    text: owner && `Owner: ${owner}`,
    author: owner,
    // Picked by name: colours say nothing about the calendar.
    raw: pick(calendar, ['id', 'name', 'owner', 'isDefaultCalendar', 'canEdit']),
  }
}

/** The id of an event's entity: a server promises ids within a calendar. */
export function eventEntityId(calendarId: string, eventId: string): string {
  return `${calendarId}/${eventId}`
}

/** Whether an event is one that its series has to be asked about. */
export function isOccurrence(event: CalendarEvent): boolean {
  return event.type === 'occurrence' || (event.type === undefined && Boolean(event.seriesMasterId) && !event.subject)
}

/**
 * The entity of an event; of an occurrence together with its series, which has the description for all of them.
 * @throws Failure for what concerns more than this event
 */
export async function toEventEntity(
  context: Context,
  calendar: Breadcrumb,
  event: CalendarEvent,
  master?: CalendarEvent,
): Promise<Entity> {
  // A view gives an occurrence all that its series has, a delta gives it a stub: both are the same event.
  const own = master && isOccurrence(event) ? (pick(event, ownOfOccurrence) as CalendarEvent) : event
  const whole = master ? inherit(own, master) : event
  return {
    entityType: eventType,
    id: eventEntityId(calendar.entityId, event.id),
    name: whole.subject?.trim() || '(No title)',
    text: await textOf(context, whole),
    url: whole.webLink ?? undefined,
    author: toPerson(whole.organizer),
    breadcrumbs: [calendar],
    createdAt: whole.createdDateTime ?? undefined,
    updatedAt: whole.lastModifiedDateTime ?? undefined,
    raw: pick(own, lasting),
  }
}

/** The occurrence's own members win. */
function inherit(event: CalendarEvent, master: CalendarEvent): CalendarEvent {
  const whole = pick(master, inherited)
  for (const [name, value] of Object.entries(event)) if (value !== null && value !== '') whole[name] = value
  return whole as CalendarEvent
}

async function textOf(context: Context, event: CalendarEvent): Promise<string> {
  const places = [event.location, ...(event.locations ?? [])].flatMap(place => place?.displayName || [])
  const facts = [
    ['When', describeSpan(event)],
    ['Repeats', event.recurrence && describeRecurrence(event.recurrence)],
    ['Status', event.isCancelled ? 'cancelled' : undefined],
    ['Where', [...new Set(places)].join(', ')],
    ['Online meeting', event.onlineMeeting?.joinUrl ?? event.onlineMeetingUrl],
    ['Organizer', toPerson(event.organizer)],
    ['Attendees', event.attendees?.map(describeAttendee).join(', ')],
    ['Categories', event.categories?.toSorted().join(', ')],
  ]
  const head = facts.filter(([, value]) => value).map(([name, value]) => `- ${name}: ${value}`)
  return [head.join('\n'), await bodyOf(context, event)].filter(Boolean).join('\n\n')
}

async function bodyOf(context: Context, { body }: CalendarEvent): Promise<string> {
  if (!body?.content) return ''
  try {
    return await context.text(body.content, body.contentType?.toLowerCase() === 'html' ? 'text/html' : 'text/plain')
  } catch (error) {
    if (isSkippable(error)) return ''
    throw error
  }
}

function describeAttendee(attendee: Attendee): string {
  const notes = [kinds[attendee.type ?? ''], answers[attendee.status?.response ?? '']].filter(Boolean)
  return `${toPerson(attendee) ?? 'someone'}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`
}

const kinds: Readonly<Record<string, string>> = { optional: 'optional', resource: 'room' }
const answers: Readonly<Record<string, string>> = {
  accepted: 'accepted',
  declined: 'declined',
  tentativelyAccepted: 'maybe',
}

function describeSpan({ start, end, isAllDay }: CalendarEvent): string | undefined {
  const from = momentOf(start)
  const to = momentOf(end)
  if (!from) return undefined
  if (isAllDay) {
    const last = to && dayBefore(to.day)
    return `${from.day}${last && last > from.day ? ` to ${last}` : ''} (all day)`
  }
  const until = !to ? '' : to.day === from.day ? `–${to.time}` : ` to ${to.day} ${to.time}`
  return `${from.day} ${from.time}${until} (${start?.timeZone || 'UTC'})`
}

function momentOf(time: EventTime | null | undefined): { day: string; time: string } | undefined {
  const [, day, clock] = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})/.exec(time?.dateTime ?? '') ?? []
  return day && clock ? { day, time: clock } : undefined
}

function dayBefore(day: string): string {
  const time = Date.parse(`${day}T00:00:00Z`)
  return Number.isNaN(time) ? day : new Date(time - 24 * 60 * 60 * 1000).toISOString().slice(0, 10)
}
