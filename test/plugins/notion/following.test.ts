import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { expectQuiet, expectTruth, minuteMs, note, openWorld, paragraph, seed, type World } from './world.ts'

let world: World
let ids: ReturnType<typeof seed>

beforeEach(async () => {
  world = await openWorld({
    seed(fake) {
      ids = seed(fake)
    },
  })
  await world.harness.run()
})
afterEach(() => world.close())

async function follow(expected: { inserted?: number; updated?: number; deleted?: number }): Promise<void> {
  const { inserted, updated, deleted } = await world.harness.run()
  expect({ inserted, updated, deleted }).toEqual({ inserted: 0, updated: 0, deleted: 0, ...expected })
  await expectTruth(world)
  world.advance(5 * minuteMs)
  await expectQuiet(world)
}

describe('the first run', () => {
  it('brings in every page, listed by search or not, with its text and place', async () => {
    await expectTruth(world)
    const deeper = (await world.harness.entities()).get(`notion_page:${ids.deeper}`)
    expect(deeper?.breadcrumbs.map(({ name, entityType }) => [name, entityType])).toEqual([
      ['Home', 'notion_page'],
      ['Deep', 'notion_page'],
    ])
    expect(deeper?.author).toBe('Ann')
    expect(deeper?.url).toContain('notion.so')
    const row = (await world.harness.entities()).get(`notion_page:${ids.rows[0]}`)
    expect(row?.breadcrumbs.map(({ entityType }) => entityType)).toEqual(['notion_page', 'notion_database'])
  })

  it('is followed by quiet ones that read no more than the newest page', async () => {
    const before = world.fake.calls('blocks')
    const { requests } = await expectQuiet(world)
    expect(world.fake.calls('blocks') - before).toBeLessThanOrEqual(3)
    expect(requests).toBeLessThan(40)
    await expectQuiet(world)
  })

  it('done once more, with other filters, writes nothing anew and reads no blocks', async () => {
    await world.harness.configure({ root_pages: ['Home', 'Lone'] })
    const before = world.fake.calls('blocks')
    expect(await world.harness.run()).toMatchObject({ inserted: 0, updated: 0, deleted: 0 })
    expect(world.fake.calls('blocks') - before).toBeLessThanOrEqual(3)
    await expectTruth(world)
  })

  it('keeps nothing in raw that differs at each read', async () => {
    for (const { raw } of (await world.harness.entities()).values()) {
      expect(JSON.stringify(raw)).not.toMatch(/expiry_time|signature|avatar_url|\?read=/)
    }
  })
})

describe('the next run finds', () => {
  it('a new page, in a page and in a database', async () => {
    const { fake } = world
    fake.addPage({ title: 'New', parent: { page: ids.lone }, blocks: [paragraph(fake, 'new')] })
    fake.addPage({ title: 'Task 5', parent: { source: ids.source }, properties: note('five') })
    await follow({ inserted: 2, updated: 1 })
  })

  it('a new page that search does not list', async () => {
    const { fake } = world
    const id = fake.addPage({ title: 'Quiet', parent: { page: ids.guide }, blocks: [paragraph(fake, 'psst')] })
    const below = fake.addPage({ title: 'Quieter', parent: { page: id } })
    fake.hidden.add(id).add(below)
    await follow({ inserted: 2, updated: 1 })
  })

  it('a new database in a page, that search does not list', async () => {
    const { fake } = world
    const { id, sources } = fake.addDatabase({
      title: 'Places',
      parent: { page: ids.lone },
      sources: [{ title: 'A' }, { title: 'B' }],
    })
    for (const source of sources) fake.hidden.add(source).add(fake.addPage({ title: 'Row', parent: { source } }))
    expect(fake.databases.has(id)).toBe(true)
    await follow({ inserted: 3, updated: 1 })
  })

  it('an edited page, and the same page edited again within the minute', async () => {
    const { fake, harness } = world
    fake.edit(ids.rows[1] ?? '', { blocks: [paragraph(fake, 'first')] })
    expect(await harness.run()).toMatchObject({ updated: 1 })
    fake.edit(ids.rows[1] ?? '', { blocks: [paragraph(fake, 'second')] })
    await follow({ updated: 1 })
  })

  it('an edit within the minute of the last one, though something else is newer by now', async () => {
    const { fake, harness } = world
    fake.edit(ids.lone, { blocks: [paragraph(fake, 'first')] })
    await harness.run()
    const edited = fake.pages.get(ids.lone)?.edited
    fake.edit(ids.lone, { blocks: [paragraph(fake, 'second')] })
    Object.assign(fake.pages.get(ids.lone) ?? {}, { edited })
    world.advance(2 * minuteMs)
    fake.edit(ids.rows[0] ?? '', { properties: note('newer') })
    await follow({ updated: 2 })
  })

  it('an edit within the minute of the last one, however wrong our own clock is', async () => {
    const { fake, harness } = world
    fake.edit(ids.lone, { blocks: [paragraph(fake, 'first')] })
    harness.advance(60 * minuteMs)
    await harness.run()
    await expectQuiet(world)
    const lone = fake.pages.get(ids.lone)
    if (lone) lone.blocks = [paragraph(fake, 'second')]
    expect(await harness.run()).toMatchObject({ updated: 1 })
    await expectTruth(world)
  })

  it('an edited property', async () => {
    world.fake.edit(ids.rows[2] ?? '', { properties: note('other') })
    await follow({ updated: 1 })
  })

  it('a renamed page, in the place of all below it and where it is mentioned, without reading their blocks', async () => {
    const before = world.fake.calls('blocks')
    world.fake.edit(ids.home, { title: 'House' })
    // Home, Guide with two comments, Deep, Deeper, Unlisted, Tasks, four rows.
    await follow({ updated: 12 })
    expect(world.fake.calls('blocks') - before).toBeLessThan(15)
  })

  it('a renamed child in the text of its parent', async () => {
    world.fake.edit(ids.secret, { title: 'Hidden' })
    await follow({ updated: 2 })
  })

  it('a renamed database', async () => {
    world.fake.renameDatabase(ids.tasks, 'To do')
    await follow({ updated: 6 })
  })

  it('a renamed person', async () => {
    world.fake.users.set('user-ann', 'Anna')
    await world.harness.run()
    const authors = [...(await world.harness.entities()).values()].map(({ author }) => author)
    expect(authors).not.toContain('Ann')
    expect(authors).toContain('Anna')
    await expectQuiet(world)
  })

  it('a moved page with all below it, out of a block too', async () => {
    world.fake.move(ids.deep, { page: ids.lone })
    // Deep, Deeper, and the texts of Home and Lone.
    await follow({ updated: 4 })
    world.fake.move(ids.guide, { block: ids.toggle.id })
    await world.harness.run()
    await expectTruth(world)
  })

  it('a trashed page with all below it, and its return', async () => {
    const { fake, harness } = world
    fake.trash(ids.guide)
    await follow({ deleted: 4, updated: 1 })
    fake.trash(ids.guide, false)
    await harness.run()
    await expectTruth(world)
  })

  it('a trashed database with its rows', async () => {
    world.fake.trash(ids.tasks)
    const before = world.fake.calls('pages')
    await follow({ deleted: 5, updated: 1 })
    expect(world.fake.calls('pages') - before).toBeLessThan(5)
  })

  it('a page that is not shared any more, or gone for ever', async () => {
    world.fake.unshare(ids.guide)
    await follow({ deleted: 4, updated: 1 })
    world.fake.destroy(ids.rows[3] ?? '')
    await follow({ deleted: 1 })
  })

  it('a new, an edited and a deleted comment, though none of them changes its page', async () => {
    const { fake } = world
    fake.comment(ids.lone, 'late')
    const [first = '', second = ''] = ids.comments
    const edited = fake.comments.get(first)
    if (edited) edited.text = 'very well said'
    fake.comments.delete(second)
    let runs = 0
    do {
      runs++
      await world.harness.run()
    } while (runs < 2)
    await expectTruth(world)
  })

  it('a block that is shown on two pages, on both', async () => {
    const { fake, harness } = world
    const original = fake.block('synced_block', { synced_from: null }, [paragraph(fake, 'shared')])
    const copy = fake.block('synced_block', { synced_from: { type: 'block_id', block_id: original.id } })
    fake.edit(ids.lone, { blocks: [original] })
    fake.edit(ids.rows[0] ?? '', { blocks: [copy] })
    world.advance(10 * minuteMs)
    await harness.run()
    const before = fake.pages.get(ids.rows[0] ?? '')?.edited
    original.children = [paragraph(fake, 'shared and changed')]
    fake.edit(ids.lone, {})
    await harness.run()
    const row = (await harness.entities()).get(`notion_page:${ids.rows[0]}`)
    expect(row?.text).toContain('shared and changed')
    expect(fake.pages.get(ids.rows[0] ?? '')?.edited).toBe(before)
  })
})
