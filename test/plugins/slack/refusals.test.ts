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

describe('a thread that is not found, and is there', () => {
  const general = 'C00000001'
  const notFound = { body: { ok: false, error: 'thread_not_found' } }

  /** Everything that the next run does, with the first so many requests for threads refused. */
  async function runRefused({ fake, harness }: Workspace, refusals: number) {
    let refused = 0
    fake.server.fault = request => {
      if (!request.path.endsWith('replies') || refused === refusals) return undefined
      refused++
      return notFound
    }
    const { inserted, updated, deleted, skipped } = await harness.run()
    fake.server.fault = undefined
    expect(refused).toBeGreaterThan(0)
    return { inserted, updated, deleted, skipped }
  }

  it('leaves its first message as it was, and is read again in the next run', async () => {
    workspace = await openWorkspace()
    const { fake, harness } = workspace
    await harness.run()
    const before = await harness.entities()
    expect(await runRefused(workspace, 1)).toEqual({ inserted: 0, updated: 0, deleted: 0, skipped: 1 })
    expect(await harness.entities()).toEqual(before)
    const requests = fake.calls('conversations.replies')
    await expectQuiet(workspace)
    expect(fake.calls('conversations.replies')).toBeGreaterThan(requests)
    expect(await harness.entities()).toEqual(before)
  })

  it('tells nothing of replies that the store does not hold', async () => {
    workspace = await openWorkspace()
    const { fake, harness } = workspace
    await harness.run()
    const before = await harness.entities()
    fake.reply(general, daysAgo(8), { text: 'a further reply', ts: daysAgo(1) })
    fake.reply(general, daysAgo(9), { text: 'a first one', ts: daysAgo(1, 1) })
    const refused = await runRefused(workspace, Number.POSITIVE_INFINITY)
    expect(refused).toEqual({ inserted: 0, updated: 0, deleted: 0, skipped: 3 })
    expect(await harness.entities()).toEqual(before)
    expect(await harness.run()).toMatchObject({ inserted: 2, updated: 2, skipped: 0 })
    await expectTruth(workspace)
    await expectQuiet(workspace)
  })

  it('is read again where nothing else would tell, long after it ended', async () => {
    workspace = await openWorkspace()
    const { fake, harness } = workspace
    await harness.run()
    fake.edit(general, daysAgo(8, 60), 'an edited reply, which shows on no first message')
    // Another filter begins a listing anew; in the run after it the thread is outside of the window.
    await harness.configure({ thread_window_days: 1 })
    expect(await runRefused(workspace, Number.POSITIVE_INFINITY)).toMatchObject({ inserted: 0, updated: 0, deleted: 0 })
    expect(await harness.run()).toMatchObject({ updated: 1, skipped: 0 })
    await expectTruth(workspace)
    const requests = fake.calls('conversations.replies')
    await expectQuiet(workspace)
    expect(fake.calls('conversations.replies')).toBe(requests)
  })

  it('is read again where a first sync did without it', async () => {
    workspace = await openWorkspace({ config: { thread_window_days: 1 } })
    const { harness } = workspace
    expect(await runRefused(workspace, Number.POSITIVE_INFINITY)).toMatchObject({ skipped: 2, deleted: 0 })
    expect(await harness.run()).toMatchObject({ inserted: 5, skipped: 0 })
    await expectTruth(workspace)
    await expectQuiet(workspace)
  })

  it('is not taken for gone where its replies alone were met', async () => {
    workspace = await openWorkspace({ config: { thread_window_days: 2 } })
    const { fake, harness } = workspace
    fake.reply(general, daysAgo(9), { text: 'a late reply', ts: daysAgo(1, 5) })
    for (let index = 0; index < 6; index++) fake.post(general, { text: `between ${index}`, ts: daysAgo(2, index) })
    await harness.run()
    fake.edit(general, daysAgo(1, 5), 'an edited late reply')
    const skips = await runRefused(workspace, Number.POSITIVE_INFINITY)
    expect(skips).toMatchObject({ inserted: 0, updated: 0, deleted: 0 })
    expect(skips.skipped).toBeGreaterThan(0)
    expect(await harness.run()).toMatchObject({ updated: 1, deleted: 0, skipped: 0 })
    await expectTruth(workspace)
    await expectQuiet(workspace)
  })

  it('is forgotten once its channel is left', async () => {
    workspace = await openWorkspace()
    const { fake, harness } = workspace
    await runRefused(workspace, 1)
    fake.channels.splice(0, 1)
    await harness.run()
    await expectTruth(workspace)
    expect(await harness.cursor()).not.toHaveProperty('unread')
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

  it('for a while keeps the links that there are', async () => {
    workspace = await openWorkspace()
    const { fake, harness } = workspace
    await harness.run()
    fake.server.fault = request => (request.path.endsWith('/auth.test') ? { status: 404 } : undefined)
    await expectQuiet(workspace)
  })

  it('is not one that refuses it: no link is lost for that', async () => {
    workspace = await openWorkspace()
    const { fake, harness } = workspace
    await harness.run()
    await harness.configure({ thread_window_days: 10 })
    const refusal = { body: { ok: false, error: 'access_denied' } }
    fake.server.fault = request => (request.path.endsWith('/auth.test') ? refusal : undefined)
    await expect(harness.run()).rejects.toMatchObject({ code: 'item_forbidden' })
    fake.server.fault = undefined
    await expectQuiet(workspace)
  })
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
