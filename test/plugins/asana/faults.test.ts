import { afterEach, describe, expect, it } from 'vitest'
import { type FakeAsana, startFakeAsana } from '../../support/fake-asana.ts'
import type { Fault } from '../../support/fake-server.ts'
import { expectTruth, heldBy, openHarness, openOffice, truthOf } from './office.ts'

let fake: FakeAsana | undefined
afterEach(async () => {
  await fake?.close()
  fake = undefined
})

/** What ends a run, what makes it leave something out, and what it gets over. */
const faults = {
  'a refused token': { status: 401, body: {} },
  'a bad request': { status: 400, body: {} },
  'a refusal': { status: 403, body: {} },
  'what is not there': { status: 404, body: {} },
  'a dropped connection': 'drop',
  'half an answer': 'truncate',
  'an answer without its list': { status: 200, body: {} },
} as const satisfies Record<string, Fault>

type Name = keyof typeof faults

/** The fault takes the place of one answer; what a file says cannot be told from what it should say. */
function strike({ server }: FakeAsana, at: number, name: Name): void {
  const start = server.requests.length
  server.fault = ({ path }, number) => {
    const isFile = name === 'an answer without its list' && !path.startsWith('/api/')
    return number === start + at && !isFile ? faults[name] : undefined
  }
}

/** Little, but some of everything. */
async function startSmall() {
  const started = await startFakeAsana({ pageSize: 100 })
  const { world } = started
  const workspace = world.addWorkspace('Acme')
  world.me = world.addUser('Mia', [workspace])
  const project = world.addProject(workspace, 'Launch')
  const section = world.addSection(project, 'To do')
  const task = world.addTask(workspace, { name: 'Plan', project, section, notes: 'a plan' })
  const below = world.addTask(workspace, { name: 'Step', parent: task, notes: 'small' })
  const comment = world.comment(task, 'good')
  world.attach(below, 'notes.txt', 'written')
  const other = world.addTask(workspace, { name: 'Other', project, notes: 'more' })
  const loose = world.addTask(workspace, { name: 'Errand', assignee: world.me, notes: 'soon' })
  fake = started
  return { fake: started, world, things: { workspace, project, section, task, below, comment, other, loose } }
}

describe('a first run in which any one request fails', () => {
  const names: Name[] = ['a refused token', 'a refusal', 'half an answer']
  it.each(names)('with %s: the next run has it all, and nothing is lost meanwhile', async name => {
    const { fake, world } = await startSmall()
    const { server } = fake
    const whole = await openHarness(fake)
    const { requests: total } = await whole.run()
    for (let at = 1; at <= total; at++) {
      const harness = await openHarness(fake)
      strike(fake, at, name)
      const result = await harness.run().catch(() => undefined)
      server.fault = undefined
      expect(result?.deleted ?? 0).toBe(0)
      expect(await harness.run()).toMatchObject({ deleted: 0, skipped: 0, failed: 0 })
      await expectTruth({ world, harness })
      await harness.close()
    }
    expect(total).toBeGreaterThan(16)
  })
})

describe('a later run in which any one request fails', () => {
  const names: Name[] = ['a bad request', 'what is not there', 'a dropped connection', 'an answer without its list']
  it.each(names)('with %s: the next run has it all, and nothing is lost', async name => {
    const { fake, world, things } = await startSmall()
    const harness = await openHarness(fake)
    await harness.run()
    const most = 16
    let total = 0
    for (let at = 1; at <= most; at++) {
      world.changeTask(things.task, { name: `Plan ${at}` })
      world.editComment(things.comment, `good ${at}`)
      world.changeTask(things.loose, { notes: `soon ${at}` })
      const passing = world.addTask(things.workspace, { name: 'Passing', project: things.project })
      if (at % 2 === 0) fake.expireSyncTokens()
      if (at % 3 === 0) world.deleteTask(passing)
      strike(fake, at, name)
      const before = await heldBy(harness)
      const first = fake.server.requests.length
      await harness.run().catch(() => undefined)
      total = Math.max(total, fake.server.requests.length - first)
      fake.server.fault = undefined
      const [truth, after] = [truthOf(world), await heldBy(harness)]
      expect([...before.keys()].filter(key => truth.has(key) && !after.has(key))).toEqual([])
      await harness.run()
      await expectTruth({ world, harness })
    }
    expect(total).toBeGreaterThan(8)
    await harness.close()
  })
})

describe('a run that is killed', () => {
  it('goes on where it was, whenever that is', async () => {
    const { fake, world, things } = await startSmall()
    const harness = await openHarness(fake)
    let killed = 0
    for (let at = 1; at <= 20; at++) {
      world.changeTask(things.below, { name: `Step ${at}`, notes: `n${at}` })
      const stop = new AbortController()
      const start = fake.server.requests.length
      fake.server.fault = (_request, number) => {
        if (number === start + at) stop.abort(new Error('killed'))
        return undefined
      }
      await harness.run({ signal: stop.signal }).catch(() => {
        killed++
      })
      fake.server.fault = undefined
    }
    expect(killed).toBeGreaterThan(5)
    await harness.run()
    await expectTruth({ world, harness })
    await harness.close()
  })

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

describe('the limit', () => {
  it('is kept, and Retry-After obeyed', async () => {
    const office = await openOffice()
    const { fake, harness } = office
    fake.server.fault = (_request, number) =>
      number % 10 === 0 ? { status: 429, headers: { 'retry-after': '37' }, body: {} } : undefined
    await harness.run()
    await expectTruth(office)
    expect(harness.slept.filter(ms => ms >= 37_000).length).toBeGreaterThan(4)
  })

  it('is not run into where a free plan has it: 150 requests a minute', async () => {
    const { harness } = await openOffice({ pageSize: 1 })
    const { requests } = await harness.run()
    const pacedMs = harness.slept.reduce((sum, ms) => sum + ms, 0)
    expect(requests).toBeGreaterThan(50)
    expect(pacedMs).toBeGreaterThan((requests - 30) * 400)
  })
})
