/** Slack's own SDK against the fake: what the fake answers is what Slack's clients understand. */
import {
  type ConversationsHistoryResponse,
  type ConversationsListResponse,
  type ConversationsRepliesResponse,
  ErrorCode,
  LogLevel,
  type UsersListResponse,
  WebClient,
} from '@slack/web-api'
import { afterEach, describe, expect, it } from 'vitest'
import { type FakeSlack, type FakeSlackOptions, startFakeSlack } from '../../support/fake-slack.ts'
import { methods } from '../../support/fake-slack-protocol.ts'
import { methodOf } from '../../support/slack-spec.ts'
import { daysAgo, formOf, seed } from './workspace.ts'

const general = 'C00000001'
const random = 'C00000002'
let fake: FakeSlack | undefined

afterEach(async () => {
  expect(fake?.problems ?? []).toEqual([])
  expect(fake?.server.unknown ?? []).toEqual([])
  await fake?.close()
  fake = undefined
})

async function start(options: FakeSlackOptions = {}) {
  fake = await startFakeSlack({ pageSize: 2, ...options })
  seed(fake)
  fake.addChannel({ id: 'G00000001', name: 'mpdm-mia--ann--ben-1', is_mpim: true, is_group: true, is_private: true })
  fake.remove(general, daysAgo(8))
  fake.edit(general, daysAgo(7), 'edited')
  return { fake, client: clientOf(fake) }
}

function clientOf({ endpoints }: FakeSlack, token: string | undefined = 'good-token'): WebClient {
  return new WebClient(token, {
    slackApiUrl: endpoints.api ?? '',
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logLevel: LogLevel.ERROR,
  })
}

/** Every page that the SDK finds. */
async function all<Page>(client: WebClient, method: string, options: Record<string, unknown> = {}): Promise<Page[]> {
  const pages: Page[] = []
  for await (const page of client.paginate(method, { limit: 100, ...options })) pages.push(page as Page)
  return pages
}

/** How Slack's refusal looks to the SDK. */
function refusal(error: string, data: object = {}) {
  return { code: ErrorCode.PlatformError, message: expect.stringContaining(error), data: { ok: false, error, ...data } }
}

describe("Slack's SDK", () => {
  it('knows whose token it is', async () => {
    const { fake, client } = await start()
    const { team, team_id, url, user_id } = await client.auth.test()
    expect({ team, team_id, url, user_id }).toEqual({
      ...{ team: fake.team.name, team_id: fake.team.id, url: fake.team.url, user_id: fake.me },
    })
  })

  it('reads everybody, an empty page first', async () => {
    const { fake, client } = await start()
    const pages = await all<UsersListResponse>(client, 'users.list', { include_locale: true })
    expect(pages.map(({ members }) => members?.length)).toEqual([0, 2, 2])
    const people = pages.flatMap(({ members = [] }) => members)
    expect(people.map(({ id, name, deleted }) => ({ id, name, deleted }))).toEqual(
      fake.users.map(({ id, name, deleted }) => ({ id, name, deleted })),
    )
    expect(people.map(({ profile }) => profile?.display_name)).toEqual(['Mia', 'Ann', '', 'Zoe'])
    expect(people.every(({ locale }) => locale === 'en-US')).toBe(true)
  })

  it.each<[string, Record<string, unknown>, string[]]>([
    ['public ones where nothing is said', {}, [general, random, 'C00000004']],
    ['without archived ones', { exclude_archived: true }, [general, random]],
    ['private ones', { types: 'private_channel' }, ['C00000003']],
    ['direct ones', { types: 'im,mpim' }, ['D00000001', 'G00000001']],
    [
      'all',
      { types: 'public_channel,private_channel,mpim,im' },
      [general, random, 'C00000003', 'C00000004', 'D00000001', 'G00000001'],
    ],
  ])('lists conversations: %s', async (_which, options, ids) => {
    const { fake, client } = await start()
    const pages = await all<ConversationsListResponse>(client, 'conversations.list', options)
    const found = pages.flatMap(({ channels = [] }) => channels)
    expect(found.map(({ id, name, is_archived }) => [id, name, is_archived])).toEqual(
      fake.channels.filter(({ id }) => ids.includes(id)).map(({ id, name, is_archived }) => [id, name, is_archived]),
    )
    expect(found.map(({ id }) => id)).toEqual(ids)
  })

  it('reads every history, newest first, without replies', async () => {
    const { fake, client } = await start()
    let messages = 0
    for (const { id } of fake.channels) {
      const pages = await all<ConversationsHistoryResponse>(client, 'conversations.history', { channel: id })
      const found = pages.flatMap(page => page.messages ?? [])
      const expected = (fake.messages.get(id) ?? []).filter(
        ({ ts, thread_ts: thread, subtype }) => !thread || thread === ts || subtype === 'thread_broadcast',
      )
      expect(found.map(({ ts, text, user }) => ({ ts, text, user }))).toEqual(
        expected.toReversed().map(({ ts, text, user }) => ({ ts, text, user })),
      )
      expect(pages.map(({ has_more }) => has_more)).toEqual([...pages.slice(1).map(() => true), false])
      messages += found.length
    }
    expect(messages).toBeGreaterThan(35)
    const shown = await all<ConversationsHistoryResponse>(client, 'conversations.history', { channel: general })
    expect(shown[0]?.messages).toEqual([])
    const byTs = new Map(shown.flatMap(page => page.messages ?? []).map(message => [message.ts, message]))
    expect(byTs.get(daysAgo(8))).toMatchObject({ subtype: 'tombstone', hidden: true, reply_count: 4 })
    expect(byTs.get(daysAgo(8))?.latest_reply).toBe(daysAgo(8, 240))
    expect(byTs.get(daysAgo(7))).toMatchObject({ text: 'edited', edited: { user: expect.any(String) } })
    expect(byTs.get(daysAgo(4, 60))).toMatchObject({ subtype: 'thread_broadcast', root: { ts: daysAgo(5) } })
  })

  it('reads a part of a history, bounds excluded and included', async () => {
    const { client } = await start()
    const bounds = { channel: random, oldest: daysAgo(8), latest: daysAgo(5) }
    const times = async (options: object) => {
      const pages = await all<ConversationsHistoryResponse>(client, 'conversations.history', { ...bounds, ...options })
      return pages.flatMap(({ messages = [] }) => messages.map(({ ts }) => ts))
    }
    expect(await times({})).toEqual([6, 7].map(days => daysAgo(days)))
    expect(await times({ inclusive: true })).toEqual([5, 6, 7, 8].map(days => daysAgo(days)))
  })

  it('reads a thread, its first message on every page', async () => {
    const { fake, client } = await start()
    const thread = { channel: general, ts: daysAgo(8) }
    const pages = await all<ConversationsRepliesResponse>(client, 'conversations.replies', thread)
    expect(pages.map(({ messages }) => messages?.length)).toEqual([1, 3, 3])
    for (const { messages } of pages) expect(messages?.[0]?.ts).toBe(daysAgo(8))
    const replies = pages.flatMap(({ messages = [] }) => messages.slice(1))
    const expected = fake.messages
      .get(general)
      ?.filter(({ ts, thread_ts }) => thread_ts === thread.ts && ts !== thread.ts)
    expect(replies.map(({ ts, text, user, parent_user_id: parent }) => ({ ts, text, user, parent }))).toEqual(
      expected?.map(({ ts, text, user, parent_user_id: parent }) => ({ ts, text, user, parent })),
    )
    expect(replies).toHaveLength(4)
    const alone = await client.conversations.replies({ channel: general, ts: daysAgo(7) })
    expect(alone.messages?.map(({ text }) => text)).toEqual(['edited'])
  })

  it('trades a refresh token once', async () => {
    const { fake } = await start()
    fake.refreshTokens.add('xoxe-first')
    const { id: client_id, secret: client_secret } = fake.client
    const form = { client_id, client_secret, grant_type: 'refresh_token', refresh_token: 'xoxe-first' } as const
    const { access } = new WebClient(undefined, { slackApiUrl: fake.endpoints.api ?? '', logLevel: LogLevel.ERROR })
      .oauth.v2
    const tokens = await access(form)
    expect(tokens).toMatchObject({ token_type: 'user', expires_in: 43200, team: { id: fake.team.id } })
    expect((await clientOf(fake, tokens.access_token).auth.test()).user_id).toBe(fake.me)
    await expect(access(form)).rejects.toMatchObject(refusal('invalid_refresh_token'))
    await expect(access({ ...form, client_id: 'other' })).rejects.toMatchObject(refusal('invalid_client_id'))
    await expect(access({ ...form, client_secret: 'wrong' })).rejects.toMatchObject(refusal('bad_client_secret'))
    const code = { client_id, client_secret, grant_type: 'authorization_code' } as const
    await expect(access(code)).rejects.toMatchObject(refusal('invalid_grant_type'))
  })
})

describe("Slack's SDK is refused", () => {
  it('without a good token, whatever it asks for', async () => {
    const { fake } = await start()
    const client = clientOf(fake, 'bad-token')
    const calls = [
      () => client.auth.test(),
      () => client.users.list({}),
      () => client.conversations.list({}),
      () => client.conversations.history({ channel: general }),
      () => client.conversations.replies({ channel: general, ts: daysAgo(8) }),
    ]
    for (const call of calls) await expect(call()).rejects.toMatchObject(refusal('invalid_auth'))
    const asked = fake.server.requests.map(({ path }) => methodOf(path))
    expect([...asked, 'oauth.v2.access'].sort()).toEqual(Object.keys(methods).sort())

    const without = new WebClient(undefined, { slackApiUrl: fake.endpoints.api ?? '', logLevel: LogLevel.ERROR })
    await expect(without.users.list({})).rejects.toMatchObject(refusal('not_authed'))
    expect(fake.problems.splice(0)).toEqual(['users.list: authorization by nothing'])
  })

  it('where there is nothing to read', async () => {
    const { fake, client } = await start()
    const { history, replies } = client.conversations
    await expect(history({ channel: 'C99999999' })).rejects.toMatchObject(refusal('channel_not_found'))
    await expect(replies({ channel: 'C99999999', ts: daysAgo(8) })).rejects.toMatchObject(refusal('channel_not_found'))
    await expect(replies({ channel: general, ts: daysAgo(99) })).rejects.toMatchObject(refusal('thread_not_found'))
    fake.refusals.set(random, 'not_in_channel')
    await expect(history({ channel: random })).rejects.toMatchObject(refusal('not_in_channel'))
    await expect(history({ channel: general, oldest: '12' })).rejects.toMatchObject(refusal('invalid_ts_oldest'))
    await expect(client.conversations.list({ types: 'all' })).rejects.toMatchObject(refusal('invalid_types'))
  })

  it('what the token has no scope for, which is named', async () => {
    const { fake, client } = await start()
    for (const scope of ['users:read', 'groups:read', 'channels:history']) fake.missingScopes.add(scope)
    const needs = (needed: string) => refusal('missing_scope', { needed, provided: expect.any(String) })
    await expect(client.users.list({})).rejects.toMatchObject(needs('users:read'))
    const types = 'public_channel,private_channel'
    await expect(client.conversations.list({ types })).rejects.toMatchObject(needs('groups:read'))
    await expect(client.conversations.history({ channel: general })).rejects.toMatchObject(needs('channels:history'))
  })

  it('a page of more than Slack gives', async () => {
    const { fake, client } = await start()
    await expect(client.users.list({ limit: 1000 })).rejects.toMatchObject(refusal('invalid_limit'))
    expect(fake.problems.splice(0)).toEqual(['users.list: limit cannot be 1000'])
  })

  it('more than so many requests, and told how long to wait', async () => {
    let now = 0
    const { fake, client } = await start({ now: () => now })
    fake.pace('conversations.history', 60_000, 1)
    const ask = () => client.conversations.history({ channel: general })
    await ask()
    now += 15_000
    await expect(ask()).rejects.toMatchObject({ code: ErrorCode.RateLimitedError, retryAfter: 45 })
    // Each method has its own pace.
    await client.users.list({})
    now += 45_000
    expect((await ask()).ok).toBe(true)
  })

  it('a cursor of another query, and one that died', async () => {
    const { fake, client } = await start()
    const { history, replies } = client.conversations
    const cursor = (await history({ channel: general, limit: 2 })).response_metadata?.next_cursor ?? ''
    expect(cursor).not.toBe('')
    const others = [
      () => history({ channel: random, limit: 2, cursor }),
      () => history({ channel: general, limit: 2, oldest: daysAgo(9), cursor }),
      () => replies({ channel: general, ts: daysAgo(8), limit: 2, cursor }),
      () => client.users.list({ limit: 2, cursor }),
      () => client.conversations.list({ limit: 2, cursor }),
      () => history({ channel: general, limit: 2, cursor: 'made-up' }),
    ]
    let refused = 0
    for (const other of others) {
      await expect(other()).rejects.toMatchObject(refusal('invalid_cursor'))
      refused++
    }
    expect(refused).toBe(6)
    expect((await history({ channel: general, limit: 2, cursor })).messages).toHaveLength(2)
    fake.expireCursors()
    await expect(history({ channel: general, limit: 2, cursor })).rejects.toMatchObject(refusal('invalid_cursor'))
  })

  it('and speaks as inlet does: forms by POST, the token in the header alone', async () => {
    const { fake, client } = await start()
    await all(client, 'users.list')
    expect(fake.server.requests.length).toBeGreaterThan(2)
    for (const request of fake.server.requests) {
      expect(request.headers.authorization).toBe('Bearer good-token')
      expect(formOf(request).has('token')).toBe(false)
    }
  })
})
