import { afterEach, describe, expect, it } from 'vitest'
import {
  bearerFault,
  daysAgo,
  expectQuiet,
  expectTruth,
  file,
  formOf,
  openWorkspace,
  type Workspace,
} from './workspace.ts'

let workspace: Workspace | undefined
afterEach(async () => {
  await workspace?.close()
  workspace = undefined
})

describe('a first run', () => {
  it('brings in everything that the token can read, and the next one changes nothing', async () => {
    workspace = await openWorkspace()
    const result = await workspace.harness.run()
    expect(result).toMatchObject({ updated: 0, deleted: 0, skipped: 0, failed: 0 })
    await expectTruth(workspace)
    await expectQuiet(workspace)
    await expectTruth(workspace)
  })

  it('says who wrote what where, and where to open it', async () => {
    workspace = await openWorkspace()
    await workspace.harness.run()
    const entities = await workspace.harness.entities()
    const parent = daysAgo(8)
    const reply = daysAgo(8, 60)
    expect(entities.get(`slack_message:C00000001/${reply}`)).toMatchObject({
      name: 'reply 1',
      author: 'Ann',
      url: `https://test-team.slack.com/archives/C00000001/p${reply.replace('.', '')}?thread_ts=${parent}&cid=C00000001`,
      createdAt: '2026-01-07T12:01:00.000Z',
      breadcrumbs: [
        { entityId: 'C00000001', name: 'general', entityType: 'slack_channel' },
        { entityId: `C00000001/${parent}`, name: 'C00000001 message 2', entityType: 'slack_message' },
      ],
    })
    // Who has left still has a name in what they wrote.
    expect(entities.get(`slack_message:C00000001/${daysAgo(8, 120)}`)?.author).toBe('Zoe')
    expect(entities.has('slack_user:U00000004')).toBe(false)
    expect(entities.get('slack_channel:C00000003')).toMatchObject({
      name: 'secret',
      url: 'https://test-team.slack.com/archives/C00000003',
    })
    expect(entities.get('slack_file:F00000001')).toMatchObject({
      name: 'F00000001.pdf',
      author: 'Ann',
      breadcrumbs: [{ name: 'random' }, { name: 'with a file' }],
    })
  })

  it('reads pages as large as the server likes', async () => {
    for (const pageSize of [1, 2, 5, 200]) {
      workspace = await openWorkspace({ pageSize })
      await workspace.harness.run()
      await expectTruth(workspace)
      await expectQuiet(workspace)
      await workspace.close()
    }
    workspace = undefined
  })

  it('shows apps under their names and reads what they compose', async () => {
    workspace = await openWorkspace({
      seed(fake) {
        fake.addUser({ id: 'U00000001', name: 'me' })
        fake.addChannel({ id: 'C00000001', name: 'ops' })
        const blocks = [
          { type: 'section', text: { type: 'mrkdwn', text: '*Deployed* by <@U00000001> to <#C00000001>' } },
        ]
        fake.post('C00000001', {
          ts: daysAgo(1),
          subtype: 'bot_message',
          username: 'Deployer',
          bot_id: 'B00000001',
          text: 'fallback',
          blocks,
        })
        fake.post('C00000001', {
          ts: daysAgo(1, 1),
          text: 'see',
          attachments: [
            { id: 1, title: 'Report', title_link: 'https://x.test/r', text: 'all *good*', fallback: 'Report' },
          ],
        })
      },
    })
    await workspace.harness.run()
    const entities = await workspace.harness.entities()
    expect(entities.get(`slack_message:C00000001/${daysAgo(1)}`)).toMatchObject({
      author: 'Deployer',
      name: 'Deployed by @me to #ops',
      text: '**Deployed** by @me to #ops',
    })
    expect(entities.get(`slack_message:C00000001/${daysAgo(1, 1)}`)?.text).toBe(
      'see\n\n[Report](https://x.test/r)\nall **good**',
    )
    // Members that differ at each read must not look like edits.
    await expectQuiet(workspace)
  })
})

describe('an interrupted listing', () => {
  it('does not read again what it has', async () => {
    workspace = await openWorkspace({
      seed(fake) {
        fake.addChannel({ id: 'C00000001', name: 'general' })
        for (let index = 0; index < 60; index++)
          fake.post('C00000001', { text: `message ${index}`, ts: daysAgo(100 - index) })
      },
    })
    const { fake, harness } = workspace
    fake.server.fault = () => (fake.calls('conversations.history') > 15 ? bearerFault : undefined)
    await expect(harness.run()).rejects.toMatchObject({ code: 'token_expired' })
    fake.server.fault = undefined
    const before = fake.server.requests.length
    // What changes meanwhile, on either side of where it stopped, is found.
    fake.post('C00000001', { text: 'new', ts: daysAgo(0) })
    fake.remove('C00000001', daysAgo(95))
    fake.remove('C00000001', daysAgo(42))
    await harness.run()
    const first = fake.server.requests.slice(before).find(({ path }) => path.endsWith('history'))
    expect(first && formOf(first).get('latest')).toMatch(/^\d{10}\.\d{6}$/)
    expect(first && (formOf(first).get('latest') ?? '') < daysAgo(60)).toBe(true)
    await harness.run()
    await harness.run()
    await expectTruth(workspace)
  })

  it('survives cursors that die on the way', async () => {
    workspace = await openWorkspace()
    const { fake, harness } = workspace
    let killed = 0
    fake.server.fault = (request, number) => {
      if (number % 7 === 0 && formOf(request).has('cursor') && killed < 6) {
        killed++
        fake.expireCursors()
      }
      return undefined
    }
    await harness.run()
    expect(killed).toBeGreaterThan(2)
    await expectTruth(workspace)
  })

  it('keeps nothing of what went away before it was read again', async () => {
    workspace = await openWorkspace()
    const { fake, harness } = workspace
    await harness.run()
    await harness.configure({ thread_window_days: 3 })
    fake.remove('C00000003', daysAgo(1))
    fake.remove('C00000001', daysAgo(7))
    fake.post('C00000002', { text: 'again', ts: daysAgo(0), files: [file('F00000003')] })
    const before = fake.server.requests.length
    fake.server.fault = (_request, number) => (number === before + 20 ? bearerFault : undefined)
    await expect(harness.run()).rejects.toMatchObject({ code: 'token_expired' })
    fake.server.fault = undefined
    await harness.run()
    await expectTruth(workspace)
    await expectQuiet(workspace)
  })
})
