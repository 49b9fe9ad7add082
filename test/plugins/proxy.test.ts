/** Which requests of programs each provider's rules take for reading, writing, and nobody's business. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { plugins } from '../../plugins/index.ts'
import { slack } from '../../plugins/slack/index.ts'

function judge(family: string, method: string, path: string, parameters: readonly string[] = []) {
  const proxy = plugins.find(({ id }) => id === family)?.proxy
  if (!proxy) throw new Error(`${family} has no rules`)
  return proxy.judge?.({ method, path, parameters })
}

describe("Slack's methods", () => {
  const source = readFileSync(new URL(import.meta.resolve('@slack/web-api/dist/methods.js')), 'utf8')
  const methods = [...new Set([...source.matchAll(/['"]([a-z]\w*(?:\.\w+)+)['"]/g)].map(match => match[1] ?? ''))]

  it('that change nothing are those whose names say so, by GET and POST', () => {
    expect(methods.length).toBeGreaterThan(200)
    const reads = methods.filter(method => judge('slack', 'POST', method) === 'reads')
    expect(methods.filter(method => judge('slack', 'GET', method) === 'reads')).toEqual(reads)
    expect(reads).toEqual(
      expect.arrayContaining([
        ...['auth.test', 'api.test', 'users.list', 'users.info', 'users.lookupByEmail', 'users.profile.get'],
        ...['conversations.list', 'conversations.history', 'conversations.replies', 'conversations.members'],
        ...['search.messages', 'files.info', 'files.list', 'emoji.list', 'team.info', 'reactions.get', 'dnd.info'],
        ...['chat.getPermalink', 'users.conversations', 'pins.list', 'bookmarks.list', 'usergroups.users.list'],
      ]),
    )
    const ends = new Set(reads.filter(method => !method.startsWith('search.')).map(method => method.split('.').at(-1)))
    expect([...ends].sort()).toEqual([
      ...['accessLogs', 'billableInfo', 'conversations', 'get', 'getPermalink', 'getPresence', 'history', 'identity'],
      ...['info', 'integrationLogs', 'list', 'listConnectInvites', 'lookup', 'lookupByEmail', 'members', 'replies'],
      ...['teamInfo', 'test', 'userInfo'],
    ])
    expect(reads.length).toBeGreaterThan(50)
    expect(methods.length - reads.length).toBeGreaterThan(100)
  })

  it('that change something are not read, by whatever verb', () => {
    for (const verb of ['GET', 'HEAD', 'POST']) {
      for (const method of [
        'chat.postMessage',
        'chat.postMessage/',
        'files.getUploadURLExternal',
        'chat.delete',
        'x',
        'a/b.list',
      ])
        expect([method, judge('slack', verb, method)]).toEqual([method, 'writes'])
    }
    expect(judge('slack', 'DELETE', 'users.list')).toBe('writes')
    expect(judge('slack', 'GET', 'chat.postMessage%2Elist')).toBe('writes')
  })

  it('answer a refused token in their body', () => {
    const isRefused = (beginning: string) => slack.proxy?.isTokenRefused?.(200, beginning)
    expect(isRefused('{"ok":false,"error":"token_expired"}')).toBe(true)
    expect(isRefused('{ "error": "invalid_auth",\n "ok": false }')).toBe(true)
    for (const more of ['', ' ', '{"ok":', '{"ok":false', '{"error":"token_exp'])
      expect(isRefused(more)).toBe(undefined)
    for (const other of [
      '{"ok":true',
      ' {"ok" : true, "error":"token_expired"',
      '{"ok":false,"error":"missing_scope"}',
      '{"ok":false,"error":"toString"}',
      '{"ok":false,"error":["token_expired"]}',
      '{"error":"token_expired"}',
      '[{"ok":false,"error":"token_expired"}]',
      'null',
    ])
      expect([other, isRefused(other)]).toEqual([other, false])
  })

  it('that make or end tokens are never sent', () => {
    for (const method of [
      'oauth.v2.access',
      'oauth.v2.exchange',
      'openid.connect.token',
      'tooling.tokens.rotate',
      'auth.revoke',
      'OAuth.access',
      'apps.auth.external.get',
    ])
      expect([method, judge('slack', 'GET', method)]).toEqual([method, 'never'])
  })
})

it.each([
  ['notion', 'POST', 'v1/search', 'reads'],
  ['notion', 'POST', 'v1/databases/0c1e/query', 'reads'],
  ['notion', 'POST', 'v1/data_sources/0c1e-2/query', 'reads'],
  ['notion', 'POST', 'v1/pages', undefined],
  ['notion', 'POST', 'v1/search/../pages', undefined],
  ['notion', 'PATCH', 'v1/search', undefined],
  ['notion', 'GET', 'v1/users', undefined],
  ['notion', 'POST', 'v1/oauth/token', 'never'],
  ['notion', 'POST', 'v1/oauth/introspect', 'never'],
  ['google', 'POST', 'calendar/v3/freeBusy', 'reads'],
  ['google', 'POST', 'batch/gmail/v1', undefined],
  ['google', 'POST', 'gmail/v1/users/me/messages/send', undefined],
  ['google', 'GET', 'oauth2/v3/tokeninfo', 'never'],
  ['google', 'POST', 'oauth2/v4/token', 'never'],
  ['google', 'GET', 'oauth2/v2/userinfo', undefined],
  ['microsoft', 'POST', 'search/query', 'reads'],
  ['microsoft', 'POST', 'me/calendar/getSchedule', 'reads'],
  ['microsoft', 'POST', 'users/ann@example.com/findMeetingTimes', 'reads'],
  ['microsoft', 'POST', '$batch', undefined],
  ['microsoft', 'POST', 'me/sendMail', undefined],
  ['asana', 'POST', 'tasks', undefined],
  ['asana', 'POST', 'batch', undefined],
])('%s: %s %s', (family, method, path, verdict) => {
  expect(judge(family, method, path)).toBe(verdict)
})

it('a query that names another method is no reading', () => {
  expect(judge('asana', 'GET', 'tasks/1', ['opt_method'])).toBe('writes')
  expect(judge('asana', 'GET', 'tasks/1', ['opt_fields'])).toBeUndefined()
  expect(judge('google', 'GET', 'drive/v3/files/1', ['fields', '$httpMethod'])).toBe('writes')
  expect(judge('google', 'GET', 'drive/v3/files/1', ['$httpHeaders'])).toBe('writes')
  expect(judge('google', 'POST', 'calendar/v3/freeBusy', ['$HTTPmethod'])).toBe('writes')
  expect(judge('google', 'GET', 'drive/v3/files/1', ['fields', '$.xgafv'])).toBeUndefined()
})
