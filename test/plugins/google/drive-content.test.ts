import { describe, expect, test } from 'vitest'
import { googleError } from '../../support/google-protocol.ts'
import { expectTruth, furnish, held, start } from './drive-world.ts'

describe('content', () => {
  test("is exported from Google's own formats", async () => {
    const world = await start()
    const images = '![][image1]\n\n[image1]: <data:image/png;base64,iVBORw0KGgo=>\n'
    world.fake.add({ name: 'doc', mimeType: 'application/vnd.google-apps.document', content: `# Title\n\n${images}` })
    world.fake.add({ name: 'sheet', mimeType: 'application/vnd.google-apps.spreadsheet', content: 'x,y\n1,2\n' })
    world.fake.add({
      name: 'slides',
      mimeType: 'application/vnd.google-apps.presentation',
      content: 'slide one\fslide two',
    })
    world.fake.add({ name: 'form', mimeType: 'application/vnd.google-apps.form' })
    await world.harness.run()
    const tree = await held(world)
    expect(tree['My Drive/doc']).toBe('# Title')
    expect(tree['My Drive/sheet']).toMatch(/First sheet.*\| x.*Second sheet.*the same/s)
    expect(tree['My Drive/slides']).toMatch(/slide one.*slide two/s)
    expect(tree['My Drive/form']).toBe('')
  })

  test('falls back to plain text where Markdown cannot be had', async () => {
    const world = await start()
    world.fake.add({ name: 'doc', mimeType: 'application/vnd.google-apps.document', content: 'words' })
    world.server.fault = ({ query }) =>
      query.get('mimeType') === 'text/markdown' ? googleError(400, 'badRequest') : undefined
    await world.harness.run()
    expect(await held(world)).toEqual({ 'My Drive/doc': 'words' })
  })

  test('that is too large to export costs the file its text alone', async () => {
    const world = await start()
    const id = world.fake.add({ name: 'doc', mimeType: 'application/vnd.google-apps.document', content: 'words' })
    world.fake.contentFaults.set(id, googleError(403, 'exportSizeLimitExceeded'))
    await world.harness.run()
    expect(await held(world)).toEqual({ 'My Drive/doc': '' })
    expect(await world.harness.run()).toMatchObject({ requests: 1, updated: 0 })
  })

  test('is not fetched where it is larger than max_file_mb, or cannot become text', async () => {
    const world = await start({ max_file_mb: 1 })
    world.fake.add({ name: 'large.txt', content: 'x'.repeat(1024 * 1024 + 1) })
    world.fake.add({ name: 'film.mp4', mimeType: 'video/mp4', content: 'film' })
    world.fake.add({ name: 'small.txt', content: 'small' })
    world.fake.add({ name: 'letter.rtf', mimeType: 'application/rtf', content: '{\\rtf1\\ansi Dear {\\b all}\\par}' })
    await world.harness.run()
    expect(await held(world)).toEqual({
      'My Drive/letter.rtf': 'Dear **all**',
      'My Drive/large.txt': '',
      'My Drive/film.mp4': '',
      'My Drive/small.txt': 'small',
    })
    expect(world.server.requests.filter(({ query }) => query.get('alt') === 'media')).toHaveLength(2)
  })

  test('is fetched once, whatever becomes of the name and the place of its file', async () => {
    const world = await start()
    const folder = world.fake.add({ name: 'Docs', mimeType: 'application/vnd.google-apps.folder' })
    const note = world.fake.add({ name: 'note.txt', content: 'a note' })
    world.fake.add({ name: 'doc', mimeType: 'application/vnd.google-apps.document', content: 'words' })
    const fetches = () =>
      world.server.requests.filter(({ path, query }) => query.get('alt') === 'media' || path.endsWith('/export')).length
    await world.harness.run()
    expect(fetches()).toBe(2)
    world.fake.change(note, { name: 'renamed.txt', parents: [folder] })
    await world.harness.run()
    // Another option: everything is listed anew.
    await world.harness.configure({ max_file_mb: 24 })
    await world.harness.run()
    expect(fetches()).toBe(2)
    expect(await held(world)).toMatchObject({ 'My Drive/Docs/renamed.txt': 'a note', 'My Drive/doc': 'words' })
    world.fake.change(note, { content: 'another note' })
    await world.harness.run()
    expect(fetches()).toBe(3)
    expect(await held(world)).toMatchObject({ 'My Drive/Docs/renamed.txt': 'another note' })
  })

  test.each([
    ['that is empty', '', 1, 'the file is empty'],
    ['that is blank', ' \n\n ', 1, 'no text is in the file'],
    ['that does not come as Markdown', 'words', 2, null],
    ['that is too large in each form', 'words '.repeat(200_000), 2, 'it is larger than 1 MB (max_file_mb)'],
  ])('of Google %s is exported once, though everything is listed anew', async (what, content, requests, reason) => {
    const world = await start({ max_file_mb: 1 })
    const id = world.fake.add({ name: 'doc', mimeType: 'application/vnd.google-apps.document', content })
    world.server.fault = ({ query }) =>
      what.includes('Markdown') && query.get('mimeType') === 'text/markdown'
        ? googleError(400, 'badRequest')
        : undefined
    const exports = () => world.server.requests.filter(({ path }) => path.endsWith('/export')).length
    await world.harness.run()
    expect(exports()).toBe(requests)
    expect((await world.harness.entities()).get(`google_drive_file:${id}`)?.fileReason).toBe(reason)
    await world.harness.configure({ max_file_mb: 1, include_patterns: ['**'] })
    await world.harness.run()
    expect(exports()).toBe(requests)
    expect((await world.harness.entities()).get(`google_drive_file:${id}`)?.fileReason).toBe(reason)
  })

  test.each(['0', '1024', '30000000'])('of Google is exported once, although it takes %s bytes there', async size => {
    const world = await start({ max_file_mb: 1 })
    const mimeType = 'application/vnd.google-apps.document'
    const id = world.fake.add({ name: 'doc', mimeType, content: 'words', more: { size } })
    const exports = () => world.server.requests.filter(({ path }) => path.endsWith('/export')).length
    await world.harness.run()
    expect((await world.harness.entities()).get(`google_drive_file:${id}`)).toMatchObject({
      ...{ text: 'words', fileReason: null },
    })
    world.harness.advance(3 * 24 * 60 * 60 * 1000)
    await world.harness.configure({ max_file_mb: 1, include_patterns: ['**'] })
    await world.harness.run()
    expect(exports()).toBe(1)
  })

  test('is exported as Markdown once that can be had again', async () => {
    const world = await start()
    world.fake.add({ name: 'doc', mimeType: 'application/vnd.google-apps.document', content: '# Words' })
    const forms = () => world.server.requests.flatMap(({ query }) => query.get('mimeType') ?? [])
    world.server.fault = ({ query }) =>
      query.get('mimeType') === 'text/markdown' ? googleError(403, 'forbidden') : undefined
    await world.harness.run()
    expect(forms()).toEqual(['text/markdown', 'text/plain'])
    world.server.fault = undefined
    await world.harness.run()
    expect(forms()).toEqual(['text/markdown', 'text/plain', 'text/markdown'])
    expect((await world.harness.run()).requests).toBe(1)
  })

  test('that is missing has a reason', async () => {
    const world = await start({ max_file_mb: 1 })
    const large = world.fake.add({ name: 'large.txt', content: 'x'.repeat(1024 * 1024 + 1) })
    const broken = world.fake.add({ name: 'broken.pdf', mimeType: 'application/pdf', content: 'no PDF' })
    const huge = world.fake.add({ name: 'doc', mimeType: 'application/vnd.google-apps.document', content: 'words' })
    world.fake.contentFaults.set(huge, googleError(403, 'exportSizeLimitExceeded'))
    await world.harness.run()
    const entities = await world.harness.entities()
    const reasonOf = (id: string) => entities.get(`google_drive_file:${id}`)?.fileReason
    expect(reasonOf(large)).toBe('it is larger than 1 MB (max_file_mb)')
    expect(reasonOf(broken)).toMatch(/PDF/)
    expect(reasonOf(huge)).toBe('it is larger than Google exports (10 MB)')
  })

  test('that cannot be had now is tried again in the next run, and what there was stays till then', async () => {
    const world = await start()
    const { plan, note } = furnish(world.fake)
    world.fake.contentFaults.set(note, googleError(403, 'forbidden'))
    await world.harness.run()
    expect((await held(world))['My Drive/note.txt']).toBe('')
    world.fake.change(plan, { content: 'second plan' })
    world.fake.contentFaults.set(plan, googleError(404, 'notFound'))
    const { skipped } = await world.harness.run()
    expect(skipped).toBeGreaterThan(0)
    expect((await held(world))['My Drive/Docs/Plans/plan.txt']).toBe('the plan')
    world.fake.contentFaults.clear()
    await world.harness.run()
    await expectTruth(world)
    expect((await world.harness.run()).requests).toBe(1)
  })

  test('that never can be had is given up after a few runs', async () => {
    const world = await start()
    const { note } = furnish(world.fake)
    world.fake.contentFaults.set(note, googleError(403, 'forbidden'))
    let runs = 1
    await world.harness.run()
    while ((await world.harness.run()).requests > 1 && runs < 20) runs++
    expect(runs).toBeGreaterThan(1)
    expect(runs).toBeLessThan(10)
    expect(await held(world)).toHaveProperty(['My Drive/note.txt'], '')
  })
})

describe('odd files', () => {
  test('a shortcut is kept without content and names its target', async () => {
    const world = await start()
    const shortcutDetails = { targetId: 'somewhere', targetMimeType: 'text/plain' }
    const mimeType = 'application/vnd.google-apps.shortcut'
    const id = world.fake.add({ name: 'link', mimeType, more: { shortcutDetails } })
    await world.harness.run()
    const entity = (await world.harness.entities()).get(`google_drive_file:${id}`)
    expect(entity).toMatchObject({ text: '', raw: { shortcutDetails } })
  })

  test('a file of several folders keeps one place, whatever order Google gives them in', async () => {
    const world = await start()
    const { docs, photos } = furnish(world.fake)
    const both = world.fake.add({ name: 'both.txt', content: 'both', parents: [docs, photos] })
    await world.harness.run()
    for (let turn = 0; turn < 3; turn++) {
      world.fake.change(both, {})
      expect(await world.harness.run()).toMatchObject({ inserted: 0, updated: 0, deleted: 0 })
    }
    await expectTruth(world)
    expect.hasAssertions()
  })

  test('a file that another person shares hangs on the drive', async () => {
    const world = await start()
    world.fake.add({ name: 'theirs.txt', content: 'theirs', parents: [] })
    await world.harness.run()
    expect(await held(world)).toEqual({ 'My Drive/theirs.txt': 'theirs' })
  })
})
