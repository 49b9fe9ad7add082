import { describe, expect, it } from 'vitest'
import type { AsanaWorld } from '../../support/fake-asana-types.ts'
import { dayMs, expectQuiet, expectTruth, openOffice, type Things } from './office.ts'

type Change = (world: AsanaWorld, things: Things) => void

/** What people do, in an order in which each finds what it needs. */
const changes: readonly (readonly [string, Change])[] = [
  ['a task is renamed, and with it the way to what is below', (w, t) => w.changeTask(t.plan, { name: 'Plan it well' })],
  ['notes are edited', (w, t) => w.changeTask(t.relic, { notes: 'older still' })],
  ['a subtask alone is edited', (w, t) => w.changeTask(t.detail, { notes: 'smallest' })],
  ['a subtask is renamed', (w, t) => w.changeTask(t.step, { name: 'Very first step' })],
  ['a task is assigned', (w, t) => w.changeTask(t.weeds, { assignee: t.me })],
  ['a task is added', (w, t) => void w.addTask(t.acme, { name: 'New', project: t.site, notes: 'fresh' })],
  ['a subtask is added', (w, t) => void w.addTask(t.acme, { name: 'New below', parent: t.detail, notes: 'fresher' })],
  ['a task moves to another section', (w, t) => w.addToProject(t.plan, t.launch, t.doing)],
  ['a task leaves one of its projects', (w, t) => w.removeFromProject(t.shared, t.launch)],
  ['a task comes into another project', (w, t) => w.addToProject(t.shared, t.launch, t.todo)],
  ['a task leaves its last project, for nobody', (w, t) => w.removeFromProject(t.relic, t.attic)],
  ['it comes back', (w, t) => w.addToProject(t.relic, t.attic)],
  ['a task leaves its last project, for somebody', (w, t) => w.removeFromProject(t.weeds, t.garden)],
  ['a comment is written', (w, t) => void w.comment(t.plan, 'one more')],
  ['a comment on a subtask is written', (w, t) => void w.comment(t.detail, 'deeper')],
  ['a comment is edited', (w, t) => w.editComment(t.remark, 'looks better')],
  ['a comment is deleted', (w, t) => w.deleteComment(t.remark)],
  ['a file is attached', (w, t) => void w.attach(t.step, 'more.txt', 'more text')],
  ['a file is deleted', (w, t) => w.deleteAttachment(t.notes)],
  ['a section is added', (w, t) => void w.addSection(t.launch, 'Later')],
  ['a section is renamed', (w, t) => w.renameSection(t.doing, 'Under way')],
  ['a section is deleted', (w, t) => w.deleteSection(t.doing)],
  ['a subtask becomes a task of its own', (w, t) => w.setParent(t.detail, null)],
  ['a task becomes a subtask', (w, t) => w.setParent(t.detail, t.plan)],
  ['a subtask comes into a project', (w, t) => w.addToProject(t.step, t.site)],
  ['the task above it is renamed', (w, t) => w.changeTask(t.plan, { name: 'Planned' })],
  ['the subtask leaves that project', (w, t) => w.removeFromProject(t.step, t.site)],
  ['a task is deleted with what is below', (w, t) => w.deleteTask(t.plan)],
  ['it is restored', (w, t) => w.undeleteTask(t.plan)],
  ['a project is renamed', (w, t) => w.changeProject(t.launch, { name: 'Liftoff' })],
  ['a project is archived', (w, t) => w.changeProject(t.site, { archived: true })],
  ['a project is added, with a task of another one', (w, t) => w.addToProject(t.shared, w.addProject(t.acme, 'Third'))],
  ['a project is deleted, its tasks elsewhere stay', (w, t) => w.deleteProject(t.launch)],
  ['a workspace is renamed', (w, t) => void Object.assign(w.workspaces.get(t.home) ?? {}, { name: 'House' })],
  ['a task in no project is edited', (w, t) => w.changeTask(t.favour, { notes: 'for a friend' })],
  ['a subtask of one is edited', (w, t) => w.changeTask(t.part, { notes: 'half' })],
  ['a comment on one is written', (w, t) => void w.comment(t.part, 'nearly')],
  ['one is added', (w, t) => void w.addTask(t.acme, { name: 'Another errand', assignee: t.ann, notes: 'run' })],
  ['one comes into a project', (w, t) => w.addToProject(t.favour, t.site)],
  ['one is given to somebody else', (w, t) => w.changeTask(t.errand, { assignee: t.ann })],
  ['a subtask of one is deleted', (w, t) => w.deleteTask(t.part)],
  ['one is deleted', (w, t) => w.deleteTask(t.errand)],
]

describe('a first run', () => {
  it('brings in everything, and a second one nothing, with a request for each project', async () => {
    const office = await openOffice({ pageSize: 100 })
    const first = await office.harness.run()
    expect(first).toMatchObject({ updated: 0, deleted: 0, skipped: 0, failed: 0 })
    await expectTruth(office)
    const { requests } = await expectQuiet(office)
    const [projects, workspaces, people, looks] = [4, 2, 3, 1]
    expect(requests).toBe(1 + projects + workspaces * 2 + people + looks)
  })

  it('begins a list again whose page tokens have died', async () => {
    const office = await openOffice({ pageSize: 1 })
    const struck = new Set<string>()
    office.fake.server.fault = ({ path, query }) => {
      if (query.has('offset') && !struck.has(path)) office.fake.expireOffsets()
      if (query.has('offset')) struck.add(path)
      return undefined
    }
    await office.harness.run()
    expect(struck.size).toBeGreaterThan(3)
    await expectTruth(office)
  })

  it('sees what happens while it lists', async () => {
    const office = await openOffice()
    const { world, things, fake } = office
    let happened = 0
    fake.server.fault = ({ path }) => {
      if (path.endsWith(`/tasks/${things.shared}/stories`) && happened++ === 0) {
        world.deleteComment(things.remark)
        world.changeTask(things.plan, { notes: 'changed meanwhile' })
        world.addTask(things.acme, { name: 'Meanwhile', project: things.launch, notes: 'new' })
      }
      return undefined
    }
    await office.harness.run()
    expect(happened).toBeGreaterThan(0)
    await expectTruth(office)
  })
})

describe('the next run', () => {
  it.each([
    ['one by one', 1],
    ['all at once', changes.length],
  ])('shows what has happened, and nothing else: %s', async (_how, step) => {
    const office = await openOffice()
    const { harness, world, things } = office
    await harness.run()
    let count = 0
    for (let index = 0; index < changes.length; index += step) {
      for (const [, change] of changes.slice(index, index + step)) {
        change(world, things)
        count++
      }
      await harness.run()
      await expectTruth(office).catch(error => {
        const names = changes.slice(index, index + step).map(([name]) => name)
        throw new Error(`after: ${names.join('; ')}`, { cause: error })
      })
      await expectQuiet(office)
    }
    expect(count).toBe(changes.length)
  })

  it('tells an edited comment and an edited subtask, and touches nothing else', async () => {
    const { harness, world, things } = await openOffice()
    await harness.run()
    world.editComment(things.remark, 'rewritten')
    expect(await harness.run()).toMatchObject({ inserted: 0, updated: 1, deleted: 0 })
    world.changeTask(things.detail, { notes: 'rewritten' })
    expect(await harness.run()).toMatchObject({ inserted: 0, updated: 1, deleted: 0 })
    world.deleteTask(things.detail)
    expect(await harness.run()).toMatchObject({ inserted: 0, deleted: 2 })
  })
})

describe('a sync token that is forgotten', () => {
  it('leads to a new listing of that project, and nothing is missed', async () => {
    const office = await openOffice()
    const { harness, fake, world, things } = office
    await harness.run()
    let count = 0
    for (const [name, change] of changes) {
      change(world, things)
      count++
      if (count % 7 > 0 && count < changes.length) continue
      fake.expireSyncTokens()
      await harness.run()
      await expectTruth(office).catch(error => {
        throw new Error(`up to: ${name}`, { cause: error })
      })
    }
    expect(count).toBe(changes.length)
    await expectQuiet(office)
  })

  it('costs the comments of every task, so that none that was edited is missed', async () => {
    const office = await openOffice({ pageSize: 100 })
    const { harness, fake, world, things } = office
    let last = ''
    for (let index = 0; index < 220; index++) {
      last = world.addTask(things.home, { name: `T${index}`, project: things.garden })
      if (index === 219) last = world.comment(last, 'far down')
    }
    await harness.run()
    fake.expireSyncTokens()
    world.editComment(last, 'edited far down')
    expect(await harness.run()).toMatchObject({ inserted: 0, updated: 1, deleted: 0 })
    expect((await harness.entities()).get(`asana_comment:${last}`)?.text).toBe('edited far down')
  })
})

describe('a project that is deleted', () => {
  it('leaves the tasks of people where they belong now, and none is gone meanwhile', async () => {
    const office = await openOffice()
    const { harness, world, things } = office
    world.changeTask(things.weeds, { assignee: things.me })
    const below = world.addTask(things.home, { name: 'Dandelion', parent: things.weeds, notes: 'yellow' })
    world.comment(below, 'roots too')
    await harness.run()
    world.deleteProject(things.garden)
    // The project, and nothing else: its task, what is below that, and the comment are elsewhere.
    expect(await harness.run()).toMatchObject({ inserted: 0, updated: 3, deleted: 1 })
    await expectTruth(office)
    await expectQuiet(office)
  })

  it('or a task of nobody that left its projects leaves an assigned subtask, moved', async () => {
    const office = await openOffice()
    const { harness, world, things } = office
    const part = world.addTask(things.home, {
      name: 'Dandelion',
      parent: things.weeds,
      assignee: things.me,
      notes: 'y',
    })
    await harness.run()
    world.removeFromProject(things.weeds, things.garden)
    expect(await harness.run()).toMatchObject({ inserted: 0, updated: 1, deleted: 1 })
    expect((await harness.entities()).has(`asana_task:${part}`)).toBe(true)
    await expectTruth(office)
  })
})

describe('an event that was never given', () => {
  it('is made good by the listing of the day', async () => {
    const office = await openOffice()
    const { harness, world, things } = office
    await harness.run()
    world.isSilent = true
    world.changeTask(things.detail, { notes: 'in silence' })
    world.deleteTask(things.shared)
    world.editComment(things.remark, 'in silence')
    world.addTask(things.acme, { name: 'Quietly', parent: things.plan, notes: 'new' })
    await harness.run()
    await expect(expectTruth(office)).rejects.toThrow()
    harness.advance(dayMs)
    await harness.run()
    await expectTruth(office)
    await expectQuiet(office)
  })
})

describe('a larger workspace', () => {
  it('is asked for everybody in each run', async () => {
    const office = await openOffice({ pageSize: 100 })
    const { harness, world, things } = office
    for (let index = 0; index < 25; index++) {
      const person = world.addUser(`P${index}`, [things.acme])
      world.addTask(things.acme, { name: `Of ${index}`, assignee: person, notes: `n${index}` })
    }
    await harness.run()
    await expectTruth(office)
    for (const task of world.tasks.values()) if (task.name.startsWith('Of ')) world.deleteTask(task.gid)
    world.changeTask(things.errand, { notes: 'at once' })
    await harness.run()
    await expectTruth(office)
  })
})
