import { afterEach, describe, expect, it } from 'vitest'
import { dayMs, daysAgo, expectQuiet, expectTruth, openWorkspace, type Workspace } from './workspace.ts'

let workspace: Workspace | undefined
afterEach(async () => {
  await workspace?.close()
  workspace = undefined
})

describe('channels', () => {
  it.each([
    ['channels by name', { channels: ['#General', 'random'] }, ['C00000001', 'C00000002']],
    ['channels by id', { channels: ['C00000003'] }, ['C00000003']],
    ['all but excluded ones', { exclude_channels: ['random', 'C00000003'] }, ['C00000001', 'C00000004']],
    ['exclusion before inclusion', { channels: ['general', 'random'], exclude_channels: ['#random'] }, ['C00000001']],
    [
      'direct messages',
      { include_direct_messages: true, exclude_channels: ['attic'] },
      ['C00000001', 'C00000002', 'C00000003', 'D00000001'],
    ],
    ['a direct message by the name of the other', { include_direct_messages: true, channels: ['@ann'] }, ['D00000001']],
    ['nothing for a name that nobody has', { channels: ['nowhere'] }, []],
  ])('are filtered in a listing and after it: %s', async (_name, config, ids) => {
    workspace = await openWorkspace({ config })
    const { fake, harness } = workspace
    const wanted = { channel: (id: string) => ids.includes(id) }
    await harness.run()
    await expectTruth(workspace, wanted)
    for (const { id } of fake.channels) fake.post(id, 'new')
    await harness.run()
    await expectTruth(workspace, wanted)
    await expectQuiet(workspace)
  })

  it('come and go as they are renamed', async () => {
    workspace = await openWorkspace({ config: { channels: ['general'] } })
    const { fake, harness } = workspace
    await harness.run()
    const [general, random] = fake.channels
    if (general) general.name = 'other'
    await harness.run()
    await expectTruth(workspace, { channel: () => false })
    if (random) random.name = 'general'
    await harness.run()
    await expectTruth(workspace, { channel: id => id === 'C00000002' })
    await expectQuiet(workspace)
  })

  it('go when the configuration changes', async () => {
    workspace = await openWorkspace()
    await workspace.harness.run()
    await workspace.harness.configure({ exclude_channels: ['secret'] })
    await workspace.harness.run()
    await expectTruth(workspace, { channel: id => !id.startsWith('D') && id !== 'C00000003' })
    await expectQuiet(workspace)
  })

  it('that were archived keep what was said in them', async () => {
    workspace = await openWorkspace()
    const { fake, harness } = workspace
    await harness.run()
    fake.post('C00000002', 'last words')
    fake.setArchived('C00000002', true)
    await harness.run()
    await expectTruth(workspace)
    await expectQuiet(workspace)
    fake.setArchived('C00000002', false)
    fake.post('C00000002', 'back again')
    fake.setArchived('C00000002', true)
    await harness.run()
    await expectTruth(workspace)
  })
})

describe('history_days', () => {
  const config = { history_days: 7 }

  it('bounds a listing and what follows by the beginning of each thread', async () => {
    workspace = await openWorkspace({ config })
    const { fake, harness } = workspace
    harness.advance(60_000)
    await harness.run()
    await expectTruth(workspace, { after: daysAgo(7) })
    fake.reply('C00000001', daysAgo(8), { text: 'to an old thread', ts: daysAgo(0, 1) })
    fake.post('C00000001', { text: 'new', ts: daysAgo(0, 2) })
    await harness.run()
    await expectTruth(workspace, { after: daysAgo(7) })
    await expectQuiet(workspace)
  })

  it('moves on: what has become too old is deleted, threads whole', async () => {
    workspace = await openWorkspace({ config })
    const { fake, harness } = workspace
    fake.reply('C00000001', daysAgo(6), { text: 'a young reply', ts: daysAgo(0, 1) })
    fake.reply('C00000001', daysAgo(6), { text: 'a broadcast one', subtype: 'thread_broadcast', ts: daysAgo(0, 2) })
    harness.advance(60_000)
    await harness.run()
    let runs = 0
    for (let day = 1; day <= 4; day++) {
      harness.advance(dayMs)
      await harness.run()
      await expectTruth(workspace, { after: daysAgo(7 - day) })
      runs++
    }
    expect(runs).toBe(4)
  })
})
