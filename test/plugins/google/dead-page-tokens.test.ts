/** Page tokens die after hours, and with them the reading that they lead through: it is begun again in the same run. */
import { describe, expect, test } from 'vitest'
import { createFakeDrive } from '../../support/fake-drive.ts'
import { googleError } from '../../support/google-protocol.ts'
import * as calendar from './calendar-world.ts'
import * as drive from './drive-world.ts'
import { bySubject, expectQuiet, expectTruth, isVisible, useSetups } from './gmail-setup.ts'

const quiet = { inserted: 0, updated: 0, deleted: 0, skipped: 0, failed: 0 }

describe('a page token that dies in the middle of', () => {
  /** Lets all page tokens die at the `at`-th request for a later page of the events that fit. */
  function dieAt({ server, fake }: calendar.World, at: number, fits: (query: URLSearchParams) => boolean) {
    const deaths = { count: 0 }
    let pages = 0
    server.fault = ({ path, query }) => {
      if (path.endsWith('/events') && query.has('pageToken') && fits(query) && ++pages === at) {
        fake.pageEpoch++
        deaths.count++
      }
      return undefined
    }
    return deaths
  }

  test.each([1, 2, 3])("a calendar's first listing, at the later page number %i", async at => {
    const world = await calendar.start()
    calendar.furnish(world.fake)
    const deaths = dieAt(world, at, () => true)
    await world.harness.run()
    expect(deaths.count).toBe(1)
    await calendar.expectTruth(world)
    expect(await world.harness.run()).toMatchObject(quiet)
  })

  test('a full listing lets go of what vanished after it was listed', async () => {
    const world = await calendar.start()
    calendar.furnish(world.fake)
    let pages = 0
    world.server.fault = ({ path, query }) => {
      if (path.endsWith('/events') && query.has('pageToken') && ++pages === 2) {
        world.fake.pageEpoch++
        world.fake.calendars.get(calendar.me)?.events.delete('event0')
      }
      return undefined
    }
    await world.harness.run()
    expect(pages).toBeGreaterThan(2)
    await calendar.expectTruth(world)
    expect(await world.harness.run()).toMatchObject(quiet)
  })

  test.each([1, 2])("a calendar's delta, at the later page number %i", async at => {
    const world = await calendar.start()
    calendar.furnish(world.fake)
    await world.harness.run()
    for (let index = 0; index < 5; index++) world.fake.put(calendar.team, `more${index}`)
    world.fake.cancel(calendar.team, 'series')
    const deaths = dieAt(world, at, query => query.has('syncToken'))
    await world.harness.run()
    expect(deaths.count).toBe(1)
    await calendar.expectTruth(world)
    expect(await world.harness.run()).toMatchObject(quiet)
  })

  test("a calendar's delta that an earlier run left", async () => {
    const world = await calendar.start()
    calendar.furnish(world.fake)
    await world.harness.run()
    for (let index = 0; index < 5; index++) world.fake.put(calendar.team, `more${index}`)
    let pages = 0
    world.server.fault = ({ path, query }) =>
      path.endsWith('/events') && query.has('pageToken') && ++pages === 2 ? googleError(401, 'authError') : undefined
    await expect(world.harness.run()).rejects.toMatchObject({ code: 'token_expired' })
    world.server.fault = undefined
    world.fake.cancel(calendar.team, 'series')
    world.fake.pageEpoch++
    await world.harness.run()
    await calendar.expectTruth(world)
  })

  test('the reading of a calendar that has a new name', async () => {
    const world = await calendar.start()
    calendar.furnish(world.fake)
    await world.harness.run()
    world.fake.addCalendar(calendar.team, { ...world.fake.calendars.get(calendar.team), summaryOverride: 'Crew' })
    const deaths = dieAt(world, 1, query => !query.has('syncToken'))
    await world.harness.run()
    expect(deaths.count).toBe(1)
    await calendar.expectTruth(world)
    const names = [...(await world.harness.entities()).values()]
      .filter(({ entityId }) => entityId.startsWith(`${calendar.team}/`))
      .map(({ breadcrumbs }) => breadcrumbs[0]?.name)
    expect(names.length).toBeGreaterThan(2)
    expect(new Set(names)).toEqual(new Set(['Crew']))
  })

  test.each([
    ['folders, before the files are listed', "mimeType = 'application/vnd.google-apps.folder'"],
    ['the content of a folder that has a new name', "' in parents"],
  ])("Drive's listing of %s", async (_what, condition) => {
    const fake = createFakeDrive()
    fake.pageSize = 2
    const world = await drive.start({}, fake)
    const { photos } = drive.furnish(fake)
    let pages = 0
    world.server.fault = ({ query }) => {
      if (query.has('pageToken') && query.get('q')?.includes(condition) && ++pages === 1) fake.pageEpoch++
      return undefined
    }
    await world.harness.run()
    fake.change(photos, { name: 'Pictures' })
    await world.harness.run()
    expect(pages).toBeGreaterThan(1)
    await drive.expectTruth(world)
  })

  const start = useSetups()

  test.each([1, 2])("Gmail's history, at the later page number %i", async at => {
    const setup = await start()
    const { gmail, server, harness } = setup
    await harness.run()
    for (let index = 0; index < 5; index++) gmail.add({ subject: `new ${index}` })
    gmail.trash(bySubject(gmail, 'Alone').id)
    gmail.delete(bySubject(gmail, 'Re: Plans').id)
    let pages = 0
    server.fault = ({ path, query }) => {
      if (path.endsWith('/history') && query.has('pageToken') && ++pages === at) gmail.expirePageTokens()
      return undefined
    }
    await harness.run()
    expect(pages).toBeGreaterThanOrEqual(at)
    await expectTruth(setup)
    server.fault = undefined
    expectQuiet(await harness.run())
  })

  test("Gmail's history right after a full listing", async () => {
    const setup = await start()
    const { gmail, server, harness } = setup
    let pages = 0
    server.fault = ({ path, query }) => {
      const isListing = path.endsWith('/messages') && query.has('pageToken')
      if (isListing && gmail.messages.size < 10) for (let more = 0; more < 5; more++) gmail.add()
      if (path.endsWith('/history') && query.has('pageToken') && ++pages === 1) gmail.expirePageTokens()
      return undefined
    }
    await harness.run()
    expect(pages).toBe(1)
    server.fault = undefined
    await harness.run()
    await expectTruth(setup)
    expectQuiet(await harness.run())
  })

  test('the search that tells which of the changed messages are asked for', async () => {
    const setup = await start({ gmail_query: 'from:ada' })
    const { gmail, server, harness } = setup
    await harness.run()
    for (let index = 0; index < 5; index++)
      gmail.add({ from: index === 0 ? 'Bob <bob@example.com>' : 'ada@example.com' })
    let searches = 0
    server.fault = ({ path, query }) => {
      if (path.endsWith('/messages') && query.has('pageToken') && ++searches === 1) gmail.expirePageTokens()
      return undefined
    }
    await harness.run()
    expect(searches).toBeGreaterThan(1)
    const isFromAda = (headers: { name: string; value: string }[]) =>
      headers.some(({ name, value }) => name === 'From' && value.toLowerCase().includes('ada'))
    await expectTruth(setup, message => isVisible(message) && isFromAda(message.headers))
  })
})
