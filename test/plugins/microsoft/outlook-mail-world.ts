/** A mailbox of the fake's making, with an inlet that follows it. */
import { afterEach, expect } from 'vitest'
import type { Config } from '../../../core/plugin.ts'
import type { EntityRow } from '../../../core/store/store.ts'
import { microsoft } from '../../../plugins/microsoft/index.ts'
import { type FakeOutlookMail, startFakeOutlookMail } from '../../support/fake-outlook-mail.ts'
import type { FakeAttachment, FakeMessage } from '../../support/fake-outlook-messages.ts'
import { createHarness, type Harness, type RunResult } from '../../support/sync-harness.ts'

export interface World {
  fake: FakeOutlookMail
  harness: Harness
}

const open: World[] = []

afterEach(async () => {
  for (const { fake, harness } of open.splice(0)) {
    await Promise.all([harness.close(), fake.close()])
    expect(fake.server.unknown).toEqual([])
    expect(fake.peak).toBeLessThanOrEqual(4)
  }
})

export async function start(config: Config = {}): Promise<World> {
  const fake = await startFakeOutlookMail()
  const endpoints = { graph: fake.graph }
  const harness = await createHarness({ plugin: microsoft, shortName: 'outlook_mail', endpoints, config })
  const world = { fake, harness }
  open.push(world)
  return world
}

export type Furniture = ReturnType<typeof furnish>

/** Folders in folders, one of them after its parent in no list; more messages than a page holds, some with files. */
export function furnish(fake: FakeOutlookMail) {
  const inbox = fake.addFolder('Inbox', { wellKnown: 'inbox' })
  const archive = fake.addFolder('Archive', { wellKnown: 'archive' })
  const projects = fake.addFolder('Projects', { parent: inbox })
  const plans = fake.addFolder('Plans', { parent: projects })
  fake.addFolder('Unread mail', { isSearch: true })
  const first = fake.add(inbox, 'First')
  for (let index = 0; index < 5; index++) fake.add(inbox, `Note ${index}`)
  const files = fake.add(inbox, 'Files', {}, filesOf())
  const plan = fake.add(plans, 'The plan', {}, [textFile('plan.txt', 'the great plan')])
  const old = fake.add(archive, 'Old')
  return { inbox, archive, projects, plans, first, files, plan, old }
}

export function textFile(name: string, content: string): FakeAttachment {
  return { id: `${name}=`, kind: 'fileAttachment', name, contentType: 'text/plain', content }
}

export function filesOf(): FakeAttachment[] {
  const mail = 'From: Eve <eve@example.com>\r\nSubject: Inner\r\nContent-Type: text/plain\r\n\r\nsecret garden\r\n'
  return [
    {
      id: 'csv=',
      kind: 'fileAttachment',
      name: 'numbers.csv',
      contentType: 'text/csv',
      content: 'name,count\napples,7\n',
    },
    { id: 'png=', kind: 'fileAttachment', name: 'photo.png', contentType: 'image/png', content: 'PNG' },
    { id: 'item=', kind: 'itemAttachment', name: 'Inner', contentType: null, content: mail },
    { id: 'link=', kind: 'referenceAttachment', name: 'Shared.txt', contentType: 'text/plain', content: '' },
  ]
}

export async function entity({ harness }: World, key: string): Promise<EntityRow> {
  const found = (await harness.entities()).get(key)
  if (!found) throw new Error(`${key} is not in the store`)
  return found
}

/** The store holds exactly what the mailbox holds, each thing in its place. */
export async function expectTruth(
  { fake, harness }: World,
  isWanted?: (message: FakeMessage) => boolean,
): Promise<void> {
  const found: Record<string, string> = {}
  const folders: string[] = []
  for (const [key, { entityType, entityId, name, breadcrumbs, raw }] of await harness.entities()) {
    if (entityType === 'outlook_mail_folder') folders.push(entityId)
    else {
      const place = [...breadcrumbs.map(crumb => crumb.name), name].join(' > ')
      found[key] = `${place}${raw?.isRead === true ? ' (read)' : ''}`
    }
  }
  expect(found).toEqual(fake.truth(isWanted))
  if (isWanted) return
  const expected = [...fake.folders.values()].filter(({ isSearch }) => !isSearch).map(({ id }) => id)
  expect(folders.sort()).toEqual(expected.sort())
}

/** Another run finds nothing to do: it asks for the list of folders, and for all folders together unless they are two. */
export async function expectQuiet({ harness }: World): Promise<void> {
  const { requests, inserted, updated, deleted } = await harness.run()
  expect({ inserted, updated, deleted }).toEqual({ inserted: 0, updated: 0, deleted: 0 })
  expect(requests).toBeLessThanOrEqual(3)
}

/** What became of a run; `undefined` if it failed. */
export async function runOrFail({ harness }: World): Promise<RunResult | undefined> {
  return harness.run().catch(() => undefined)
}
