/** A person signs in at a provider that we did not write: Google's sign-in page as `emulate` plays it. */
import { createEmulator, type Emulator } from 'emulate'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { printedCode } from '../daemon/dashboard/browser.ts'
import { startTestDaemon, type TestDaemon } from '../daemon/harness.ts'
import { executable, expectAccessible, freePort, launch, open, type Watched } from './launch.ts'

const callback = '/source-connections/callback'

describe.skipIf(executable === undefined)('signing in at Google in a browser', { timeout: 60_000 }, () => {
  let google: Emulator
  let daemon: TestDaemon
  let origin: string
  let browser: Browser
  let watched: Watched

  beforeAll(async () => {
    const port = await freePort()
    origin = `http://localhost:${port}`
    google = await createEmulator({
      service: 'google',
      port: 0,
      seed: {
        google: {
          users: ['ada', 'bob'].map(name => ({ email: `${name}@people.example`, name })),
          oauth_clients: [{ client_id: 'client', client_secret: 'secret', redirect_uris: [origin + callback] }],
        },
      },
    })
    const places = { api: google.url, gmail: google.url, token: `${google.url}/oauth2/token` }
    const endpoints = { ...places, authorize: `${google.url}/o/oauth2/v2/auth` }
    daemon = await startTestDaemon({ config: { server: { port }, providers: { google: { endpoints } } } })
    browser = await launch()
    watched = await open(browser, [origin, google.url])
    // What the emulator's own pages say on the console is not ours.
    watched.expected.push(new RegExp(google.url))
    await watched.page.goto(`${origin}/sign-in?code=${printedCode(daemon)}`)
  }, 60_000)

  afterAll(async () => {
    await browser?.close()
    await daemon?.close()
    await google?.close()
  })

  it('goes from nothing to a connected source, with a client of one’s own', async () => {
    const { page } = watched
    await page.getByRole('link', { name: 'Connect a source' }).first().click()
    await page.getByRole('link', { name: 'Gmail', exact: true }).click()
    expect(await page.locator('main').textContent()).toContain(origin + callback)
    await page
      .getByLabel(/^Client ID/)
      .first()
      .fill('client')
    await page
      .getByLabel(/^Client secret/)
      .first()
      .fill('secret')
    await page.getByRole('button', { name: 'Sign in at Google' }).click()
    await expectAccessible(page, 'the page before the provider')
    await page.getByRole('link', { name: /^Continue to Google/ }).click()
    await page.getByRole('button', { name: /ada@people\.example/ }).click()
    await page.waitForURL(url => url.pathname === callback)
    await expectAccessible(page, 'the end of the sign-in')
    expect(await page.locator('main').textContent()).toMatch(/You are signed in.*ada@people\.example/s)
    await page.getByRole('link', { name: /^Open/ }).click()
    await expect.poll(() => page.locator('main').textContent()).toMatch(/Healthy/)
    expect(await connections()).toMatchObject([{ short_name: 'gmail', status: 'active', auth_fields: {} }])
  })

  it('works once: coming back a second time says that it is over', async () => {
    const { page, expected } = watched
    const { address } = await begin()
    await page.goto(address)
    await page.getByRole('button', { name: /ada@people\.example/ }).click()
    await page.waitForURL(url => url.pathname === callback)
    expect(await page.locator('main').textContent()).toContain('You are signed in')
    expected.push(/410/)
    await page.reload()
    expect(await page.locator('h1').textContent()).toBe('This sign-in is over')
    await expectAccessible(page, 'a sign-in that is over')
  })

  it('asks what to do when somebody else signs in, and mixes nothing', async () => {
    const { page } = watched
    const { address } = await begin()
    await page.goto(address)
    await page.getByRole('button', { name: /bob@people\.example/ }).click()
    await page.waitForURL(url => url.pathname === callback)
    expect(await page.locator('h1').textContent()).toBe('Another account signed in')
    await expectAccessible(page, 'the question')
    await page.getByRole('button', { name: /separately/ }).click()
    expect(await page.locator('h1').textContent()).toBe('You are signed in')
    const accounts = (await connections()).map(({ auth }) => auth.account?.name)
    expect(accounts).toEqual(['ada@people.example', 'bob@people.example'])
  })

  it('says plainly that it was refused, and leaves everything as it was', async () => {
    const { page, expected } = watched
    const { state } = await begin()
    const before = await connections()
    expected.push(/400/)
    await page.goto(`${origin}${callback}?error=access_denied&state=${state}`)
    expect(await page.locator('h1').textContent()).toBe('The sign-in was refused')
    await expectAccessible(page, 'a refusal')
    expect(await connections()).toEqual(before)
  })

  it.each(['another browser', 'nobody'])('is of no use with a state of %s', async whose => {
    const { state } = await begin()
    const stranger = await open(browser, [origin])
    stranger.expected.push(/400/)
    const given = whose === 'nobody' ? 'x'.repeat(43) : state
    await stranger.page.goto(`${origin}${callback}?code=stolen&state=${given}`)
    expect(await stranger.page.locator('h1').textContent()).toBe('This sign-in was not begun here')
    expect(stranger.misdeeds).toEqual([])
    await stranger.close()
  })

  it('takes the address that the browser ended at, where it could not come back', async () => {
    const { page } = watched
    const { address } = await begin()
    const other = await page.context().newPage()
    await other.goto(address)
    const form = other.locator('form', { hasText: 'ada@people.example' })
    const inputs = await form.locator('input').all()
    const pairs = inputs.map(async input => [await input.getAttribute('name'), await input.inputValue()])
    // The provider sends the browser on, which it does not follow.
    const answer = await other.request.post(`${google.url}${await form.getAttribute('action')}`, {
      form: Object.fromEntries(await Promise.all(pairs)) as Record<string, string>,
      maxRedirects: 0,
    })
    const ended = answer.headers().location ?? ''
    expect(ended.startsWith(origin + callback)).toBe(true)
    await other.close()
    const field = page.locator('input[name="address"]')
    if (!(await field.isVisible())) await page.locator('details:has(input[name="address"]) > summary').click()
    await field.fill(ended)
    await page.locator('form:has(input[name="address"]) button').click()
    expect(await page.locator('h1').textContent()).toBe('You are signed in')
  })

  it('has made no error on the console and asked nobody else', () => {
    expect(watched.misdeeds).toEqual([])
  })

  /** The first connection is to be signed in again: where that leads. */
  async function begin(): Promise<{ address: string; state: string }> {
    const { page } = watched
    const [first] = await connections()
    await page.goto(`${origin}/connections/${first?.id}/sign-in`)
    await page.getByRole('button', { name: 'Sign in at Google' }).click()
    const address = await page.getByRole('link', { name: /^Continue to Google/ }).getAttribute('href')
    return { address: address ?? '', state: new URL(address ?? '').searchParams.get('state') ?? '' }
  }

  async function connections() {
    const { body } = await daemon.ask('GET', '/source-connections')
    const all = body as Shown[]
    // Jobs come and go meanwhile.
    return all.map(({ id, short_name, status, auth, auth_fields }) => ({ id, short_name, status, auth, auth_fields }))
  }
})

interface Shown {
  id: string
  short_name: string
  status: string
  auth: { account: { name: string } | null }
  auth_fields: object
}
