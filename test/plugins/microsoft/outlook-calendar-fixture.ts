/** Calendars with one of each: an own and a shared one; single, all-day and cancelled events; a series with an exception. */
import type { Config } from '../../../core/plugin.ts'
import { type FakeOutlookCalendar, startFakeOutlookCalendar } from '../../support/fake-outlook-calendar.ts'
import type { FakeEvent } from '../../support/fake-outlook-events.ts'
import type { Fixture, FixtureClock, Truth } from '../../support/source-suite/index.ts'
import { graphAnswers, graphPaging } from './graph-fixture.ts'

type Furniture = ReturnType<typeof furnish>

const dayMs = 24 * 60 * 60 * 1000

export async function startOutlookCalendar(clock: FixtureClock): Promise<Fixture> {
  const fake = await startFakeOutlookCalendar()
  const begun = clock.now()
  const dayAt = (days: number) => new Date(begun + days * dayMs).toISOString().slice(0, 10)
  const furniture = furnish(fake, dayAt)
  return {
    endpoints: { graph: fake.graph, token: `${fake.server.url}/token` },
    token: 'good-token',
    filters: [{ past_days: 20 }, { future_days: 20 }],
    truth: config => truthOf(fake, config, clock.now()),
    change: createChanges(fake, furniture, dayAt),
    expireCursors: () => void fake.epoch++,
    paging: [
      graphPaging(/\/calendars$/),
      graphPaging(/\/calendarView\/delta$/),
      { ...graphPaging(/\/instances$/), isLater: true },
    ],
    answers: graphAnswers('ErrorItemNotFound', 'ErrorAccessDenied'),
    complaints: () => [...fake.server.unknown, ...fake.malformed, ...(fake.peak > 4 ? ['more than 4 at once'] : [])],
    close: () => fake.close(),
  }
}

function furnish(fake: FakeOutlookCalendar, dayAt: (days: number) => string) {
  const own = fake.addCalendar('Calendar', true)
  const team = fake.addCalendar('Team')
  fake.shared.add(team)
  const dentist = fake.add(own, 'Dentist', dayAt(2))
  const plain = { body: { contentType: 'text', content: 'About nothing' } }
  const party = fake.add(own, 'Party', dayAt(4), { members: plain })
  const span = { start: `${dayAt(5)}T00:00:00.0000000`, end: `${dayAt(6)}T00:00:00.0000000` }
  fake.add(own, 'Holiday', dayAt(5), { ...span, members: { isAllDay: true } })
  fake.add(own, 'Cancelled', dayAt(6), { members: { isCancelled: true } })
  for (const days of [-500, -100, 100, 500]) fake.add(own, `At ${days}`, dayAt(days))
  const { master, occurrences } = fake.addSeries(team, 'Stand-up', [1, 2, 3, 4, 5].map(dayAt))
  fake.makeException(occurrences[1] ?? '', 'Stand-up, moved')
  return { own, team, dentist, party, master }
}

function truthOf(fake: FakeOutlookCalendar, config: Config, now: number): Truth[] {
  const today = Math.floor(now / dayMs) * dayMs
  const { past_days: past = 365, future_days: future = 365 } = config
  const start = new Date(today - Number(past) * dayMs).toISOString()
  const end = new Date(today + (Number(future) + 1) * dayMs).toISOString()
  return [...fake.calendars.values()].flatMap(({ id, name }) => [
    { entityType: 'outlook_calendar_calendar', id, name },
    ...fake.inWindow(id, start, end).map(event => tellEvent(fake, event)),
  ])
}

/** Of an occurrence its series tells all; the description is told once, with the series. */
function tellEvent({ events }: FakeOutlookCalendar, event: FakeEvent): Truth {
  const isOccurrence = event.type === 'occurrence'
  const { members } = (isOccurrence && events.get(event.series ?? '')) || event
  const { content } = members.body as { content: string }
  const { displayName: place } = members.location as { displayName: string }
  return {
    entityType: 'outlook_calendar_event',
    id: `${event.calendar}/${event.id}`,
    name: String(members.subject),
    text: isOccurrence ? place : content.replace(/<\/?b>/g, '**').replace(/<[^>]+>/g, ''),
  }
}

/** What a person does to calendars between two syncs; what a round adds, the next one takes away. */
function createChanges(
  fake: FakeOutlookCalendar,
  { own, team, dentist, party, master }: Furniture,
  dayAt: (days: number) => string,
) {
  let added: string | undefined
  let series: { master: string; occurrences: string[] } | undefined
  let calendar: string | undefined
  const about = (text: string) => ({ body: { contentType: 'html', content: `<p>About <b>${text}</b></p>` } })
  const kinds: readonly ((round: number) => void)[] = [
    round => fake.edit(master, { location: { displayName: `Room ${round}` }, ...about(`round ${round}`) }),
    () => {
      series = fake.addSeries(team, 'Yoga', [3, 6, 9, 12].map(dayAt))
    },
    () => fake.dropOccurrence(series?.occurrences[0] ?? ''),
    () => fake.makeException(series?.occurrences[1] ?? '', 'Yoga, shorter'),
    () => fake.dropOccurrence(series?.occurrences[1] ?? ''),
    () => fake.remove(series?.master ?? ''),
    () => {
      calendar = fake.addCalendar('Club')
      for (const days of [1, 2]) fake.add(calendar, `Club ${days}`, dayAt(days))
    },
    round => fake.renameCalendar(calendar ?? '', `Club ${round}`),
    () => fake.removeCalendar(calendar ?? ''),
    round => fake.renameCalendar(own, `Calendar ${round}`),
  ]
  return (round: number) => {
    fake.tellsOccurrences = round % 4 === 1
    if (added !== undefined) fake.remove(added)
    added = fake.add(round % 3 === 0 ? team : own, `New ${round}`, dayAt(7))
    fake.mark(party, { subject: `Party ${round}`, ...about(`party ${round}`) })
    const day = dayAt(round % 2 === 0 ? 500 : 2)
    fake.edit(dentist, {}, { start: `${day}T09:00:00.0000000`, end: `${day}T10:00:00.0000000` })
    kinds[round % kinds.length]?.(round)
  }
}
