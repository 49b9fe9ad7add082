/** A Google Calendar of the fake's making, with an inlet that follows it. */
import { expect, onTestFinished } from 'vitest'
import type { Config } from '../../../core/plugin.ts'
import { google } from '../../../plugins/google/index.ts'
import { createFakeCalendar, type FakeCalendar } from '../../support/fake-calendar.ts'
import { type FakeServer, startFakeServer } from '../../support/fake-server.ts'
import { createHarness, type Harness } from '../../support/sync-harness.ts'

export interface World {
  fake: FakeCalendar
  server: FakeServer
  harness: Harness
}

export const me = 'Me@Example.com'
export const team = 'team#1@group.calendar.google.com'

export async function start(config: Config = {}, fake = createFakeCalendar()): Promise<World> {
  const server = await startFakeServer(fake.routes)
  server.tokens = new Set(['good-token'])
  const endpoints = { api: server.url, gmail: server.url }
  const harness = await createHarness({ plugin: google, shortName: 'google_calendar', endpoints, config })
  onTestFinished(async () => {
    await harness.close()
    await server.close()
    expect(server.unknown).toEqual([])
  })
  return { fake, server, harness }
}

/** Two calendars that share an event's id, a series with an exception and a cancelled one, more than a page holds. */
export function furnish(fake: FakeCalendar): void {
  fake.addCalendar(me, { primary: true })
  fake.addCalendar(team, { summary: 'Team', summaryOverride: 'My team' })
  for (let index = 0; index < 5; index++) fake.put(me, `event${index}`)
  fake.put(me, 'both', { summary: 'seen by me' })
  fake.put(team, 'both', { summary: 'seen by the team' })
  fake.put(team, 'series', { recurrence: ['RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=10'] })
  const originalStartTime = { dateTime: '2026-02-09T09:00:00+01:00', timeZone: 'Europe/Berlin' }
  const exception = { recurringEventId: 'series', originalStartTime }
  fake.put(team, 'series_20260209T080000Z', { ...exception, summary: 'moved' })
  fake.put(team, 'series_20260216T080000Z', exception)
  fake.cancel(team, 'series_20260216T080000Z')
}

export async function expectTruth({ fake, harness }: World): Promise<void> {
  const found: Record<string, string> = {}
  const calendars: string[] = []
  for (const { entityType, entityId, name } of (await harness.entities()).values()) {
    if (entityType === 'google_calendar_event') found[entityId] = name
    else calendars.push(entityId)
  }
  expect(found).toEqual(fake.truth())
  expect(calendars.sort()).toEqual([...fake.calendars.keys()].sort())
}
