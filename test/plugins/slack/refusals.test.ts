import { afterEach, describe, expect, it } from 'vitest'
import {
  dayMs,
  daysAgo,
  expectQuiet,
  expectTruth,
  heldBy,
  openWorkspace,
  truthOf,
  type Workspace,
} from './workspace.ts'

let workspace: Workspace | undefined
afterEach(async () => {
  await workspace?.close()
  workspace = undefined
})

describe('a channel that refuses', () => {
  it.each(['not_in_channel', 'channel_not_found', 'is_archived', 'access_denied'])(
    'is left alone (%s), and read when it is open again',
    async refusal => {
      workspace = await openWorkspace()
      const { fake, harness } = workspace
      fake.refusals.set('C00000002', refusal)
      expect(await harness.run()).toMatchObject({ skipped: 1 })
      const withoutRandom = new Map([...truthOf(fake)].filter(([key]) => !key.startsWith('slack_message:C00000002/')))
      expect([...(await heldBy(harness)).keys()].sort()).toEqual([...withoutRandom.keys()].sort())
      fake.refusals.clear()
      expect(await harness.run()).toMatchObject({ skipped: 0 })
      await expectTruth(workspace)
      await expectQuiet(workspace)
    },
  )

  it('keeps what was read of it, in a run and in a full listing', async () => {
    workspace = await openWorkspace()
    const { fake, harness } = workspace
    await harness.run()
    const before = truthOf(fake)
    fake.refusals.set('C00000002', 'not_in_channel')
    fake.refusals.set('C00000003', 'not_in_channel')
    expect(await harness.run()).toMatchObject({ skipped: 2, deleted: 0 })
    await harness.configure({ thread_window_days: 10 })
    expect(await harness.run()).toMatchObject({ skipped: 2, deleted: 0 })
    expect([...(await heldBy(harness)).keys()].sort()).toEqual([...before.keys()].sort())
    fake.remove('C00000002', daysAgo(8))
    fake.post('C00000002', 'meanwhile')
    fake.refusals.clear()
    await harness.run()
    await harness.run()
    await expectTruth(workspace)
  })
})

describe('a thread that refuses', () => {
  it('keeps its replies, and is read in the next run', async () => {
    workspace = await openWorkspace()
    const { fake, harness } = workspace
    await harness.run()
    fake.edit('C00000001', daysAgo(8, 60), 'edited reply')
    fake.server.fault = request =>
      request.path.endsWith('replies') ? { body: { ok: false, error: 'thread_not_found' } } : undefined
    expect(await harness.run()).toMatchObject({ deleted: 0, inserted: 0 })
    fake.server.fault = undefined
    await harness.run()
    await expectTruth(workspace)
    await expectQuiet(workspace)
  })
})

describe('a server without auth.test', () => {
  it.each([{ status: 404 }, { body: { ok: false, error: 'unknown_method' } }])(
    'costs the links alone (%j)',
    async answer => {
      workspace = await openWorkspace()
      const { fake, harness } = workspace
      fake.server.fault = request => (request.path.endsWith('/auth.test') ? answer : undefined)
      await harness.run()
      const held = await harness.entities()
      expect(held.size).toBe(truthOf(fake).size)
      expect(held.get(`slack_message:C00000001/${fake.messages.get('C00000001')?.at(-1)?.ts}`)?.url ?? null).toBeNull()
    },
  )
})

describe('a missing scope', () => {
  it('for people leaves them out and shows ids', async () => {
    workspace = await openWorkspace()
    const { fake, harness } = workspace
    fake.missingScopes.add('users:read')
    expect(await harness.run()).toMatchObject({ skipped: 1 })
    const entities = await harness.entities()
    expect([...entities.keys()].some(key => key.startsWith('slack_user:'))).toBe(false)
    expect(entities.get(`slack_message:C00000001/${daysAgo(8, 60)}`)?.author).toBe('U00000002')
    fake.missingScopes.clear()
    await harness.run()
    await harness.run()
    await expectTruth(workspace)
    fake.missingScopes.add('users:read')
    expect(await harness.run()).toMatchObject({ skipped: 1, inserted: 0, deleted: 0 })
    await harness.configure({ thread_window_days: 10 })
    await harness.run()
    await expectTruth(workspace)
  })

  it('for channels fails and names it', async () => {
    workspace = await openWorkspace()
    workspace.fake.missingScopes.add('groups:read')
    await expect(workspace.harness.run()).rejects.toMatchObject({
      code: 'scope_missing',
      message: expect.stringContaining('groups:read'),
    })
  })
})

describe('a token that Slack refuses', () => {
  it('fails the run with Slack’s own word, and nothing is deleted', async () => {
    workspace = await openWorkspace()
    const { fake, harness } = workspace
    await harness.run()
    for (const error of ['invalid_auth', 'token_revoked', 'account_inactive']) {
      fake.server.fault = () => ({ body: { ok: false, error } })
      await expect(harness.run()).rejects.toMatchObject({ code: 'token_expired', providerError: error })
    }
    fake.server.fault = undefined
    await expectTruth(workspace)
  })
})

describe('an app outside the Marketplace', () => {
  it('gets one answer of 15 messages a minute, and everything in the end', async () => {
    workspace = await openWorkspace({
      pageSize: 200,
      seed(fake) {
        fake.addChannel({ id: 'C00000001', name: 'general' })
        for (let index = 0; index < 100; index++)
          fake.post('C00000001', { text: `message ${index}`, ts: daysAgo(200 - index) })
        fake.reply('C00000001', daysAgo(190), { text: 'reply', ts: daysAgo(101, 10) })
        for (const method of ['conversations.history', 'conversations.replies']) fake.pace(method, 60_000, 15)
      },
    })
    const { fake, harness } = workspace
    await harness.run()
    await expectTruth(workspace)
    expect(harness.slept.filter(ms => ms > 50_000).length).toBeGreaterThan(5)
    fake.post('C00000001', { text: 'new', ts: daysAgo(0) })
    harness.advance(dayMs)
    await harness.run()
    await expectTruth(workspace)
  })
})
