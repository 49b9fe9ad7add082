/** Calendar's routes as Google's SDK has them. */
import { calendar, type calendar_v3 } from '@googleapis/calendar'
import { sdkOptions } from './google-sdk.ts'
import { type Route, route, type ShapeOf } from './google-types.ts'

export function calendarClient(url: string, token?: string): calendar_v3.Calendar {
  return calendar({ version: 'v3', ...sdkOptions(url, token) })
}

const base = '/calendar/v3'

export function calendarRoutes(url: string): Route[] {
  const { calendarList, calendars, events } = calendarClient(url)
  return [
    route(
      `${base}/users/me/calendarList`,
      (ask: calendar_v3.Params$Resource$Calendarlist$List) => calendarList.list(ask),
      { maxResults: 'number', pageToken: 'text', showHidden: 'boolean' },
      { kind: 'text', etag: 'text', items: [entry], nextPageToken: 'text', nextSyncToken: 'text' },
    ),
    route(
      `${base}/calendars/{calendarId}`,
      (ask: calendar_v3.Params$Resource$Calendars$Get) => calendars.get(ask),
      {},
      { kind: 'text', etag: 'text', id: 'text', summary: 'text', timeZone: 'text' },
    ),
    route(
      `${base}/calendars/{calendarId}/events`,
      (ask: calendar_v3.Params$Resource$Events$List) => events.list(ask),
      { maxResults: 'number', pageToken: 'text', syncToken: 'text', singleEvents: 'boolean', showDeleted: 'boolean' },
      {
        kind: 'text',
        etag: 'text',
        summary: 'text',
        updated: 'text',
        timeZone: 'text',
        accessRole: 'text',
        defaultReminders: [{ method: 'text', minutes: 'number' }],
        items: [event],
        nextPageToken: 'text',
        nextSyncToken: 'text',
      },
    ),
  ]
}

const entry = {
  kind: 'text',
  etag: 'text',
  id: 'text',
  summary: 'text',
  summaryOverride: 'text',
  timeZone: 'text',
  accessRole: 'text',
  primary: 'boolean',
  hidden: 'boolean',
  backgroundColor: 'text',
  description: 'text',
} as const satisfies ShapeOf<calendar_v3.Schema$CalendarListEntry>

const time = {
  date: 'text',
  dateTime: 'text',
  timeZone: 'text',
} as const satisfies ShapeOf<calendar_v3.Schema$EventDateTime>

const event = {
  kind: 'text',
  etag: 'text',
  id: 'text',
  status: 'text',
  htmlLink: 'text',
  created: 'text',
  updated: 'text',
  summary: 'text',
  description: 'text',
  location: 'text',
  hangoutLink: 'text',
  recurrence: ['text'],
  start: time,
  end: time,
  recurringEventId: 'text',
  originalStartTime: time,
  organizer: { email: 'text', displayName: 'text' },
  attendees: [{ email: 'text', displayName: 'text', responseStatus: 'text', optional: 'boolean', resource: 'boolean' }],
  conferenceData: { entryPoints: [{ entryPointType: 'text', uri: 'text' }] },
} as const satisfies ShapeOf<calendar_v3.Schema$Event>
