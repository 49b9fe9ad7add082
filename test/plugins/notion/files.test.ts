import { afterEach, describe, expect, it } from 'vitest'
import { text } from '../../support/fake-notion-objects.ts'
import { startFakeServer } from '../../support/fake-server.ts'
import { expectQuiet, minuteMs, openWorld, seed, type World } from './world.ts'

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

describe('files', () => {
  it('have a lasting identity, and text where they can have one', async () => {
    await open()
    const { fake, harness } = world
    const stranger = await startFakeServer([
      { method: 'GET', pattern: '/other.txt', handler: () => ({ body: 'kept elsewhere' }) },
    ])
    fake.files.set('notes.txt', 'the notes')
    const hosted = fake.block('file', {
      type: 'file',
      file: { url: `${fake.server.url}/files/notes.txt` },
      name: 'notes.txt',
      caption: [text('mine')],
    })
    const elsewhere = fake.block('image', {
      type: 'external',
      external: { url: 'https://pictures.example/cat.png' },
      caption: [],
    })
    const foreign = fake.block('file', {
      type: 'file',
      file: { url: `${stranger.url}/other.txt` },
      name: 'other.txt',
      caption: [],
    })
    fake.edit(ids.lone, { blocks: [hosted, elsewhere, foreign] })
    const attachment = { name: 'a.txt', type: 'file', file: { url: `${fake.server.url}/files/notes.txt` } }
    fake.edit(ids.rows[0] ?? '', {
      properties: { Files: { id: 'files', type: 'files', files: [attachment, attachment] } },
    })
    await harness.run()
    const entities = await harness.entities()
    expect(entities.get(`notion_file:${hosted.id}`)).toMatchObject({ name: 'notes.txt', text: 'mine\n\nthe notes' })
    expect(entities.get(`notion_file:${hosted.id}`)?.breadcrumbs.map(({ name }) => name)).toEqual(['Lone'])
    expect(entities.get(`notion_file:${elsewhere.id}`)?.url).toBe('https://pictures.example/cat.png')
    expect(entities.get(`notion_file:${foreign.id}`)?.text).toBe('kept elsewhere')
    // Notion keeps its files on another host, which must not see the token.
    expect(stranger.requests.map(({ headers }) => headers.authorization)).toEqual([undefined])
    expect(entities.get(`notion_file:${ids.rows[0]}/files/a.txt`)?.text).toBe('the notes')
    expect(entities.has(`notion_file:${ids.rows[0]}/files/a.txt/2`)).toBe(true)
    await expectQuiet(world)
    await stranger.close()
    world.advance(10 * minuteMs)
    fake.edit(ids.lone, { title: 'Lonely', blocks: [elsewhere] })
    expect(await harness.run()).toMatchObject({ deleted: 2 })
    fake.edit(ids.rows[0] ?? '', { properties: {} })
    expect(await harness.run()).toMatchObject({ deleted: 2 })
    fake.trash(ids.lone)
    expect(await harness.run()).toMatchObject({ deleted: 3 })
  })

  it('keep the text they have while it cannot be had', async () => {
    await open()
    const { fake, harness } = world
    fake.files.set('notes.txt', 'the notes')
    const file = fake.block('file', {
      type: 'file',
      file: { url: `${fake.server.url}/files/notes.txt` },
      name: 'notes.txt',
      caption: [],
    })
    fake.edit(ids.lone, { blocks: [file] })
    await harness.run()
    // Another upload has another address.
    fake.files.set('again.txt', 'new notes')
    file.content.file = { url: `${fake.server.url}/files/again.txt` }
    fake.edit(ids.lone, { title: 'Lonely' })
    fake.server.fault = ({ path }) => (path.startsWith('/files/') ? { status: 403, body: 'expired' } : undefined)
    expect(await harness.run()).toMatchObject({ skipped: 1, deleted: 0 })
    expect((await harness.entities()).get(`notion_file:${file.id}`)?.text).toBe('the notes')
    fake.server.fault = undefined
    await harness.run()
    expect((await harness.entities()).get(`notion_file:${file.id}`)?.text).toBe('new notes')
  })

  it('are not fetched again while they are the same, whatever becomes of their page', async () => {
    await open()
    const { fake, harness } = world
    fake.files.set('notes.txt', 'the notes')
    const url = `${fake.server.url}/files/notes.txt`
    const file = fake.block('file', { type: 'file', file: { url }, name: 'notes.txt', caption: [] })
    fake.edit(ids.lone, { blocks: [file] })
    await harness.run()
    const fetched = () => fake.server.requests.filter(({ path }) => path.startsWith('/files/')).length
    const before = fetched()
    expect(before).toBeGreaterThan(0)
    file.content.file = { url: `${url}?signature=2` }
    file.edited = fake.pages.get(ids.lone)?.edited ?? 0
    world.advance(10 * minuteMs)
    fake.edit(ids.lone, { title: 'Lonely' })
    await harness.run()
    // Another option: everything is listed anew.
    await harness.configure({ max_file_mb: 24 })
    await harness.run()
    expect(fetched()).toBe(before)
    expect((await harness.entities()).get(`notion_file:${file.id}`)).toMatchObject({
      text: 'the notes',
      breadcrumbs: [expect.objectContaining({ name: 'Lonely' })],
    })
  })

  it('that are too large are not fetched again either, although their size is told by no one', async () => {
    await open({ config: { max_file_mb: 1 } })
    const { fake, harness } = world
    fake.files.set('long.txt', 'long '.repeat(300_000))
    const url = `${fake.server.url}/files/long.txt`
    const file = fake.block('file', { type: 'file', file: { url }, name: 'long.txt', caption: [] })
    fake.edit(ids.lone, { blocks: [file] })
    file.edited = fake.pages.get(ids.lone)?.edited ?? 0
    await harness.run()
    const fetched = () => fake.server.requests.filter(({ path }) => path.startsWith('/files/')).length
    const fileReason = async () => (await harness.entities()).get(`notion_file:${file.id}`)?.fileReason
    expect([fetched(), await fileReason()]).toEqual([1, 'it is larger than 1 MB (max_file_mb)'])
    world.advance(10 * minuteMs)
    fake.edit(ids.lone, { title: 'Lonely' })
    await harness.run()
    expect([fetched(), await fileReason()]).toEqual([1, 'it is larger than 1 MB (max_file_mb)'])
    await harness.configure({ max_file_mb: 2 })
    await harness.run()
    expect([fetched(), await fileReason()]).toEqual([2, null])
  })
})
