import { describe, expect, it } from 'vitest'
import { plugins } from '../../plugins/index.ts'

const own = 'http://localhost:8001/source-connections/callback'

/** What the sign-in page of a family is told, but for what every one is told. */
const expected: Record<string, { page: string; scope: Record<string, string>; others: Record<string, string> }> = {
  gmail: {
    page: 'https://accounts.google.com/o/oauth2/v2/auth',
    scope: { scope: 'https://www.googleapis.com/auth/gmail.readonly' },
    others: { access_type: 'offline', prompt: 'consent' },
  },
  outlook_mail: {
    page: 'https://login.microsoftonline.com/common/oauth2/v2.0/authorize',
    scope: { scope: 'Mail.Read offline_access' },
    others: { prompt: 'select_account' },
  },
  asana: { page: 'https://app.asana.com/-/oauth_authorize', scope: { scope: 'default' }, others: {} },
  notion: { page: 'https://api.notion.com/v1/oauth/authorize', scope: {}, others: { owner: 'user' } },
}

function signIn(shortName: string, redirectUri = own) {
  const plugin = plugins.find(({ sources }) => sources.some(source => source.shortName === shortName))
  const source = plugin?.sources.find(candidate => candidate.shortName === shortName)
  if (!plugin || !source) throw new Error(`there is no ${shortName}`)
  const codeChallenge = plugin.auth.usesPkce(redirectUri) ? 'challenge' : undefined
  const common = { clientId: 'client', redirectUri, endpoints: plugin.endpoints, fields: {} }
  return {
    url: new URL(plugin.auth.authorizeUrl({ ...common, state: 'state', codeChallenge, scopes: source.scopes })),
    request: plugin.auth.codeRequest({
      ...common,
      ...{ code: 'code', clientSecret: 'secret', codeVerifier: codeChallenge && 'verifier' },
    }),
    pkce: codeChallenge !== undefined,
    grant: (body: object) =>
      plugin.auth.readGrant({ status: 200, headers: {}, body: JSON.stringify(body) }, source.scopes),
  }
}

const always = { response_type: 'code', client_id: 'client', redirect_uri: own, state: 'state' }
const challenge = { code_challenge: 'challenge', code_challenge_method: 'S256' }

describe('the sign-in page of', () => {
  it.each(Object.entries(expected))('%s is told what its provider documents', (shortName, { page, scope, others }) => {
    const { url, pkce } = signIn(shortName)
    expect(url.origin + url.pathname).toBe(page)
    expect(Object.fromEntries(url.searchParams)).toEqual({ ...always, ...scope, ...others, ...(pkce ? challenge : {}) })
    expect(pkce).toBe(shortName !== 'notion')
  })

  it('slack asks for a person’s scopes with commas, and uses PKCE on this machine alone', () => {
    const here = signIn('slack')
    expect(here.url.searchParams.get('user_scope')).toMatch(/^channels:read,channels:history,/)
    expect(here.url.searchParams.has('scope')).toBe(false)
    expect([here.pkce, signIn('slack', 'https://app.example/back').pkce]).toEqual([true, false])
  })
})

describe('a code is traded', () => {
  it('in a form, with the verifier', () => {
    const { request } = signIn('gmail')
    expect(request.url).toBe('https://oauth2.googleapis.com/token')
    expect(Object.fromEntries(new URLSearchParams(request.body))).toEqual({
      ...{ grant_type: 'authorization_code', code: 'code', redirect_uri: own, code_verifier: 'verifier' },
      ...{ client_id: 'client', client_secret: 'secret' },
    })
  })

  it('in JSON with Basic at Notion', () => {
    const { request } = signIn('notion')
    expect(JSON.parse(request.body)).toEqual({ grant_type: 'authorization_code', code: 'code', redirect_uri: own })
    expect(request.headers.authorization).toBe(`Basic ${Buffer.from('client:secret').toString('base64')}`)
  })

  it('for the person’s token at Slack, not the bot’s', () => {
    const scopes = signIn('slack').url.searchParams.get('user_scope')
    const person = {
      access_token: 'xoxp-1',
      refresh_token: 'xoxe-1',
      expires_in: 43_200,
      token_type: 'user',
      scope: scopes,
    }
    const answer = { ok: true, access_token: 'xoxb-1', token_type: 'bot', scope: 'chat:write', authed_user: person }
    expect(signIn('slack').grant(answer)).toMatchObject({ accessToken: 'xoxp-1', refreshToken: 'xoxe-1' })
  })
})

describe('what was granted', () => {
  const tokens = { access_token: 'token', token_type: 'Bearer' }

  it.each([
    ['outlook_mail', 'https://graph.microsoft.com/Mail.Read https://graph.microsoft.com/User.Read'],
    ['outlook_mail', 'mail.read openid profile'],
    ['asana', 'default identity'],
    ['asana', 'tasks:read users:read'],
    ['gmail', undefined],
    ['notion', undefined],
  ])('is enough for %s as %j', (shortName, scope) => {
    expect(signIn(shortName).grant({ ...tokens, scope }).accessToken).toBe('token')
  })

  it.each([
    ['gmail', 'https://www.googleapis.com/auth/userinfo.email openid'],
    ['outlook_mail', 'User.Read'],
    ['slack', 'channels:read'],
  ])('is too little for %s as %j, and that is told', (shortName, scope) => {
    expect(() => signIn(shortName).grant({ ok: true, ...tokens, scope })).toThrow(/did not allow/)
  })
})
