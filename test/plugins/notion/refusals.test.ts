import { afterEach, describe, expect, it } from 'vitest'
import { error } from '../../support/fake-notion-protocol.ts'
import { expectQuiet, expectTruth, heldBy, minuteMs, openWorld, paragraph, seed, truthOf, type World } from './world.ts'

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

describe('without the capability to read comments', () => {
  it('everything else comes in, and all comments do as soon as they may', async () => {
    await open()
    const { fake, harness } = world
    for (const page of [...fake.pages.keys()]) fake.comment(page, `on ${page}`)
    fake.refusals.comments = true
    expect(await harness.run()).toMatchObject({ skipped: 1, failed: 0 })
    const withoutComments = [...truthOf(fake).keys()].filter(key => !key.startsWith('notion_comment:'))
    expect([...(await heldBy(harness)).keys()].sort()).toEqual(withoutComments.sort())
    expect(fake.calls('comments')).toBeLessThan(5)
    fake.refusals.comments = false
    await harness.run()
    await expectTruth(world)
    fake.refusals.comments = true
    expect(await harness.run()).toMatchObject({ skipped: 1, deleted: 0 })
    await harness.configure({ root_pages: ['Home', 'Lone'] })
    expect(await harness.run()).toMatchObject({ deleted: 0 })
    await expectTruth(world)
  })
})

describe('without the capability to read people', () => {
  it('nothing has an author, and nothing is lost', async () => {
    await open()
    const { fake, harness } = world
    fake.refusals.users = true
    expect(await harness.run()).toMatchObject({ skipped: 0, failed: 0 })
    await expectTruth(world)
    fake.refusals.users = false
    await harness.run()
    const authors = [...(await harness.entities()).values()].filter(({ entityType }) => entityType === 'notion_page')
    expect(authors.length).toBeGreaterThan(5)
    expect(authors.every(({ author }) => author === 'Ann')).toBe(true)
    // Refused once, the names that are there stay.
    fake.refusals.users = true
    expect(await harness.run()).toMatchObject({ updated: 0 })
    fake.refusals.users = false
    await expectQuiet(world)
  })
})

describe('a server that lacks routes', () => {
  it.each([404, 405, 501])('answers them with %i, and is read as far as it goes', async status => {
    await open()
    const { fake, harness } = world
    const has = /^\/v1\/(search|blocks\/[^/]+\/children|data_sources\/[^/]+\/query)$/
    fake.server.fault = ({ path }) => (has.test(path) ? undefined : { status, body: 'no' })
    await harness.run()
    const held = await harness.entities()
    expect(held.has(`notion_page:${ids.rows[3]}`)).toBe(true)
    expect(held.get(`notion_page:${ids.lone}`)?.text).toBe('Lone text')
    expect(held.get(`notion_page:${ids.rows[0]}`)?.breadcrumbs.map(({ name }) => name)).toEqual(['Home', 'Tasks'])
    fake.trash(ids.lone)
    await harness.run()
    expect((await harness.entities()).has(`notion_page:${ids.lone}`)).toBe(false)
  })
})

describe('a page that cannot be read whole', () => {
  it('keeps its last text, and is read when it can be', async () => {
    await open()
    const { fake, harness } = world
    await harness.run()
    world.advance(10 * minuteMs)
    fake.edit(ids.home, { blocks: [paragraph(fake, 'new'), ...(fake.pages.get(ids.home)?.blocks ?? [])] })
    for (const config of [{}, { root_pages: ['Home', 'Lone'] }]) {
      await harness.configure(config)
      fake.server.fault = ({ path }) => (path.includes(ids.toggle.id) ? error(403, 'restricted_resource') : undefined)
      expect(await harness.run()).toMatchObject({ skipped: 1, deleted: 0 })
      expect((await harness.entities()).get(`notion_page:${ids.home}`)?.text).toMatch(/^one\n\ntwo/)
    }
    fake.server.fault = undefined
    await harness.run()
    await expectTruth(world)
  })

  it('for a kind of block that Notion does not support, has its properties at least', async () => {
    await open()
    const { fake, harness } = world
    const [row = ''] = ids.rows
    fake.unsupported.add(row)
    expect(await harness.run()).toMatchObject({ failed: 1 })
    expect((await harness.entities()).get(`notion_page:${row}`)?.text).toBe('- Note: note 1')
    for (let run = 0; run < 6; run++) await harness.run()
    const before = fake.calls(`blocks/${row}`)
    await harness.run()
    expect(fake.calls(`blocks/${row}`)).toBe(before)
    fake.unsupported.clear()
    world.advance(10 * minuteMs)
    fake.edit(row, {})
    await harness.run()
    await expectTruth(world)
  })

  it('for a shared block whose original is out of reach, does without it', async () => {
    await open()
    const { fake, harness } = world
    const copy = fake.block('synced_block', { synced_from: { type: 'block_id', block_id: fake.newId() } })
    fake.edit(ids.lone, { blocks: [paragraph(fake, 'mine'), copy] })
    await harness.run()
    expect((await harness.entities()).get(`notion_page:${ids.lone}`)?.text).toBe('mine')
  })

  it('since it shows itself, has an end', async () => {
    await open()
    const { fake, harness } = world
    const original = fake.block('synced_block', { synced_from: null }, [paragraph(fake, 'round')])
    const copy = fake.block('synced_block', { synced_from: { type: 'block_id', block_id: original.id } })
    original.children.push(copy)
    fake.edit(ids.lone, { blocks: [original, copy] })
    await harness.run()
    expect((await harness.entities()).get(`notion_page:${ids.lone}`)?.text).toBe('round\n\nround')
  })
})

describe('a page whose blocks always answer 500', () => {
  it('ends no run, keeps its text, and the rest goes on', async () => {
    await open()
    const { fake, harness } = world
    fake.server.fault = ({ path }) =>
      path === `/v1/blocks/${ids.guide}/children` ? error(500, 'internal_server_error') : undefined
    await harness.run()
    // What stands in those blocks alone cannot be known of.
    const seen = [...truthOf(fake).keys()].filter(key => key !== `notion_page:${ids.secret}`)
    expect([...(await heldBy(harness)).keys()].sort()).toEqual(seen.sort())
    fake.server.fault = undefined
    await harness.run()
    await expectTruth(world)
    world.advance(10 * minuteMs)
    fake.edit(ids.guide, { title: 'Handbook', blocks: [paragraph(fake, 'rewritten')] })
    fake.edit(ids.lone, { blocks: [paragraph(fake, 'goes on')] })
    fake.server.fault = ({ path }) =>
      path === `/v1/blocks/${ids.guide}/children` ? error(500, 'internal_server_error') : undefined
    for (let run = 0; run < 2; run++) {
      expect(await harness.run()).toMatchObject({ deleted: 0 })
      const held = await harness.entities()
      expect(held.get(`notion_page:${ids.lone}`)?.text).toBe('goes on')
      expect(held.get(`notion_page:${ids.guide}`)).toMatchObject({ name: 'Handbook' })
      expect(held.get(`notion_page:${ids.guide}`)?.text).toContain('Guide text')
    }
    fake.server.fault = undefined
    await harness.run()
    await expectTruth(world)
  })
})

describe('a page that can be read in part only', () => {
  it('gets its new name and place, and so does what is below it', async () => {
    await open()
    const { fake, harness } = world
    await harness.run()
    world.advance(10 * minuteMs)
    fake.unsupported.add(ids.deep)
    fake.edit(ids.deep, { title: 'Depth' })
    fake.edit(ids.home, { title: 'House' })
    await harness.run()
    const deep = (await harness.entities()).get(`notion_page:${ids.deep}`)
    expect(deep?.name).toBe('Depth')
    expect(deep?.breadcrumbs.map(({ name }) => name)).toEqual(['House'])
    expect(deep?.text).toContain('Deep text')
    await harness.configure({ root_pages: ['House', 'Lone'] })
    fake.unsupported.clear()
    await harness.run()
    await expectTruth(world)
  })

  it('comes in with that part at first, and is tried again in every run', async () => {
    await open()
    const { fake, harness } = world
    fake.server.fault = ({ path }) =>
      path === `/v1/blocks/${ids.toggle.id}/children` ? error(404, 'object_not_found') : undefined
    for (let run = 0; run < 7; run++) {
      expect(await harness.run()).toMatchObject({ skipped: 1 })
      expect((await harness.entities()).get(`notion_page:${ids.home}`)?.text).toContain('one')
    }
    fake.server.fault = undefined
    await harness.run()
    await expectTruth(world)
  })
})

describe('a page that no listing shows', () => {
  it('is not forgotten when it cannot be read at first', async () => {
    await open()
    const { fake, harness } = world
    fake.server.fault = ({ path }) =>
      path.includes(`blocks/${ids.secret}`) ? error(403, 'restricted_resource') : undefined
    for (let run = 0; run < 7; run++) expect(await harness.run()).toMatchObject({ skipped: 1 })
    fake.server.fault = undefined
    await harness.run()
    await expectTruth(world)
  })

  it('is not given up for one answer that it is not there', async () => {
    await open()
    const { fake, harness } = world
    await harness.run()
    fake.hidden.add(ids.lone)
    let asked = 0
    fake.server.fault = ({ path }) => {
      if (path !== `/v1/pages/${ids.lone}`) return undefined
      asked++
      return asked === 1 ? error(404, 'object_not_found') : undefined
    }
    expect(await harness.run()).toMatchObject({ deleted: 0 })
    expect(asked).toBe(2)
    await expectTruth(world)
  })
})
