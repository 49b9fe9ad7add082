/** A small office with everything in it, and what inlet should hold of it. */
import { afterEach, expect } from 'vitest'
import type { Config } from '../../../core/plugin.ts'
import type { EntityRow } from '../../../core/store/store.ts'
import { asana } from '../../../plugins/asana/index.ts'
import { type FakeAsana, type FakeAsanaOptions, startFakeAsana } from '../../support/fake-asana.ts'
import type { AsanaTask, AsanaWorld } from '../../support/fake-asana-types.ts'
import { createHarness, type Harness, type RunResult } from '../../support/sync-harness.ts'

export const dayMs = 24 * 60 * 60 * 1000

export interface Office {
  fake: FakeAsana
  world: AsanaWorld
  harness: Harness
  things: Things
}

export type Things = ReturnType<typeof furnish>

const open: Office[] = []

afterEach(async () => {
  for (const { fake, harness } of open.splice(0)) {
    await harness.close()
    await fake.close()
    expect([...fake.problems, ...fake.server.unknown]).toEqual([])
  }
})

export async function openOffice(options: FakeAsanaOptions & { config?: Config } = {}): Promise<Office> {
  const fake = await startFakeAsana(options)
  const things = furnish(fake.world)
  const office = { fake, world: fake.world, things, harness: await openHarness(fake, options.config) }
  open.push(office)
  return office
}

export function openHarness(fake: FakeAsana, config: Config = {}): Promise<Harness> {
  return createHarness({ plugin: asana, shortName: 'asana', endpoints: fake.endpoints, config })
}

export function furnish(world: AsanaWorld) {
  const acme = world.addWorkspace('Acme')
  const home = world.addWorkspace('Home')
  const me = world.addUser('Mia', [acme, home])
  world.me = me
  const ann = world.addUser('Ann', [acme])
  const launch = world.addProject(acme, 'Launch', { notes: 'Everything for the launch' })
  const site = world.addProject(acme, 'Site')
  const attic = world.addProject(acme, 'Attic', { archived: true })
  const garden = world.addProject(home, 'Garden')
  const todo = world.addSection(launch, 'To do')
  const doing = world.addSection(launch, 'Doing')
  const plan = world.addTask(acme, { name: 'Plan it', project: launch, section: todo, assignee: ann, notes: 'a plan' })
  const step = world.addTask(acme, { name: 'First step', parent: plan, assignee: me, notes: 'small' })
  const detail = world.addTask(acme, { name: 'Detail', parent: step, notes: 'smaller' })
  const shared = world.addTask(acme, { name: 'In two projects', project: site, notes: 'twice' })
  world.addToProject(shared, launch, doing)
  for (let index = 1; index <= 3; index++) {
    world.addTask(acme, { name: `Chore ${index}`, project: launch, section: doing, notes: `chore ${index}` })
  }
  const relic = world.addTask(acme, { name: 'Relic', project: attic, completed: true, notes: 'old' })
  const weeds = world.addTask(home, { name: 'Weeds', project: garden, notes: 'green' })
  const errand = world.addTask(acme, { name: 'Errand', assignee: me, notes: 'no project' })
  const part = world.addTask(acme, { name: 'Part of the errand', parent: errand, notes: 'below' })
  const favour = world.addTask(acme, { name: 'Favour', assignee: ann, notes: 'for somebody' })
  // Nobody's, in no project: out of everybody's sight.
  world.addTask(acme, { name: 'Lost' })
  const remark = world.comment(plan, 'looks good')
  world.comment(plan, 'really good')
  world.comment(detail, 'deep down')
  world.comment(errand, 'soon')
  const notes = world.attach(plan, 'notes.txt', 'written down')
  world.attach(shared, 'picture.png', 'no text')
  world.attach(shared, 'elsewhere.md', '', 'gdrive')
  return {
    ...{ acme, home, me, ann, launch, site, attic, garden, todo, doing },
    ...{ plan, step, detail, shared, relic, weeds, errand, part, favour, remark, notes },
  }
}

export interface Wanted {
  workspace?(gid: string): boolean
  project?(gid: string): boolean
  /** Tasks in no project. */
  loose?: boolean
}

/** What must be in the store: where everything is and a word of what it says, by `type:gid`. */
export function truthOf(world: AsanaWorld, wanted: Wanted = {}): Map<string, string> {
  const truth = new Map<string, string>()
  const workspaces = [...world.workspaces.values()].filter(({ gid }) => wanted.workspace?.(gid) ?? true)
  const projects = [...world.projects.values()].filter(
    ({ gid, workspace, isDeleted }) =>
      !isDeleted && workspaces.some(one => one.gid === workspace) && (wanted.project?.(gid) ?? true),
  )
  const nameOf = (map: ReadonlyMap<string, { name: string }>, gid: string) => map.get(gid)?.name ?? ''
  for (const { gid, name } of workspaces) truth.set(`asana_workspace:${gid}`, name)
  for (const { gid, name, workspace } of projects) {
    truth.set(`asana_project:${gid}`, `${nameOf(world.workspaces, workspace)} > ${name}`)
  }
  for (const { gid, name, project } of world.sections.values()) {
    const above = truth.get(`asana_project:${project}`)
    if (above) truth.set(`asana_section:${gid}`, `${above} > ${name}`)
  }
  for (const task of world.tasks.values()) {
    const trail = task.isDeleted ? undefined : trailOf(task)
    if (trail === undefined) continue
    const path = `${trail} > ${task.name}`
    const assignee = task.assignee ? ` @${nameOf(world.users, task.assignee)}` : ''
    const author = nameOf(world.users, String(task.created_by))
    truth.set(`asana_task:${task.gid}`, `${path} | ${task.notes}${assignee} by ${author}`)
    for (const story of world.stories.values()) {
      if (story.task === task.gid && story.type === 'comment')
        truth.set(`asana_comment:${story.gid}`, `${path} | ${story.text}`)
    }
    for (const { gid, name, task: parent, content } of world.attachments.values()) {
      const text = name.endsWith('.txt') ? content : ''
      if (parent === task.gid) truth.set(`asana_attachment:${gid}`, `${path} > ${name} | ${text}`)
    }
  }
  return truth

  function trailOf(task: AsanaTask): string | undefined {
    const home = task.memberships
      .filter(({ project }) => projects.some(({ gid }) => gid === project))
      .sort((a, b) => Number(a.project) - Number(b.project))[0]
    const parent = task.parent === null ? undefined : world.tasks.get(task.parent)
    if (home) {
      const section = home.section === null ? [] : [nameOf(world.sections, home.section)]
      return [truth.get(`asana_project:${home.project}`), ...section, ...(parent ? [parent.name] : [])].join(' > ')
    }
    const above = parent && !parent.isDeleted ? trailOf(parent) : undefined
    if (parent && above !== undefined) return `${above} > ${parent.name}`
    const isSeen = task.assignee !== null && (wanted.loose ?? true)
    return isSeen ? truth.get(`asana_workspace:${task.workspace}`) : undefined
  }
}

/** The store's entities in the terms of `truthOf`. */
export function inTermsOfTruth({ entityType, name, text, author, breadcrumbs }: EntityRow): string {
  const path = [...breadcrumbs.map(crumb => crumb.name), name].join(' > ')
  const trail = breadcrumbs.map(crumb => crumb.name).join(' > ')
  if (entityType === 'asana_comment') return `${trail} | ${text}`
  if (entityType === 'asana_attachment') return `${path} | ${text}`
  if (entityType !== 'asana_task') return path
  const assignee = /^- Assignee: (.*)$/m.exec(text)?.[1]
  const notes = text.split('\n\n').filter(part => !part.startsWith('- '))[0] ?? ''
  return `${path} | ${notes}${assignee ? ` @${assignee}` : ''} by ${author}`
}

export async function heldBy(harness: Harness): Promise<Map<string, string>> {
  return new Map([...(await harness.entities())].map(([key, entity]) => [key, inTermsOfTruth(entity)]))
}

export async function expectTruth(
  { world, harness }: Pick<Office, 'world' | 'harness'>,
  wanted?: Wanted,
): Promise<void> {
  const truth = truthOf(world, wanted)
  expect(truth.size).toBeGreaterThan(0)
  expect(sorted(await heldBy(harness))).toEqual(sorted(truth))
}

/** A run that changes nothing. */
export async function expectQuiet({ harness }: Pick<Office, 'harness'>): Promise<RunResult> {
  const result = await harness.run()
  expect(result).toMatchObject({ inserted: 0, updated: 0, deleted: 0, skipped: 0, failed: 0 })
  return result
}

function sorted(map: ReadonlyMap<string, string>): [string, string][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1))
}
