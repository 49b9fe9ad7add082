/** The fake against the vendor's own SDK and metadata, and the plugin's requests against the same metadata. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Client, GraphError, type PageCollection, PageIterator } from '@microsoft/microsoft-graph-client'
import { expect, test } from 'vitest'
import { readGraphMetadata } from '../../support/graph-metadata.ts'
import { graphClient } from '../../support/graph-sdk.ts'
import { expectTruth, furnish, start } from './onedrive-world.ts'

const specification = join(import.meta.dirname, '../../support/specs/msgraph-onedrive.csdl')
const metadata = readGraphMetadata(readFileSync(specification, 'utf8'))

interface Item {
  id: string
  name?: string
  deleted?: object
  folder?: object
}

/** The last word on each item, and where the next delta begins. */
async function drain(client: Client, path: string): Promise<{ items: Map<string, Item>; deltaLink: string }> {
  const items = new Map<string, Item>()
  const first = (await client.api(path).get()) as PageCollection
  const iterator = new PageIterator(client, first, (item: Item) => {
    items.set(item.id, item)
    return true
  })
  await iterator.iterate()
  return { items, deltaLink: iterator.getDeltaLink() ?? '' }
}

test("the vendor's SDK lists the fake's drive, follows its changes and its pages", async () => {
  const { fake } = await start()
  const { note, plan, docs, photos } = furnish(fake)
  const client = graphClient(fake)

  const listed = await drain(client, '/me/drive/root/delta')
  expect([...listed.items.keys()].sort()).toEqual([...fake.items.keys()].sort())
  expect(fake.server.requests.length).toBeGreaterThan(5)

  fake.change(docs, { name: 'Papers' })
  fake.delete(note)
  const { items, deltaLink } = await drain(client, listed.deltaLink)
  expect(items.get(docs)?.name).toBe('Papers')
  expect(items.get(note)?.deleted).toBeDefined()
  expect(items.has(plan)).toBe(false)
  expect((await drain(client, deltaLink)).items.size).toBe(0)

  const children = (await client.api(`/me/drive/items/${photos}/children`).get()) as PageCollection
  const names: string[] = []
  const iterator = new PageIterator(client, children, (item: Item) => {
    names.push(item.name ?? '')
    return true
  })
  await iterator.iterate()
  expect(names.sort()).toEqual(['caption-0.txt', 'caption-1.txt', 'caption-2.txt', 'caption-3.txt', 'sea.jpg'])
})

test("the vendor's SDK understands the fake's refusals", async () => {
  const { fake } = await start()
  const refused = async (client: Client, path: string) => {
    const error: unknown = await client
      .api(path)
      .get()
      .then(
        () => undefined,
        (reason: unknown) => reason,
      )
    if (!(error instanceof GraphError)) throw new Error(`${path} was not refused`)
    return { status: error.statusCode, code: error.code }
  }
  const client = graphClient(fake)
  const { deltaLink } = await drain(client, '/me/drive/root/delta')
  fake.epoch++
  expect(await refused(client, deltaLink)).toEqual({ status: 410, code: 'resyncRequired' })
  expect(await refused(client, '/me/drive/root/delta?token=made-up')).toEqual({ status: 400, code: 'invalidRequest' })
  expect(await refused(client, '/me/drive/items/none')).toEqual({ status: 404, code: 'itemNotFound' })
  const stranger = graphClient(fake, 'another')
  expect(await refused(stranger, '/me/drive')).toEqual({ status: 401, code: 'InvalidAuthenticationToken' })
})

test('every item and the drive are as the metadata of Graph says', async () => {
  const { fake } = await start()
  const { note } = furnish(fake)
  fake.add({ name: 'Diary', kind: 'notebook' })
  fake.add({ name: 'Team', kind: 'shortcut' })
  fake.add({ name: 'bad.txt', more: { malware: { description: 'Trojan' } } })
  fake.delete(note)
  const client = graphClient(fake)
  expect(metadata.check(await client.api('/me/drive').get(), metadata.typeOf('/me/drive'))).toEqual([])
  const items = [...fake.items.values()].map(fake.resource)
  expect(items.length).toBeGreaterThan(10)
  expect(metadata.check(items, metadata.typeOf('/me/drive/root/delta'))).toEqual([])
})

test('a judge that lets everything pass would be of no use', () => {
  const type = metadata.typeOf('/me/drive')
  expect(metadata.check({ id: 7, quota: { used: '1' }, colour: 'red' }, type)).toHaveLength(3)
  expect(() => metadata.typeOf('/me/drives')).toThrow('not in the metadata')
  expect(() => metadata.typeOf('/me/drive/root/changes')).toThrow('not in the metadata')
  expect(() => metadata.typeOf("/me/drive/root/delta(position='1')")).toThrow('not in the metadata')
})

test('every path that is asked for is one of Graph', async () => {
  const world = await start()
  const { fake, harness } = world
  const { docs } = furnish(fake)
  await harness.run()
  fake.change(docs, { name: 'Papers' })
  await harness.run()
  await expectTruth(world)
  const paths = fake.server.requests.map(({ path }) => path.replace('/v1.0', ''))
  expect(paths.some(path => path.endsWith('/children'))).toBe(true)
  for (const path of new Set(paths))
    expect(metadata.typeOf(path)).toMatch(/^(Collection\()?microsoft\.graph\.|^Edm\.Stream$/)
})
