/**
 * Outlook calendar: a person's calendars, and the events of each within a window around today. A series is there as a
 * whole, with its rule and description, and by each of its occurrences in the window.
 */
import {
  type Change,
  type Config,
  type Context,
  canonicalJson,
  Failure,
  isFailure,
  isSkippable,
  type Source,
} from '../../core/plugin.ts'
import { type GraphPage, graphUrl, numberOption } from './api.ts'
import { identifyMailbox, outlookHeaders } from './outlook.ts'
import { createBatchReader } from './outlook-batch.ts'
import { type Calendar, calendarName, calendarType, eventType, toCalendarEntity } from './outlook-calendar-event.ts'
import type { CalendarRun, Window } from './outlook-calendar-reader.ts'
import { readEvents } from './outlook-calendar-round.ts'

export type CalendarCursor = {
  version: 1
  /** A full listing that is not over. */
  full: boolean
  calendars: { [id: string]: CalendarState }
}

type CalendarState = {
  /** Where the events go on, as Graph gave it; null lists them. */
  link: string | null
  /** The window and the calendar's name, which that link and its events are bound to, as JSON. */
  frame: string
}

type Changes = AsyncGenerator<Change<CalendarCursor>, void, undefined>

const defaultDays = { past_days: 365, future_days: 365 }
const dayMs = 24 * 60 * 60 * 1000
const calendarsAPage = 100
const tries = 3

export const outlookCalendar: Source<CalendarCursor> = {
  shortName: 'outlook_calendar',
  title: 'Outlook calendar',
  description: 'Calendars and their events: single ones, series with their rule, and each occurrence of a series.',
  labels: ['Calendar'],
  scopes: ['Calendars.Read'],
  entityTypes: [calendarType, eventType],
  configFields: [
    {
      name: 'past_days',
      title: 'Past days',
      description: 'How many days back from today events are brought in.',
      type: 'integer',
      minimum: 0,
      default: defaultDays.past_days,
    },
    {
      name: 'future_days',
      title: 'Future days',
      description: 'How many days ahead of today events are brought in.',
      type: 'integer',
      minimum: 0,
      default: defaultDays.future_days,
    },
  ],
  lane: 'outlook',

  identify: context => identifyMailbox('/me/calendars', context),

  async *sync(context, stored) {
    if (stored && stored.version !== 1) throw new Failure('cursor_expired', 'the last run was that of another version')
    const cursor: CalendarCursor = structuredClone(stored ?? { version: 1, full: true, calendars: {} })
    const window = windowOf(context.config, context.now())
    const calendars = await readCalendars(context)
    yield* removeMissing(context, cursor, new Set(calendars.map(({ id }) => id)))
    const run = { context, batch: createBatchReader(context.api, graphUrl(context.endpoints)), window }
    const isOnly = !calendars.some(({ isDefaultCalendar }) => isDefaultCalendar) && calendars.length === 1

    for (const calendar of calendars) {
      yield { type: 'upsert', entity: toCalendarEntity(calendar) }
      const frame = canonicalJson([window, calendarName(calendar)])
      const known = cursor.calendars[calendar.id]
      const state = known?.frame === frame ? known : { link: null, frame }
      try {
        yield* followCalendar(run, { ...calendar, isDefaultCalendar: calendar.isDefaultCalendar ?? isOnly }, state)
        cursor.calendars[calendar.id] = state
      } catch (error) {
        if (!isSkippable(error)) throw error
        context.skip({ parent: calendar.id }, error)
        // Nothing of it is swept now: it has to begin anew, or what vanished from it would stay for ever.
        // And a link that is answered with an error for ever must not be the last word.
        if (cursor.full || isFailure(error, 'item_unreadable')) delete cursor.calendars[calendar.id]
      }
      yield checkpoint(cursor)
    }
    cursor.full = false
    yield checkpoint(cursor)
  },
}

/** A link that is refused, also half-way, costs a new listing of this calendar. */
async function* followCalendar(run: CalendarRun, calendar: Calendar, state: CalendarState): Changes {
  for (let attempt = 1; ; attempt++) {
    try {
      state.link = yield* readEvents(run, calendar, state.link)
      return
    } catch (error) {
      if (!isFailure(error, 'cursor_expired') || attempt === tries) throw error
      state.link = null
    }
  }
}

/**
 * Whole days in UTC. Graph binds a delta to its window, so a new day means a new listing: what has come into the window
 * or left it is told in no other way.
 */
function windowOf(config: Config, now: Date): Window {
  const today = Math.floor(now.getTime() / dayMs) * dayMs
  const past = numberOption(config, 'past_days', defaultDays.past_days)
  const future = numberOption(config, 'future_days', defaultDays.future_days)
  return { start: toTime(today - past * dayMs), end: toTime(today + (future + 1) * dayMs) }
}

function toTime(time: number): string {
  return new Date(time).toISOString()
}

async function readCalendars({ api, endpoints }: Context): Promise<Calendar[]> {
  const pages = api.pages<GraphPage<Calendar>>(`${graphUrl(endpoints)}/me/calendars`, {
    query: { $top: calendarsAPage },
    headers: outlookHeaders(),
    next: page => page['@odata.nextLink'],
    expect: ['value'],
  })
  const found = new Map<string, Calendar>()
  for await (const { value } of pages) for (const calendar of value) found.set(calendar.id, calendar)
  return [...found.values()]
}

/** Calendars that are not there any more. Their own entity goes last, so that a crash in between is made good. */
async function* removeMissing(context: Context, cursor: CalendarCursor, ids: ReadonlySet<string>): Changes {
  for (const id of Object.keys(cursor.calendars)) if (!ids.has(id)) delete cursor.calendars[id]
  const missing: string[] = []
  for await (const { id } of context.known({ entityType: calendarType })) if (!ids.has(id)) missing.push(id)
  for (const id of missing) {
    // One that comes back before its removal is over must begin anew.
    yield checkpoint(cursor)
    for await (const event of context.known({ entityType: eventType, fromId: `${id}/`, toId: `${id}/\uffff` })) {
      yield { type: 'remove', entityType: eventType, id: event.id }
    }
    yield { type: 'remove', entityType: calendarType, id }
  }
}

function checkpoint(cursor: CalendarCursor): Change<CalendarCursor> {
  return { type: 'checkpoint', cursor: structuredClone(cursor) }
}
