/**
 * Outlook calendar in Microsoft Graph as its reference describes it, stricter where it may be: a window that is frozen in
 * opaque links, pages of a few with an empty one in between, occurrences as stubs before their series, and deleted
 * occurrences of which nothing is said.
 */
import { createFakeEvents, type FakeEvent, type FakeEvents, isWithin, type LogEntry } from './fake-outlook-events.ts'
import type { FakeRequest, FakeResponse } from './fake-server.ts'
import {
  graphError,
  type OutlookServer,
  preferredPageSize,
  refuse,
  seal,
  startOutlook,
  unseal,
} from './outlook-protocol.ts'

export interface FakeOutlookCalendar extends FakeEvents, OutlookServer {
  /** For which calendars there is a delta: all of them, the default one at `/me/calendarView/delta`, or none. */
  deltas: 'all' | 'default' | 'none'
  /** What a delta tells of a series that changed: its occurrences along with it, or the series alone. */
  tellsOccurrences: boolean
  hasInstances: boolean
  /** Calendars that somebody else shares, by id. */
  shared: Set<string>
  /** Answers in place of a calendar's events, by its id. */
  calendarFaults: Map<string, FakeResponse>
  eventFaults: Map<string, FakeResponse>
}

interface Position {
  of: string
  start: string
  end: string
  epoch: number
  listing: boolean
  after: string | number
  since: number
  blank: boolean
}

export async function startFakeOutlookCalendar(): Promise<FakeOutlookCalendar> {
  const store = createFakeEvents()
  const { calendars, events, log } = store
  let reads = 0
  const view = ['startDateTime', 'endDateTime']
  const instanceQuery = [...view, '$select', '$top', '$skip']
  const delta = [...view, '$skiptoken', '$deltatoken']
  const outlook = await startOutlook([
    { pattern: '/me', parameters: ['$select'], handler: () => graphError(403, 'Authorization_RequestDenied') },
    { pattern: '/me/calendars', parameters: ['$top', '$skip'], handler: listCalendars },
    { pattern: '/me/calendarView/delta', parameters: delta, handler: request => follow(request, store.defaultId()) },
    { pattern: '/me/calendars/{id}/calendarView/delta', parameters: delta, handler: ownDelta },
    { pattern: "/me/calendars('{id}')/calendarView/delta", parameters: delta, handler: ownDelta },
    { pattern: '/me/calendars/{id}/calendarView', parameters: [...view, '$skip'], handler: listView },
    { pattern: '/me/events/{id}', handler: oneEvent },
    { pattern: '/me/calendars/{calendar}/events/{id}', handler: oneEvent },
    { pattern: '/me/calendars/{calendar}/events/{id}/instances', parameters: instanceQuery, handler: instances },
    { pattern: '/me/events/{id}/instances', parameters: instanceQuery, handler: instances },
  ])
  const fake: FakeOutlookCalendar = Object.assign(outlook, store, {
    ...{ deltas: 'all' as const, tellsOccurrences: true, hasInstances: true },
    ...{ shared: new Set<string>(), calendarFaults: new Map(), eventFaults: new Map() },
  })
  return fake

  function context(path: string) {
    return { '@odata.context': `${fake.graph}/$metadata#users('efee1b77-fb3b-4f65')/${path}` }
  }

  function listCalendars({ query }: FakeRequest): FakeResponse {
    const skip = Number(query.get('$skip') ?? 0)
    const size = fake.isPlain ? Number(query.get('$top') ?? 10) : 1
    const value = [...calendars.values()].slice(skip, skip + size).map(calendar => ({
      ...{ ...calendar, color: 'auto', hexColor: '', changeKey: `key${++reads}`, canEdit: true, canShare: true },
      owner: { name: 'Ann', address: 'ann@example.com' },
    }))
    const next = { '@odata.nextLink': `${fake.graph}/me/calendars?$skip=${skip + size}` }
    return { body: { ...context('calendars'), value, ...(skip + size < calendars.size ? next : {}) } }
  }

  function ownDelta(request: FakeRequest): FakeResponse {
    const { id = '' } = request.params
    return fake.deltas === 'all' ? follow(request, id) : graphError(404, 'ResourceNotFound')
  }

  function follow(request: FakeRequest, id: string): FakeResponse {
    const { query } = request
    if (fake.deltas === 'none') return graphError(404, 'ResourceNotFound')
    const refused = refusalOf(request, id)
    if (refused) return refused
    const at = positionOf(query, id)
    if (at.blank) return answer(at, [], '$skiptoken', { blank: false })
    const pageSize = Math.min(fake.pageSize, preferredPageSize(request))
    return at.listing ? list(at, pageSize) : changes(at, pageSize)
  }

  function positionOf(query: URLSearchParams, of: string): Position {
    const token = query.get('$skiptoken') ?? query.get('$deltatoken')
    const [start, end] = [query.get('startDateTime'), query.get('endDateTime')]
    if (token === null) {
      if (!start || !end || !(start < end)) return refuse(400, 'ErrorInvalidParameter')
      return { of, start, end, epoch: fake.epoch, listing: true, after: '', since: log.length, blank: false }
    }
    const at = unseal<Position>(token)
    if (at.of !== of || start || end) refuse(400, 'ErrorInvalidUrlQuery')
    if (at.epoch !== fake.epoch) refuse(410, 'SyncStateNotFound')
    return at
  }

  function list(at: Position, pageSize: number): FakeResponse {
    const all = store.inWindow(at.of, at.start, at.end)
    const left = all.filter(({ id }) => id > String(at.after))
    const shown = left.slice(0, pageSize)
    const again = fake.isPlain ? [] : all.filter(({ id }) => id === at.after)
    const value = [...again, ...shown].map(event => resource(event, true))
    if (shown.length === left.length) return answer(at, value, '$deltatoken', { listing: false, after: at.since })
    return answer(at, value, '$skiptoken', { after: shown.at(-1)?.id ?? '', blank: at.after === '' && !fake.isPlain })
  }

  function changes(at: Position, pageSize: number): FakeResponse {
    const since = log.filter(entry => entry.calendar === at.of && entry.position > Number(at.after))
    const told = [...new Set(since.map(({ event }) => event))].flatMap(id => tell(id, at, since))
    const value = [...new Map(told.map(item => [String(item.id), item])).values()]
    // With many a page comes in between, of which the next one repeats all.
    if (value.length > pageSize && at.since !== -1) return answer(at, value.slice(0, 2), '$skiptoken', { since: -1 })
    return answer(at, value, '$deltatoken', { after: log.length, since: 0 })
  }

  function tell(id: string, { of, start, end }: Position, since: readonly LogEntry[]): Record<string, unknown>[] {
    const event = events.get(id)
    const visible = store.inWindow(of, start, end)
    if (!event || event.calendar !== of || !visible.includes(event)) return [{ id, '@removed': { reason: 'deleted' } }]
    const members =
      event.type === 'seriesMaster' && fake.tellsOccurrences ? visible.filter(({ series }) => series === id) : []
    const own = since.filter(entry => entry.event === id)
    const parts = own.every(entry => entry.members) ? own.flatMap(entry => entry.members ?? []) : undefined
    const whole = resource(event, true)
    const shown = parts
      ? Object.fromEntries(Object.entries(whole).filter(([name]) => name === 'id' || parts.includes(name)))
      : whole
    return [...members.map(member => resource(member, true)), shown]
  }

  function answer(
    at: Position,
    value: object[],
    name: '$skiptoken' | '$deltatoken',
    next: Partial<Position>,
  ): FakeResponse {
    const kind = name === '$skiptoken' ? '@odata.nextLink' : '@odata.deltaLink'
    const path =
      fake.deltas === 'all' ? `/me/calendars('${encodeURIComponent(at.of)}')/calendarView` : '/me/calendarView'
    const link = `${fake.graph}${path}/delta?${name}=${seal({ ...at, ...next })}`
    return { body: { ...context('calendarView'), [kind]: link, value } }
  }

  /** A stub of an occurrence where the server gives no more. */
  function resource(event: FakeEvent, isStub: boolean): Record<string, unknown> {
    const { id, type, series, start, end, members } = event
    const times = { start: { dateTime: start, timeZone: 'UTC' }, end: { dateTime: end, timeZone: 'UTC' } }
    const etag = { '@odata.etag': `W/"${++reads}"` }
    const own = { '@odata.type': '#microsoft.graph.event', ...etag, id, type, seriesMasterId: series ?? null, ...times }
    if (type === 'occurrence' && isStub) return own
    const inherited = type === 'occurrence' ? events.get(series ?? '')?.members : {}
    return { ...own, changeKey: `${++reads}`, ...inherited, ...members }
  }

  function listView(request: FakeRequest): FakeResponse {
    const { params, query } = request
    const id = params.id ?? ''
    const refused = refusalOf(request, id)
    if (refused) return refused
    const all = store
      .inWindow(id, query.get('startDateTime') ?? '', query.get('endDateTime') ?? '')
      .filter(({ type }) => type !== 'seriesMaster')
    return paged(
      request,
      all.map(event => resource(event, false)),
      `/me/calendars/${encodeURIComponent(id)}/calendarView`,
    )
  }

  function instances(request: FakeRequest): FakeResponse {
    const { params, query } = request
    const master = eventAt(params)
    if (!master || !fake.hasInstances) return graphError(404, 'ErrorItemNotFound')
    const [start, end] = [query.get('startDateTime') ?? '', query.get('endDateTime') ?? '']
    const all = [...events.values()].filter(event => event.series === master.id && isWithin(event, start, end))
    return paged(
      request,
      all.map(({ id }) => ({ id })),
      request.path.replace('/v1.0', ''),
    )
  }

  function paged({ query }: FakeRequest, all: object[], path: string): FakeResponse {
    const skip = Number(query.get('$skip') ?? 0)
    const next = new URLSearchParams(query)
    next.set('$skip', String(skip + fake.pageSize))
    const more = skip + fake.pageSize < all.length ? { '@odata.nextLink': `${fake.graph}${path}?${next}` } : {}
    return { body: { ...context('calendarView'), value: all.slice(skip, skip + fake.pageSize), ...more } }
  }

  function oneEvent({ params }: FakeRequest): FakeResponse {
    const event = eventAt(params)
    const found = event ? { body: resource(event, false) } : graphError(404, 'ErrorItemNotFound')
    return fake.eventFaults.get(params.id ?? '') ?? found
  }

  /** An event of a shared calendar is found below that calendar alone. */
  function eventAt({ calendar, id }: Record<string, string>): FakeEvent | undefined {
    const event = events.get(id ?? '')
    if (!event) return undefined
    const isHere = calendar === undefined ? !fake.shared.has(event.calendar) : calendar === event.calendar
    return isHere ? event : undefined
  }

  function refusalOf({ headers }: FakeRequest, id: string): FakeResponse | undefined {
    if (!/outlook\.timezone="UTC"/.test(headers.prefer ?? '')) refuse(400, 'TimesInManyZonesAreNotForStores')
    return calendars.has(id) ? fake.calendarFaults.get(id) : graphError(404, 'ErrorItemNotFound')
  }
}
