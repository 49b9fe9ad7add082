/** A OneDrive of the fake's making, with an inlet that follows it. */
import { afterEach, expect } from 'vitest'
import type { Config } from '../../../core/plugin.ts'
import { microsoft } from '../../../plugins/microsoft/index.ts'
import { type FakeOneDrive, startFakeOneDrive } from '../../support/fake-onedrive.ts'
import { createHarness, type Harness } from '../../support/sync-harness.ts'

export interface World {
  fake: FakeOneDrive
  harness: Harness
}

const open: World[] = []

afterEach(async () => {
  for (const { fake, harness } of open.splice(0)) {
    await harness.close()
    await fake.close()
    expect(fake.server.unknown).toEqual([])
    expect(fake.files.requests.filter(({ headers }) => headers.authorization !== undefined)).toEqual([])
  }
})

export async function start(config: Config = {}, rootId?: string): Promise<World> {
  const fake = await startFakeOneDrive(rootId)
  const endpoints = { graph: fake.graph }
  const harness = await createHarness({ plugin: microsoft, shortName: 'onedrive', endpoints, config })
  const world = { fake, harness }
  open.push(world)
  return world
}

/** Folders in folders, and more files than fit a page. */
export function furnish(fake: FakeOneDrive) {
  const docs = fake.folder('Docs')
  const plans = fake.folder('Plans', docs)
  const photos = fake.folder('Photos')
  const note = fake.add({ name: 'note.txt', content: 'a note' })
  const plan = fake.add({ name: 'plan.txt', content: 'the plan', parent: plans })
  const budget = fake.add({ name: 'budget.csv', mimeType: 'text/csv', content: 'a,b\n1,2\n', parent: plans })
  const draft = fake.add({ name: 'draft.md', mimeType: 'text/markdown', content: '# Draft', parent: docs })
  const image = fake.add({ name: 'sea.jpg', mimeType: 'image/jpeg', content: 'JFIF', parent: photos })
  for (let index = 0; index < 4; index++)
    fake.add({ name: `caption-${index}.txt`, content: `caption ${index}`, parent: photos })
  return { docs, plans, photos, note, plan, budget, draft, image }
}

type Tree = Record<string, { text: string; url: string | null }>

/** What the store holds: text and link of each item by its path. */
export async function held({ harness }: World): Promise<Tree> {
  const tree: Tree = {}
  for (const entity of (await harness.entities()).values()) {
    if (entity.entityType !== 'onedrive_item') continue
    const path = [...entity.breadcrumbs.map(({ name }) => name), entity.name].join('/')
    tree[path] = { text: entity.text, url: entity.url }
  }
  return tree
}

export async function expectTruth(world: World, included: (path: string) => boolean = () => true): Promise<void> {
  const { fake } = world
  const tree = await held(world)
  const expected = [...fake.truth().values()].filter(({ path }) => included(path))
  expect(Object.keys(tree).sort()).toEqual(expected.map(({ path }) => `${fake.driveName}/${path}`).sort())
  for (const { path, content, url } of expected) {
    const found = tree[`${fake.driveName}/${path}`]
    expect(found?.url).toBe(url)
    const words = content.match(/\w+/g) ?? []
    for (const word of words) expect(found?.text).toContain(word)
    if (words.length === 0) expect(found?.text).toBe('')
  }
}

/** Another run finds nothing to do and asks for what has changed, and for nothing else. */
export async function expectQuiet({ harness }: World, expected = 1): Promise<void> {
  const { requests, inserted, updated, deleted } = await harness.run()
  expect({ requests, inserted, updated, deleted }).toEqual({ requests: expected, inserted: 0, updated: 0, deleted: 0 })
}

/** Runs, and tells whether the run failed. */
export async function fails({ harness }: World): Promise<boolean> {
  return harness.run().then(
    () => false,
    () => true,
  )
}
