/**
 * Authorization servers that we did not write: `emulate` for Google, Microsoft and Slack, `oauth2-mock-server` for Asana
 * and Notion, with our fakes of their APIs behind it.
 */
import { createEmulator } from 'emulate'
import { OAuth2Server } from 'oauth2-mock-server'
import { signInAt } from './emulated-sign-in.ts'
import { startFakeAsana } from './fake-asana.ts'
import { startFakeNotion } from './fake-notion.ts'

/** Registered wherever clients are. */
export const ownClient = { client_id: 'own-client', client_secret: 'secret-of-own-client' }

export interface AuthorizationServer {
  family: string
  /** Who signs in, as the page shows them; none where it asks nobody. */
  person?: string
  endpoints: Record<string, string>
  /** Where a person who allows it is sent. */
  allow(address: string): Promise<URL>
  close(): Promise<void>
}

async function emulated(
  service: 'google' | 'microsoft' | 'slack',
  seed: object,
  person: string,
  places: (url: string) => Record<string, string>,
): Promise<AuthorizationServer> {
  const emulator = await createEmulator({ service, port: 0, seed: { [service]: seed } })
  const allow = (address: string) => signInAt(address, person)
  return { family: service, person, endpoints: places(emulator.url), allow, close: () => emulator.close() }
}

/** It signs in whoever comes, and checks the verifier of PKCE. */
async function mocked(
  family: string,
  endpoints: Record<string, string>,
  api: readonly { close(): Promise<void> }[],
): Promise<AuthorizationServer> {
  const server = new OAuth2Server()
  await server.issuer.keys.generate('RS256')
  await server.start(0, 'localhost')
  const url = `http://localhost:${server.address().port}`
  return {
    family,
    endpoints: { ...endpoints, authorize: `${url}/authorize`, token: `${url}/token` },
    async allow(address) {
      const answer = await fetch(address, { redirect: 'manual' })
      return new URL(answer.headers.get('location') ?? '')
    },
    async close() {
      await server.stop()
      await Promise.all(api.map(one => one.close()))
    },
  }
}

const clientFor = (redirect: string) => ({ ...ownClient, redirect_uris: [redirect], name: 'inlet' })

/** By family. @param redirect where a client of ours is sent back to */
export const authorizationServers: Readonly<Record<string, (redirect: string) => Promise<AuthorizationServer>>> = {
  google: redirect =>
    emulated(
      'google',
      { users: [{ email: 'ada@people.example', name: 'Ada' }], oauth_clients: [clientFor(redirect)] },
      'ada@people.example',
      url => ({ api: url, gmail: url, authorize: `${url}/o/oauth2/v2/auth`, token: `${url}/oauth2/token` }),
    ),
  microsoft: redirect =>
    emulated(
      'microsoft',
      {
        users: [{ email: 'ada@people.example', name: 'Ada' }],
        oauth_clients: [{ ...clientFor(redirect), tenant_id: 'common' }],
      },
      'ada@people.example',
      url => ({
        ...{ graph: `${url}/v1.0`, authorize: `${url}/oauth2/v2.0/authorize`, token: `${url}/oauth2/v2.0/token` },
      }),
    ),
  slack: redirect =>
    emulated(
      'slack',
      { users: [{ name: 'ada', email: 'ada@people.example' }], oauth_apps: [clientFor(redirect)] },
      'ada',
      url => ({
        ...{ api: `${url}/api`, authorize: `${url}/oauth/v2/authorize`, token: `${url}/api/oauth.v2.access` },
      }),
    ),
  async asana() {
    const asana = await startFakeAsana()
    asana.server.tokens = undefined
    return mocked('asana', { ...asana.endpoints }, [asana.server, asana.files])
  },
  async notion() {
    const notion = await startFakeNotion({ now: () => Date.UTC(2026, 0, 1) })
    notion.server.tokens = undefined
    return mocked('notion', { ...notion.endpoints }, [notion.server])
  },
}
