/**
 * Google Calendar as its reference describes it, stricter where it may be: pages of a few, some of them empty, tokens
 * bound to their query, deletions that show in a delta only, and as little of them as Google gives.
 */
import type { FakeRequest, FakeResponse, FakeRoute } from './fake-server.ts'
import { boundTo, googleError, handle, refuse, seal, unseal } from './google-protocol.ts'

export interface FakeCalendarEvent {
  id: string
  status: string
  [member: string]: unknown
}

export interface FakeCalendarEntry {
  id: string
  summary: string
  summaryOverride?: string
  primary?: boolean
  /** Not shown in the list unless it is asked for. */
  hidden?: boolean
  accessRole: string
  timeZone: string
  /** Every event there ever was, in the order of its last change. */
  events: Map<string, { event: FakeCalendarEvent; position: number }>
  /** Answers for its events in place of them. */
  fault?: FakeResponse
}

export interface FakeCalendar {
  routes: FakeRoute[]
  calendars: Map<string, FakeCalendarEntry>
  /** Most items of a page. */
  pageSize: number
  /** Pages as Google usually gives them: none of them empty. */
  isPlain: boolean
  /** What tokens of before are worth now: sync tokens 410, page tokens 400. */
  epoch: number
  /** What page tokens of before are worth now, sync tokens aside. */
  pageEpoch: number
  /** A server that gives no sync tokens. */
  hasSyncTokens: boolean
  addCalendar(id: string, more?: Partial<FakeCalendarEntry>): string
  /** Adds an event, or changes the members given of one. */
  put(calendarId: string, id: string, event?: Record<string, unknown>): void
  /** Cancels an event; a series with all its exceptions, of which nothing is said. */
  cancel(calendarId: string, id: string): void
  /** Names of the live events by `<calendar>/<event>`. */
  truth(): Record<string, string>
}

export function createFakeCalendar(): FakeCalendar {
  let position = 0
  let reads = 0
  const fake: FakeCalendar = {
    calendars: new Map(),
    pageSize: 3,
    isPlain: false,
    epoch: 1,
    pageEpoch: 1,
    hasSyncTokens: true,
    routes: [],
    addCalendar(id, more = {}) {
      const events: FakeCalendarEntry['events'] = new Map()
      fake.calendars.set(id, { id, summary: id, accessRole: 'owner', timeZone: 'Europe/Berlin', events, ...more })
      return id
    },
    put(calendarId, id, changes = {}) {
      const { events } = existing(calendarId)
      const before = events.get(id)?.event ?? {
        kind: 'calendar#event',
        id,
        htmlLink: `https://www.google.com/calendar/event?eid=${id}`,
        summary: id,
        created: '2026-01-01T00:00:00.000Z',
        organizer: { email: 'ann@example.com', displayName: 'Ann' },
        start: { dateTime: '2026-02-02T09:00:00+01:00', timeZone: 'Europe/Berlin' },
        end: { dateTime: '2026-02-02T10:00:00+01:00', timeZone: 'Europe/Berlin' },
      }
      const updated = new Date(Date.UTC(2026, 0, 1) + ++position * 1000).toISOString()
      events.set(id, { event: { ...before, status: 'confirmed', updated, ...changes, id }, position })
    },
    cancel(calendarId, id) {
      const { events } = existing(calendarId)
      const before = events.get(id)?.event
      const { recurringEventId, originalStartTime }: Record<string, unknown> = { ...before }
      const known = recurringEventId ? { recurringEventId, originalStartTime } : {}
      events.set(id, { event: { kind: 'calendar#event', id, status: 'cancelled', ...known }, position: ++position })
      for (const { event } of [...events.values()]) if (event.recurringEventId === id) events.delete(event.id)
    },
    truth() {
      const found: Record<string, string> = {}
      for (const { id, events } of fake.calendars.values()) {
        for (const { event } of events.values()) {
          if (event.status !== 'cancelled') found[`${id}/${event.id}`] = String(event.summary ?? '')
        }
      }
      return found
    },
  }

  route('/calendar/v3/users/me/calendarList', ['maxResults', 'pageToken', 'showHidden'], ({ path, query }) => {
    const shown = [...fake.calendars.values()].filter(({ hidden }) => !hidden || query.get('showHidden') === 'true')
    const all = shown.map(({ events: _events, fault: _fault, ...entry }, index) => ({
      key: index + 1,
      item: { kind: 'calendar#calendarListEntry', etag: `"${++reads}"`, backgroundColor: '#fff', ...entry },
    }))
    const { items, nextPageToken } = slice(path, query, all, 250, 0)
    const nextSyncToken = nextPageToken ? undefined : seal({ list: true })
    return { body: { kind: 'calendar#calendarList', etag: `"${reads}"`, items, nextPageToken, nextSyncToken } }
  })
  route('/calendar/v3/calendars/{id}', [], ({ params }) => {
    const { id, summary, timeZone } = found(params.id)
    return { body: { kind: 'calendar#calendar', etag: `"${++reads}"`, id, summary, timeZone } }
  })
  const parameters = ['maxResults', 'pageToken', 'syncToken', 'singleEvents', 'showDeleted', ...restrictions]
  route('/calendar/v3/calendars/{id}/events', parameters, listEvents)
  return fake

  function route(pattern: string, parameters: string[], handler: (request: FakeRequest) => FakeResponse): void {
    fake.routes.push({ method: 'GET', pattern, handler: handle(parameters, handler) })
  }

  function listEvents({ path, params, query }: FakeRequest): FakeResponse {
    const { id, summary, timeZone, accessRole, events, fault } = found(params.id)
    if (fault) return fault
    const syncToken = query.get('syncToken')
    const frame = frameOf(query)
    let after = 0
    for (const name of restrictions) {
      if (!query.has(name)) continue
      if (syncToken !== null) refuse(400, 'syncTokenWithRequestRestrictions')
      refuse(400, 'invalidParameter', `the fake does not know ${name}`)
    }
    if (query.get('singleEvents') === 'true') refuse(400, 'invalidParameter', 'the fake does not expand series')
    const showsDeleted = query.get('showDeleted') === 'true' || syncToken !== null
    if (syncToken !== null) {
      if (query.get('showDeleted') === 'false') refuse(400, 'syncTokenWithRequestRestrictions')
      const token = unseal(syncToken) as { id?: string; after?: number; frame?: string; epoch?: number }
      if (token.epoch !== fake.epoch) return googleError(410, 'fullSyncRequired', 'Sync token is no longer valid.')
      if (token.id !== id || token.frame !== frame || token.after === undefined) refuse(400, 'invalid', 'sync token')
      after = token.after ?? 0
    }
    // Cancelled exceptions belong to their series and are shown, other cancelled events in a delta or on request only.
    const changed = [...events.values()]
      .filter(
        ({ event, position }) =>
          position > after && (showsDeleted || event.status !== 'cancelled' || event.recurringEventId),
      )
      .map(({ event, position }) => ({ key: position, item: { etag: `"${position}"`, ...event } }))
      .sort((a, b) => a.key - b.key)
    const { items, nextPageToken, begun } = slice(path, query, changed, 2500, after)
    // As of the first page: what changed since then is in the next delta.
    const next = { id, after: Math.max(begun, 1), frame, epoch: fake.epoch }
    const nextSyncToken = nextPageToken || !fake.hasSyncTokens ? undefined : seal(next)
    const updated = new Date(Date.UTC(2026, 0, 1) + begun * 1000).toISOString()
    const facts = { kind: 'calendar#events', etag: `"${begun}"`, summary, updated, timeZone, accessRole }
    return { body: { ...facts, defaultReminders: [], nextPageToken, nextSyncToken, items } }
  }

  /** The first page of every reading is empty and has a next one all the same. */
  function slice<Item>(
    path: string,
    query: URLSearchParams,
    all: { key: number; item: Item }[],
    most: number,
    start: number,
  ) {
    const size = Number(query.get('maxResults') ?? 250)
    if (!(size >= 1 && size <= most)) refuse(400, 'invalid', 'maxResults')
    const bound = `${path}?${boundTo(query)}#${fake.epoch}.${fake.pageEpoch}`
    const token = query.get('pageToken')
    if (token === null && all.length > 0 && !fake.isPlain) {
      const next = { after: start, bound, begun: position }
      return { items: [], nextPageToken: seal(next), begun: position }
    }
    const opened = token === null ? undefined : (unseal(token) as { after?: number; bound?: string; begun?: number })
    if (opened && opened.bound !== bound) refuse(400, 'invalid', 'page token')
    const left = all.filter(({ key }) => key > (opened?.after ?? start))
    const page = left.slice(0, Math.min(size, fake.pageSize))
    const begun = opened?.begun ?? position
    const next = { after: page.at(-1)?.key, bound, begun }
    return {
      items: page.map(({ item }) => item),
      nextPageToken: page.length < left.length ? seal(next) : undefined,
      begun,
    }
  }

  /** The parameters that a sync token holds a request to. */
  function frameOf(query: URLSearchParams): string {
    const rest = new URLSearchParams(query)
    for (const name of ['pageToken', 'syncToken']) rest.delete(name)
    rest.sort()
    return `${rest}`
  }

  function found(id: string | undefined): FakeCalendarEntry {
    const entry = [...fake.calendars.values()].find(
      ({ primary, id: own }) => own === id || (id === 'primary' && primary),
    )
    return entry ?? refuse(404, 'notFound', 'Not Found')
  }

  function existing(id: string): FakeCalendarEntry {
    const entry = fake.calendars.get(id)
    if (!entry) throw new Error(`the fake has no calendar ${id}`)
    return entry
  }
}

/** What may not go along with a sync token. https://developers.google.com/workspace/calendar/api/v3/reference/events/list */
const restrictions = [
  ...['iCalUID', 'orderBy', 'privateExtendedProperty', 'q', 'sharedExtendedProperty', 'timeMax', 'timeMin'],
  'updatedMin',
]
