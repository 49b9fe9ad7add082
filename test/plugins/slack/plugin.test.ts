import { afterEach, describe, expect, it } from 'vitest'
import { Failure } from '../../../core/plugin.ts'
import { classify } from '../../../plugins/slack/classify.ts'
import { slack } from '../../../plugins/slack/index.ts'
import { type FakeSlack, startFakeSlack } from '../../support/fake-slack.ts'
import { seed } from './workspace.ts'

let fake: FakeSlack | undefined
afterEach(() => fake?.close())

describe('what Slack refuses', () => {
  it.each([
    ['invalid_auth', 'unauthorized'],
    ['not_authed', 'unauthorized'],
    ['token_revoked', 'unauthorized'],
    ['token_expired', 'unauthorized'],
    ['account_inactive', 'unauthorized'],
    ['missing_scope', 'scope_missing'],
    ['ratelimited', 'rate_limited'],
    ['not_in_channel', 'item_forbidden'],
    ['channel_not_found', 'item_missing'],
    ['thread_not_found', 'item_missing'],
    ['internal_error', 'unavailable'],
    ['fatal_error', 'unavailable'],
    ['service_unavailable', 'unavailable'],
    ['request_timeout', 'unavailable'],
    ['invalid_cursor', 'bad_response'],
    ['never_heard_of', 'bad_response'],
    ['constructor', 'bad_response'],
  ])('%s means %s', (error, code) => {
    expect(classify(200, { ok: false, error })).toMatchObject({ code, providerError: error })
  })

  it('is never taken for a good answer, whatever is in it', () => {
    expect(classify(200, { ok: false })).toMatchObject({ code: 'bad_response' })
    // The status says what an unknown word does not.
    expect(classify(503, { ok: false, error: 'strange' })).toBeUndefined()
    expect(classify(401, { ok: false, error: 'strange' })).toBeUndefined()
    expect(classify(200, { ok: true })).toBeUndefined()
    expect(classify(502, undefined)).toBeUndefined()
  })

  it('names the scope that is missing', () => {
    expect(classify(200, { ok: false, error: 'missing_scope', needed: 'groups:read' })?.message).toContain(
      'groups:read',
    )
    expect(classify(200, { ok: false, error: 'missing_scope', needed: '<b>x</b>' })?.message).not.toContain('<b>')
  })
})

describe('tokens', () => {
  const input = (refreshToken: string, endpoints: Readonly<Record<string, string>>) => ({
    ...{ refreshToken, clientId: 'client.id', clientSecret: 'client-secret', scopes: [], endpoints, fields: {} },
  })

  it('are refreshed with single use refresh tokens', async () => {
    fake = await startFakeSlack()
    fake.refreshTokens.add('xoxe-first')
    const tokens = await refresh(input('xoxe-first', fake.endpoints))
    expect(tokens).toMatchObject({ accessToken: 'xoxe.xoxp-1', refreshToken: 'xoxe-1', expiresInSeconds: 43200 })
    expect(slack.auth.repeatable).toBe(false)
    await expect(refresh(input('xoxe-first', fake.endpoints))).rejects.toMatchObject({ code: 'token_revoked' })
    await expect(refresh({ ...input('xoxe-1', fake.endpoints), clientSecret: 'wrong' })).rejects.toMatchObject({
      code: 'client_invalid',
    })
    expect(await refresh(input('xoxe-1', fake.endpoints))).toMatchObject({ refreshToken: 'xoxe-2' })
  })

  it('of a person are found in the first answer, of a bot on top', () => {
    const read = (body: object) => slack.auth.readTokens({ status: 200, headers: {}, body: JSON.stringify(body) })
    const person = { id: 'U1', access_token: 'xoxp-person', token_type: 'user' }
    expect(read({ ok: true, access_token: 'xoxb-bot', token_type: 'bot', authed_user: person }).accessToken).toBe(
      'xoxp-person',
    )
    expect(read({ ok: true, access_token: 'xoxb-bot', token_type: 'bot', authed_user: { id: 'U1' } }).accessToken).toBe(
      'xoxb-bot',
    )
    expect(() => read({ ok: false, access_token: 'xoxb-bot' })).toThrow(Failure)
  })

  async function refresh(request: Parameters<typeof slack.auth.refreshRequest>[0]) {
    const { url, headers, body } = slack.auth.refreshRequest(request)
    const answer = await fetch(url, { method: 'POST', headers, body })
    return slack.auth.readTokens({
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: await answer.text(),
    })
  }
})

describe('the fake', () => {
  it('refuses what Slack would refuse', async () => {
    const server = await startFakeSlack()
    fake = server
    seed(server)
    const ask = async (method: string, form: Record<string, string>, headers: Record<string, string> = {}) => {
      const url = `${server.endpoints.api}/${method}`
      const answer = await fetch(url, {
        method: 'POST',
        headers: { authorization: 'Bearer good-token', ...headers },
        body: new URLSearchParams(form),
      })
      return (await answer.json()) as { error?: string; response_metadata?: { next_cursor: string } }
    }
    expect((await ask('auth.test', {}, { authorization: 'Bearer bad' })).error).toBe('invalid_auth')
    expect((await ask('users.list', {}, { 'content-type': 'application/json' })).error).toBe('invalid_post_type')
    expect((await ask('users.list', { page: '2' })).error).toBe('invalid_arg_name')
    expect((await ask('users.list', { limit: '1000' })).error).toBe('invalid_limit')
    expect((await ask('conversations.history', { channel: 'C00000001', latest: '12' })).error).toBe('invalid_ts_latest')
    const cursor = (await ask('conversations.history', { channel: 'C00000001' })).response_metadata?.next_cursor ?? ''
    expect((await ask('conversations.history', { channel: 'C00000002', cursor })).error).toBe('invalid_cursor')
    expect((await ask('conversations.history', { channel: 'C00000001', cursor })).error).toBeUndefined()
  })
})
