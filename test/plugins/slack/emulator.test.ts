/**
 * A second witness, written by others: the Slack part of `emulate`. It knows no `oldest` and `latest`, no
 * `latest_reply`, no tombstones and one page size, so the strict fake remains the judge.
 */
import { createEmulator } from 'emulate'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { slack } from '../../../plugins/slack/index.ts'
import { startFakeServer } from '../../support/fake-server.ts'
import { createHarness, type Harness } from '../../support/sync-harness.ts'

const token = 'good-token'
let emulator: { url: string; close(): Promise<void> }
let harness: Harness

/** The emulator takes no port 0. */
async function freePort(): Promise<number> {
  const server = await startFakeServer([])
  await server.close()
  return server.port
}

beforeAll(async () => {
  emulator = await createEmulator({
    service: 'slack',
    port: await freePort(),
    seed: {
      tokens: { [token]: { login: 'developer', scopes: [] } },
      slack: {
        team: { name: 'Test', domain: 'test' },
        users: [{ name: 'developer', real_name: 'Developer', email: 'developer@example.com' }],
        channels: [{ name: 'general', topic: 'General' }, { name: 'random' }],
      },
    },
  })
  const endpoints = { api: `${emulator.url}/api`, token: `${emulator.url}/api/oauth.v2.access` }
  harness = await createHarness({ plugin: slack, shortName: 'slack', endpoints, token, now: Date.now() })
})
afterAll(async () => {
  await harness?.close()
  await emulator?.close()
})

async function ask(
  method: string,
  form: Record<string, string>,
): Promise<{ ok: boolean; ts: string; channels: { id: string; name: string }[] }> {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(`${emulator.url}/api/${method}`, {
    method: 'POST',
    headers,
    body: new URLSearchParams(form),
  })
  const body = (await answer.json()) as Awaited<ReturnType<typeof ask>>
  expect(body, method).toMatchObject({ ok: true })
  return body
}

it('follows an emulated workspace exactly', async () => {
  const { channels } = await ask('conversations.list', {})
  const general = channels.find(({ name }) => name === 'general')?.id ?? ''
  const hello = await ask('chat.postMessage', { channel: general, text: 'hello *world* <@U000000001>' })
  const doomed = await ask('chat.postMessage', { channel: general, text: 'doomed' })
  const reply = await ask('chat.postMessage', { channel: general, text: 'first reply', thread_ts: hello.ts })
  const texts = async () => {
    const messages = [...(await harness.entities()).values()].filter(({ entityType }) => entityType === 'slack_message')
    return messages.map(({ text }) => text).sort()
  }

  await harness.run()
  const before = await texts()
  expect(before).toEqual(expect.arrayContaining(['doomed', 'first reply', expect.stringContaining('hello **world**')]))
  expect((await harness.entities()).get(`slack_channel:${general}`)?.name).toBe('general')
  expect(await harness.run()).toMatchObject({ inserted: 0, updated: 0, deleted: 0, skipped: 0 })

  await ask('chat.update', { channel: general, ts: reply.ts, text: 'edited reply' })
  await ask('chat.delete', { channel: general, ts: doomed.ts })
  await ask('chat.postMessage', { channel: general, text: 'second reply', thread_ts: hello.ts })
  await ask('chat.postMessage', { channel: general, text: 'new' })
  await harness.run()
  const expected = [
    ...before.filter(text => text !== 'doomed' && text !== 'first reply'),
    'edited reply',
    'new',
    'second reply',
  ]
  expect(await texts()).toEqual(expected.sort())
  expect(await harness.run()).toMatchObject({ inserted: 0, updated: 0, deleted: 0, skipped: 0 })
})
