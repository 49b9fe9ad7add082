/**
 * The whole sign-in of every family at authorization servers that we did not write: `emulate` for Google, Microsoft and
 * Slack, `oauth2-mock-server` for Asana and Notion, with our fakes of their APIs behind it.
 */
import { createEmulator } from 'emulate'
import { OAuth2Server } from 'oauth2-mock-server'
import { afterEach, describe, expect, it } from 'vitest'
import { startTestDaemon, type TestDaemon } from '../daemon/harness.ts'
import { signInAt } from '../support/emulated-sign-in.ts'
import { startFakeAsana } from '../support/fake-asana.ts'
import { startFakeNotion } from '../support/fake-notion.ts'

const client = { client_id: 'own-client', client_secret: 'secret-of-own-client' }
const redirect = 'http://localhost:8001/source-connections/callback'

const closers: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

interface Provider {
  family: string
  endpoints: Record<string, string>
  /** Where a person who allows it is sent. */
  allow(address: string): Promise<URL>
}

async function emulated(
  service: 'google' | 'microsoft' | 'slack',
  seed: object,
  person: string,
  places: (url: string) => Record<string, string>,
): Promise<Provider> {
  const emulator = await createEmulator({ service, port: 0, seed: { [service]: seed } })
  closers.push(() => emulator.close())
  return { family: service, endpoints: places(emulator.url), allow: address => signInAt(address, person) }
}

/** It signs in whoever comes, and checks the verifier of PKCE. */
async function mocked(family: string, endpoints: Record<string, string>): Promise<Provider> {
  const server = new OAuth2Server()
  await server.issuer.keys.generate('RS256')
  await server.start(0, 'localhost')
  closers.push(() => server.stop())
  const url = `http://localhost:${server.address().port}`
  return {
    family,
    endpoints: { ...endpoints, authorize: `${url}/authorize`, token: `${url}/token` },
    async allow(address) {
      const answer = await fetch(address, { redirect: 'manual' })
      return new URL(answer.headers.get('location') ?? '')
    },
  }
}

const oauthClient = { ...client, redirect_uris: [redirect], name: 'inlet' }

const providers: Record<string, () => Promise<Provider>> = {
  google: () =>
    emulated(
      'google',
      { users: [{ email: 'ada@people.example', name: 'Ada' }], oauth_clients: [oauthClient] },
      'ada@people.example',
      url => ({ api: url, gmail: url, authorize: `${url}/o/oauth2/v2/auth`, token: `${url}/oauth2/token` }),
    ),
  microsoft: () =>
    emulated(
      'microsoft',
      {
        users: [{ email: 'ada@people.example', name: 'Ada' }],
        oauth_clients: [{ ...oauthClient, tenant_id: 'common' }],
      },
      'ada@people.example',
      url => ({
        ...{ graph: `${url}/v1.0`, authorize: `${url}/oauth2/v2.0/authorize`, token: `${url}/oauth2/v2.0/token` },
      }),
    ),
  slack: () =>
    emulated(
      'slack',
      { users: [{ name: 'ada', email: 'ada@people.example' }], oauth_apps: [oauthClient] },
      'ada',
      url => ({
        ...{ api: `${url}/api`, authorize: `${url}/oauth/v2/authorize`, token: `${url}/api/oauth.v2.access` },
      }),
    ),
  async asana() {
    const asana = await startFakeAsana()
    asana.server.tokens = undefined
    closers.push(
      () => asana.server.close(),
      () => asana.files.close(),
    )
    return mocked('asana', { ...asana.endpoints })
  },
  async notion() {
    const notion = await startFakeNotion({ now: () => Date.UTC(2026, 0, 1) })
    notion.server.tokens = undefined
    closers.push(() => notion.server.close())
    return mocked('notion', { ...notion.endpoints })
  },
}

async function daemonBefore({ family, endpoints }: Provider): Promise<TestDaemon> {
  const daemon = await startTestDaemon({ config: { providers: { [family]: { endpoints } } } })
  closers.unshift(() => daemon.close())
  return daemon
}

interface Shown {
  id: string
  status: string
  error_message: string | null
  auth: { method: string; authenticated: boolean; auth_url: string | null; account: { name: string } | null }
}

const sources = [
  ...['gmail', 'google_drive', 'google_calendar'].map(source => ['google', source]),
  ...['onedrive', 'outlook_mail', 'outlook_calendar'].map(source => ['microsoft', source]),
  ...['asana', 'slack', 'notion'].map(source => [source, source]),
] as [string, string][]

describe('signing in', () => {
  it.each(sources)('at %s connects %s, by the callback, once', async (family, source) => {
    const provider = await providers[family]?.()
    if (!provider) throw new Error('no such family')
    const daemon = await daemonBefore(provider)
    const authentication = { ...client, redirect_uri: redirect }
    const given = { short_name: source, authentication, sync_immediately: false }
    const made = (await daemon.ask('POST', '/source-connections', { body: given })).body as Shown
    expect(made).toMatchObject({ status: 'pending_auth', auth: { method: 'oauth_browser', authenticated: false } })
    const back = await provider.allow(made.auth.auth_url ?? '')
    expect(back.origin + back.pathname).toBe(redirect)
    const headers = { 'X-API-Key': '', Accept: 'text/html' }
    const ended = await daemon.ask('GET', back.pathname + back.search, { headers })
    expect([ended.status, ended.text]).toEqual([200, expect.stringContaining('You are signed in')])
    const now = (await daemon.ask('GET', `/source-connections/${made.id}`)).body as Shown
    expect(now.auth).toMatchObject({ method: 'oauth_browser', authenticated: true, auth_url: null })
    expect((await daemon.ask('GET', back.pathname + back.search, { headers })).status).toBe(410)
    const printed = daemon.printed.join('\n') + ended.text + JSON.stringify(now)
    for (const secret of [client.client_secret, back.searchParams.get('code') ?? 'none'])
      expect(printed).not.toContain(secret)
  })

  it('may be finished by hand, with the code that came back', async () => {
    const provider = await providers.google?.()
    if (!provider) throw new Error('no such family')
    const daemon = await daemonBefore(provider)
    const begun = await daemon.ask('GET', `/source-connections/gmail/oauth2_url?client_id=${client.client_id}`)
    const back = await provider.allow((begun.body as { url: string }).url).catch(() => undefined)
    // A client without its secret is one that Google's emulator refuses, and says so in the OAuth way.
    const query = back?.search ?? `?state=${(begun.body as { state: string }).state}&code=none`
    const ended = await daemon.ask('POST', `/source-connections/gmail/code_to_token_credentials${query}`)
    expect(ended.body).toMatchObject({
      status: 400,
      type: '/problems/sign-in-failed',
      provider_error: 'invalid_client',
    })
  })
})
