import { describe, expect, it } from 'vitest'
import { dayMs, expectQuiet, expectTruth, heldBy, openOffice } from './office.ts'

describe('a run that is killed', () => {
  it('does not begin a large project again', async () => {
    const office = await openOffice({ pageSize: 2 })
    const { fake, harness, world, things } = office
    for (let index = 0; index < 20; index++) world.addTask(things.home, { name: `T${index}`, project: things.garden })
    const stories = () => fake.server.requests.filter(({ path }) => path.endsWith('/stories')).length
    fake.server.fault = () => (stories() === 25 ? { status: 401, body: {} } : undefined)
    await expect(harness.run()).rejects.toThrow()
    fake.server.fault = undefined
    await harness.run()
    await expectTruth(office)
    expect(stories()).toBeLessThan([...world.tasks.values()].length + 12)
  })
})

describe('what refuses', () => {
  it('keeps what is known of it, and is tried again in each run', async () => {
    const office = await openOffice()
    const { fake, harness, world, things } = office
    await harness.run()
    const before = await heldBy(harness)
    world.comment(things.plan, 'unseen for now')
    fake.server.fault = ({ path }) => (path.endsWith(`/${things.plan}/stories`) ? { status: 403, body: {} } : undefined)
    for (let run = 1; run <= 3; run++) expect(await harness.run()).toMatchObject({ skipped: 1, deleted: 0 })
    expect([...(await heldBy(harness)).keys()].sort()).toEqual([...before.keys()].sort())
    fake.server.fault = undefined
    expect(await harness.run()).toMatchObject({ skipped: 0, inserted: 1 })
    await expectTruth(office)
  })

  it('is left alone as a whole project, without harm to the others', async () => {
    const office = await openOffice()
    const { fake, harness, world, things } = office
    fake.server.fault = ({ path, query }) =>
      path.includes(`/projects/${things.site}/`) || query.get('project') === things.site
        ? { status: 403, body: {} }
        : undefined
    expect(await harness.run()).toMatchObject({ deleted: 0, failed: 0 })
    world.changeTask(things.relic, { notes: 'followed meanwhile' })
    await harness.run()
    fake.server.fault = undefined
    await harness.run()
    await expectTruth(office)
  })

  it('is the events alone: projects are listed instead', async () => {
    const office = await openOffice()
    const { fake, harness, world, things } = office
    fake.server.fault = ({ path }) =>
      path.endsWith('/events') ? { status: 403, body: { errors: [{ message: 'needs other scopes' }] } } : undefined
    await harness.run()
    await expectTruth(office)
    world.changeTask(things.detail, { notes: 'seen all the same' })
    world.deleteTask(things.shared)
    expect(await harness.run()).toMatchObject({ skipped: 0, failed: 0 })
    await expectTruth(office)
  })

  it('is who is in the workspace: the own tasks come all the same', async () => {
    const office = await openOffice()
    const { fake, harness, world, things } = office
    fake.server.fault = ({ path }) => (path.endsWith('/users') ? { status: 404, body: {} } : undefined)
    await harness.run()
    expect([...(await heldBy(harness)).keys()]).toContain(`asana_task:${things.errand}`)
    fake.server.fault = undefined
    await harness.run()
    await expectTruth(office)
    fake.server.fault = ({ path }) => (path.endsWith('/users') ? { status: 403, body: {} } : undefined)
    world.changeTask(things.errand, { notes: 'still mine' })
    world.changeTask(things.plan, { notes: 'still there' })
    world.deleteTask(things.favour)
    await harness.run()
    const held = await heldBy(harness)
    expect(held.get(`asana_task:${things.errand}`)).toContain('still mine')
    expect(held.get(`asana_task:${things.plan}`)).toContain('still there')
    expect(held.has(`asana_task:${things.favour}`)).toBe(false)
    fake.server.fault = undefined
    await harness.run()
    await expectTruth(office)
  })
})

describe('one task that always answers 500', () => {
  it.each(['stories', 'subtasks'])('for its %s ends no run, and nothing is lost', async list => {
    const office = await openOffice()
    const { fake, harness, world, things } = office
    const fault = ({ path }: { path: string }) =>
      path.endsWith(`/tasks/${things.plan}/${list}`) ? { status: 500, body: {} } : undefined
    fake.server.fault = fault
    expect(await harness.run()).toMatchObject({ skipped: 0, failed: 1 })
    expect((await heldBy(harness)).has(`asana_task:${things.weeds}`)).toBe(true)
    fake.server.fault = undefined
    await harness.run()
    await expectTruth(office)
    const before = [...(await heldBy(harness)).keys()].sort()
    fake.server.fault = fault
    fake.expireSyncTokens()
    world.editComment(things.remark, 'edited meanwhile')
    const deep = [...world.stories.values()].find(({ text }) => text === 'deep down')?.gid ?? ''
    world.editComment(deep, 'edited deep down')
    for (let run = 0; run < 7; run++) {
      expect(await harness.run()).toMatchObject({ deleted: 0 })
      expect([...(await heldBy(harness)).keys()].sort()).toEqual(before)
    }
    fake.server.fault = undefined
    harness.advance(dayMs)
    await harness.run()
    await expectTruth(office)
    await expectQuiet(office)
  })

  it('itself stays as it is', async () => {
    const office = await openOffice()
    const { fake, harness, world, things } = office
    await harness.run()
    world.changeTask(things.step, { notes: 'unseen' })
    fake.server.fault = ({ path }) => (path.endsWith(`/tasks/${things.step}`) ? { status: 500, body: {} } : undefined)
    expect(await harness.run()).toMatchObject({ deleted: 0, failed: 1 })
    fake.server.fault = undefined
    await harness.run()
    await expectTruth(office)
  })
})

describe('subtasks that cannot be listed while lost events are made good', () => {
  it.each([402, 403, 404])('are read with their comments in the next run: %i', async status => {
    const office = await openOffice()
    const { fake, harness, world, things } = office
    await harness.run()
    fake.expireSyncTokens()
    const deep = [...world.stories.values()].find(({ text }) => text === 'deep down')?.gid ?? ''
    world.editComment(deep, 'edited deep down')
    fake.server.fault = ({ path }) =>
      path.endsWith(`/tasks/${things.plan}/subtasks`) ? { status, body: {} } : undefined
    await harness.run()
    fake.server.fault = undefined
    await harness.run()
    await expectTruth(office)
  })
})

describe('the limit', () => {
  it('is not run into where a free plan has it: 150 requests a minute', async () => {
    const { harness } = await openOffice({ pageSize: 1 })
    const { requests } = await harness.run()
    const pacedMs = harness.slept.reduce((sum, ms) => sum + ms, 0)
    expect(requests).toBeGreaterThan(50)
    expect(pacedMs).toBeGreaterThan((requests - 30) * 400)
  })
})
