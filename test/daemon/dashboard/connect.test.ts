import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../core/clock.ts'
import { createInlet } from '../../../core/index.ts'
import type { Inlet } from '../../../core/inlet.ts'
import { silentLog } from '../../../core/log.ts'
import { apiKey } from '../../../daemon/api-key.ts'
import { createServer } from '../../../daemon/server.ts'
import { microsoft } from '../../../plugins/index.ts'
import { type FakeAuthorizationServer, startFakeAuthorizationServer } from '../../support/fake-authorization-server.ts'
import { type Browser, forbiddenMarkup, signedIn } from './browser.ts'

const key = 'key-of-the-test-daemon'
const site = 'http://localhost:8001'
let folder: string
let fake: FakeAuthorizationServer
let inlet: Inlet
let browser: Browser
let serve: (options?: { hasClient: boolean }) => Promise<Browser>

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlet-dashboard-'))
  fake = await startFakeAuthorizationServer()
  inlet = await createInlet({ dataDir: join(folder, 'data'), plugins: [fake.plugin, microsoft] })
  serve = async ({ hasClient } = { hasClient: false }) => {
    const server = createServer({
      ...{ inlet, apiKey: apiKey(key), port: () => 8001, version: '0.0.0', clock: systemClock, log: silentLog },
      hasClient: () => hasClient,
    })
    return signedIn({ url: site, fetch: request => server.fetch(request), key })
  }
  browser = await serve()
})
afterEach(async () => {
  await inlet.close()
  await fake.close()
  await rm(folder, { recursive: true, force: true })
})

const clientFields = { 'client.client_id': 'the-client', 'client.client_secret': 'secret-of-the-client' }
const chosen = { name: 'My notes', collection: '', new_collection: 'Paper', schedule: '0 6 * * *', timezone: 'UTC' }

/** The address of the provider that a page leads on to. */
function onward(text: string): string {
  const [, href = ''] = /<a class="button primary large" href="([^"]+)"/.exec(text) ?? []
  return href.replaceAll('&amp;', '&')
}

async function begin(values: Record<string, string> = { ...chosen, ...clientFields }): Promise<string> {
  const { status, text } = await browser.post('/connect/fake_notes/browser', values)
  expect([status, forbiddenMarkup(text)]).toEqual([200, []])
  return onward(text)
}

/** The way back of a browser: another site has led here, so that the session's cookie stays behind. */
function comeBack(values: Record<string, string>, from = browser) {
  return from.get(`/source-connections/callback?${new URLSearchParams(values)}`, { 'Sec-Fetch-Site': 'cross-site' })
}

const connections = () => inlet.connections.list({ skip: 0, limit: 10 })
const collections = () => inlet.collections.list({ skip: 0, limit: 10 })

describe('signing in with the browser', () => {
  it('leads on by a link, and comes back to a connection as it was chosen', async () => {
    const { text } = await browser.post('/connect/fake_notes/browser', { ...chosen, ...clientFields })
    expect(text).toContain('Continue to Fake')
    expect(text).toContain('<code>notes.read</code>')
    expect(text).not.toContain('secret-of-the-client')
    const address = new URL(onward(text))
    expect(address.searchParams.get('redirect_uri')).toBe(`${site}/source-connections/callback`)
    const back = await comeBack(fake.allow(address.href, 'ann'))
    expect([back.status, back.text.includes('You are signed in')]).toEqual([200, true])
    const [connection] = await connections()
    expect(connection).toMatchObject({ name: 'My notes', cronSchedule: '0 6 * * *', timezone: 'UTC' })
    expect(back.text).toContain(`href="/connections/${connection?.id}"`)
    expect((await collections()).map(({ name }) => name)).toEqual(['Paper'])
  })

  it('that is never finished leaves nothing behind', async () => {
    await begin()
    expect([await connections(), await collections()]).toEqual([[], []])
  })

  it('is bound to the browser that began it', async () => {
    const returned = fake.allow(await begin(), 'ann')
    const other = await serve()
    const stolen = await comeBack(returned, other)
    expect([stolen.status, stolen.text.includes('This sign-in was not begun here')]).toEqual([400, true])
    expect((await comeBack(returned)).status).toBe(200)
    expect((await comeBack(returned)).text).toContain('This sign-in is over')
    expect(await connections()).toHaveLength(1)
  })

  it('gives a cookie that comes along from the provider, and keeps the one that the browser has', async () => {
    const response = await browser.post('/connect/fake_notes/browser', { ...chosen, ...clientFields })
    const [cookie = ''] = response.headers.getSetCookie()
    expect(cookie).toMatch(/^inlet-sign-in=[\w-]{43}; Max-Age=1800; Path=\/; HttpOnly; SameSite=Lax$/)
    const first = browser.cookies.get('inlet-sign-in')
    const one = fake.allow(onward(response.text), 'ann')
    const two = fake.allow(await begin({ ...chosen, ...clientFields, name: 'Other notes' }), 'ann')
    expect(browser.cookies.get('inlet-sign-in')).toBe(first)
    expect([(await comeBack(one)).status, (await comeBack(two)).status]).toEqual([200, 200])
  })

  it('is finished by the address that the browser ended at, pasted', async () => {
    const returned = fake.allow(await begin(), 'ann')
    const address = `https://elsewhere.example/ended?${new URLSearchParams(returned)}`
    const path = '/source-connections/callback/pasted'
    for (const wrong of ['', 'nonsense', 'https://elsewhere.example/?code=x']) {
      const answer = await browser.post(path, { address: wrong })
      expect([wrong, answer.status, answer.text.includes('id="address-error"')]).toEqual([wrong, 200, true])
    }
    expect((await browser.post(path, { address: ` ${address} ` })).text).toContain('You are signed in')
    expect(await connections()).toHaveLength(1)
  })

  it('says what was refused, and that nothing was changed', async () => {
    const { state } = fake.allow(await begin(), 'ann')
    const refused = await comeBack({ state, error: 'access_denied' })
    expect(refused.text).toContain('The sign-in was refused')
    fake.granted = 'notes.read'
    const partly = await comeBack(fake.allow(await begin(), 'ann'))
    expect(partly.text).toContain('Something was not allowed')
    fake.granted = undefined
    fake.refusal = { status: 401, error: 'invalid_client' }
    const wrongClient = await comeBack(fake.allow(await begin(), 'ann'))
    expect(wrongClient.text).toContain('The provider refuses the OAuth client')
    expect(await connections()).toEqual([])
  })

  it('asks what is to be done when another account comes back', async () => {
    await comeBack(fake.allow(await begin(), 'ann'))
    const [connection] = await connections()
    const again = async () => {
      const page = await browser.post(`/connections/${connection?.id}/sign-in`, clientFields)
      return comeBack(fake.allow(onward(page.text), 'bob'))
    }
    const decide = async (choice: string) => {
      const asked = await again()
      expect(asked.text).toContain('holds the data of <b>Name of ann</b>, but <b>Name of bob</b> signed in')
      const [, decision = ''] = /name="decision" value="([^"]+)"/.exec(asked.text) ?? []
      return browser.post('/source-connections/callback/decision', { decision, choice })
    }
    expect((await decide('discard')).text).toContain('The sign-in was dropped')
    expect(await connections()).toHaveLength(1)
    expect((await decide('separate')).text).toContain('You are signed in')
    expect((await connections()).map(({ account }) => account?.name)).toEqual(['Name of ann', 'Name of bob'])
  })

  it('asks for a client where none is known, and shows how to get one', async () => {
    const page = await browser.get('/connect/outlook_mail')
    expect(page.text).toContain('How to create the client')
    expect(page.text).toContain(`<code>${site}/source-connections/callback</code>`)
    expect(page.text).toContain('name="client.tenant"')
    expect(page.text).not.toMatch(/\{redirect\}|\{scopes\}/)
    const missing = await browser.post('/connect/outlook_mail/browser', chosen)
    expect([missing.status, missing.text.includes('id="client.client_id-error"')]).toEqual([200, true])
    expect(await collections()).toEqual([])
  })

  it('is one button where the configuration has a client', async () => {
    const { text } = await (await serve({ hasClient: true })).get('/connect/fake_notes')
    const [, way = ''] = /aria-labelledby="browser">([\s\S]*?)<\/section>/.exec(text) ?? []
    expect(way.replace(/<details[\s\S]*<\/details>/, '')).not.toContain('<input')
    expect(way).toContain('formaction="/connect/fake_notes/browser" formnovalidate')
  })
})

describe('pasting a token', () => {
  const post = (values: Record<string, string>) => browser.post('/connect/fake_notes/token', values)

  it('says at the token that the provider does not take it, and leaves nothing behind', async () => {
    const { status, text } = await post({ ...chosen, 'auth.access_token': 'wrong-token-typed' })
    expect(status).toBe(200)
    expect(text).toMatch(/id="auth.access_token-error">Fake does not accept this token: /)
    expect(text).toMatch(
      /<input id="auth.access_token" name="auth.access_token" type="password" value=""[^>]* autofocus>/,
    )
    expect(text).not.toContain('wrong-token-typed')
    expect(text).toContain('value="Paper"')
    expect([await connections(), await collections()]).toEqual([[], []])
  })

  it('names every field that is wrong at once, and keeps what was typed', async () => {
    const wrong = { name: 'x', schedule: 'custom', cron: 'often', timezone: 'UTC' }
    const { status, text } = await post({ ...chosen, ...wrong, 'auth.access_token': 'some-token-typed' })
    expect(status).toBe(200)
    for (const name of ['name', 'cron']) expect([name, text.includes(`id="${name}-error"`)]).toEqual([name, true])
    expect(text).toMatch(/<input id="cron"[^>]*value="often"/)
    expect(text).toContain('<details class="card options" open>')
    const missing = await post(chosen)
    expect([missing.status, missing.text.includes('id="auth.access_token-error"')]).toEqual([200, true])
    expect(await collections()).toEqual([])
  })

  it('connects with one that works, in a collection that is there already or is made', async () => {
    await comeBack(fake.allow(await begin(), 'ann'))
    const [signed] = await connections()
    const token = 'secret-access-2'
    // As Enter in the field does it.
    const made = await browser.post('/connect/fake_notes', { ...chosen, name: 'By token', 'auth.access_token': token })
    expect([made.status, made.headers.get('location')]).toEqual([303, expect.stringMatching(/^\/connections\//)])
    const all = await connections()
    expect(all.map(({ name, collection }) => [name, collection])).toEqual([
      ['My notes', signed?.collection],
      ['By token', signed?.collection],
    ])
    expect((await browser.get(made.headers.get('location') ?? '')).text).not.toContain(token)
  })
})
