/**
 * An authorization server with an API behind it that tells whose token it is: strict about what RFC 6749 (4.1) and
 * RFC 7636 ask of a client. A person signs in by following the address that a browser would be sent to.
 */
import { createHash } from 'node:crypto'
import { type OAuth2Quirks, oauth2, type Plugin } from '../../core/plugin.ts'
import { type FakeServer, startFakeServer } from './fake-server.ts'
import { checkpoint, note } from './scripted-source.ts'

export interface FakeAuthorizationServer {
  server: FakeServer
  plugin: Plugin
  client: { clientId: string; clientSecret: string }
  redirectUri: string
  /** What a token answer says of scopes; by default what was asked for. */
  granted: string | undefined
  /** The next token answers are refused so. */
  refusal: { status: number; error: string } | undefined
  /** A person goes to the address and allows it. @returns what the browser comes back with */
  allow(url: string, person: string): { state: string; code: string }
  close(): Promise<void>
}

interface Issued {
  person: string
  redirectUri: string
  challenge: string | null
  scope: string
}

export async function startFakeAuthorizationServer(
  quirks: OAuth2Quirks = {},
  client = { clientId: 'the-client', clientSecret: 'secret-of-the-client' },
): Promise<FakeAuthorizationServer> {
  const redirectUri = 'http://localhost:8001/source-connections/callback'
  const codes = new Map<string, Issued>()
  const people = new Map<string, string>()
  let number = 0
  const server = await startFakeServer([
    { method: 'POST', pattern: '/token', open: true, handler: request => answer(new URLSearchParams(request.body)) },
    {
      method: 'GET',
      pattern: '/me',
      open: true,
      handler({ headers }) {
        const person = people.get((headers.authorization ?? '').replace('Bearer ', ''))
        return person === undefined ? { status: 401, body: {} } : { body: { id: person, name: `Name of ${person}` } }
      },
    },
  ])
  const fake: FakeAuthorizationServer = {
    server,
    plugin: pluginOf(server.url, quirks),
    ...{ client, redirectUri, granted: undefined, refusal: undefined },
    allow(url, person) {
      const { origin, pathname, searchParams: asked } = new URL(url)
      if (origin + pathname !== `${server.url}/authorize`) throw new Error(`no person signs in at ${origin}${pathname}`)
      if (asked.get('response_type') !== 'code' || asked.get('client_id') !== client.clientId)
        throw new Error('not a request of this client for a code')
      const challenge = asked.get('code_challenge')
      if ((challenge === null) !== (asked.get('code_challenge_method') !== 'S256')) throw new Error('half of PKCE')
      const code = `secret-code-${++number}`
      codes.set(code, {
        ...{ person, challenge, scope: asked.get('scope') ?? '' },
        redirectUri: asked.get('redirect_uri') ?? '',
      })
      return { state: asked.get('state') ?? '', code }
    },
    close: () => server.close(),
  }
  return fake

  function answer(form: URLSearchParams) {
    if (fake.refusal) return { status: fake.refusal.status, body: { error: fake.refusal.error } }
    if (form.get('client_id') !== client.clientId || form.get('client_secret') !== client.clientSecret)
      return { status: 401, body: { error: 'invalid_client' } }
    const code = form.get('code') ?? ''
    const issued = codes.get(code)
    codes.delete(code)
    const verifier = form.get('code_verifier')
    const challenge = verifier === null ? null : createHash('sha256').update(verifier).digest('base64url')
    const fits = issued && issued.redirectUri === form.get('redirect_uri') && issued.challenge === challenge
    if (form.get('grant_type') !== 'authorization_code' || !fits)
      return { status: 400, body: { error: 'invalid_grant' } }
    const token = `secret-access-${++number}`
    people.set(token, issued.person)
    return {
      body: {
        ...{ access_token: token, refresh_token: `secret-refresh-${number}`, token_type: 'Bearer', expires_in: 3600 },
        scope: fake.granted ?? issued.scope,
      },
    }
  }
}

function pluginOf(url: string, quirks: OAuth2Quirks): Plugin {
  return {
    id: 'fake',
    title: 'Fake',
    auth: oauth2(quirks),
    endpoints: { api: url, token: `${url}/token`, authorize: `${url}/authorize` },
    origins: ({ api = '' }) => [api],
    sources: [
      {
        shortName: 'fake_notes',
        title: 'Fake notes',
        description: 'One note.',
        labels: [],
        scopes: ['notes.read', 'names.read'],
        entityTypes: ['note'],
        configFields: [],
        identify: ({ api, endpoints }) => api.get(`${endpoints.api}/me`, { expect: ['id', 'name'] }),
        async *sync(_context, cursor) {
          if (cursor === undefined) yield note('apple')
          yield checkpoint(1)
        },
      },
    ],
  }
}
