import { describe, expect, test } from 'vitest'
import type { FakeCalendar } from '../../support/fake-calendar.ts'
import { googleError } from '../../support/google-protocol.ts'
import { expectTruth, furnish, me, start, team, type World } from './calendar-world.ts'

async function held({ harness }: World): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const { entityType, entityId, name } of (await harness.entities()).values()) {
    if (entityType === 'google_calendar_event') found[entityId] = name
  }
  return found
}

async function event(world: World, id: string) {
  const entity = (await world.harness.entities()).get(`google_calendar_event:${id}`)
  if (!entity) throw new Error(`no event ${id}`)
  return entity
}

describe('a full listing', () => {
  test('brings in every calendar and every event that is not cancelled', async () => {
    const world = await start()
    furnish(world.fake)
    await world.harness.run()
    await expectTruth(world)
    expect(await event(world, `${team}/both`)).toMatchObject({
      name: 'seen by the team',
      author: 'Ann <ann@example.com>',
      url: 'https://www.google.com/calendar/event?eid=both',
      breadcrumbs: [{ entityId: team, name: 'My team', entityType: 'google_calendar_calendar' }],
    })
  })

  test('is followed by a quiet run of a request for each calendar and the list', async () => {
    const world = await start()
    furnish(world.fake)
    await world.harness.run()
    const quiet = await world.harness.run()
    expect(quiet).toMatchObject({ inserted: 0, updated: 0, deleted: 0 })
    // The fake's list takes two pages.
    expect(quiet.requests).toBe(4)
  })

  test('goes on at the page where it was interrupted', async () => {
    const world = await start()
    furnish(world.fake)
    let pages = 0
    world.server.fault = ({ path }) =>
      path.endsWith('/events') && ++pages === 3 ? googleError(401, 'authError') : undefined
    await expect(world.harness.run()).rejects.toMatchObject({ code: 'token_expired' })
    world.server.fault = undefined
    world.fake.cancel(me, 'event0')
    const before = world.server.requests.length
    await world.harness.run()
    const first = world.server.requests.slice(before).find(({ path }) => path.endsWith('/events'))
    expect(first?.query.get('pageToken')).toMatch(/^~/)
    await world.harness.run()
    await expectTruth(world)
  })

  test('begins again when the page where it was interrupted is no longer known', async () => {
    const world = await start()
    furnish(world.fake)
    let pages = 0
    world.server.fault = ({ path }) =>
      path.endsWith('/events') && ++pages === 3 ? googleError(401, 'authError') : undefined
    await expect(world.harness.run()).rejects.toMatchObject({ code: 'token_expired' })
    world.server.fault = undefined
    world.fake.cancel(me, 'event0')
    world.fake.epoch++
    await world.harness.run()
    await expectTruth(world)
  })
})

describe('a delta', () => {
  test.each<[string, (fake: FakeCalendar) => void]>([
    ['a new event', fake => fake.put(me, 'new')],
    ['an edited event', fake => fake.put(me, 'event1', { summary: 'edited' })],
    ['a cancelled event, of which only the id is left', fake => fake.cancel(me, 'event1')],
    ['an event cancelled in one of two calendars', fake => fake.cancel(team, 'both')],
    [
      'an exception of a series',
      fake => fake.put(team, 'series_20260223T080000Z', { recurringEventId: 'series', summary: 'later' }),
    ],
    ['a cancelled exception', fake => fake.cancel(team, 'series_20260209T080000Z')],
    ['a cancelled series with its exceptions', fake => fake.cancel(team, 'series')],
    [
      'a new calendar',
      fake => {
        fake.addCalendar('new@group.calendar.google.com')
        fake.put('new@group.calendar.google.com', 'first')
      },
    ],
    ['a calendar that left the list', fake => fake.calendars.delete(team)],
    [
      'more changes than a page holds',
      fake => {
        for (let index = 0; index < 8; index++) fake.put(team, `more${index}`)
        for (let index = 0; index < 4; index++) fake.cancel(me, `event${index}`)
      },
    ],
  ])('follows %s', async (_name, change) => {
    const world = await start()
    furnish(world.fake)
    await world.harness.run()
    change(world.fake)
    await world.harness.run()
    await expectTruth(world)
    expect(await world.harness.run()).toMatchObject({ inserted: 0, updated: 0, deleted: 0 })
  })

  test('leaves a series alone whose id begins like that of a cancelled one', async () => {
    const world = await start()
    furnish(world.fake)
    world.fake.put(team, 'series_R20260301', { recurrence: ['RRULE:FREQ=DAILY'] })
    world.fake.put(team, 'series_R20260301_20260302T080000Z', { recurringEventId: 'series_R20260301' })
    await world.harness.run()
    world.fake.cancel(team, 'series')
    await world.harness.run()
    await expectTruth(world)
    expect(Object.keys(await held(world))).toContain(`${team}/series_R20260301`)
  })

  test('writes the new name of a calendar into all its events and misses no deletion meanwhile', async () => {
    const world = await start()
    furnish(world.fake)
    await world.harness.run()
    world.fake.addCalendar(team, { ...world.fake.calendars.get(team), summaryOverride: 'Crew' })
    world.fake.cancel(team, 'both')
    // Cancelled after the delta, before the events are read again.
    let readings = 0
    world.server.fault = ({ path, query }) => {
      const isReading = path.includes('/calendars/team') && !query.has('syncToken') && !query.has('pageToken')
      if (isReading && ++readings === 1) world.fake.cancel(team, 'series_20260209T080000Z')
      return undefined
    }
    await world.harness.run()
    expect(readings).toBe(1)
    const { breadcrumbs } = await event(world, `${team}/series`)
    expect(breadcrumbs.map(({ name }) => name)).toEqual(['Crew'])
    await world.harness.run()
    await expectTruth(world)
  })
})

describe('a calendar that cannot be read', () => {
  test.each([403, 404])('with %i keeps its events and holds up no other', async status => {
    const world = await start()
    furnish(world.fake)
    await world.harness.run()
    const entry = world.fake.calendars.get(team)
    if (!entry) throw new Error('no calendar')
    entry.fault = googleError(status, status === 403 ? 'forbidden' : 'notFound')
    world.fake.put(me, 'new')
    world.fake.cancel(team, 'both')
    expect(await world.harness.run()).toMatchObject({ inserted: 1, deleted: 0, skipped: 1 })
    delete entry.fault
    await world.harness.run()
    await expectTruth(world)
  })

  test('in a full listing is not swept, and pruned once it can be read again', async () => {
    const world = await start()
    furnish(world.fake)
    await world.harness.run()
    const entry = world.fake.calendars.get(team)
    if (!entry) throw new Error('no calendar')
    entry.fault = googleError(403, 'forbidden')
    world.fake.epoch++
    expect(await world.harness.run()).toMatchObject({ deleted: 0, skipped: 1 })
    entry.events.delete('both')
    delete entry.fault
    await world.harness.run()
    await expectTruth(world)
  })

  test('half-way in a full listing is pruned later', async () => {
    const world = await start()
    furnish(world.fake)
    for (let index = 0; index < 4; index++) world.fake.put(team, `more${index}`)
    await world.harness.run()
    world.fake.calendars.get(team)?.events.delete('both')
    world.fake.epoch++
    let pages = 0
    world.server.fault = ({ path, query }) => {
      const isLater = path.includes('/calendars/team') && query.has('pageToken')
      return isLater && ++pages === 2 ? googleError(403, 'forbidden') : undefined
    }
    expect(await world.harness.run()).toMatchObject({ deleted: 0, skipped: 1 })
    expect(pages).toBe(2)
    await world.harness.run()
    await expectTruth(world)
  })

  test('because a scope is missing fails the run', async () => {
    const world = await start()
    furnish(world.fake)
    const entry = world.fake.calendars.get(team)
    if (!entry) throw new Error('no calendar')
    entry.fault = googleError(403, 'insufficientPermissions')
    await expect(world.harness.run()).rejects.toMatchObject({ code: 'scope_missing' })
  })
})

describe('the option calendars', () => {
  test.each([team, 'TEAM', 'my team'])('takes %s, an id or a name', async name => {
    const world = await start({ calendars: [name] })
    furnish(world.fake)
    await world.harness.run()
    world.fake.put(me, 'unwanted')
    world.fake.put(team, 'wanted')
    await world.harness.run()
    const ids = Object.keys(await held(world))
    expect(ids).toContain(`${team}/wanted`)
    expect(ids.filter(id => !id.startsWith(`${team}/`))).toEqual([])
  })
})

describe('the text of an event', () => {
  async function textOf(members: Record<string, unknown>): Promise<string> {
    const world = await start()
    world.fake.addCalendar(me, { primary: true })
    world.fake.put(me, 'one', members)
    await world.harness.run()
    return (await event(world, `${me}/one`)).text
  }

  test('tells an all-day event by its last day, which Google counts one further', async () => {
    expect(await textOf({ start: { date: '2026-02-27' }, end: { date: '2026-03-02' } })).toContain(
      'When: 2026-02-27 to 2026-03-01 (all day)',
    )
    expect(await textOf({ start: { date: '2026-02-28' }, end: { date: '2026-03-01' } })).toContain(
      'When: 2026-02-28 (all day)',
    )
  })

  test("tells the time in the event's own zone", async () => {
    const text = await textOf({
      start: { dateTime: '2026-02-02T15:00:00Z', timeZone: 'America/New_York' },
      end: { dateTime: '2026-02-02T16:30:00Z', timeZone: 'America/New_York' },
    })
    expect(text).toContain('When: 2026-02-02 10:00–11:30 (America/New_York)')
  })

  test('tells the time as written where the zone is unknown', async () => {
    const text = await textOf({
      start: { dateTime: '2026-02-02T23:00:00+02:00', timeZone: 'Nowhere/Land' },
      end: { dateTime: '2026-02-03T01:00:00+02:00' },
    })
    expect(text).toContain('When: 2026-02-02 23:00 to 2026-02-03 01:00 (+02:00)')
  })

  test('has place, people, call, rule and description', async () => {
    const text = await textOf({
      location: 'Room 1',
      description: '<p>Bring <b>cake</b></p>',
      attendees: [
        { email: 'bob@example.com', displayName: 'Bob', responseStatus: 'accepted' },
        { email: 'eve@example.com', responseStatus: 'needsAction', optional: true },
      ],
      conferenceData: { entryPoints: [{ entryPointType: 'video', uri: 'https://meet.google.com/abc' }] },
      recurrence: ['RRULE:FREQ=MONTHLY;INTERVAL=2;BYDAY=2TU;UNTIL=20261231T000000Z', 'EXDATE;TZID=UTC:20260310T090000'],
    })
    expect(text).toContain('Where: Room 1')
    expect(text).toContain('Bob <bob@example.com> (accepted), eve@example.com (optional)')
    expect(text).toContain('Conference: https://meet.google.com/abc')
    expect(text).toContain('Repeats: every 2 months on the 2nd Tuesday until 2026-12-31; except 2026-03-10')
    expect(text).toContain('Bring **cake**')
  })
})

test('a server without sync tokens is listed anew each time', async () => {
  const world = await start()
  world.fake.hasSyncTokens = false
  furnish(world.fake)
  await world.harness.run()
  world.fake.cancel(me, 'event0')
  world.fake.put(me, 'event1', { summary: 'edited' })
  expect(await world.harness.run()).toMatchObject({ deleted: 1, updated: 1 })
  await expectTruth(world)
})
