/** The fake against Google's own SDK, and the plugin's requests against the SDK's types. */
import type { calendar_v3 } from '@googleapis/calendar'
import { describe, expect, test } from 'vitest'
import { calendarClient, calendarRoutes } from '../../support/calendar-routes.ts'
import { createFakeCalendar } from '../../support/fake-calendar.ts'
import { drain, faithful, identify, judge, refusal, serveGoogle } from '../../support/google-sdk.ts'
import { observed } from '../../support/google-types.ts'
import { expectTruth, furnish, me, start, team } from './calendar-world.ts'

type Events = calendar_v3.Params$Resource$Events$List

async function serve() {
  const fake = createFakeCalendar()
  furnish(fake)
  const server = await serveGoogle(fake.routes)
  const client = calendarClient(server.url)
  const listEvents = (ask: Events) => drain(paged => client.events.list({ ...ask, ...paged }))
  return { fake, server, client, listEvents }
}

/** Names by id of the events of a reading, and where the next one begins. */
function readingOf(pages: readonly calendar_v3.Schema$Events[]) {
  const events = pages.flatMap(({ items = [] }) => items)
  const names = Object.fromEntries(events.map(({ id, status, summary }) => [id ?? '', summary ?? status]))
  return { names, syncToken: pages.at(-1)?.nextSyncToken ?? '', events }
}

describe("Google's SDK", () => {
  test("lists the fake's calendars, page by page", async () => {
    const { fake, client } = await serve()
    fake.addCalendar('hidden', { hidden: true })
    for (let index = 0; index < 3; index++) fake.addCalendar(`calendar${index}`)
    const pages = await drain(paged => client.calendarList.list({ ...paged, maxResults: 250 }))
    expect(pages.length).toBeGreaterThan(2)
    const found = pages.flatMap(({ items = [] }) => items)
    expect(found.map(({ id }) => id)).toEqual([me, team, 'calendar0', 'calendar1', 'calendar2'])
    expect(found[1]).toMatchObject({ summary: 'Team', summaryOverride: 'My team', accessRole: 'owner' })
    const everything = await drain(paged => client.calendarList.list({ ...paged, showHidden: true }))
    expect(everything.flatMap(({ items = [] }) => items).map(({ id }) => id)).toContain('hidden')
    expect((await client.calendars.get({ calendarId: 'primary' })).data).toMatchObject({ id: me, summary: me })
    expect((await client.calendars.get({ calendarId: team })).data).toMatchObject({ id: team, summary: 'Team' })
  })

  test("lists the fake's events through empty pages, and follows their changes", async () => {
    const { fake, listEvents } = await serve()
    const pages = await listEvents({ calendarId: team, maxResults: 2500, singleEvents: false })
    expect(pages[0]).toMatchObject({ summary: 'Team', items: [] })
    expect(pages.length).toBeGreaterThan(2)
    expect(pages.filter(({ nextSyncToken }) => nextSyncToken)).toEqual([pages.at(-1)])
    const { names, syncToken } = readingOf(pages)
    const expected: Record<string, string> = { series_20260216T080000Z: 'cancelled' }
    for (const [id, name] of Object.entries(fake.truth())) {
      if (id.startsWith(`${team}/`)) expected[id.slice(team.length + 1)] = name
    }
    expect(names).toEqual(expected)
    expect(Object.keys(names)).toHaveLength(4)

    fake.put(team, 'both', { summary: 'edited' })
    fake.put(team, 'new')
    fake.cancel(team, 'series')
    const delta = await listEvents({ calendarId: team, maxResults: 2500, singleEvents: false, syncToken })
    expect(readingOf(delta).names).toEqual({ both: 'edited', new: 'new', series: 'cancelled' })
    const cancelled = readingOf(delta).events.find(({ id }) => id === 'series')
    expect(Object.keys(cancelled ?? {}).sort()).toEqual(['etag', 'id', 'kind', 'status'])
    const next = readingOf(delta).syncToken
    const quiet = await listEvents({ calendarId: team, maxResults: 2500, singleEvents: false, syncToken: next })
    expect(readingOf(quiet).events).toEqual([])

    const living = await listEvents({ calendarId: team })
    expect(Object.keys(readingOf(living).names)).not.toContain('series')
    const everything = await listEvents({ calendarId: team, showDeleted: true })
    expect(readingOf(everything).names).toMatchObject({ series: 'cancelled' })
  })

  test("understands the fake's refusals", async () => {
    const { fake, server, client, listEvents } = await serve()
    const { syncToken } = readingOf(await listEvents({ calendarId: me }))
    const { data: first } = await client.events.list({ calendarId: me })
    const pageToken = first.nextPageToken ?? ''
    expect(pageToken).not.toBe('')
    const list = (ask: Events) => refusal(client.events.list(ask))

    const invalid = { status: 400, reason: 'invalid' }
    expect(await list({ calendarId: team, pageToken })).toMatchObject(invalid)
    expect(await list({ calendarId: me, pageToken, showDeleted: true })).toMatchObject(invalid)
    expect(await list({ calendarId: me, pageToken: 'made-up' })).toMatchObject(invalid)
    expect(await list({ calendarId: me, syncToken: 'made-up' })).toMatchObject(invalid)
    expect(await list({ calendarId: team, syncToken })).toMatchObject(invalid)
    expect(await list({ calendarId: me, syncToken, maxResults: 5 })).toMatchObject(invalid)
    expect(await list({ calendarId: me, maxResults: 2501 })).toMatchObject(invalid)
    const restrictions: Events[] = [
      { iCalUID: 'a' },
      { orderBy: 'updated' },
      { privateExtendedProperty: ['a=b'] },
      { q: 'a' },
      { sharedExtendedProperty: ['a=b'] },
      { timeMax: '2026-01-01T00:00:00Z' },
      { timeMin: '2026-01-01T00:00:00Z' },
      { updatedMin: '2026-01-01T00:00:00Z' },
      { showDeleted: false },
    ]
    for (const restriction of restrictions) {
      const refused = await list({ calendarId: me, syncToken, ...restriction })
      expect(refused).toMatchObject({ status: 400, reason: 'syncTokenWithRequestRestrictions' })
    }
    expect(restrictions).toHaveLength(9)
    expect(await list({ calendarId: 'none' })).toEqual({
      ...{ status: 404, code: 404, message: 'Not Found', reason: 'notFound', canonical: undefined },
    })
    const stranger = calendarClient(server.url, 'another')
    expect(await refusal(stranger.calendarList.list())).toMatchObject({ status: 401, reason: 'authError' })

    fake.epoch++
    expect(await list({ calendarId: me, syncToken })).toMatchObject({ status: 410, reason: 'fullSyncRequired' })
  })
})

test("every request is one of the SDK's, and every answer is of its types", async () => {
  const fake = createFakeCalendar()
  const { routes, exchanges } = observed(fake.routes)
  fake.routes = routes
  const world = await start({}, fake)
  const { harness, server } = world
  furnish(fake)
  fake.put(me, 'whole', {
    location: 'Room 1',
    description: '<p>Bring cake</p>',
    attendees: [{ email: 'bob@example.com', responseStatus: 'accepted', optional: true }],
    conferenceData: { entryPoints: [{ entryPointType: 'video', uri: 'https://meet.google.com/abc' }] },
    start: { date: '2026-02-27' },
    end: { date: '2026-03-02' },
  })
  await identify('google_calendar', server.url)
  await harness.run()
  fake.put(me, 'event0', { summary: 'edited' })
  fake.put(team, 'series_20260223T080000Z', { recurringEventId: 'series', summary: 'later' })
  fake.cancel(me, 'event1')
  fake.addCalendar(team, { ...fake.calendars.get(team), summaryOverride: 'Crew' })
  fake.addCalendar('new@group.calendar.google.com')
  await harness.run()
  fake.cancel(team, 'series')
  fake.calendars.delete('new@group.calendar.google.com')
  await harness.run()
  fake.calendars.get(me)?.events.delete('event2')
  fake.epoch++
  await harness.run()
  await expectTruth(world)
  await harness.configure({ calendars: ['Crew'] })
  await harness.run()

  expect(exchanges.length).toBeGreaterThan(30)
  expect(exchanges.some(({ answer }) => answer.status === 410)).toBe(true)
  expect(await judge(calendarRoutes, exchanges)).toEqual(faithful)
})
