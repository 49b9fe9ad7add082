import { describe, expect, test } from 'vitest'
import type { FakeMessage } from '../../support/fake-outlook-messages.ts'
import { entity, expectQuiet, expectTruth, furnish, start } from './outlook-mail-world.ts'

const inFolders =
  (...folders: string[]) =>
  ({ folder }: FakeMessage) =>
    folders.includes(folder)

describe('folders that are asked for', () => {
  test.each(['Projects', 'projects', 'Inbox/Projects'])(
    'by %s come with what is below them, from first to last',
    async name => {
      const world = await start({ included_folders: [name] })
      const { inbox, projects, plans, first, plan } = furnish(world.fake)
      const isWanted = inFolders(projects, plans)
      await world.harness.run()
      await expectTruth(world, isWanted)
      world.fake.move(first, projects)
      world.fake.move(plan, inbox)
      world.fake.add(inbox, 'Unasked')
      world.fake.add(fakeChild(), 'Deeper')
      await world.harness.run()
      await expectTruth(world, ({ folder }) => isWanted({ folder } as FakeMessage) || folder === child)
      await expectQuiet(world)
      function fakeChild(): string {
        child = world.fake.addFolder('Deeper', { parent: plans })
        return child
      }
    },
  )
  let child = ''

  test('by id', async () => {
    const world = await start()
    const { archive } = furnish(world.fake)
    await world.harness.configure({ included_folders: [archive] })
    await world.harness.run()
    await expectTruth(world, inFolders(archive))
  })

  test("by Outlook's own name, in a mailbox of another language", async () => {
    const world = await start({ included_folders: ['inbox'], excluded_folders: ['Projects'] })
    const { inbox } = furnish(world.fake)
    world.fake.changeFolder(inbox, { name: 'Posteingang' })
    await world.harness.run()
    await expectTruth(world, inFolders(inbox))
    await expectQuiet(world)
  })

  test('and one below them that is not', async () => {
    const world = await start({ excluded_folders: ['Projects'] })
    const { inbox, archive, plan, projects } = furnish(world.fake)
    await world.harness.run()
    await expectTruth(world, inFolders(inbox, archive))
    world.fake.move(plan, inbox)
    await world.harness.run()
    await expectTruth(world, inFolders(inbox, archive))
    world.fake.changeFolder(projects, { name: 'Work' })
    await world.harness.run()
    await expectTruth(world)
    world.fake.changeFolder(projects, { name: 'Projects' })
    await world.harness.run()
    await expectTruth(world, inFolders(inbox, archive))
    const folders = [...(await world.harness.entities()).values()].filter(
      ({ entityType }) => entityType === 'outlook_mail_folder',
    )
    expect(folders.map(({ entityId }) => entityId).sort()).toEqual([inbox, archive].sort())
  })

  test('that do not exist are refused, with the name', async () => {
    const world = await start({ included_folders: ['Inbux'] })
    furnish(world.fake)
    await expect(world.harness.run()).rejects.toMatchObject({
      code: 'bad_config',
      message: expect.stringContaining('Inbux'),
    })
  })

  test('that change delete what is no longer asked for', async () => {
    const world = await start()
    const { archive } = furnish(world.fake)
    await world.harness.run()
    await world.harness.configure({ included_folders: ['Archive'] })
    await world.harness.run()
    await expectTruth(world, inFolders(archive))
  })
})

test('after_date holds in the listing and in what changes later', async () => {
  const world = await start({ after_date: '2026-01-01' })
  const { inbox } = furnish(world.fake)
  const isNew = ({ members }: FakeMessage) => String(members.receivedDateTime) >= '2026-01-01'
  const old = world.fake.add(inbox, 'Ancient', { receivedDateTime: '2025-12-31T23:59:59Z' })
  await world.harness.run()
  await expectTruth(world, isNew)
  world.fake.mark(old, { isRead: true })
  world.fake.edit(old, { subject: 'Still ancient' })
  world.fake.add(inbox, 'Imported', { receivedDateTime: '2019-01-01T00:00:00Z' })
  const draft = world.fake.add(inbox, 'Recent')
  await world.harness.run()
  await expectTruth(world, isNew)
  world.fake.edit(draft, { receivedDateTime: '2025-01-01T00:00:00Z' })
  await world.harness.run()
  await expectTruth(world, isNew)
  await expectQuiet(world)
})

describe('the text of a message', () => {
  test('has a head that a person reads, and the body as Markdown', async () => {
    const world = await start()
    const { inbox } = furnish(world.fake)
    const id = world.fake.add(inbox, 'Hello', {
      ccRecipients: [{ emailAddress: { address: 'eve@example.com' } }],
      categories: ['Red', 'Blue'],
      body: { contentType: 'html', content: '<p>Read <a href="https://example.com/x">this</a></p>' },
      receivedDateTime: '2026-01-05T10:00:00Z',
    })
    await world.harness.run()
    const { text, url, createdAt } = await entity(world, `outlook_mail_message:${id}`)
    expect(text.split('\n').map(line => line.trimEnd())).toEqual([
      '**From:** Ann <ann@example.com>',
      '**To:** Bob <bob@example.com>',
      '**Cc:** eve@example.com',
      '**Date:** 2026-01-05T10:00:00Z',
      '**Subject:** Hello',
      '**Categories:** Blue, Red',
      '',
      'Read [this](https://example.com/x)',
    ])
    expect(url).toMatch(/^https:\/\/outlook\.office365\.com\/owa\//)
    expect(createdAt).toBe('2026-01-05T10:00:00Z')
  })

  test('of a draft says so, and a draft without sender, subject or body is a message too', async () => {
    const world = await start()
    const { inbox } = furnish(world.fake)
    const members = {
      isDraft: true,
      from: null,
      sender: null,
      subject: null,
      toRecipients: [],
      body: { contentType: 'text', content: '' },
    }
    const id = world.fake.add(inbox, 'x', members)
    await world.harness.run()
    expect(await entity(world, `outlook_mail_message:${id}`)).toMatchObject({
      name: '(no subject)',
      author: null,
      text: expect.stringContaining('**Draft:** yes'),
    })
    await expectQuiet(world)
  })
})
