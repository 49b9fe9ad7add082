/** The calendars behind the fake of Outlook calendar, and a log of what each would tell. */
import { person } from './fake-outlook-messages.ts'

export interface FakeCalendar {
  id: string
  name: string
  isDefaultCalendar: boolean
}

export interface FakeEvent {
  id: string
  calendar: string
  type: 'singleInstance' | 'seriesMaster' | 'occurrence' | 'exception'
  /** The series of an occurrence or an exception. */
  series?: string
  /** In UTC, without a zone, as Graph writes it. */
  start: string
  end: string
  members: Record<string, unknown>
}

export interface LogEntry {
  position: number
  calendar: string
  event: string
  /** The members that changed, if no more than those are told. */
  members?: readonly string[]
}

export type FakeEvents = ReturnType<typeof createFakeEvents>

export function createFakeEvents() {
  let number = 0
  const calendars = new Map<string, FakeCalendar>()
  const events = new Map<string, FakeEvent>()
  const log: LogEntry[] = []
  return {
    ...{ calendars, events, log, addCalendar, renameCalendar, removeCalendar, defaultId, add, addSeries },
    ...{ edit, mark, remove, dropOccurrence, makeException, inWindow, truth },
  }

  function addCalendar(name: string, isDefaultCalendar = false): string {
    const id = `calendar+${++number}=`
    calendars.set(id, { id, name, isDefaultCalendar })
    return id
  }

  function renameCalendar(id: string, name: string): void {
    const calendar = calendars.get(id)
    if (calendar) calendar.name = name
  }

  function removeCalendar(id: string): void {
    calendars.delete(id)
    for (const event of [...events.values()]) if (event.calendar === id) events.delete(event.id)
  }

  function defaultId(): string {
    return [...calendars.values()].find(({ isDefaultCalendar }) => isDefaultCalendar)?.id ?? ''
  }

  /** @param day `YYYY-MM-DD`; the event is at nine, for an hour */
  function add(calendar: string, subject: string, day: string, more: Partial<FakeEvent> = {}): string {
    const id = `AAkEv${String(++number).padStart(4, '0')}/+=`
    const times = { start: `${day}T09:00:00.0000000`, end: `${day}T10:00:00.0000000` }
    const members = more.type === 'occurrence' ? {} : { ...memberOf(subject), ...more.members }
    events.set(id, { id, calendar, type: 'singleInstance', ...times, ...more, members })
    tell(id)
    return id
  }

  /** A series with an occurrence a day; their ids come before its own. */
  function addSeries(
    calendar: string,
    subject: string,
    days: readonly string[],
  ): { master: string; occurrences: string[] } {
    const master = `AAkEz${String(++number).padStart(4, '0')}/+=`
    const occurrences = days.map(day => add(calendar, subject, day, { type: 'occurrence', series: master }))
    const [first = ''] = days
    const recurrence = {
      pattern: { type: 'daily', interval: 1 },
      range: { type: 'numbered', startDate: first, numberOfOccurrences: days.length },
    }
    const times = { start: `${first}T09:00:00.0000000`, end: `${first}T10:00:00.0000000` }
    events.set(master, {
      id: master,
      calendar,
      type: 'seriesMaster',
      ...times,
      members: { ...memberOf(subject), recurrence },
    })
    tell(master)
    return { master, occurrences }
  }

  function edit(id: string, members: Record<string, unknown>, more: Partial<FakeEvent> = {}): void {
    const event = eventOf(id)
    Object.assign(event, more)
    Object.assign(event.members, members)
    tell(id)
  }

  /** Nothing but the changed members is told. */
  function mark(id: string, members: Record<string, unknown>): void {
    const event = eventOf(id)
    Object.assign(event.members, members)
    log.push({ position: log.length + 1, calendar: event.calendar, event: id, members: Object.keys(members) })
  }

  /** Of a series that goes its own deletion alone is told. */
  function remove(id: string): void {
    tell(id)
    events.delete(id)
    for (const event of [...events.values()]) if (event.series === id) events.delete(event.id)
  }

  /** Told as a change of the series, without a word of the occurrence. */
  function dropOccurrence(id: string): void {
    const { series } = eventOf(id)
    events.delete(id)
    if (series) tell(series)
  }

  function makeException(id: string, subject: string, more: Partial<FakeEvent> = {}): void {
    Object.assign(eventOf(id), { type: 'exception', members: memberOf(subject), ...more })
    tell(id)
  }

  function tell(id: string): void {
    log.push({ position: log.length + 1, calendar: eventOf(id).calendar, event: id })
  }

  /** Sorted by id. A series is in the window with any of its own. */
  function inWindow(calendar: string, start: string, end: string): FakeEvent[] {
    const all = [...events.values()].filter(event => event.calendar === calendar)
    const inside = all.filter(event => event.type !== 'seriesMaster' && isWithin(event, start, end))
    const series = new Set(inside.map(event => event.series))
    const masters = all.filter(({ id }) => series.has(id))
    return [...inside, ...masters].sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** Calendar and subject of each event in a window, by entity id. */
  function truth(start: string, end: string): Record<string, string> {
    const found: Record<string, string> = {}
    for (const { id: calendar, name } of calendars.values()) {
      for (const { id, series, type, members } of inWindow(calendar, start, end)) {
        const own = type === 'occurrence' ? events.get(series ?? '')?.members : members
        found[`${calendar}/${id}`] = `${name} > ${own?.subject}`
      }
    }
    return found
  }

  function eventOf(id: string): FakeEvent {
    const event = events.get(id)
    if (!event) throw new Error(`the fake has no event ${id}`)
    return event
  }
}

/** @param start ISO 8601 in UTC, as is the exclusive `end` */
export function isWithin(event: FakeEvent, start: string, end: string): boolean {
  return event.end > start && event.start < end
}

function memberOf(subject: string): Record<string, unknown> {
  return {
    ...{ subject, bodyPreview: '', isAllDay: false, isCancelled: false, importance: 'normal', sensitivity: 'normal' },
    body: { contentType: 'html', content: `<html><body><p>About <b>${subject}</b></p></body></html>` },
    location: { displayName: 'Room 1', locationType: 'default' },
    organizer: person('Ann', 'ann@example.com'),
    attendees: [{ ...person('Bob', 'bob@example.com'), type: 'required', status: { response: 'accepted' } }],
    webLink: 'https://outlook.office365.com/owa/?itemid=1',
    createdDateTime: '2026-01-01T00:00:00Z',
    lastModifiedDateTime: '2026-01-02T00:00:00Z',
    reminderMinutesBeforeStart: 15,
    isReminderOn: true,
    showAs: 'busy',
    iCalUId: subject,
  }
}
