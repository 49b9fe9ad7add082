/** The fakes against the vendor's own SDK and metadata, and the plugin's requests against the same metadata. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  BatchRequestContent,
  BatchResponseContent,
  type Client,
  GraphError,
  type PageCollection,
  PageIterator,
} from '@microsoft/microsoft-graph-client'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createApi } from '../../../core/api.ts'
import { createPacer } from '../../../core/pacer.ts'
import type { Account } from '../../../core/plugin.ts'
import { Secret } from '../../../core/secret.ts'
import { createTransport } from '../../../core/transport.ts'
import { microsoft } from '../../../plugins/microsoft/index.ts'
import { fakeClock } from '../../support/fake-clock.ts'
import { type FakeOutlookCalendar, startFakeOutlookCalendar } from '../../support/fake-outlook-calendar.ts'
import { graphAddress, graphClient } from '../../support/graph-sdk.ts'
import { readOutlookMetadata } from '../../support/outlook-metadata.ts'
import type { OutlookServer } from '../../support/outlook-protocol.ts'
import { createHarness } from '../../support/sync-harness.ts'
import { furnish, start } from './outlook-mail-world.ts'

const specification = join(import.meta.dirname, '../../support/specs/msgraph-outlook.csdl')
const metadata = readOutlookMetadata(readFileSync(specification, 'utf8'))
const headers = { Prefer: 'IdType="ImmutableId", outlook.timezone="UTC"' }

type Item = Record<string, unknown> & { id: string }

/** The last word on each item, and where the next delta begins. */
async function drain(client: Client, path: string): Promise<{ items: Map<string, Item>; deltaLink: string }> {
  const items = new Map<string, Item>()
  const first = (await client.api(path).headers(headers).get()) as PageCollection
  const take = (item: Item) => {
    items.set(item.id, item)
    return true
  }
  const iterator = new PageIterator(client, first, take, { headers })
  await iterator.iterate()
  return { items, deltaLink: iterator.getDeltaLink() ?? '' }
}

async function refusal(client: Client, path: string) {
  const error: unknown = await client
    .api(path)
    .headers(headers)
    .get()
    .catch((reason: unknown) => reason)
  if (!(error instanceof GraphError)) throw new Error(`${path} was not refused`)
  return { status: error.statusCode, code: error.code }
}

describe("the vendor's SDK", () => {
  test("lists the fake's folders, messages and files, and follows their changes", async () => {
    const { fake } = await start()
    const { inbox, first, files, archive } = furnish(fake)
    const client = graphClient(fake)
    const folders = await drain(client, '/me/mailFolders/delta')
    expect([...folders.items.keys()].sort()).toEqual([...fake.folders.keys()].sort())

    const path = `/me/mailFolders/${encodeURIComponent(inbox)}/messages/delta`
    const listed = await drain(client, path)
    const inside = [...fake.messages.values()].filter(({ folder }) => folder === inbox)
    expect([...listed.items.keys()].sort()).toEqual(inside.map(({ id }) => id).sort())

    fake.move(files, archive)
    fake.mark(first, { isRead: true })
    const changed = await drain(client, listed.deltaLink)
    expect(changed.items.get(files)?.['@removed']).toEqual({ reason: 'deleted' })
    expect(Object.keys(changed.items.get(first) ?? {}).sort()).toEqual(['@odata.etag', 'id', 'isRead'])
    expect((await drain(client, changed.deltaLink)).items.size).toBe(0)

    const attachments = await drain(client, `/me/messages/${encodeURIComponent(files)}/attachments?$select=id,name`)
    expect([...attachments.items.values()].map(({ name }) => name)).toEqual([
      'numbers.csv',
      'photo.png',
      'Inner',
      'Shared.txt',
    ])
  })

  test("writes a batch that the fake takes, and reads the fake's answer", async () => {
    const { fake } = await start()
    const { first, old } = furnish(fake)
    const client = graphClient(fake)
    const request = (id: string) => ({
      id,
      request: new Request(`${graphAddress}/me/messages/${encodeURIComponent(id)}?$select=subject`, { headers }),
    })
    const content = new BatchRequestContent([request(first), request(old), request('none=')])
    const answer = new BatchResponseContent(await client.api('/$batch').post(await content.getContent()))
    expect((await answer.getResponseById(first).json()) as unknown).toMatchObject({ id: first, subject: 'First' })
    expect((await answer.getResponseById(old).json()) as unknown).toMatchObject({ id: old, subject: 'Old' })
    expect(answer.getResponseById('none=').status).toBe(404)
  })

  test("lists the fake's calendars and a view of one, and follows its changes", async () => {
    const { fake, own, master, occurrences } = await startCalendar()
    const client = graphClient(fake)
    expect([...(await drain(client, '/me/calendars')).items.keys()]).toEqual([...fake.calendars.keys()])
    const window = 'startDateTime=2026-01-01T00:00:00Z&endDateTime=2026-02-01T00:00:00Z'
    const path = `/me/calendars/${encodeURIComponent(own)}/calendarView`
    const listed = await drain(client, `${path}/delta?${window}`)
    expect([...listed.items.keys()].sort()).toEqual([...fake.events.keys()].sort())
    expect(listed.items.get(occurrences[0] ?? '')).not.toHaveProperty('subject')

    fake.dropOccurrence(occurrences[0] ?? '')
    const changed = await drain(client, listed.deltaLink)
    expect([...changed.items.keys()].sort()).toEqual([...occurrences.slice(1), master].sort())
    const instances = await drain(client, `/me/events/${encodeURIComponent(master)}/instances?${window}`)
    expect([...instances.items.keys()]).toEqual(occurrences.slice(1))
  })

  test("understands the fakes' refusals", async () => {
    const { fake } = await start()
    const { inbox } = furnish(fake)
    const client = graphClient(fake)
    const { deltaLink } = await drain(client, `/me/mailFolders/${encodeURIComponent(inbox)}/messages/delta`)
    fake.epoch++
    expect(await refusal(client, deltaLink)).toEqual({ status: 410, code: 'SyncStateNotFound' })
    expect(await refusal(client, '/me/messages/none=')).toEqual({ status: 404, code: 'ErrorItemNotFound' })
    expect(await refusal(client, '/me/mailFolders/delta?$deltatoken=made-up')).toMatchObject({ status: 400 })
  })
})

describe('the metadata of Graph', () => {
  test('has every member that the fakes show', async () => {
    const { fake } = await start()
    const { inbox, files } = furnish(fake)
    const mail = graphClient(fake)
    const { fake: calendar, own } = await startCalendar()
    const events = graphClient(calendar)
    const window = 'startDateTime=2026-01-01T00:00:00Z&endDateTime=2026-02-01T00:00:00Z'
    const paths: [Client, string][] = [
      [mail, '/me/mailFolders/delta'],
      [mail, `/me/mailFolders/${encodeURIComponent(inbox)}/messages/delta`],
      [mail, `/me/messages/${encodeURIComponent(files)}/attachments`],
      [events, '/me/calendars'],
      [events, `/me/calendars/${encodeURIComponent(own)}/calendarView/delta?${window}`],
    ]
    for (const [client, path] of paths) {
      const items = [...(await drain(client, path)).items.values()]
      expect(items.length).toBeGreaterThan(0)
      expect(metadata.strangers(items, metadata.typeOf(path.split('?', 1)[0] ?? ''))).toEqual([])
    }
  })

  test('has every path and every member that mail asks for', async () => {
    const { fake, harness } = await start({ included_folders: ['inbox', 'Archive'] })
    const { inbox, files, archive } = furnish(fake)
    fake.changeFolder(inbox, { name: 'Posteingang' })
    await harness.run()
    fake.move(files, archive)
    fake.move(files, inbox)
    await harness.run()
    expectPaths(fake, ['$value', 'attachments', 'delta', 'inbox'])
  })

  test('has every path and every member that the calendar asks for', async () => {
    const { fake, master } = await startCalendar()
    const endpoints = { graph: fake.graph }
    const setup = { plugin: microsoft, shortName: 'outlook_calendar', endpoints, now: Date.UTC(2026, 0, 15) }
    const harness = await createHarness(setup)
    onTestFinished(() => harness.close())
    await harness.run()
    fake.tellsOccurrences = false
    fake.edit(master, { subject: 'Daily' })
    await harness.run()
    expectPaths(fake, ['instances', 'delta', 'calendars'])
  })

  test('is a judge that does not let everything pass', () => {
    expect(() => metadata.typeOf('/me/mailFolders/changes')).toThrow('not in the metadata')
    expect(() => metadata.typeOf('/me/mailfolders')).toThrow('not in the metadata')
    expect(
      metadata.strangers([{ id: '1', colour: 'red', from: { name: 'Ann' } }], 'Collection(graph.message)'),
    ).toEqual(['graph.message colour', 'graph.recipient name'])
  })
})

async function startCalendar(): Promise<{
  fake: FakeOutlookCalendar
  own: string
  master: string
  occurrences: string[]
}> {
  const fake = await startFakeOutlookCalendar()
  onTestFinished(() => fake.close())
  const own = fake.addCalendar('Calendar', true)
  fake.addCalendar('Team')
  for (let index = 0; index < 4; index++) fake.add(own, `Event ${index}`, '2026-01-20')
  return { fake, own, ...fake.addSeries(own, 'Stand-up', ['2026-01-12', '2026-01-13', '2026-01-14']) }
}

/** Each request of the plugin is for something that Graph has; the ends of the paths that must be among them. */
function expectPaths({ server, inner }: OutlookServer, ends: readonly string[]): void {
  const outer = server.requests.filter(({ path }) => !path.endsWith('/$batch'))
  const paths = [...outer.map(({ path }) => path.replace('/v1.0', '')), ...inner.map(path => path.replace('GET ', ''))]
  for (const end of ends) expect(paths.some(path => path.endsWith(`/${end}`))).toBe(true)
  for (const path of new Set(paths)) expect(metadata.typeOf(path)).toMatch(/^(Collection\()?graph\.|^Edm\.Stream$/)
  const selections = outer.flatMap(({ path, query }) => {
    const names = query.get('$select')?.split(',') ?? []
    const type = metadata.typeOf(path.replace('/v1.0', '')).replace(/^Collection\((.+)\)$/, '$1')
    return metadata.strangers(Object.fromEntries(names.map(name => [name, null])), type)
  })
  expect(selections).toEqual([])
}

test('the account is told by whatever Outlook answers, where its profile may not be read', async () => {
  const { fake: mail } = await start()
  const { fake: calendar } = await startCalendar()
  const accounts = await Promise.all([identify('outlook_mail', mail), identify('outlook_calendar', calendar)])
  expect(accounts.map(({ id }) => id)).toEqual(['efee1b77-fb3b-4f65', 'efee1b77-fb3b-4f65'])
})

function identify(shortName: string, { graph }: OutlookServer): Promise<Account> {
  const source = microsoft.sources.find(candidate => candidate.shortName === shortName)
  if (!source) throw new Error(`no source ${shortName}`)
  const endpoints = { graph }
  const clock = fakeClock()
  const transport = createTransport()
  onTestFinished(() => transport.close())
  const tokens = {
    token: async () => ({ secret: new Secret('good-token'), generation: 1 }),
    renew: () => Promise.reject(new Error('refused')),
  }
  const pacer = createPacer(clock, {})
  const { signal } = new AbortController()
  const api = createApi({ plugin: microsoft, endpoints, tokens, pacer, transport, clock, signal, random: () => 0.5 })
  return source.identify({ api, endpoints })
}
