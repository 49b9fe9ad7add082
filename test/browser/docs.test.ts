import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OpenApiDocument } from '../../daemon/openapi/document.ts'
import { startTestDaemon, type TestDaemon } from '../daemon/harness.ts'
import { executable, launch, open, type Watched } from './launch.ts'

describe.skipIf(executable === undefined)('the API reference in a browser', { timeout: 60_000 }, () => {
  let daemon: TestDaemon
  let origin: string
  let browser: Browser
  let watched: Watched

  beforeAll(async () => {
    daemon = await startTestDaemon()
    origin = `http://localhost:${daemon.port}`
    browser = await launch()
    watched = await open(browser, [origin])
  }, 60_000)

  afterAll(async () => {
    await browser?.close()
    await daemon?.close()
  })

  const operation = (name: string) => watched.page.locator(`#operations-${name}`)

  it('opens without a key, from this machine alone, and shows every operation', async () => {
    const { page } = watched
    await page.goto(`${origin}/docs`)
    // A large script and a large description: on a busy machine that takes its time.
    await page.getByText('Send the API key as').waitFor({ timeout: 45_000 })
    const { paths, webhooks } = (await daemon.ask('GET', '/openapi.json')).body as OpenApiDocument
    const count = Object.values({ ...paths, ...webhooks }).flatMap(methods => Object.keys(methods)).length
    expect(count).toBeGreaterThan(45)
    await expect.poll(() => page.locator('.opblock').count()).toBe(count)
    expect(await page.evaluate('document.fonts.size')).toBe(0)
  })

  it('tries an operation without a key, which is refused, and with it, which is answered', async () => {
    const { page, expected } = watched
    const list = operation('Sources-listSources')
    await list.locator('.opblock-summary-control').click()
    const status = list.locator('.live-responses-table tbody .response-col_status')
    expected.push(/401/)
    await list.getByRole('button', { name: 'Execute' }).click()
    await expect.poll(() => status.first().textContent()).toContain('401')

    await page.getByRole('button', { name: 'Authorize' }).first().click()
    const dialog = page.locator('.dialog-ux')
    await dialog.getByLabel('Value:').first().fill(daemon.key)
    await dialog.getByRole('button', { name: /apply/i }).first().click()
    await dialog.getByRole('button', { name: 'Close', exact: true }).last().click()
    await list.getByRole('button', { name: 'Execute' }).click()
    await expect.poll(() => status.first().textContent()).toContain('200')
    expect(await list.locator('.live-responses-table').textContent()).toContain('google_drive')
  })

  it('sends the example of a body as it stands', async () => {
    const create = operation('Collections-createCollection')
    await create.locator('.opblock-summary-control').click()
    expect(await create.locator('textarea.body-param__text').inputValue()).toContain('"readable_id": "my-life"')
    await create.getByRole('button', { name: 'Execute' }).click()
    await expect
      .poll(() => create.locator('.live-responses-table tbody .response-col_status').first().textContent())
      .toContain('201')
    expect((await daemon.ask('GET', '/collections/my-life')).status).toBe(200)
  })

  it('follows a system that is dark', async () => {
    const { page } = watched
    const ground = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor')
    const light = await ground()
    await page.emulateMedia({ colorScheme: 'dark' })
    await expect.poll(ground).not.toBe(light)
  })

  it('asks nobody else, and breaks no rule of its own page', async () => {
    expect(watched.misdeeds).toEqual([])
    const page = await fetch(`${origin}/docs`)
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'self'.*img-src 'self' data:$/)
    expect(page.headers.get('content-security-policy')).not.toMatch(/unsafe|https?:/)
    for (const path of ['/', '/sign-in', '/openapi.json', '/docs/docs.js']) {
      const other = await fetch(`${origin}${path}`)
      expect(other.headers.get('content-security-policy')).not.toMatch(/unsafe|data:/)
    }
  })
})
