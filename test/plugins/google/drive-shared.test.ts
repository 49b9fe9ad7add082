import { describe, expect, test } from 'vitest'
import type { Config } from '../../../core/plugin.ts'
import { googleError } from '../../support/google-protocol.ts'
import { expectTruth, furnish, start } from './drive-world.ts'

describe('shared drives', () => {
  async function team(config: Config = { include_shared_drives: true }) {
    const world = await start(config)
    const ids = furnish(world.fake)
    const drive = world.fake.addDrive('Team')
    const folder = world.fake.folder('Work', drive)
    const ours = world.fake.add({ name: 'ours.txt', content: 'ours', parents: [folder], isOpened: true })
    return { ...world, ...ids, drive, folder, ours }
  }

  test('stay out unless they are asked for', async () => {
    const world = await team({})
    await world.harness.run()
    await expectTruth(world, path => path.startsWith('My Drive/'))
    world.fake.change(world.ours, { content: 'new' })
    await world.harness.run()
    await expectTruth(world, path => path.startsWith('My Drive/'))
  })

  test('are listed and followed by their own logs', async () => {
    const world = await team()
    await world.harness.run()
    await expectTruth(world)
    expect(await world.harness.run()).toMatchObject({ requests: 3, inserted: 0, updated: 0, deleted: 0 })
    world.fake.change(world.folder, { name: 'Done' })
    world.fake.add({ name: 'more.txt', content: 'more', parents: [world.folder] })
    await world.harness.run()
    await expectTruth(world)
  })

  test('that are renamed carry the name in all their files', async () => {
    const world = await team()
    await world.harness.run()
    world.fake.drives.set(world.drive, 'Crew')
    await world.harness.run()
    await expectTruth(world)
    expect((await world.harness.entities()).get(`google_drive_drive:${world.drive}`)?.name).toBe('Crew')
    expect(await world.harness.run()).toMatchObject({ requests: 3, updated: 0 })
  })

  test('that appear are listed, and those that were left are removed', async () => {
    const world = await team()
    await world.harness.run()
    const other = world.fake.addDrive('Other')
    world.fake.add({ name: 'fresh.txt', content: 'fresh', parents: [other] })
    world.fake.drives.delete(world.drive)
    await world.harness.run()
    await expectTruth(world)
    const entities = await world.harness.entities()
    expect(entities.has(`google_drive_drive:${world.drive}`)).toBe(false)
    expect(entities.has(`google_drive_drive:${other}`)).toBe(true)
  })

  test('take files and folders from My Drive and give them back', async () => {
    const world = await team()
    await world.harness.run()
    world.fake.change(world.plans, { parents: [world.folder] })
    world.fake.change(world.note, { parents: [world.drive] })
    await world.harness.run()
    await expectTruth(world)
    world.fake.change(world.folder, { parents: [world.docs] })
    await world.harness.run()
    await expectTruth(world)
  })

  test('that a file or folder moves into and that lose it at once do not keep it', async () => {
    const world = await team()
    await world.harness.run()
    world.fake.change(world.plans, { parents: [world.folder] })
    world.fake.change(world.note, { parents: [world.drive] })
    let logs = 0
    world.server.fault = ({ path, query }) => {
      // Read from the person's log as moved, and gone by the time that the drive's own log is read.
      if (!path.endsWith('/changes') || !query.get('driveId') || ++logs > 1) return undefined
      world.fake.delete(world.note)
      world.fake.change(world.plans, { isTrashed: true })
      return undefined
    }
    await world.harness.run()
    expect(logs).toBeGreaterThan(0)
    await world.harness.run()
    await expectTruth(world)
  })

  test('that cannot be read for once keep what is there', async () => {
    const world = await team()
    await world.harness.run()
    world.fake.change(world.ours, { content: 'changed' })
    world.server.fault = ({ query }) => (query.get('driveId') ? googleError(404, 'notFound') : undefined)
    expect(await world.harness.run()).toMatchObject({ deleted: 0, skipped: 1 })
    world.server.fault = undefined
    await world.harness.run()
    await expectTruth(world)
  })

  test('left out of a full listing are pruned once they can be read again', async () => {
    const world = await team({ include_shared_drives: true, max_file_mb: 5 })
    await world.harness.run()
    await world.harness.configure({ include_shared_drives: true, max_file_mb: 6 })
    world.server.fault = ({ query }) => (query.get('driveId') ? googleError(403, 'forbidden') : undefined)
    expect(await world.harness.run()).toMatchObject({ deleted: 0, skipped: 1 })
    world.fake.delete(world.ours)
    world.server.fault = undefined
    await world.harness.run()
    await expectTruth(world)
  })

  test.each(['/files', '/changes'])('that fail half-way in a full listing, at %s, are pruned later', async route => {
    const world = await team({ include_shared_drives: true, max_file_mb: 5 })
    for (let index = 0; index < 6; index++) {
      world.fake.add({ name: `f${index}.txt`, content: `${index}`, parents: [world.folder] })
    }
    await world.harness.run()
    world.fake.delete(world.ours)
    await world.harness.configure({ include_shared_drives: true, max_file_mb: 6 })
    let asked = 0
    world.server.fault = ({ path, query }) => {
      const isTheirs = query.get('driveId') !== null && path.endsWith(route) && query.has('pageToken')
      return isTheirs && ++asked === 1 ? googleError(403, 'forbidden') : undefined
    }
    expect(await world.harness.run()).toMatchObject({ deleted: 0, skipped: 1 })
    expect(asked).toBe(1)
    await world.harness.run()
    await expectTruth(world)
  })
})
