import { afterEach, describe, expect, test } from 'vitest'
import type { Config } from '../../../core/plugin.ts'
import { microsoft } from '../../../plugins/microsoft/index.ts'
import { type FakeOutlookCalendar, startFakeOutlookCalendar } from '../../support/fake-outlook-calendar.ts'
import { graphError } from '../../support/outlook-protocol.ts'
import { createHarness, type Harness } from '../../support/sync-harness.ts'

interface World {
  fake: FakeOutlookCalendar
  harness: Harness
}

const open: World[] = []
const dayMs = 24 * 60 * 60 * 1000
const now = Date.UTC(2026, 0, 15, 12)
const config = { past_days: 10, future_days: 20 }

afterEach(async () => {
  for (const { fake, harness } of open.splice(0)) {
    await Promise.all([harness.close(), fake.close()])
    expect(fake.server.unknown).toEqual([])
    expect(fake.peak).toBeLessThanOrEqual(4)
  }
})

async function start(options: Config = config): Promise<World> {
  const fake = await startFakeOutlookCalendar()
  const endpoints = { graph: fake.graph }
  const setup = { plugin: microsoft, shortName: 'outlook_calendar', endpoints, config: options, now }
  const world = { fake, harness: await createHarness(setup) }
  open.push(world)
  return world
}

/** Two calendars; single events in and out of the window; a series with an exception. */
function furnish(fake: FakeOutlookCalendar) {
  const own = fake.addCalendar('Calendar', true)
  const team = fake.addCalendar('Team')
  const single = fake.add(own, 'Dentist', '2026-01-20')
  fake.add(own, 'Long ago', '2025-12-01')
  const soon = fake.add(own, 'Far away', '2026-02-06')
  for (let index = 0; index < 4; index++) fake.add(own, `Event ${index}`, `2026-01-1${index}`)
  const first = fake.add(own, 'First of all', '2026-01-05')
  const days = ['2026-01-12', '2026-01-13', '2026-01-14', '2026-01-15', '2026-03-01']
  const { master, occurrences } = fake.addSeries(team, 'Stand-up', days)
  const [one = '', two = '', exception = ''] = occurrences
  fake.makeException(exception, 'Stand-up, moved')
  return { own, team, single, soon, first, master, one, two, exception }
}

type Things = ReturnType<typeof furnish>

function windowAt(days: number): [string, string] {
  const today = Date.UTC(2026, 0, 15) + days * dayMs
  return [new Date(today - 10 * dayMs).toISOString(), new Date(today + 21 * dayMs).toISOString()]
}

async function expectTruth({ fake, harness }: World, days = 0): Promise<void> {
  const found: Record<string, string> = {}
  const calendars: string[] = []
  for (const { entityType, entityId, name, breadcrumbs } of (await harness.entities()).values()) {
    if (entityType === 'outlook_calendar_calendar') calendars.push(entityId)
    else found[entityId] = `${breadcrumbs[0]?.name} > ${name}`
  }
  expect(found).toEqual(fake.truth(...windowAt(days)))
  expect(calendars.sort()).toEqual([...fake.calendars.keys()].sort())
}

async function event({ harness }: World, id: string) {
  const found = (await harness.entities()).get(`outlook_calendar_event:${id}`)
  if (!found) throw new Error(`no event ${id}`)
  return found
}

/** A request for each calendar, and two for their list. */
async function expectQuiet({ harness, fake }: World): Promise<void> {
  const { requests, inserted, updated, deleted } = await harness.run()
  const quiet = { requests: 2 * fake.calendars.size, inserted: 0, updated: 0, deleted: 0 }
  expect({ requests, inserted, updated, deleted }).toEqual(quiet)
}

describe('a full listing', () => {
  test('brings in the events of the window, each occurrence under the subject of its series', async () => {
    const world = await start()
    const { team, one, master } = furnish(world.fake)
    await world.harness.run()
    await expectTruth(world)
    const { name, text, author, breadcrumbs } = await event(world, `${team}/${one}`)
    expect({ name, author }).toEqual({ name: 'Stand-up', author: 'Ann <ann@example.com>' })
    expect(text).toContain('When: 2026-01-12 09:00–10:00 (UTC)')
    expect(text).toContain('Where: Room 1')
    expect(breadcrumbs).toEqual([{ entityId: team, name: 'Team', entityType: 'outlook_calendar_calendar' }])
    const series = await event(world, `${team}/${master}`)
    expect(series.text).toContain('Repeats: every day, 5 times')
    expect(series.text).toContain('About **Stand-up**')
    await expectQuiet(world)
  })

  test('has a year on both sides without options', async () => {
    const world = await start({})
    const { own } = furnish(world.fake)
    const ids = ['2025-01-14', '2025-01-15', '2027-01-15', '2027-01-16'].map(day => world.fake.add(own, day, day))
    await world.harness.run()
    const entities = await world.harness.entities()
    expect(ids.map(id => entities.has(`outlook_calendar_event:${own}/${id}`))).toEqual([false, true, true, false])
  })
})

describe('a delta', () => {
  const changes: [string, (fake: FakeOutlookCalendar, things: Things) => void][] = [
    ['a new event', (fake, { team }) => fake.add(team, 'New', '2026-01-16')],
    ['an edited event', (fake, { single }) => fake.edit(single, { subject: 'Doctor' })],
    ['a subject, told alone', (fake, { single }) => fake.mark(single, { subject: 'Doctor' })],
    ['a deleted event', (fake, { single }) => fake.remove(single)],
    [
      'an event that moved out of the window',
      (fake, { single }) =>
        fake.edit(single, {}, { start: '2026-05-01T09:00:00.0000000', end: '2026-05-01T10:00:00.0000000' }),
    ],
    ['a new series', (fake, { own }) => void fake.addSeries(own, 'Yoga', ['2026-01-19', '2026-01-26'])],
    ['a series with another subject', (fake, { master }) => fake.edit(master, { subject: 'Daily' })],
    ['a deleted series', (fake, { master }) => fake.remove(master)],
    ['an occurrence that went without a word', (fake, { one }) => fake.dropOccurrence(one)],
    ['an exception that went without a word', (fake, { exception }) => fake.dropOccurrence(exception)],
    ['an occurrence that became an exception', (fake, { two }) => fake.makeException(two, 'Stand-up, shorter')],
    [
      'a new calendar',
      fake => {
        fake.add(fake.addCalendar('New'), 'Event', '2026-01-16')
      },
    ],
    ['a calendar that vanished', (fake, { team }) => fake.removeCalendar(team)],
    ['a renamed calendar', (fake, { team }) => fake.renameCalendar(team, 'Crew')],
    [
      'more changes than a page holds',
      (fake, { own, single, team }) => {
        for (let index = 0; index < 7; index++) fake.add(own, `More ${index}`, '2026-01-17')
        fake.remove(single)
        fake.add(team, 'Party', '2026-01-17')
      },
    ],
  ]

  test.each(changes)('follows %s', async (_name, change) => {
    const world = await start()
    change(world.fake, await settled(world))
    await world.harness.run()
    await expectTruth(world)
    await expectQuiet(world)
  })

  test.each(changes)('follows %s where a series is told without its occurrences', async (_name, change) => {
    const world = await start()
    world.fake.tellsOccurrences = false
    change(world.fake, await settled(world))
    await world.harness.run()
    await expectTruth(world)
  })

  async function settled(world: World): Promise<Things> {
    const things = furnish(world.fake)
    await world.harness.run()
    return things
  }

  test('keeps the occurrences of a series that is told alone by a server that lists no instances', async () => {
    const world = await start()
    const { master, team, one } = await settled(world)
    Object.assign(world.fake, { tellsOccurrences: false, hasInstances: false })
    world.fake.edit(master, { subject: 'Daily' })
    expect(await world.harness.run()).toMatchObject({ deleted: 0 })
    expect((await event(world, `${team}/${one}`)).name).toBe('Daily')
  })
})

describe('the window', () => {
  test('slides with the days: what falls out is removed, what comes in is there', async () => {
    const world = await start()
    furnish(world.fake)
    await world.harness.run()
    world.harness.advance(2 * 60 * 60 * 1000)
    await expectQuiet(world)
    world.harness.advance(2 * dayMs)
    expect(await world.harness.run()).toMatchObject({ inserted: 1, deleted: 1, updated: 0 })
    await expectTruth(world, 2)
    await expectQuiet(world)
  })

  test('is asked for in whole days, and is in no link', async () => {
    const world = await start()
    furnish(world.fake)
    await world.harness.run()
    await world.harness.run()
    const views = world.fake.server.requests.filter(({ path }) => path.includes('calendarView'))
    expect(views.length).toBeGreaterThan(4)
    for (const { query } of views) {
      const isLink = query.has('$skiptoken') || query.has('$deltatoken')
      expect([query.get('startDateTime'), query.get('endDateTime')]).toEqual(isLink ? [null, null] : windowAt(0))
    }
  })
})

describe('a position that is no longer accepted', () => {
  test('lists the calendar again and prunes it', async () => {
    const world = await start()
    const { single, one } = furnish(world.fake)
    await world.harness.run()
    world.fake.remove(single)
    world.fake.dropOccurrence(one)
    world.fake.epoch++
    expect(await world.harness.run()).toMatchObject({ inserted: 0, updated: 0, deleted: 2 })
    await expectTruth(world)
  })

  test('half-way in the first listing begins it again', async () => {
    const world = await start()
    const { single } = furnish(world.fake)
    let pages = 0
    world.fake.server.fault = ({ path }) => {
      if (path.includes('calendarView') && ++pages === 3) {
        world.fake.remove(single)
        world.fake.epoch++
      }
      return undefined
    }
    await world.harness.run()
    await expectTruth(world)
    await expectQuiet(world)
  })
})

describe('what cannot be read', () => {
  test.each([403, 404])('of a calendar, with %i, is kept and caught up with later', async status => {
    const world = await start()
    const { team, own, one } = furnish(world.fake)
    await world.harness.run()
    world.fake.calendarFaults.set(team, graphError(status, 'ErrorAccessDenied'))
    world.fake.dropOccurrence(one)
    world.fake.add(own, 'New', '2026-01-16')
    expect(await world.harness.run()).toMatchObject({ inserted: 1, deleted: 0 })
    world.fake.calendarFaults.clear()
    await world.harness.run()
    await expectTruth(world)
  })

  test.each([403, 404])('of the instances of a series, with %i, is gone a run later', async status => {
    const world = await start()
    const { one } = furnish(world.fake)
    await world.harness.run()
    world.fake.tellsOccurrences = false
    world.fake.dropOccurrence(one)
    let refused = 0
    world.fake.server.fault = ({ path }) =>
      path.endsWith('/instances') && ++refused ? graphError(status, 'ErrorAccessDenied') : undefined
    expect(await world.harness.run()).toMatchObject({ deleted: 0 })
    expect(refused).toBeGreaterThan(0)
    world.fake.server.fault = undefined
    expect(await world.harness.run()).toMatchObject({ deleted: 1 })
    await expectTruth(world)
    await expectQuiet(world)
  })

  test('of a series in a view that does not show it leaves its occurrences for later', async () => {
    const world = await start()
    world.fake.deltas = 'none'
    const { master, one, team } = furnish(world.fake)
    world.fake.eventFaults.set(master, graphError(403, 'ErrorAccessDenied'))
    expect((await world.harness.run()).skipped).toBeGreaterThan(0)
    expect((await world.harness.entities()).has(`outlook_calendar_event:${team}/${one}`)).toBe(false)
    world.fake.eventFaults.clear()
    await world.harness.run()
    await expectTruth(world)
  })
})

describe('a server that has less', () => {
  test.each(['default', 'none'] as const)('is followed where there is a delta for calendars: %s', async deltas => {
    const world = await start()
    world.fake.deltas = deltas
    const { single, master } = furnish(world.fake)
    await world.harness.run()
    await expectTruth(world)
    world.fake.remove(single)
    world.fake.edit(master, { subject: 'Daily' })
    await world.harness.run()
    await expectTruth(world)
  })
})

test('a delta that is not found once changes nothing, in that run or the next', async () => {
  const world = await start()
  const { team } = furnish(world.fake)
  await world.harness.run()
  world.fake.epoch++
  let missed = 0
  world.fake.server.fault = ({ path, query }) =>
    path.endsWith(`/calendars/${encodeURIComponent(team)}/calendarView/delta`) &&
    query.has('startDateTime') &&
    missed++ === 0
      ? graphError(404, 'ErrorItemNotFound')
      : undefined
  for (let run = 0; run < 2; run++) {
    expect(await world.harness.run()).toMatchObject({ inserted: 0, updated: 0, deleted: 0 })
  }
  expect(missed).toBeGreaterThan(0)
  world.fake.server.fault = undefined
  await expectTruth(world)
  await expectQuiet(world)
})

test('a calendar that is answered with an error for ever leaves the others in peace', async () => {
  const world = await start()
  const { own, team, one } = furnish(world.fake)
  await world.harness.run()
  world.fake.calendarFaults.set(team, graphError(500, 'UnknownError'))
  const added = world.fake.add(own, 'New', '2026-01-16')
  for (let run = 0; run < 2; run++) await world.harness.run()
  expect((await event(world, `${own}/${added}`)).name).toBe('New')
  expect((await event(world, `${team}/${one}`)).name).toBe('Stand-up')
  world.fake.calendarFaults.clear()
  await world.harness.run()
  await expectTruth(world)
  await expectQuiet(world)
})

test('links to another server are neither followed nor stored', async () => {
  const world = await start()
  const { single } = furnish(world.fake)
  await world.harness.run()
  const before = await world.harness.cursor()
  const here = world.fake.graph
  world.fake.graph = 'http://127.0.0.1:1/v1.0'
  await expect(world.harness.run()).rejects.toMatchObject({ code: 'bad_response' })
  expect(await world.harness.cursor()).toEqual(before)
  world.fake.graph = here
  world.fake.remove(single)
  expect(await world.harness.run()).toMatchObject({ inserted: 0, updated: 0, deleted: 1 })
  await expectTruth(world)
  await expectQuiet(world)
})

test('a series of a shared calendar is found below that calendar', async () => {
  const world = await start()
  Object.assign(world.fake, { tellsOccurrences: false })
  const { team, master, one, two } = furnish(world.fake)
  world.fake.shared.add(team)
  await world.harness.run()
  world.fake.dropOccurrence(one)
  await world.harness.run()
  await expectTruth(world)
  world.fake.edit(two, {})
  world.fake.mark(master, { subject: 'Daily' })
  await world.harness.run()
  await expectTruth(world)
})

describe('the text of an event', () => {
  async function textOf(
    members: Record<string, unknown>,
    times: { start?: string; end?: string } = {},
  ): Promise<string> {
    const world = await start()
    const own = world.fake.addCalendar('Calendar', true)
    const id = world.fake.add(own, 'One', '2026-01-20', { members, ...times })
    await world.harness.run()
    return (await event(world, `${own}/${id}`)).text
  }

  test('tells an all-day event by its last day, which Graph counts one further', async () => {
    const span = { start: '2026-01-20T00:00:00.0000000', end: '2026-01-22T00:00:00.0000000' }
    expect(await textOf({ isAllDay: true }, span)).toContain('When: 2026-01-20 to 2026-01-21 (all day)')
    const day = { start: '2026-01-20T00:00:00.0000000', end: '2026-01-21T00:00:00.0000000' }
    expect(await textOf({ isAllDay: true }, day)).toContain('When: 2026-01-20 (all day)')
  })

  test('has place, people, call, state, rule and description', async () => {
    const text = await textOf({
      isCancelled: true,
      locations: [{ displayName: 'Room 1' }, { displayName: 'Room 2' }],
      attendees: [
        {
          emailAddress: { name: 'Bob', address: 'bob@example.com' },
          type: 'required',
          status: { response: 'tentativelyAccepted' },
        },
        { emailAddress: { address: 'eve@example.com' }, type: 'optional', status: { response: 'none' } },
      ],
      onlineMeeting: { joinUrl: 'https://teams.microsoft.com/l/meetup-join/1' },
      recurrence: {
        pattern: { type: 'relativeMonthly', interval: 2, daysOfWeek: ['tuesday'], index: 'second' },
        range: { type: 'endDate', startDate: '2026-01-01', endDate: '2026-12-31' },
      },
      body: { contentType: 'html', content: '<p>Bring <b>cake</b></p>' },
    })
    expect(text).toContain('Status: cancelled')
    expect(text).toContain('Where: Room 1, Room 2')
    expect(text).toContain('Bob <bob@example.com> (maybe), eve@example.com (optional)')
    expect(text).toContain('Online meeting: https://teams.microsoft.com/l/meetup-join/1')
    expect(text).toContain('Repeats: every 2 months on the second Tuesday until 2026-12-31')
    expect(text).toContain('Bring **cake**')
  })
})
