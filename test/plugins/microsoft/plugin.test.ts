import { describe, expect, onTestFinished, test } from 'vitest'
import { createApi } from '../../../core/api.ts'
import { createPacer } from '../../../core/pacer.ts'
import { Secret } from '../../../core/secret.ts'
import { createTransport } from '../../../core/transport.ts'
import { identifyBy } from '../../../plugins/microsoft/api.ts'
import { microsoft } from '../../../plugins/microsoft/index.ts'
import { fakeClock } from '../../support/fake-clock.ts'
import { graphError, startFakeOneDrive } from '../../support/fake-onedrive.ts'
import { type FakeRoute, startFakeServer } from '../../support/fake-server.ts'

describe('a refresh', () => {
  const input = { refreshToken: 'old', clientId: 'client', endpoints: microsoft.endpoints, fields: {} }

  test('asks the tenant for the scopes of the source, to be renewed again', () => {
    const fields = { tenant: 'contoso.onmicrosoft.com' }
    const request = microsoft.auth.refreshRequest({ ...input, scopes: ['Files.Read'], fields })
    expect(request.url).toBe('https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token')
    expect(Object.fromEntries(new URLSearchParams(request.body))).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'old',
      client_id: 'client',
      scope: 'Files.Read offline_access',
    })
  })

  test('goes to every account alike without a tenant, and may be asked for again', () => {
    const request = microsoft.auth.refreshRequest({ ...input, clientSecret: 'hush', scopes: [] })
    expect(request.url).toContain('/common/')
    expect(new URLSearchParams(request.body).get('client_secret')).toBe('hush')
    expect(microsoft.auth.repeatable).toBe(true)
  })

  test.each([
    ['invalid_grant', 'token_revoked'],
    ['interaction_required', 'token_revoked'],
    ['invalid_client', 'client_invalid'],
    ['invalid_scope', 'scope_missing'],
    ['temporarily_unavailable', 'unavailable'],
  ])('that is refused with %s means %s', (error, code) => {
    const body = JSON.stringify({ error, error_codes: [700082], suberror: 'bad_token', error_description: 'AADSTS' })
    expect(() => microsoft.auth.readTokens({ status: 400, headers: {}, body })).toThrow(
      expect.objectContaining({ code }),
    )
  })
})

describe('the account', () => {
  test('is who /me says, in lower case', async () => {
    const fake = await startFakeOneDrive()
    onTestFinished(() => fake.close())
    fake.isProfileReadable = true
    const account = { id: 'efee1b77-fb3b-4f65-99d6-274c11914d12', name: 'Ann' }
    expect(await identifyBy('/me/drive', open(fake.graph))).toEqual(account)
  })

  test('is the same when only the drive may be read: its owner', async () => {
    const fake = await startFakeOneDrive()
    onTestFinished(() => fake.close())
    const account = { id: 'efee1b77-fb3b-4f65-99d6-274c11914d12', name: 'Ann' }
    expect(await identifyBy('/me/drive', open(fake.graph))).toEqual(account)
    expect(fake.server.requests.map(({ path }) => path)).toEqual(['/v1.0/me', '/v1.0/me/drive'])
  })

  test('is in the context of anything below /me', async () => {
    const context = "https://graph.microsoft.com/v1.0/$metadata#users('EFEE1B77-fb3b')/mailFolders"
    const graph = await serve([
      { method: 'GET', pattern: '/me', handler: () => graphError(403, 'Authorization_RequestDenied') },
      {
        method: 'GET',
        pattern: '/me/mailFolders',
        handler: () => ({ body: { '@odata.context': context, value: [] } }),
      },
    ])
    expect(await identifyBy('/me/mailFolders', open(graph))).toEqual({ id: 'efee1b77-fb3b', name: 'efee1b77-fb3b' })
  })

  test('that nothing tells is said to be missing', async () => {
    const graph = await serve([{ method: 'GET', pattern: '/me/mailFolders', handler: () => ({ body: { value: [] } }) }])
    await expect(identifyBy('/me/mailFolders', open(graph))).rejects.toMatchObject({ code: 'bad_response' })
  })
})

test('the bearer goes to Graph alone', () => {
  expect(microsoft.origins({ graph: 'https://graph.microsoft.us/v1.0/' })).toEqual(['https://graph.microsoft.us/v1.0'])
  expect(() => microsoft.origins({})).toThrow('endpoints.graph')
})

async function serve(routes: FakeRoute[]): Promise<string> {
  const server = await startFakeServer(routes)
  onTestFinished(() => server.close())
  return server.url
}

function open(graph: string) {
  const clock = fakeClock()
  const transport = createTransport()
  onTestFinished(() => transport.close())
  const endpoints = { graph }
  const tokens = {
    token: async () => ({ secret: new Secret('good-token'), generation: 1 }),
    renew: async () => {
      throw new Error('not to be renewed')
    },
  }
  const { signal } = new AbortController()
  const pacer = createPacer(clock, {})
  const api = createApi({ plugin: microsoft, endpoints, tokens, pacer, transport, clock, random: () => 0, signal })
  return { api, endpoints }
}
