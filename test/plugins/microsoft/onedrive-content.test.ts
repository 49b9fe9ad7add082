import { describe, expect, test } from 'vitest'
import { graphError } from '../../support/fake-onedrive.ts'
import { expectQuiet, expectTruth, furnish, start, type World } from './onedrive-world.ts'

async function textOf({ harness }: World, id: string): Promise<string | undefined> {
  return (await harness.entities()).get(`onedrive_item:${id}`)?.text
}

describe('the content of a file', () => {
  test('is fetched from another host, without the bearer', async () => {
    const world = await start()
    const { note } = furnish(world.fake)
    await world.harness.run()
    expect(await textOf(world, note)).toBe('a note')
    expect(world.fake.files.requests.length).toBeGreaterThan(5)
    for (const { headers } of world.fake.files.requests) expect(headers.authorization).toBeUndefined()
  })

  test('is fetched without asking Graph from where the item says that it lies', async () => {
    const world = await start()
    const { note } = furnish(world.fake)
    world.fake.giveAddresses()
    await world.harness.run()
    await expectTruth(world)
    expect(await textOf(world, note)).toBe('a note')
    expect(world.fake.server.requests.filter(({ path }) => path.endsWith('/content'))).toEqual([])
    for (const { headers } of world.fake.files.requests) expect(headers.authorization).toBeUndefined()
    await expectQuiet(world)
  })

  test('is asked for where the addresses of items lead nowhere, after the first few', async () => {
    const world = await start()
    const { fake, harness } = world
    furnish(fake)
    fake.giveAddresses()
    // Those that Graph redirects to are good: they are made when somebody asks.
    const given = new Set<string>()
    fake.files.fault = ({ path }) => (given.has(path) ? { status: 404 } : undefined)
    const { addressOf } = fake
    fake.addressOf = item => {
      const url = addressOf?.(item) ?? ''
      given.add(new URL(url).pathname)
      return url
    }
    await harness.run()
    await expectTruth(world)
    const refused = fake.files.requests.filter(({ path }) => given.has(path))
    expect(refused.length).toBeGreaterThan(0)
    expect(refused.length).toBeLessThanOrEqual(4)
    const asked = fake.server.requests.filter(({ path }) => path.endsWith('/content'))
    expect(asked.length).toBeGreaterThan(refused.length)
  })

  test('is asked for where an address gives something of another size', async () => {
    const world = await start()
    const { fake } = world
    const { note } = furnish(fake)
    fake.giveAddresses()
    let pages = 0
    fake.files.fault = () => (pages++ === 0 ? { body: '<html></html>' } : undefined)
    await world.harness.run()
    expect(pages).toBeGreaterThan(1)
    expect(await textOf(world, note)).toBe('a note')
    await expectTruth(world)
  })

  test('is fetched again only when the file has changed', async () => {
    const world = await start()
    const { fake, harness } = world
    const { note, plan, photos } = furnish(fake)
    await harness.run()
    fake.downloads.splice(0)
    // Touched, and told of again, with nothing new to it.
    fake.change(note, {})
    fake.change(photos, {})
    fake.change(plan, { content: 'another plan' })
    await harness.run()
    expect(fake.downloads).toEqual([plan])
    await expectTruth(world)
  })

  test('is read once more when it is not as long as it should be, and is then what it is', async () => {
    const world = await start()
    const { note } = furnish(world.fake)
    const other = world.fake.add({ name: 'other.txt', content: 'longer than it seems', more: { size: 3 } })
    let pages = 0
    world.fake.server.fault = ({ path }) =>
      path.includes(note) && path.endsWith('/content') && pages++ === 0 ? { body: '<html></html>' } : undefined
    await world.harness.run()
    expect(pages).toBe(2)
    expect(await textOf(world, note)).toBe('a note')
    expect(await textOf(world, other)).toBe('longer than it seems')
    await expectQuiet(world)
  })

  test("of Office's files is read once, although OneDrive tells another size", async () => {
    const world = await start()
    const { fake, harness } = world
    const content = '{\\rtf1\\ansi Dear {\\b all}\\par}'
    const letter = fake.add({ name: 'letter.doc', mimeType: 'application/msword', content, more: { size: 7000 } })
    await harness.run()
    expect(fake.downloads).toEqual([letter, letter])
    harness.advance(3 * 24 * 60 * 60 * 1000)
    fake.change(letter, { name: 'renamed.doc' })
    await harness.run()
    expect(fake.downloads).toHaveLength(2)
    expect((await harness.entities()).get(`onedrive_item:${letter}`)).toMatchObject({
      ...{ name: 'renamed.doc', text: 'Dear **all**' },
    })
  })

  test("of Office's files that comes in another size each time is tried again in the next run", async () => {
    const world = await start()
    const { fake, harness } = world
    const content = '{\\rtf1\\ansi Dear {\\b all}\\par}'
    const letter = fake.add({ name: 'letter.doc', mimeType: 'application/msword', content, more: { size: 7000 } })
    let cut = 0
    fake.files.fault = () => (++cut < 3 ? { body: content.slice(0, cut * 8) } : undefined)
    await harness.run()
    expect(await textOf(world, letter)).toBe('')
    await harness.run()
    expect(await textOf(world, letter)).toBe('Dear **all**')
    await expectQuiet(world)
  })

  test('that is empty is not asked for, and says so', async () => {
    const world = await start()
    const note = world.fake.add({ name: 'note.txt', content: '' })
    const image = world.fake.add({ name: 'sea.jpg', mimeType: 'image/jpeg', content: '' })
    await world.harness.run()
    expect(world.fake.downloads).toEqual([])
    const entities = await world.harness.entities()
    expect(entities.get(`onedrive_item:${note}`)).toMatchObject({ text: '', fileReason: 'the file is empty' })
    expect(entities.get(`onedrive_item:${image}`)).toMatchObject({ text: '', fileReason: null })
    await expectQuiet(world)
    world.fake.change(note, { content: 'a note' })
    await world.harness.run()
    expect((await world.harness.entities()).get(`onedrive_item:${note}`)).toMatchObject({
      ...{ text: 'a note', fileReason: null },
    })
  })

  test('becomes Markdown by its type, or by its extension where the type says nothing', async () => {
    const world = await start()
    const { fake } = world
    const page = fake.add({ name: 'page.html', mimeType: 'text/html', content: '<h1>Title</h1><p>one <b>two</b></p>' })
    const table = fake.add({ name: 'table.csv', mimeType: 'application/octet-stream', content: 'a,b\n1,2\n' })
    const binary = fake.add({ name: 'blob', mimeType: 'application/octet-stream', content: 'blob' })
    const rich = fake.add({ name: 'letter.rtf', mimeType: 'text/rtf', content: '{\\rtf1\\ansi Dear {\\b all}\\par}' })
    await world.harness.run()
    expect(await textOf(world, page)).toBe('# Title\n\none **two**')
    expect(await textOf(world, table)).toContain('| 1 | 2 |')
    expect(await textOf(world, binary)).toBe('')
    expect(await textOf(world, rich)).toBe('Dear **all**')
    expect(new Set(fake.downloads)).toEqual(new Set([page, table, rich]))
  })

  test('is left alone when it is too large, flagged as malware, or lies in another drive', async () => {
    const world = await start({ max_file_mb: 1 })
    const { fake } = world
    const large = fake.add({ name: 'large.txt', content: 'x'.repeat(1024 * 1024 + 1) })
    const bad = fake.add({ name: 'bad.txt', content: 'bad', more: { malware: { description: 'Trojan' } } })
    const shortcut = fake.add({ name: 'Team', kind: 'shortcut' })
    await world.harness.run()
    expect(fake.downloads).toEqual([])
    const entities = await world.harness.entities()
    expect(entities.get(`onedrive_item:${large}`)?.name).toBe('large.txt')
    expect(entities.get(`onedrive_item:${bad}`)?.raw).toMatchObject({ malware: { description: 'Trojan' } })
    expect(entities.get(`onedrive_item:${shortcut}`)?.raw).toMatchObject({ remoteItem: { id: `remote-${shortcut}` } })
    await expectQuiet(world)
  })
})

describe('a notebook', () => {
  test('is an entity, and a folder of its sections that may be renamed', async () => {
    const world = await start()
    const { fake } = world
    const folder = fake.folder('Notes')
    const notebook = fake.add({ name: 'Diary', kind: 'notebook', parent: folder })
    fake.add({ name: 'January.one', mimeType: 'application/msonenote', parent: notebook })
    await world.harness.run()
    await expectTruth(world)
    fake.change(notebook, { name: 'Journal' })
    await world.harness.run()
    await expectTruth(world)
    fake.change(folder, { name: 'Books' })
    await world.harness.run()
    await expectTruth(world)
    fake.delete(notebook)
    await world.harness.run()
    await expectTruth(world)
    await expectQuiet(world)
  })
})

describe('content that cannot be had', () => {
  test.each([
    { what: 'a lock', fault: graphError(423, 'resourceLocked') },
    { what: 'a refusal', fault: graphError(403, 'accessDenied') },
    { what: 'a damaged file', fault: graphError(500, 'generalException') },
    { what: 'a bad request', fault: graphError(400, 'invalidRequest') },
    {
      what: 'a redirect to where nothing should go',
      fault: { status: 302, headers: { location: 'http://example.com/' } },
    },
  ])('($what) leaves the item with its metadata and is tried again', async ({ fault }) => {
    const world = await start()
    const { note, plan } = furnish(world.fake)
    world.fake.contentFaults.set(note, fault)
    await world.harness.run()
    expect(await textOf(world, note)).toBe('')
    expect(await textOf(world, plan)).toBe('the plan')
    world.fake.contentFaults.clear()
    await world.harness.run()
    await expectTruth(world)
    await expectQuiet(world)
  })

  test('keeps the text of before until it can', async () => {
    const world = await start()
    const { note } = furnish(world.fake)
    await world.harness.run()
    world.fake.change(note, { content: 'another note' })
    world.fake.contentFaults.set(note, graphError(403, 'accessDenied'))
    expect((await world.harness.run()).skipped).toBe(1)
    expect(await textOf(world, note)).toBe('a note')
    world.fake.epoch++
    await world.harness.run()
    expect(await textOf(world, note)).toBe('a note')
    world.fake.contentFaults.clear()
    await world.harness.run()
    await expectTruth(world)
  })

  test('for ever is tried in five runs, then once a day', async () => {
    const world = await start()
    const { note } = furnish(world.fake)
    world.fake.contentFaults.set(note, graphError(403, 'accessDenied'))
    for (let number = 0; number < 5; number++) expect((await world.harness.run()).requests).toBeGreaterThan(1)
    await expectQuiet(world)
    world.fake.contentFaults.clear()
    world.harness.advance(24 * 60 * 60 * 1000)
    await world.harness.run()
    await expectTruth(world)
    await expectQuiet(world)
  })

  test.each([['under its name'], ['under another name'], ['in another folder']])(
    'never takes away the text that it had, %s',
    async how => {
      const world = await start()
      const { note, photos } = furnish(world.fake)
      await world.harness.run()
      if (how === 'under its name') world.fake.change(note, { content: 'a longer note' })
      else world.fake.change(note, how === 'in another folder' ? { parent: photos } : { name: 'other.txt' })
      world.fake.contentFaults.set(note, graphError(403, 'accessDenied'))
      let runs = 0
      for (; runs < 7; runs++) {
        if (runs === 3) world.fake.epoch++
        await world.harness.run()
        expect(await textOf(world, note)).toBe('a note')
      }
      expect(runs).toBe(7)
      world.fake.contentFaults.clear()
      world.harness.advance(24 * 60 * 60 * 1000)
      await world.harness.run()
      await expectTruth(world)
      await expectQuiet(world)
    },
  )

  test('of a file that never had a text does not keep it from another name', async () => {
    const world = await start()
    const { note } = furnish(world.fake)
    world.fake.contentFaults.set(note, graphError(403, 'accessDenied'))
    await world.harness.run()
    world.fake.change(note, { name: 'other.txt' })
    await world.harness.run()
    expect((await world.harness.entities()).get(`onedrive_item:${note}`)?.name).toBe('other.txt')
    world.fake.contentFaults.clear()
    await world.harness.run()
    await expectTruth(world)
  })

  test('is forgotten with its file, and does not lose one that was saved from a deleted folder', async () => {
    const world = await start()
    const { budget, plan, docs, photos } = furnish(world.fake)
    await world.harness.run()
    for (const id of [budget, plan]) {
      world.fake.change(id, { content: 'changed' })
      world.fake.contentFaults.set(id, graphError(403, 'accessDenied'))
    }
    await world.harness.run()
    world.fake.change(plan, { parent: photos })
    world.fake.delete(docs)
    await world.harness.run()
    expect(await textOf(world, plan)).toBe('the plan')
    expect(await textOf(world, budget)).toBeUndefined()
    world.fake.contentFaults.clear()
    await world.harness.run()
    await expectTruth(world)
    await expectQuiet(world)
  })

  test('because its host is in trouble, for two files for ever, does not end a sync', async () => {
    const world = await start()
    const { note, plan } = furnish(world.fake)
    for (const id of [note, plan]) world.fake.contentFaults.set(id, graphError(503, 'serviceNotAvailable'))
    await world.harness.run()
    expect(await textOf(world, note)).toBe('')
    await world.harness.run()
    world.fake.contentFaults.clear()
    await world.harness.run()
    await expectTruth(world)
    await expectQuiet(world)
  })
})
