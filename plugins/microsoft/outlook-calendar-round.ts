/** One calendar's listing or delta, read to its end: only then is it known which occurrences a series still has. */
import {
  type Change,
  type Entity,
  type Failure,
  isFailure,
  isSkippable,
  type Json,
  type Known,
} from '../../core/plugin.ts'
import { isRouteMissing } from './outlook-batch.ts'
import {
  type Calendar,
  type CalendarEvent,
  calendarName,
  calendarType,
  eventEntityId,
  eventType,
  isOccurrence,
  toEventEntity,
} from './outlook-calendar-event.ts'
import {
  type CalendarRun,
  eventPages,
  eventPath,
  readEach,
  readInstances,
  sharedPath,
} from './outlook-calendar-reader.ts'

type Changes<Result = void> = AsyncGenerator<Change<never>, Result, undefined>

/** What a round has shown so far. */
interface Round {
  run: CalendarRun
  calendar: Calendar
  /** Ids of all events that are there. */
  live: Set<string>
  removed: Set<string>
  masters: Map<string, CalendarEvent>
  /** Occurrences, of which there may be many, wait for their series. */
  occurrences: Map<string, CalendarEvent>
  /** Something could not be read and is kept as it is. */
  isPartial: boolean
}

/**
 * Yields what changed in a calendar since `link`, or all of it without one.
 * @returns where to go on; null where the server gives no such link
 * @throws Failure `cursor_expired`; `item_forbidden` or `item_missing` when the calendar cannot be read
 */
export async function* readEvents(run: CalendarRun, calendar: Calendar, link: string | null): Changes<string | null> {
  const sets = { live: new Set<string>(), removed: new Set<string>() }
  const round: Round = { run, calendar, ...sets, masters: new Map(), occurrences: new Map(), isPartial: false }
  let deltaLink: string | null = null
  for await (const page of eventPages(run, calendar, link)) {
    for (const event of await makeWhole(round, page.value)) yield* take(round, event)
    deltaLink = page['@odata.deltaLink'] ?? null
  }
  yield* takeOccurrences(round)
  if (link === null) yield* removeUnseen(round)
  else yield* followSeries(round)
  // Another listing asks again for what could not be read.
  return round.isPartial ? null : deltaLink
}

async function* take(round: Round, event: CalendarEvent): Changes {
  const { live, removed, masters, occurrences } = round
  for (const known of [masters, occurrences]) known.delete(event.id)
  if (event['@removed']) {
    live.delete(event.id)
    removed.add(event.id)
    yield { type: 'remove', entityType: eventType, id: eventEntityId(round.calendar.id, event.id) }
    return
  }
  removed.delete(event.id)
  live.add(event.id)
  if (isOccurrence(event)) {
    occurrences.set(event.id, event)
    return
  }
  if (event.type === 'seriesMaster') masters.set(event.id, event)
  yield { type: 'upsert', entity: await toEntity(round, event) }
}

/** Occurrences with what their series has. */
async function* takeOccurrences(round: Round): Changes {
  const { masters, failures } = await mastersOf(round)
  for (const event of round.occurrences.values()) {
    const failure = failures.get(event.seriesMasterId ?? '')
    if (failure) skipEvent(round, event.id, failure)
    else yield { type: 'upsert', entity: await toEntity(round, event, masters.get(event.seriesMasterId ?? '')) }
  }
  for (const [id, master] of masters) {
    if (round.live.has(id)) continue
    round.live.add(id)
    yield { type: 'upsert', entity: await toEntity(round, master) }
  }
}

/** A series may change without the round showing it, so one that is held counts only where it cannot be asked for. */
async function mastersOf(round: Round) {
  const masters = new Map<string, CalendarEvent>()
  const failures = new Map<string, Failure>()
  const unknown: string[] = []
  for (const id of new Set([...round.occurrences.values()].flatMap(event => event.seriesMasterId || []))) {
    const shown = round.masters.get(id)
    if (shown) masters.set(id, shown)
    else unknown.push(id)
  }
  const answers = await readEach(round.run, round.calendar, unknown)
  for (const [index, id] of unknown.entries()) {
    const answer = answers[index]
    const held = answer && 'body' in answer ? answer.body : await heldEvent(round, id)
    if (held && !round.removed.has(id)) masters.set(id, { ...held, id } as CalendarEvent)
    else if (answer && 'failure' in answer && answer.failure.code !== 'item_missing') failures.set(id, answer.failure)
  }
  return { masters, failures }
}

/** After a listing: what it has not shown is gone, or out of the window. */
async function* removeUnseen(round: Round): Changes {
  for await (const known of heldEvents(round)) {
    if (!round.live.has(eventIdOf(round, known))) yield { type: 'remove', entityType: eventType, id: known.id }
  }
}

/**
 * After a delta: a series that went takes all of it along, and of one that changed Graph shows the occurrences that are
 * left, but not those that are not, and perhaps none at all.
 */
async function* followSeries(round: Round): Changes {
  const { removed, masters, live } = round
  if (removed.size === 0 && masters.size === 0) return
  const unseen = new Map<string, Known[]>()
  for await (const known of heldEvents(round)) {
    const series = seriesOf(known)
    if (series === undefined || live.has(eventIdOf(round, known))) continue
    if (removed.has(series)) yield { type: 'remove', entityType: eventType, id: known.id }
    else if (masters.has(series)) unseen.set(series, [...(unseen.get(series) ?? []), known])
  }
  for (const [id, members] of unseen) {
    const master = masters.get(id)
    const instances = await instancesOf(round, id)
    for (const known of members) {
      const event = { ...known.raw, id: eventIdOf(round, known) } as CalendarEvent
      if (!instances.has(event.id)) yield { type: 'remove', entityType: eventType, id: known.id }
      else if (isOccurrence(event)) yield { type: 'upsert', entity: await toEntity(round, event, master) }
    }
  }
}

/**
 * Ids of what a series has in the window. Where a server cannot tell, or not now: what the round shows, or else what is
 * held, until the next run lists it all.
 */
async function instancesOf(round: Round, masterId: string): Promise<{ has(id: string): boolean }> {
  let refusal: Failure | undefined
  for (const path of [eventPath(masterId), sharedPath(round.calendar.id, masterId)]) {
    try {
      return await readInstances(round.run, path)
    } catch (error) {
      if (isFailure(error, 'item_forbidden', 'item_unreadable')) refusal = error
      else if (!isSkippable(error) && !isRouteMissing(error)) throw error
    }
  }
  if (refusal) skipEvent(round, masterId, refusal)
  round.isPartial = true
  if (refusal?.code === 'item_unreadable') return { has: () => true }
  const isShown = [...round.occurrences.values()].some(({ seriesMasterId }) => seriesMasterId === masterId)
  return { has: () => !isShown }
}

/** A change may have the members alone that changed: the others are in the store, or asked for. */
async function makeWhole(round: Round, events: readonly CalendarEvent[]): Promise<CalendarEvent[]> {
  const wholes: CalendarEvent[] = []
  const unknown: string[] = []
  for (const event of events) {
    const held = isPartial(event) ? await heldEvent(round, event.id) : undefined
    wholes.push(held ? { ...held, ...event } : event)
    if (!held && isPartial(event)) unknown.push(event.id)
  }
  const answers = await readEach(round.run, round.calendar, unknown)
  const read = new Map(unknown.map((id, index) => [id, answers[index]]))
  return wholes.flatMap(event => {
    const answer = read.get(event.id)
    if (!answer || ('failure' in answer && answer.failure.code === 'item_missing')) return [event]
    if ('body' in answer) return [{ ...answer.body, id: event.id } as CalendarEvent]
    skipEvent(round, event.id, answer.failure)
    return []
  })
}

function skipEvent(round: Round, id: string, failure: Failure): void {
  round.run.context.skip({ entityType: eventType, id: eventEntityId(round.calendar.id, id) }, failure)
  round.live.add(id)
  round.isPartial = true
}

function isPartial(event: CalendarEvent): boolean {
  return !event['@removed'] && !isOccurrence(event) && (event.subject === undefined || event.start === undefined)
}

function toEntity(round: Round, event: CalendarEvent, master?: CalendarEvent): Promise<Entity> {
  const { calendar } = round
  const crumb = { entityId: calendar.id, name: calendarName(calendar), entityType: calendarType }
  return toEventEntity(round.run.context, crumb, event, master)
}

function heldEvents({ run, calendar }: Round): AsyncIterable<Known> {
  return run.context.known({ entityType: eventType, fromId: `${calendar.id}/`, toId: `${calendar.id}/\uffff` })
}

async function heldEvent({ run, calendar }: Round, id: string): Promise<CalendarEvent | undefined> {
  const scope = { entityType: eventType, id: eventEntityId(calendar.id, id) }
  for await (const { raw } of run.context.known(scope)) return raw && ({ ...raw, id } as CalendarEvent)
  return undefined
}

function eventIdOf({ calendar }: Round, known: Known): string {
  return known.id.slice(calendar.id.length + 1)
}

function seriesOf({ raw }: Known): string | undefined {
  const id: Json | undefined = raw?.seriesMasterId
  return typeof id === 'string' && id !== '' ? id : undefined
}
