/** What the calendar asks Graph for: views of a window, events by their ids, instances of a series. */
import type { Context } from '../../core/plugin.ts'
import { type GraphPage, graphUrl } from './api.ts'
import { deltaPages, outlookHeaders } from './outlook.ts'
import { type Answer, type BatchReader, isRouteMissing } from './outlook-batch.ts'
import type { Calendar, CalendarEvent } from './outlook-calendar-event.ts'

/** From the first moment to the one after the last, ISO 8601 in UTC. */
export type Window = { start: string; end: string }

export interface CalendarRun {
  context: Context
  batch: BatchReader
  window: Window
}

/** As many as Outlook takes; it may give fewer. */
const eventsAPage = 1000
const inUtc = 'outlook.timezone="UTC"'

/**
 * A calendar's delta. Graph documents it for the default calendar alone and answers it for the others too; a server that
 * does not is listed each time. https://learn.microsoft.com/graph/api/event-delta
 */
export async function* eventPages(
  { context, window }: CalendarRun,
  { id, isDefaultCalendar }: Calendar,
  link: string | null,
): AsyncGenerator<GraphPage<CalendarEvent>, void, undefined> {
  const own = `/me/calendars/${encodeURIComponent(id)}/calendarView`
  const routes =
    link === null && isDefaultCalendar ? [`${own}/delta`, '/me/calendarView/delta', own] : [`${own}/delta`, own]
  for (const [index, route] of routes.entries()) {
    let hasBegun = false
    try {
      const pages = deltaPages<CalendarEvent>({
        context,
        item: true,
        url: `${graphUrl(context.endpoints)}${route}`,
        query: { startDateTime: window.start, endDateTime: window.end },
        link,
        pageSize: eventsAPage,
        preferences: [inUtc],
      })
      for await (const page of pages) {
        hasBegun = true
        yield page
      }
      return
    } catch (error) {
      const isLast = index === routes.length - 1
      if (link !== null || hasBegun || isLast || !isRouteMissing(error)) throw error
    }
  }
}

/** Events by id; those of a calendar that somebody shares are found below that calendar alone. */
export async function readEach(run: CalendarRun, calendar: Calendar, ids: readonly string[]): Promise<Answer[]> {
  const headers = outlookHeaders(inUtc)
  const answers = ids.length > 0 ? await run.batch.read(ids.map(eventPath), headers, 'id') : []
  const missing = ids.filter((_id, index) => {
    const answer = answers[index]
    return answer && 'failure' in answer && answer.failure.code === 'item_missing'
  })
  if (missing.length === 0) return answers
  const below = await run.batch.read(
    missing.map(id => sharedPath(calendar.id, id)),
    headers,
    'id',
  )
  const found = new Map(missing.map((id, index) => [id, below[index]]))
  return answers.map((answer, index) => found.get(ids[index] ?? '') ?? answer)
}

export function sharedPath(calendarId: string, eventId: string): string {
  return `/me/calendars/${encodeURIComponent(calendarId)}/events/${encodeURIComponent(eventId)}`
}

export function eventPath(id: string): string {
  return `/me/events/${encodeURIComponent(id)}`
}

/** Ids of what a series has in the window. @param path of the series, below the base URL */
export async function readInstances({ context, window }: CalendarRun, path: string): Promise<Set<string>> {
  const ids = new Set<string>()
  const url = `${graphUrl(context.endpoints)}${path}/instances`
  const pages = context.api.pages<GraphPage<CalendarEvent>>(url, {
    query: { startDateTime: window.start, endDateTime: window.end, $select: 'id', $top: eventsAPage },
    headers: outlookHeaders(),
    next: page => page['@odata.nextLink'],
    expect: ['value'],
    item: true,
  })
  for await (const { value } of pages) for (const { id } of value) ids.add(id)
  return ids
}
