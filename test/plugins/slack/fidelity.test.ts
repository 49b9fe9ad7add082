/** What the plugin asks and declares, against Slack's specification and SDK; each test's `close()` compares the rest. */
import { afterEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../core/plugin.ts'
import { slack } from '../../../plugins/slack/index.ts'
import type { FakeRequest } from '../../support/fake-server.ts'
import { type FakeSlack, startFakeSlack } from '../../support/fake-slack.ts'
import { methods } from '../../support/fake-slack-protocol.ts'
import type { Method } from '../../support/slack-sdk.ts'
import { methodOf, parametersOf, publishedAddress, scopesOf } from '../../support/slack-spec.ts'
import { daysAgo, file, formOf, openWorkspace, seed, type Workspace } from './workspace.ts'

const general = 'C00000001'
const random = 'C00000002'
const secret = 'C00000003'
const attic = 'C00000004'
const token = 'good-token'

let workspace: Workspace | undefined
afterEach(async () => {
  await workspace?.close()
  workspace = undefined
})

/** All that a method of these was asked with. */
function asked(requests: readonly FakeRequest[]): Record<string, string[]> {
  const names = new Map<string, Set<string>>()
  for (const request of requests) {
    const method = methodOf(request.path) ?? request.path
    names.set(method, new Set([...(names.get(method) ?? []), ...formOf(request).keys()]))
  }
  return Object.fromEntries([...names].map(([method, parameters]) => [method, [...parameters].sort()]))
}

function expectFidelity({ server, problems }: FakeSlack): void {
  expect(problems).toEqual([])
  expect(server.requests.length).toBeGreaterThan(15)
  for (const request of server.requests) {
    expect(request.headers.authorization).toBe(`Bearer ${token}`)
    expect(`${request.path}?${request.query}\n${request.body}`).not.toContain(token)
  }
}

/** A workspace with everything that Slack shows in another way. */
function furnish(fake: FakeSlack): void {
  seed(fake)
  fake.addChannel({ id: 'G00000001', name: 'mpdm-mia--ann--ben-1', is_mpim: true, is_group: true, is_private: true })
  fake.post('G00000001', { text: 'among three', ts: daysAgo(6) })
  const section: JsonObject = { type: 'section', text: { type: 'mrkdwn', text: '*done*' } }
  const app = { subtype: 'bot_message', username: 'Deployer', bot_id: 'B00000001', user: 'U00000003' }
  fake.post(general, { ...app, text: 'fallback', blocks: [section], ts: daysAgo(2, 10) })
  const attachments = [
    { id: 1, title: 'Report', title_link: 'https://x.test/r', text: 'all *good*', fallback: 'Report' },
  ]
  fake.post(general, { text: 'see', attachments, ts: daysAgo(2, 20) })
  const reactions = [{ name: 'wave', users: ['U00000002'], count: 1 }]
  fake.post(general, { text: 'liked', reactions, ts: daysAgo(2, 30) })
}

/** Every kind of change that people make. */
function change(fake: FakeSlack): void {
  fake.post(general, 'new')
  fake.edit(general, daysAgo(9), 'edited')
  fake.remove(general, daysAgo(3))
  fake.reply(general, daysAgo(7), 'a first reply')
  fake.reply(general, daysAgo(5), { text: 'to everybody', subtype: 'thread_broadcast' })
  fake.edit(general, daysAgo(8, 60), 'edited reply')
  fake.remove(general, daysAgo(8, 120))
  fake.remove(general, daysAgo(8))
  fake.post(random, { text: 'another file', files: [file('F00000003')] })
  fake.removeFile('F00000002')
  fake.edit(random, daysAgo(2), { files: [] })
  fake.setArchived(attic, false)
  fake.post(attic, 'open again')
  fake.setArchived(random, true)
  fake.addChannel({ id: 'C00000005', name: 'new' })
  fake.post('C00000005', 'first')
  const lobby = fake.channels.find(({ id }) => id === general)
  if (lobby) Object.assign(lobby, { name: 'lobby', name_normalized: 'lobby' })
  fake.addUser({ id: 'U00000005', name: 'eve' })
  for (const user of fake.users) {
    if (user.id === 'U00000003') user.profile = { display_name: 'Benjamin' }
    if (user.id === 'U00000002') user.deleted = true
  }
}

describe('what the plugin asks and the fake answers is as Slack has it', () => {
  it('where no parameter is sent that nobody thought of', async () => {
    workspace = await openWorkspace({ seed: furnish, config: { include_direct_messages: true } })
    const { fake, harness } = workspace
    // A cursor that dies makes a run go on by `latest`.
    let killed = 0
    fake.server.fault = request => {
      if (request.path.endsWith('history') && formOf(request).has('cursor') && killed++ % 5 === 1) fake.expireCursors()
      return undefined
    }
    await harness.run()
    change(fake)
    await harness.run()
    expectFidelity(fake)
    expect(killed).toBeGreaterThan(5)
    expect(asked(fake.server.requests)).toEqual({
      'auth.test': [],
      'users.list': ['cursor', 'limit'],
      'conversations.list': ['cursor', 'exclude_archived', 'limit', 'types'],
      'conversations.history': ['channel', 'cursor', 'latest', 'limit'],
      'conversations.replies': ['channel', 'cursor', 'limit', 'ts'],
    })
  })

  it('where Slack refuses, too', async () => {
    workspace = await openWorkspace({ seed: furnish })
    const { fake, harness } = workspace
    fake.pace('conversations.history', 60_000, 15)
    fake.refusals.set(random, 'not_in_channel')
    fake.refusals.set(secret, 'channel_not_found')
    fake.missingScopes.add('users:read')
    expect(await harness.run()).toMatchObject({ skipped: 3 })
    expect(harness.slept.some(ms => ms > 50_000)).toBe(true)
    expectFidelity(fake)
    fake.missingScopes.add('channels:read')
    await expect(harness.run()).rejects.toMatchObject({ code: 'scope_missing' })
    fake.server.tokens?.clear()
    await expect(harness.run()).rejects.toMatchObject({ code: 'token_expired' })
    expectFidelity(fake)
  })

  it('when a token is refreshed', async () => {
    const fake = await startFakeSlack()
    fake.refreshTokens.add('xoxe-first')
    const refresh = async (refreshToken: string) => {
      const input = { refreshToken, clientId: fake.client.id, clientSecret: fake.client.secret, scopes: [], fields: {} }
      const { url, headers, body } = slack.auth.refreshRequest({ ...input, endpoints: fake.endpoints })
      const answer = await fetch(url, { method: 'POST', headers, body })
      return ((await answer.json()) as { ok: boolean }).ok
    }
    expect(await refresh('xoxe-first')).toBe(true)
    expect(await refresh('xoxe-first')).toBe(false)
    expect(fake.problems).toEqual([])
    expect(asked(fake.server.requests)['oauth.v2.access']).toEqual(
      expect.arrayContaining(['grant_type', 'refresh_token']),
    )
    await fake.close()
  })
})

describe('what the plugin declares is as Slack has it', () => {
  it('the addresses', () => {
    expect(slack.endpoints.api).toBe(publishedAddress)
    expect(slack.endpoints.token).toBe(`${publishedAddress}/oauth.v2.access`)
  })

  it('the scopes, which are those of the methods and of files, and no more', () => {
    // https://docs.slack.dev/reference/objects/file-object: `url_private` asks for it, and is no method.
    const needed = new Set(['files:read', ...(Object.keys(methods) as Method[]).flatMap(scopesOf)])
    expect(slack.sources.flatMap(({ scopes }) => scopes).toSorted()).toEqual([...needed].sort())
  })

  it('and so is every parameter that the fake takes', () => {
    let parameters = 0
    for (const [method, names] of Object.entries(methods)) {
      expect([...parametersOf(method as Method)]).toEqual(expect.arrayContaining([...names]))
      parameters += names.length
    }
    expect(parameters).toBeGreaterThan(20)
  })
})
