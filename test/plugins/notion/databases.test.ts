import { afterEach, describe, expect, it } from 'vitest'
import { error } from '../../support/fake-notion-protocol.ts'
import { expectQuiet, expectTruth, minuteMs, openWorld, seed, type World } from './world.ts'

let world: World
let ids: ReturnType<typeof seed>
afterEach(() => world.close())

async function open(options: Parameters<typeof openWorld>[0] = {}): Promise<void> {
  world = await openWorld({
    ...options,
    seed(fake) {
      ids = seed(fake)
    },
  })
}

describe('a database', () => {
  it('that cannot be read for a while stays as it is, with its rows', async () => {
    await open()
    const { fake, harness } = world
    await harness.run()
    for (const config of [{}, { root_pages: ['Home', 'Lone'] }]) {
      await harness.configure(config)
      fake.server.fault = ({ path }) =>
        /^\/v1\/(databases|data_sources)\//.test(path) ? error(403, 'restricted_resource') : undefined
      expect(await harness.run()).toMatchObject({ deleted: 0, updated: 0 })
    }
    fake.server.fault = undefined
    await expectTruth(world)
  })

  it('with more rows than a query gives is listed whole', async () => {
    await open()
    const { fake, harness } = world
    fake.limitRows(3)
    for (const id of ids.rows) fake.hidden.add(id)
    await harness.run()
    await expectTruth(world)
  })

  it('that is a view of another one is left out, and its page is not read for ever', async () => {
    await open()
    const { fake, harness } = world
    const view = fake.block('child_database', { title: '' })
    const lone = fake.pages.get(ids.lone)
    lone?.blocks.push(view)
    const state = { description: '', created: 0, edited: 0, isTrashed: false, isShared: true }
    fake.databases.set(view.id, { id: view.id, title: '', parent: { page: ids.lone }, sources: [], ...state })
    fake.server.fault = ({ path }) => (path === `/v1/databases/${view.id}` ? error(404, 'object_not_found') : undefined)
    for (let run = 0; run < 7; run++) await harness.run()
    const before = fake.calls(`databases/${view.id}`)
    world.advance(10 * minuteMs)
    await expectQuiet(world)
    expect(fake.calls(`databases/${view.id}`)).toBe(before)
    fake.databases.delete(view.id)
  })

  it('keeps formulas of the present time out of its rows', async () => {
    await open()
    const { fake, harness } = world
    const source = fake.sources.get(ids.source)
    const expression = 'dateBetween(now(), prop("Due"), "days")'
    if (source)
      source.schema = { ...source.schema, Left: { id: 'left', name: 'Left', type: 'formula', formula: { expression } } }
    const row = fake.pages.get(ids.rows[0] ?? '')
    if (row) row.properties.Left = { id: 'left', type: 'formula', formula: { type: 'number', number: 5 } }
    await harness.run()
    if (row) row.properties.Left = { id: 'left', type: 'formula', formula: { type: 'number', number: 4 } }
    await expectQuiet(world)
    expect((await harness.entities()).get(`notion_database:${ids.tasks}`)?.text).toContain('- Left (formula)')
  })

  it('shows a new value of a rollup, though that is no edit of its row', async () => {
    await open()
    const { fake, harness } = world
    const row = fake.pages.get(ids.rows[0] ?? '')
    const rollup = (number: number) => ({
      id: 'sum',
      type: 'rollup',
      rollup: { type: 'number', number, function: 'sum' },
    })
    if (row) row.properties.Sum = rollup(1)
    await harness.run()
    if (row) row.properties.Sum = rollup(2)
    expect(await harness.run()).toMatchObject({ updated: 1 })
    expect((await harness.entities()).get(`notion_page:${row?.id}`)?.text).toContain('- Sum: 2')
  })
})
