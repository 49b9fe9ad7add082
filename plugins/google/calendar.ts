/** Google Calendar: every calendar of a person's list, and its events. */
import {
  type Breadcrumb,
  type Change,
  type Context,
  Failure,
  type IdentifyContext,
  isFailure,
  isSkippable,
  type Source,
} from '../../core/plugin.ts'
import { baseUrl, listOption } from './api.ts'
import {
  type Calendar,
  type CalendarEvent,
  calendarName,
  calendarType,
  eventEntityId,
  eventType,
  toCalendarEntity,
  toEventEntity,
} from './calendar-event.ts'

type Changes = AsyncGenerator<Change<CalendarCursor>, void, undefined>

type CalendarCursor = {
  /** A full listing that is not over. */
  full: boolean
  calendars: { [id: string]: CalendarState }
}

type CalendarState = {
  /** The name that is in the breadcrumbs of all its events. */
  name: string
  /** Where the next run goes on; null while the first listing is under way, and where the server gives none. */
  token: string | null
  /** The next page of a reading under way, empty for the first; null when it is done. */
  page: string | null
}

export const calendar: Source<CalendarCursor> = {
  shortName: 'google_calendar',
  title: 'Google Calendar',
  description: 'Calendars and their events: single ones, series with their rule, and the exceptions of a series.',
  labels: ['Calendar'],
  scopes: ['https://www.googleapis.com/auth/calendar.readonly'],
  entityTypes: [calendarType, eventType],
  configFields: [
    {
      name: 'calendars',
      title: 'Calendars',
      description: 'Ids or names of the calendars to bring in. Without any, every calendar of the list.',
      type: 'strings',
    },
  ],
  lane: 'calendar',

  async identify({ api, endpoints }: IdentifyContext) {
    const { id, summary } = await readPrimary({ api, endpoints })
    return { id: id.toLowerCase(), name: summary ?? id }
  },

  async *sync(context, cursor) {
    const progress: CalendarCursor = structuredClone(cursor ?? { full: true, calendars: {} })
    if (
      !progress.full &&
      Object.values(progress.calendars).some(({ token, page }) => token === null && page === null)
    ) {
      throw new Failure('cursor_expired', 'the server gives no sync tokens: its events are listed each time')
    }
    const checkpoint = (): Change<CalendarCursor> => ({ type: 'checkpoint', cursor: structuredClone(progress) })

    const wanted = (await readCalendars(context)).filter(wantedBy(context))
    const ids = new Set(wanted.map(({ id }) => id))
    for (const id of Object.keys(progress.calendars)) if (!ids.has(id)) delete progress.calendars[id]
    if (!progress.full) yield* removeMissing(context, ids, checkpoint)

    for (const found of wanted) {
      yield { type: 'upsert', entity: toCalendarEntity(found) }
      try {
        yield* readEvents({ context, calendar: found, progress, checkpoint })
      } catch (error) {
        if (!isSkippable(error)) throw error
        context.skip({ parent: found.id }, error)
        // Nothing of it is swept now: it has to begin anew, or what vanished from it would stay for ever.
        if (progress.full) delete progress.calendars[found.id]
      }
    }
    progress.full = false
    yield checkpoint()
  },
}

interface Reading {
  context: Context
  calendar: Calendar
  progress: CalendarCursor
  checkpoint(): Change<CalendarCursor>
}

async function* readEvents(reading: Reading): Changes {
  const { context, calendar, progress, checkpoint } = reading
  const name = calendarName(calendar)
  const stored = progress.calendars[calendar.id]
  const state: CalendarState = stored ?? { name, token: null, page: '' }
  // A reading that stopped half-way goes on with its page: with the sync token it began with, if it had one.
  let isFirst = !stored
  for await (const page of eventPages(reading, state)) {
    if (isFirst && !progress.full && (await holdsAny(context, calendar.id))) {
      // What was deleted while the calendar could not be read shows in a full listing only.
      throw new Failure('cursor_expired', 'a calendar has come back that was left out of the last full listing')
    }
    isFirst = false
    progress.calendars[calendar.id] = state
    yield* applyEvents(context, crumb(calendar, name), page.items)
    if (page.nextPageToken) state.page = page.nextPageToken
    else Object.assign(state, { page: null, token: page.nextSyncToken ?? null })
    yield checkpoint()
  }
  if (state.name === name) return
  // All events carry the calendar's name. The sync token stays the one from before: what vanishes meanwhile is after it.
  for await (const page of eventPages(reading, { name, token: null, page: '' })) {
    yield* applyEvents(context, crumb(calendar, name), page.items)
  }
  state.name = name
  yield checkpoint()
}

interface EventPage {
  items: CalendarEvent[]
  nextPageToken?: string
  /** On the last page only. */
  nextSyncToken?: string
}

/**
 * Series stay whole (`singleEvents` false): one that never ends has no last event to list, and its exceptions come as
 * events of their own. Every parameter stays as it is from the first listing on, or Google refuses the sync token.
 * @throws Failure `cursor_expired` when the sync token or a page token is too old
 * @see https://developers.google.com/workspace/calendar/api/guides/sync
 */
async function* eventPages(reading: Reading, state: CalendarState): AsyncGenerator<EventPage, void, undefined> {
  const { context, calendar } = reading
  const query = { maxResults: 2500, singleEvents: false, syncToken: state.token ?? undefined }
  const url = `${baseUrl(context.endpoints, 'api')}/calendar/v3/calendars/${encodeURIComponent(calendar.id)}/events`
  const options = {
    parameter: 'pageToken',
    next: (page: EventPage) => page.nextPageToken,
    expect: ['items'],
    item: true,
  }
  const pageToken = state.page || undefined
  let hasToken = pageToken !== undefined || state.token !== null
  try {
    for await (const page of context.api.pages<EventPage>(url, { ...options, query: { ...query, pageToken } })) {
      hasToken = true
      yield page
    }
  } catch (error) {
    // 400 is how a page token is refused that is too old, 410 a sync token.
    const isExpired = isFailure(error) && (error.status === 410 || (error.status === 400 && hasToken))
    if (!isExpired) throw error
    throw new Failure('cursor_expired', 'the stored position in a calendar is no longer accepted', {
      status: error.status,
      cause: error,
    })
  }
}

async function* applyEvents(context: Context, calendar: Breadcrumb, events: readonly CalendarEvent[]): Changes {
  for (const event of events) {
    if (event.status !== 'cancelled') {
      yield { type: 'upsert', entity: await toEventEntity(context, calendar, event) }
      continue
    }
    const id = eventEntityId(calendar.entityId, event.id)
    yield { type: 'remove', entityType: eventType, id }
    if (event.recurringEventId) continue
    // The exceptions of a series go with it, whether or not they are named.
    const exceptions = { entityType: eventType, fromId: `${id}_`, toId: `${id}_\uffff` }
    for await (const known of context.known(exceptions)) {
      if (known.raw?.recurringEventId === event.id) yield { type: 'remove', entityType: eventType, id: known.id }
    }
  }
}

function crumb(calendar: Calendar, name: string): Breadcrumb {
  return { entityId: calendar.id, name, entityType: calendarType }
}

async function readCalendars({ api, endpoints }: Pick<IdentifyContext, 'api' | 'endpoints'>): Promise<Calendar[]> {
  const pages = api.pages<{ items: Calendar[]; nextPageToken?: string }>(
    `${baseUrl(endpoints, 'api')}/calendar/v3/users/me/calendarList`,
    { query: { maxResults: 250 }, parameter: 'pageToken', next: page => page.nextPageToken, expect: ['items'] },
  )
  const found = new Map<string, Calendar>()
  for await (const { items } of pages) {
    for (const calendar of items) if (!calendar.deleted) found.set(calendar.id, calendar)
  }
  return [...found.values()]
}

async function readPrimary({ api, endpoints }: IdentifyContext): Promise<Calendar> {
  try {
    return await api.get<Calendar>(`${baseUrl(endpoints, 'api')}/calendar/v3/calendars/primary`, { expect: ['id'] })
  } catch (error) {
    if (!isFailure(error, 'item_missing')) throw error
    const primary = (await readCalendars({ api, endpoints })).find(candidate => candidate.primary)
    if (!primary) throw error
    return primary
  }
}

/** The option names calendars by id, by visible name or by their original one. */
function wantedBy({ config }: Context): (calendar: Calendar) => boolean {
  const names = new Set(listOption(config, 'calendars').map(fold))
  if (names.size === 0) return () => true
  return ({ id, summary, summaryOverride, primary }) =>
    [id, summary, summaryOverride, primary ? 'primary' : undefined].some(name => name && names.has(fold(name)))
}

function fold(name: string): string {
  return name.normalize('NFC').toLowerCase()
}

/** Calendars that left the list. Their own entity goes last, so that a crash in between is made good. */
async function* removeMissing(context: Context, ids: Set<string>, checkpoint: () => Change<CalendarCursor>): Changes {
  const missing: string[] = []
  for await (const { id } of context.known({ entityType: calendarType })) if (!ids.has(id)) missing.push(id)
  for (const id of missing) {
    // One that comes back before its removal is over must begin anew.
    yield checkpoint()
    for await (const event of context.known({ entityType: eventType, parent: id })) {
      yield { type: 'remove', entityType: eventType, id: event.id }
    }
    yield { type: 'remove', entityType: calendarType, id }
  }
}

async function holdsAny(context: Context, calendarId: string): Promise<boolean> {
  for await (const _ of context.known({ entityType: eventType, parent: calendarId })) return true
  return false
}
