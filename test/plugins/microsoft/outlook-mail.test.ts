import { describe, expect, test } from 'vitest'
import type { FakeOutlookMail } from '../../support/fake-outlook-mail.ts'
import { graphError } from '../../support/outlook-protocol.ts'
import {
  entity,
  expectQuiet,
  expectTruth,
  type Furniture,
  filesOf,
  furnish,
  start,
  textFile,
} from './outlook-mail-world.ts'

describe('a full listing', () => {
  test('brings in every message in its folder, with its files, and is followed by a quiet run', async () => {
    const world = await start()
    const { inbox, projects, plans, files, plan } = furnish(world.fake)
    await world.harness.run()
    await expectTruth(world)
    await expectQuiet(world)
    const crumb = (entityId: string, name: string, entityType = 'outlook_mail_folder') => ({
      entityId,
      name,
      entityType,
    })
    const folders = [crumb(inbox, 'Inbox'), crumb(projects, 'Projects'), crumb(plans, 'Plans')]
    expect(await entity(world, `outlook_mail_message:${plan}`)).toMatchObject({
      name: 'The plan',
      author: 'Ann <ann@example.com>',
      breadcrumbs: folders,
    })
    expect(await entity(world, `outlook_mail_attachment:${plan}/plan.txt=`)).toMatchObject({
      text: 'the great plan',
      breadcrumbs: [...folders, crumb(plan, 'The plan', 'outlook_mail_message')],
    })
    const texts = await Promise.all(
      filesOf().map(async ({ id }) => (await entity(world, `outlook_mail_attachment:${files}/${id}`)).text),
    )
    expect(texts[0]).toContain('apples')
    expect(texts[2]).toContain('secret garden')
    expect([texts[1], texts[3]]).toEqual(['', ''])
  })

  test('never lists the bytes of files', async () => {
    const world = await start()
    furnish(world.fake)
    await world.harness.run()
    const lists = world.fake.server.requests.filter(({ path }) => path.endsWith('/attachments'))
    expect(lists.length).toBeGreaterThan(0)
    expect(
      lists.filter(({ query }) => !query.get('$select') || query.get('$select')?.includes('contentBytes')),
    ).toEqual([])
  })

  test('goes on at the page where it was interrupted and follows what happened meanwhile', async () => {
    const world = await start()
    const { inbox, first, old, archive } = furnish(world.fake)
    let pages = 0
    world.fake.server.fault = ({ path }) =>
      path.includes('/messages/delta') && ++pages >= 6 ? graphError(401, 'InvalidAuthenticationToken') : undefined
    await expect(world.harness.run()).rejects.toMatchObject({ code: 'token_expired' })
    world.fake.server.fault = undefined
    world.fake.remove(first)
    world.fake.move(old, inbox)
    world.fake.edit(world.fake.add(archive, 'New'), { subject: 'Newer' })
    const before = world.fake.server.requests.length
    await world.harness.run()
    const resumed = world.fake.server.requests.slice(before).find(({ path }) => path.includes('/messages/delta'))
    expect(resumed?.query.has('$skiptoken')).toBe(true)
    await expectTruth(world)
    await expectQuiet(world)
  })
})

describe('a delta', () => {
  test.each<[string, (fake: FakeOutlookMail, things: Furniture) => void]>([
    ['a new message', (fake, { plans }) => fake.add(plans, 'New', {}, [textFile('new.txt', 'new')])],
    ['an edited message', (fake, { first }) => fake.edit(first, { subject: 'Edited' })],
    ['a message that was read', (fake, { first }) => fake.mark(first, { isRead: true })],
    ['a message with files that was read', (fake, { files }) => fake.mark(files, { isRead: true })],
    ['a subject, told alone, of a message with files', (fake, { files }) => fake.mark(files, { subject: 'Renamed' })],
    ['a file that was taken away', (fake, { files }) => fake.edit(files, {}, filesOf().slice(1))],
    ['a message without its files', (fake, { files }) => fake.edit(files, {}, [])],
    ['a deleted message', (fake, { files }) => fake.remove(files)],
    ['a move to a folder that is asked later', (fake, { files, archive }) => fake.move(files, archive)],
    ['a move to a folder that was asked before', (fake, { old, inbox }) => fake.move(old, inbox)],
    [
      'a move and back again, of which the return is not told',
      (fake, { files, inbox, archive }) => {
        fake.move(files, archive)
        fake.move(files, inbox)
      },
    ],
    [
      'a move through a folder to another one',
      (fake, { files, archive, plans }) => {
        fake.move(files, archive)
        fake.move(files, plans)
      },
    ],
    [
      'a move and then a deletion',
      (fake, { files, archive }) => {
        fake.move(files, archive)
        fake.remove(files)
      },
    ],
    [
      'a move together with a change',
      (fake, { old, inbox }) => {
        fake.move(old, inbox)
        fake.mark(old, { isRead: true })
      },
    ],
    [
      'a message that came and went',
      (fake, { inbox, archive }) => {
        const id = fake.add(inbox, 'Short')
        fake.move(id, archive)
        fake.remove(id)
      },
    ],
    [
      'a new folder in a new folder',
      (fake, { inbox }) => {
        const outer = fake.addFolder('Outer', { parent: inbox })
        fake.add(fake.addFolder('Inner', { parent: outer }), 'Deep', {}, [textFile('deep.txt', 'deep')])
      },
    ],
    [
      'a renamed folder, which all below it carry',
      (fake, { projects }) => fake.changeFolder(projects, { name: 'Work' }),
    ],
    ['a moved folder', (fake, { projects, archive }) => fake.changeFolder(projects, { parent: archive })],
    ['a folder that vanished with what is below it', (fake, { projects }) => fake.removeFolder(projects)],
    [
      'a folder that vanished after its messages were saved from it',
      (fake, { plan, plans, projects, archive }) => {
        fake.add(plans, 'Lost')
        fake.move(plan, archive)
        fake.removeFolder(projects)
      },
    ],
    [
      'more changes than a page holds',
      (fake, { inbox, archive, first, files }) => {
        for (let index = 0; index < 8; index++) fake.add(archive, `More ${index}`)
        fake.remove(first)
        fake.move(files, archive)
        fake.add(inbox, 'One more')
      },
    ],
  ])('follows %s', async (_name, change) => {
    const world = await start()
    const things = furnish(world.fake)
    await world.harness.run()
    change(world.fake, things)
    await world.harness.run()
    await expectTruth(world)
    await expectQuiet(world)
  })

  test('never shows a moved message as deleted, nor asks for one that has arrived', async () => {
    const world = await start()
    const { files, old, inbox, archive } = furnish(world.fake)
    await world.harness.run()
    world.fake.move(files, archive)
    world.fake.move(old, inbox)
    const begun = world.fake.server.requests.length
    world.fake.inner.length = 0
    expect(await world.harness.run()).toMatchObject({ inserted: 0, deleted: 0, updated: 6 })
    const paths = [...world.fake.server.requests.slice(begun).map(({ path }) => path), ...world.fake.inner]
    expect(paths.length).toBeGreaterThan(4)
    expect(paths.filter(path => /\/me\/messages\/[^/]+$/.test(path))).toEqual([])
  })

  test('takes a mark on a message from what it is told, without asking for the message or its files', async () => {
    const world = await start()
    const { files, first } = furnish(world.fake)
    await world.harness.run()
    world.fake.mark(files, { isRead: true })
    world.fake.mark(first, { flag: { flagStatus: 'flagged' } })
    world.fake.inner.length = 0
    expect(await world.harness.run()).toMatchObject({ requests: 2, updated: 2 })
    expect(world.fake.inner.filter(path => !path.includes('delta'))).toEqual([])
    const { text, raw } = await entity(world, `outlook_mail_message:${first}`)
    expect(text).toContain('About **First**')
    expect(raw?.flag).toEqual({ flagStatus: 'flagged' })
  })

  test('asks again for a message that was too long to be kept twice', async () => {
    const world = await start()
    const { inbox } = furnish(world.fake)
    const long = 'a long story '.repeat(4000)
    const id = world.fake.add(inbox, 'Long', { body: { contentType: 'text', content: long } })
    await world.harness.run()
    world.fake.mark(id, { isRead: true })
    await world.harness.run()
    await expectTruth(world)
    const { text, raw } = await entity(world, `outlook_mail_message:${id}`)
    expect(text.length).toBeGreaterThan(40_000)
    expect(raw).not.toHaveProperty('body')
  })
})

describe('a position that is no longer accepted', () => {
  test('in one folder lists that folder again and prunes it', async () => {
    const world = await start()
    const { inbox, first, files, archive } = furnish(world.fake)
    await world.harness.run()
    world.fake.remove(first)
    world.fake.move(files, archive)
    world.fake.add(inbox, 'New')
    world.fake.expired.add(inbox)
    expect(await world.harness.run()).toMatchObject({ inserted: 1, deleted: 1 })
    await expectTruth(world)
    const begun = world.fake.server.requests.filter(
      ({ path, query }) => path.includes('/messages/delta') && query.has('$select'),
    )
    expect(begun.filter(({ path }) => path.includes(encodeURIComponent(inbox)))).toHaveLength(2)
    expect(begun.filter(({ path }) => path.includes(encodeURIComponent(archive)))).toHaveLength(1)
    await expectQuiet(world)
  })

  test.each([2, 3, 4])('half-way, at page %i of the first listing, begins that folder again', async at => {
    const world = await start()
    const { inbox, first } = furnish(world.fake)
    let pages = 0
    world.fake.server.fault = ({ path }) => {
      if (path.includes('/messages/delta') && path.includes(encodeURIComponent(inbox)) && ++pages === at) {
        world.fake.remove(first)
        world.fake.expired.add(inbox)
      }
      return undefined
    }
    await world.harness.run()
    expect(pages).toBeGreaterThan(at)
    await expectTruth(world)
    await expectQuiet(world)
  })
})

describe('what cannot be read', () => {
  test('of a folder is kept, holds up no other, and is caught up with later', async () => {
    const world = await start()
    const { inbox, archive, first } = furnish(world.fake)
    await world.harness.run()
    world.fake.folderFaults.set(inbox, graphError(403, 'ErrorAccessDenied'))
    world.fake.remove(first)
    world.fake.add(archive, 'New')
    expect(await world.harness.run()).toMatchObject({ inserted: 1, deleted: 0, skipped: 1 })
    world.fake.folderFaults.clear()
    await world.harness.run()
    await expectTruth(world)
  })

  test('in a full listing is not swept, and pruned once it can be read again', async () => {
    const world = await start()
    const { inbox, first } = furnish(world.fake)
    await world.harness.run()
    await world.harness.configure({ after_date: '2020-01-01' })
    world.fake.remove(first)
    world.fake.folderFaults.set(inbox, graphError(403, 'ErrorAccessDenied'))
    expect(await world.harness.run()).toMatchObject({ deleted: 0, skipped: 1 })
    world.fake.folderFaults.clear()
    await world.harness.run()
    await expectTruth(world)
    await expectQuiet(world)
  })

  test.each(['/attachments', '/csv='])('below a message (%s) is tried again', async end => {
    const world = await start()
    const { files } = furnish(world.fake)
    world.fake.messageFaults.set(`${files}${end}`, graphError(403, 'ErrorAccessDenied'))
    expect((await world.harness.run()).skipped).toBeGreaterThan(0)
    world.fake.messageFaults.clear()
    await world.harness.run()
    await expectTruth(world)
    await expectQuiet(world)
  })

  test('of a message that left its folder keeps it until it can be asked for', async () => {
    const world = await start()
    const { files } = furnish(world.fake)
    await world.harness.run()
    world.fake.remove(files)
    world.fake.messageFaults.set(files, graphError(403, 'ErrorAccessDenied'))
    expect(await world.harness.run()).toMatchObject({ deleted: 0 })
    world.fake.messageFaults.clear()
    expect(await world.harness.run()).toMatchObject({ deleted: 5 })
    await expectTruth(world)
  })
})

describe('a server that has less', () => {
  test('follows everything without batches', async () => {
    const world = await start()
    world.fake.hasBatch = false
    const { files, first, archive, inbox } = furnish(world.fake)
    await world.harness.run()
    await expectTruth(world)
    world.fake.move(files, archive)
    world.fake.move(first, archive)
    world.fake.move(first, inbox)
    await world.harness.run()
    await expectTruth(world)
  })

  test('tells a move from a deletion without single messages, whichever folder is asked first', async () => {
    const world = await start()
    world.fake.hasMessages = false
    const { files, first, old, archive, inbox } = furnish(world.fake)
    await world.harness.run()
    world.fake.move(files, archive)
    world.fake.move(old, inbox)
    world.fake.mark(first, { isRead: true })
    expect(await world.harness.run()).toMatchObject({ inserted: 0, deleted: 0 })
    await expectTruth(world)
    world.fake.remove(first)
    await world.harness.run()
    await expectTruth(world)
  })
})

test('a file is read from its bytes where a server gives it in no other way', async () => {
  const world = await start()
  const { plan } = furnish(world.fake)
  world.fake.messageFaults.set(`${plan}/plan.txt=`, graphError(405, 'MethodNotAllowed'))
  await world.harness.run()
  expect((await entity(world, `outlook_mail_attachment:${plan}/plan.txt=`)).text).toBe('the great plan')
  await expectQuiet(world)
})

test('files are not fetched again days later, when everything is listed anew, however they are read', async () => {
  const world = await start()
  const { fake, harness } = world
  const { plan } = furnish(fake)
  fake.messageFaults.set(`${plan}/plan.txt=`, graphError(405, 'MethodNotAllowed'))
  const fetched = () => fake.server.requests.filter(({ path }) => /\/attachments\/./.test(path)).length
  await harness.run()
  const before = fetched()
  expect(before).toBeGreaterThan(2)
  harness.advance(3 * 24 * 60 * 60 * 1000)
  fake.epoch++
  await harness.run()
  expect(fetched()).toBe(before)
  await expectTruth(world)
})

test('a limit inside a batch is waited for as told, and loses nothing', async () => {
  const world = await start()
  const { archive, inbox } = furnish(world.fake)
  for (let index = 0; index < 4; index++) world.fake.add(inbox, `More ${index}`, {}, [textFile(`${index}.txt`, 'x')])
  await world.harness.run()
  for (const { id } of [...world.fake.messages.values()].slice(0, 4)) world.fake.move(id, archive)
  world.fake.limitedParts = 3
  await world.harness.run()
  await expectTruth(world)
  expect(world.harness.slept).toContain(7000)
})
