import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toFailure } from '../../core/errors.ts'
import type { Json } from '../../core/json.ts'
import {
  type Auth,
  type Code,
  type Failure,
  oauth2,
  type RefreshInput,
  type TokenAnswer,
  type Tokens,
} from '../../core/plugin.ts'
import { anyCharacter } from '../support/any-character.ts'
import { asanaAuth, googleAuth, microsoftAuth, notionAuth, slackAuth } from '../support/oauth-providers.ts'

const input: RefreshInput = {
  refreshToken: 'refresh/1+2=3',
  clientId: 'client id',
  clientSecret: 'client:secret&',
  scopes: ['https://scope.example/read', 'profile'],
  endpoints: { token: 'https://login.example/oauth/token' },
  fields: {},
}

function request(auth: Auth, changes: Partial<RefreshInput> = {}) {
  const { url, headers, body } = auth.refreshRequest({ ...input, ...changes })
  return { url, headers, body, form: Object.fromEntries(new URLSearchParams(body)) }
}

function read(auth: Auth, body: Json | string, changes: Partial<TokenAnswer> = {}): Tokens {
  return auth.readTokens({
    status: 200,
    headers: {},
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...changes,
  })
}

function failureOf(work: () => unknown): Failure {
  try {
    work()
  } catch (error) {
    return toFailure(error)
  }
  throw new Error('it did not fail')
}

describe('the request for a refresh', () => {
  it('follows RFC 6749, section 6, where nothing else is declared', () => {
    const { url, headers, form } = request(googleAuth)
    expect(url).toBe('https://login.example/oauth/token')
    expect(headers).toEqual({ accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' })
    expect(form).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'refresh/1+2=3',
      client_id: 'client id',
      client_secret: 'client:secret&',
    })
    expect(request(asanaAuth)).toEqual(request(googleAuth))
    expect(request(slackAuth)).toEqual(request(googleAuth))
  })

  it('sends Microsoft the scopes of the source with offline_access, and no secret for a public client', () => {
    const { form } = request(microsoftAuth, { clientSecret: undefined })
    expect(form.scope).toBe('https://scope.example/read profile offline_access')
    expect(form).not.toHaveProperty('client_secret')
  })

  it('fills the tenant from the connection, else from the declared default', () => {
    const endpoints = { token: 'https://login.example/{tenant}/oauth2/v2.0/token' }
    expect(request(microsoftAuth, { endpoints }).url).toBe('https://login.example/common/oauth2/v2.0/token')
    expect(request(microsoftAuth, { endpoints, fields: { tenant: 'contoso.example' } }).url).toBe(
      'https://login.example/contoso.example/oauth2/v2.0/token',
    )
  })

  it.each(['..', '../x', 'a/b', 'a?b', 'a#b', '', 'a b', '.'])('takes no path for a tenant: %j', tenant => {
    const endpoints = { token: 'https://login.example/{tenant}/token' }
    expect(failureOf(() => request(microsoftAuth, { endpoints, fields: { tenant } })).code).toBe('bad_config')
  })

  it('says which part of the configuration is missing', () => {
    expect(failureOf(() => request(googleAuth, { endpoints: {} }))).toMatchObject({
      code: 'bad_config',
      message: expect.stringContaining('endpoints.token'),
    })
    const endpoints = { token: 'https://login.example/{region}/token' }
    expect(failureOf(() => request(googleAuth, { endpoints })).message).toContain('region')
  })

  it('gives Notion the client in the header and JSON in the body', () => {
    const { headers, body } = request(notionAuth)
    expect(headers['content-type']).toBe('application/json')
    expect(headers['notion-version']).toBe('2025-09-03')
    expect(JSON.parse(body)).toEqual({ grant_type: 'refresh_token', refresh_token: 'refresh/1+2=3' })
    const encoded = /^Basic (.+)$/.exec(headers.authorization ?? '')?.[1] ?? ''
    // RFC 6749 2.3.1: form-encoded first, so that a colon in a secret is no border.
    expect(Buffer.from(encoded, 'base64').toString()).toBe('client+id:client%3Asecret%26')
  })

  it('names a client without a secret in the body, also where the header is the rule', () => {
    const { headers, body } = request(notionAuth, { clientSecret: undefined })
    expect(headers).not.toHaveProperty('authorization')
    expect(JSON.parse(body).client_id).toBe('client id')
  })

  it('carries any token and client through unchanged', async () => {
    let runs = 0
    await fc.assert(
      fc.property(
        fc.string({ unit: anyCharacter }),
        fc.string(),
        fc.string(),
        (refreshToken, clientId, clientSecret) => {
          runs++
          const { form } = request(googleAuth, { refreshToken, clientId, clientSecret })
          expect(form).toMatchObject({ client_id: clientId, client_secret: clientSecret })
          expect(JSON.parse(request(notionAuth, { refreshToken }).body).refresh_token).toBe(refreshToken)
        },
      ),
    )
    expect(runs).toBeGreaterThan(50)
  })
})

describe('the fields of auth_fields', () => {
  it('are the standard five, the secret ones marked, and those that are declared', () => {
    const names = microsoftAuth.fields.map(field => field.name)
    expect(names).toEqual(['access_token', 'refresh_token', 'client_id', 'client_secret', 'expires_at', 'tenant'])
    const secret = microsoftAuth.fields.filter(field => field.secret).map(field => field.name)
    expect(secret).toEqual(['access_token', 'refresh_token', 'client_secret'])
    expect(microsoftAuth.fields.filter(field => field.required).map(field => field.name)).toEqual(['access_token'])
  })
})

describe('a token answer', () => {
  it('is read as RFC 6749, section 5.1, says', () => {
    const answer = { access_token: 'a', token_type: 'Bearer', expires_in: 3599, scope: 'x y', refresh_token: 'r' }
    expect(read(googleAuth, answer)).toEqual({
      accessToken: 'a',
      refreshToken: 'r',
      expiresInSeconds: 3599,
      refreshTokenExpiresInSeconds: undefined,
      scope: 'x y',
    })
  })

  it('tells of the death of the refresh token where Google does', () => {
    const answer = { access_token: 'a', expires_in: 3599, refresh_token_expires_in: 604799 }
    expect(read(googleAuth, answer).refreshTokenExpiresInSeconds).toBe(604799)
  })

  it.each([
    ['3600', 3600],
    [3600.5, 3600.5],
    [0, undefined],
    [-1, undefined],
    ['', undefined],
    ['soon', undefined],
    [null, undefined],
    [true, undefined],
  ])('has a lifetime for expires_in %j: %s', (value, expected) => {
    expect(read(googleAuth, { access_token: 'a', expires_in: value }).expiresInSeconds).toBe(expected)
  })

  it.each([{}, { refresh_token: null }, { refresh_token: '' }])(
    'without a new refresh token leaves the old one: %j',
    rest => {
      expect(read(notionAuth, { access_token: 'a', ...rest }).refreshToken).toBeUndefined()
    },
  )

  it("is Slack's user token, nested in a first answer and on top in a refresh", () => {
    const first = {
      ok: true,
      access_token: 'bot',
      token_type: 'bot',
      authed_user: { access_token: 'user', refresh_token: 'r', expires_in: 43200 },
    }
    expect(read(slackAuth, first)).toMatchObject({ accessToken: 'user', refreshToken: 'r', expiresInSeconds: 43200 })
    const second = { ok: true, access_token: 'user2', token_type: 'user', refresh_token: 'r2', expires_in: 43200 }
    expect(read(slackAuth, second)).toMatchObject({ accessToken: 'user2', refreshToken: 'r2' })
    expect(read(slackAuth, { ok: true, access_token: 'bot2', token_type: 'bot' }).accessToken).toBe('bot2')
  })

  it.each<[string, Json | string]>([
    ['no access_token', { token_type: 'bearer' }],
    ['an access_token of another type', { access_token: 7 }],
    ['an empty access_token', { access_token: '' }],
    ['an access_token that would split a header', { access_token: 'a\r\nx: y' }],
    ['an access_token with a space', { access_token: 'a b' }],
    ['a refresh_token of another type', { access_token: 'a', refresh_token: { no: 1 } }],
    ['a token that is bound to its sender', { access_token: 'a', token_type: 'DPoP' }],
    ['no JSON', '<html>sign in to the café</html>'],
    ['a JSON array', '[]'],
    ['half an answer', '{"access_token":"secret-to'],
    ['nothing', ''],
  ])('with %s is a bad_response', (_what, body) => {
    for (const auth of [googleAuth, notionAuth, slackAuth]) {
      const failure = failureOf(() => read(auth, body))
      expect(failure.code).toBe('bad_response')
      expect(failure.message).not.toContain('secret')
    }
  })
})

describe('a refusal', () => {
  const cases: [string, Auth, number, Json | string, Code][] = [
    [
      'Google: revoked',
      googleAuth,
      400,
      { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
      'token_revoked',
    ],
    ['Google: policy', googleAuth, 400, { error: 'invalid_grant', error_subtype: 'invalid_rapt' }, 'token_revoked'],
    ['Google: wrong secret', googleAuth, 401, { error: 'invalid_client' }, 'client_invalid'],
    ['Google: deleted client', googleAuth, 401, { error: 'deleted_client' }, 'client_invalid'],
    ['Google: not this client', googleAuth, 401, { error: 'unauthorized_client' }, 'client_invalid'],
    ['Google: scope', googleAuth, 400, { error: 'invalid_scope' }, 'scope_missing'],
    ['Google: unknown', googleAuth, 400, { error: 'invalid_request' }, 'refresh_failed'],
    ['Google: quota', googleAuth, 429, { error: 'invalid_grant' }, 'rate_limited'],
    ['Google: trouble', googleAuth, 503, '<html>', 'unavailable'],
    [
      'Microsoft: revoked',
      microsoftAuth,
      400,
      { error: 'invalid_grant', suberror: 'bad_token', error_codes: [70000] },
      'token_revoked',
    ],
    [
      'Microsoft: second factor',
      microsoftAuth,
      400,
      { error: 'interaction_required', error_codes: [50076] },
      'token_revoked',
    ],
    [
      'Microsoft: expired secret',
      microsoftAuth,
      401,
      { error: 'invalid_client', error_codes: [7000222] },
      'client_invalid',
    ],
    ['Microsoft: trouble in a 400', microsoftAuth, 400, { error: 'temporarily_unavailable' }, 'unavailable'],
    ['Microsoft: trouble', microsoftAuth, 503, { error: 'invalid_grant' }, 'unavailable'],
    ['Asana: revoked', asanaAuth, 400, { error: 'invalid_grant' }, 'token_revoked'],
    ['Slack: used', slackAuth, 200, { ok: false, error: 'invalid_refresh_token' }, 'token_revoked'],
    ['Slack: revoked', slackAuth, 200, { ok: false, error: 'token_revoked' }, 'token_revoked'],
    ['Slack: expired', slackAuth, 200, { ok: false, error: 'token_expired' }, 'token_revoked'],
    ['Slack: client', slackAuth, 200, { ok: false, error: 'invalid_client_id' }, 'client_invalid'],
    ['Slack: secret', slackAuth, 200, { ok: false, error: 'bad_client_secret' }, 'client_invalid'],
    ['Slack: quota', slackAuth, 200, { ok: false, error: 'ratelimited' }, 'rate_limited'],
    ['Slack: no word', slackAuth, 200, { ok: false, error: null }, 'bad_response'],
    ['Slack: unknown', slackAuth, 200, { ok: false, error: 'fatal_error' }, 'refresh_failed'],
    ['Notion: revoked', notionAuth, 400, { error: 'invalid_grant' }, 'token_revoked'],
    ['Notion: revoked, by code', notionAuth, 400, { object: 'error', code: 'invalid_grant' }, 'token_revoked'],
    ['Notion: client', notionAuth, 401, { object: 'error', status: 401, code: 'unauthorized' }, 'client_invalid'],
    ['Notion: overload', notionAuth, 529, { code: 'service_overload' }, 'unavailable'],
    ['a 200 with an error', googleAuth, 200, { error: 'invalid_grant' }, 'token_revoked'],
    ['a proxy', googleAuth, 403, '<html>blocked</html>', 'refresh_failed'],
    ['a redirect', googleAuth, 302, '', 'refresh_failed'],
    ['a time-out', googleAuth, 408, '', 'unavailable'],
    ['a name of every object', googleAuth, 400, { error: 'constructor' }, 'refresh_failed'],
  ]

  it.each(cases)('%s', (_what, auth, status, body, code) => {
    expect(failureOf(() => read(auth, body, { status }))).toMatchObject({ code, status })
  })

  it("quotes the provider's short code and its subtype", () => {
    const failure = failureOf(() =>
      read(googleAuth, { error: 'invalid_grant', error_subtype: 'invalid_rapt' }, { status: 400 }),
    )
    expect(failure.providerError).toBe('invalid_grant')
    expect(failure.message).toContain('400 invalid_grant (invalid_rapt)')
    expect(failure.message).toContain('sign in again')
  })

  it('never quotes free text, which may hold a token', () => {
    const secret = 'the token canary-91 is bad'
    for (const member of ['error', 'error_description', 'error_subtype', 'suberror', 'code', 'message']) {
      for (const auth of [googleAuth, slackAuth, notionAuth]) {
        for (const status of [200, 400, 401, 429, 500]) {
          const failure = failureOf(() => read(auth, { ok: false, [member]: secret }, { status }))
          expect(JSON.stringify([failure.message, failure.providerError])).not.toContain('canary')
        }
      }
    }
    expect.hasAssertions()
  })

  it.each([
    [{ 'retry-after': '30' }, 30_000],
    [{ 'retry-after': '1.5' }, 1500],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:01:00 GMT', date: 'Thu, 01 Jan 2026 00:00:00 GMT' }, 60_000],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:01:00 GMT' }, undefined],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ])('says how long to wait: %j', (headers, expected) => {
    expect(failureOf(() => read(microsoftAuth, '', { status: 429, headers })).retryAfterMs).toBe(expected)
    expect(failureOf(() => read(slackAuth, { ok: false, error: 'ratelimited' }, { headers })).retryAfterMs).toBe(
      expected,
    )
  })
})

describe('any answer', () => {
  it('gives tokens fit for a header, or a Failure of the table; never another error', async () => {
    let runs = 0
    const member = fc.oneof(fc.jsonValue(), fc.constantFrom('invalid_grant', 'bearer', 'a.b', 3600))
    const names = ['access_token', 'refresh_token', 'expires_in', 'error', 'ok', 'authed_user', 'token_type', 'code']
    const body = fc.oneof(
      fc.string(),
      fc.json(),
      fc.dictionary(fc.constantFrom(...names), member).map(value => JSON.stringify(value)),
    )
    await fc.assert(
      fc.property(
        fc.constantFrom(googleAuth, slackAuth, notionAuth),
        fc.integer({ min: 100, max: 599 }),
        body,
        (auth, status, text) => {
          runs++
          try {
            const tokens = read(auth, text, { status })
            expect(tokens.accessToken).toMatch(/^[\x21-\x7e]+$/)
            expect(tokens.refreshToken ?? 'none').toMatch(/^[\x21-\x7e]+$/)
          } catch (error) {
            expect(toFailure(error).code).not.toBe('internal')
          }
        },
      ),
      { numRuns: 1000 },
    )
    expect(runs).toBe(1000)
  })
})

describe('a declaration', () => {
  it('is repeatable unless it says otherwise', () => {
    expect([oauth2({}).repeatable, slackAuth.repeatable, notionAuth.repeatable]).toEqual([true, false, false])
  })
})
