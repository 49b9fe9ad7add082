/** White labels through the official client of their era, unmodified, and Google's sign-in as `emulate` plays it. */
import { createEmulator, type Emulator } from 'emulate'
import { AirweaveSDKClient } from 'sdk1'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestDaemon, type TestDaemon } from '../daemon/harness.ts'
import { signInAt } from '../support/emulated-sign-in.ts'

const redirect = 'https://product.example/back'
const page = 'https://product.example'

let google: Emulator
let daemon: TestDaemon
let client: AirweaveSDKClient

beforeAll(async () => {
  google = await createEmulator({
    service: 'google',
    port: 0,
    seed: {
      google: {
        users: [{ email: 'ada@people.example', name: 'Ada' }],
        oauth_clients: [{ client_id: 'product', client_secret: 'secret-of-the-product', redirect_uris: [redirect] }],
      },
    },
  })
  const places = { api: google.url, gmail: google.url, token: `${google.url}/oauth2/token` }
  const endpoints = { ...places, authorize: `${google.url}/o/oauth2/v2/auth` }
  daemon = await startTestDaemon({ config: { providers: { google: { endpoints } } } })
  client = new AirweaveSDKClient({ apiKey: daemon.key, baseUrl: daemon.url })
})

afterAll(async () => {
  await daemon?.close()
  await google?.close()
})

const once = { maxRetries: 0 }

function create(members: object = {}) {
  const given = { name: 'Product', source_short_name: 'gmail', redirect_url: redirect, allowed_origins: page }
  const secrets = { client_id: 'product', client_secret: 'secret-of-the-product' }
  return client.whiteLabels.createWhiteLabel({ ...given, ...secrets, ...members }, once)
}

describe('the client of that era', () => {
  it('is told what is wrong', async () => {
    await expect(create({ redirect_url: 'http://product.example' })).rejects.toMatchObject({ statusCode: 422 })
    await expect(create({ source_short_name: 'gmial' })).rejects.toMatchObject({ statusCode: 404 })
    await expect(create({ allowed_origins: '*' })).rejects.toMatchObject({ statusCode: 422 })
  })
})

describe('the pages of a product', () => {
  it('may ask for the address and send the code, and nothing else', async () => {
    const { id } = await create()
    const cors = 'access-control-allow-origin'
    const ask = (method: string, path: string, origin = page) =>
      daemon.ask(method, path, { headers: { Origin: origin } })
    const mine = `/white-labels/${id}/oauth2`
    expect((await ask('GET', `${mine}/auth_url`)).headers.get(cors)).toBe(page)
    expect((await ask('POST', `${mine}/code`)).headers.get(cors)).toBe(page)
    const ahead = { Origin: page, 'Access-Control-Request-Method': 'POST' }
    const allowed = await fetch(`${daemon.url}${mine}/code`, { method: 'OPTIONS', headers: ahead })
    expect([allowed.status, allowed.headers.get(cors)]).toEqual([204, page])
    const { id: other } = await create({ allowed_origins: 'https://other.example' })
    const closed = [`/white-labels/${id}`, '/white-labels/list', '/source-connections', '/']
    for (const path of [
      ...closed,
      `/white-labels/${other}/oauth2/auth_url`,
      `/white-labels/${id}/source-connections`,
    ]) {
      const refused = await ask('GET', path)
      expect([path, refused.status, refused.headers.get(cors)]).toEqual([path, 403, null])
    }
    expect((await ask('GET', `${mine}/auth_url`, 'https://evil.example')).status).toBe(403)
    const keyless = await fetch(`${daemon.url}${mine}/auth_url`, { headers: { Origin: page } })
    expect(keyless.status).toBe(401)
  })

  it('get their own state back, which then works once', async () => {
    const { id } = await create()
    const { body } = await daemon.ask('GET', `/white-labels/${id}/oauth2/auth_url?state=customer-7`)
    const back = await signInAt(String(body), 'ada@people.example')
    expect(back.searchParams.get('state')).toBe('customer-7')
    const send = (state: string) => {
      const given = { code: back.searchParams.get('code'), state, source_connection_in: { name: 'Customer 7' } }
      return daemon.ask('POST', `/white-labels/${id}/oauth2/code`, { body: given })
    }
    expect((await send('customer-8')).body).toMatchObject({ status: 400, type: '/problems/unknown-state' })
    expect((await send('customer-7')).status).toBe(200)
    expect((await send('customer-7')).body).toMatchObject({ status: 410, type: '/problems/sign-in-over' })
  })
})

it('no secret of a white label is in an answer or in the log', async () => {
  await create()
  const { text } = await daemon.ask('GET', '/white-labels/list')
  expect(text + daemon.printed.join('\n')).not.toContain('secret-of-the-product')
})
