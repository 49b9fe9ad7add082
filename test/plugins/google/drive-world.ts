/** A Google Drive of the fake's making, with an inlet that follows it. */
import { afterEach, expect } from 'vitest'
import type { Config } from '../../../core/plugin.ts'
import { google } from '../../../plugins/google/index.ts'
import { createFakeDrive, type FakeDrive } from '../../support/fake-drive.ts'
import { type FakeServer, startFakeServer } from '../../support/fake-server.ts'
import { createHarness, type Harness } from '../../support/sync-harness.ts'

export interface World {
  fake: FakeDrive
  server: FakeServer
  harness: Harness
}

const open: World[] = []

afterEach(async () => {
  for (const { server, harness } of open.splice(0)) {
    await harness.close()
    await server.close()
    expect(server.unknown).toEqual([])
  }
})

export async function start(config: Config = {}, fake = createFakeDrive()): Promise<World> {
  const server = await startFakeServer(fake.routes)
  server.tokens = new Set(['good-token'])
  const endpoints = { api: server.url, gmail: server.url }
  const harness = await createHarness({ plugin: google, shortName: 'google_drive', endpoints, config })
  const world = { fake, server, harness }
  open.push(world)
  return world
}

/** My Drive with folders in folders, and more files than fit a page. */
export function furnish(fake: FakeDrive) {
  const docs = fake.folder('Docs')
  const plans = fake.folder('Plans', docs)
  const photos = fake.folder('Photos')
  const note = fake.add({ name: 'note.txt', content: 'a note' })
  const plan = fake.add({ name: 'plan.txt', content: 'the plan', parents: [plans] })
  const budget = fake.add({ name: 'budget.csv', mimeType: 'text/csv', content: 'a,b\n1,2\n', parents: [plans] })
  const draft = fake.add({ name: 'draft.md', mimeType: 'text/markdown', content: '# Draft', parents: [docs] })
  for (let index = 0; index < 5; index++)
    fake.add({ name: `photo-${index}.txt`, content: `p${index}`, parents: [photos] })
  return { docs, plans, photos, note, plan, budget, draft }
}

type Tree = Record<string, string>

/** What the store holds: the text of each file by its path. */
export async function held({ harness }: World): Promise<Tree> {
  const tree: Tree = {}
  for (const entity of (await harness.entities()).values()) {
    if (entity.entityType !== 'google_drive_file') continue
    tree[[...entity.breadcrumbs.map(({ name }) => name), entity.name].join('/')] = entity.text
  }
  return tree
}

export async function expectTruth(world: World, included: (path: string) => boolean = () => true): Promise<void> {
  const expected: Tree = {}
  for (const { path, content } of world.fake.truth().values()) if (included(path)) expected[path] = content
  const tree = await held(world)
  expect(Object.keys(tree).sort()).toEqual(Object.keys(expected).sort())
  for (const [path, content] of Object.entries(expected)) {
    const words = content.match(/\w+/g) ?? []
    for (const word of words) expect(tree[path]).toContain(word)
    if (words.length === 0) expect(tree[path]).toBe('')
  }
}
