/** The whole sign-in of every source at authorization servers that we did not write. */
import { afterEach, describe, expect, it } from 'vitest'
import { startTestDaemon, type TestDaemon } from '../daemon/harness.ts'
import {
  type AuthorizationServer,
  authorizationServers,
  ownClient as client,
} from '../support/authorization-servers.ts'

const redirect = 'http://localhost:8001/source-connections/callback'

const closers: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function start(family: string): Promise<AuthorizationServer> {
  const server = await authorizationServers[family]?.(redirect)
  if (!server) throw new Error(`there is no ${family}`)
  closers.push(() => server.close())
  return server
}

async function daemonBefore({ family, endpoints }: AuthorizationServer): Promise<TestDaemon> {
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
    const provider = await start(family)
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
    const provider = await start('google')
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
