/** A small Google Calendar account for the source suite: calendars with every kind of event, and changes to them. */
import type { Config } from '../../../core/plugin.ts'
import { createFakeCalendar, type FakeCalendarEntry } from '../../support/fake-calendar.ts'
import type { Fixture, Truth } from '../../support/source-suite/index.ts'
import { furnish, me, team } from './calendar-world.ts'
import { serve } from './google-fixture.ts'

const club = 'club@group.calendar.google.com'
const exception = 'series_20260209T080000Z'

export async function startCalendar(): Promise<Fixture> {
  const fake = createFakeCalendar()
  fake.pageSize = 2
  let forgetful = false
  const served = await serve(fake.routes, () => forgetful)
  furnish(fake)
  fake.put(me, 'wandering', event('Wandering', 'in one calendar, then in another'))
  fake.put(me, 'nameless', { ...event('', 'an event without a title'), summary: undefined })
  fake.put(me, 'whole', {
    ...event('Whole days', '<p>Bring <b>cake</b></p><p>for days on end</p>'),
    ...{ start: { date: '2026-02-27' }, end: { date: '2026-03-02' }, location: 'Room 1' },
    attendees: [{ email: 'bob@example.com', responseStatus: 'accepted', optional: true }],
    conferenceData: { entryPoints: [{ entryPointType: 'video', uri: 'https://meet.example/abc' }] },
  })
  addClub()
  fake.addCalendar('hidden@group.calendar.google.com', { hidden: true })
  fake.put('hidden@group.calendar.google.com', 'unseen')

  const moreChanges: readonly ((round: number) => void)[] = [
    () => move('wandering', me, team),
    round => fake.addCalendar(team, { ...fake.calendars.get(team), summaryOverride: `Crew ${round}` }),
    () => fake.cancel(team, 'series'),
    () => fake.calendars.delete(club),
    () => move('wandering', team, me),
    addSeries,
    addClub,
    () => fake.cancel(team, exception),
  ]
  const paged = { items: ['items'], next: ['nextPageToken'], parameter: 'pageToken', last: ['nextSyncToken'] }
  return {
    ...served,
    filters: [{ calendars: ['TEAM'] }, { calendars: ['primary', club] }],
    truth: config => [...fake.calendars.values()].filter(isAsked(config)).flatMap(truthOf),
    change(round) {
      // Ids come again, as those of deleted events do that are restored: the account does not grow.
      fake.put(team, `new${round % 3}`, event(`New ${round}`, `what is new in round ${round}`))
      if (round === 0) fake.cancel(me, 'event0')
      else fake.cancel(team, `new${(round - 1) % 3}`)
      fake.put(me, 'event1', event(`Edited ${round}`, `edited in round ${round}`))
      moreChanges[round % moreChanges.length]?.(round)
    },
    expireCursors() {
      fake.epoch++
      forgetful = true
    },
    paging: [
      { path: /\/calendarList$/, ...paged },
      { path: /\/events$/, ...paged },
    ],
  }

  function addClub(): void {
    fake.addCalendar(club, { summary: 'Club' })
    fake.put(club, 'meeting', event('Meeting', 'what the club meets for'))
    fake.put(club, 'series', { ...event('Every week', 'the club meets again'), recurrence: ['RRULE:FREQ=WEEKLY'] })
  }

  function addSeries(): void {
    fake.put(team, 'series', { ...event('Series', 'every Monday'), recurrence: ['RRULE:FREQ=WEEKLY;BYDAY=MO'] })
    const originalStartTime = { dateTime: '2026-02-09T09:00:00+01:00', timeZone: 'Europe/Berlin' }
    fake.put(team, exception, { ...event('Later', 'but once'), recurringEventId: 'series', originalStartTime })
  }

  /** As Google tells of it: deleted in the one, and new in the other. */
  function move(id: string, from: string, to: string): void {
    fake.cancel(from, id)
    fake.put(to, id, event('Wandering', 'in one calendar, then in another'))
  }
}

/** What the option asks for: the tests name calendars by their id, by their first name, or the person's own. */
function isAsked({ calendars: wanted }: Config): (calendar: FakeCalendarEntry) => boolean {
  const names = Array.isArray(wanted) ? wanted.map(name => String(name).toLowerCase()) : undefined
  return ({ id, summary, primary, hidden }) =>
    !hidden && (!names || [id, summary, primary ? 'primary' : ''].some(name => names.includes(name.toLowerCase())))
}

function truthOf({ id, summary, summaryOverride, timeZone, events }: FakeCalendarEntry): Truth[] {
  const calendar = { entityType: 'google_calendar_calendar', id, name: summaryOverride ?? summary, text: timeZone }
  const living = [...events.values()].filter(({ event }) => event.status !== 'cancelled')
  return [
    calendar,
    ...living.map(({ event }): Truth => {
      const text = String(event.description ?? '').replace(/^.*<p>(.*)<.p>$/, '$1') || '09:00'
      const name = event.summary === undefined ? undefined : String(event.summary)
      return { entityType: 'google_calendar_event', id: `${id}/${event.id}`, name, text }
    }),
  ]
}

/** All that an event has, so that one that was deleted can be put again. */
function event(summary: string, description: string): Record<string, unknown> {
  return {
    ...{ kind: 'calendar#event', summary, description, htmlLink: 'https://www.google.com/calendar/event?eid=1' },
    ...{ created: '2026-01-01T00:00:00.000Z', organizer: { email: 'ann@example.com', displayName: 'Ann' } },
    start: { dateTime: '2026-02-02T09:00:00+01:00', timeZone: 'Europe/Berlin' },
    end: { dateTime: '2026-02-02T10:00:00+01:00', timeZone: 'Europe/Berlin' },
  }
}
