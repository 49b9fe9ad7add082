import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { printedCode } from '../daemon/dashboard/browser.ts'
import { startTestDaemon, type TestDaemon } from '../daemon/harness.ts'
import { executable, expectAccessible, launch, open, type Watched } from './launch.ts'

describe.skipIf(executable === undefined)('the dashboard in a browser', { timeout: 60_000 }, () => {
  let daemon: TestDaemon
  let origin: string
  let browser: Browser
  let watched: Watched

  beforeAll(async () => {
    daemon = await startTestDaemon({ config: { server: { port: 0 } } })
    origin = `http://localhost:${daemon.port}`
    browser = await launch()
    watched = await open(browser, [origin])
  }, 60_000)

  afterAll(async () => {
    await browser?.close()
    await daemon?.close()
  })

  it('lets a person in by the link that was printed, once', async () => {
    const { page } = watched
    const link = `${origin}/sign-in?code=${printedCode(daemon)}`
    await page.goto(link)
    expect(page.url()).toBe(`${origin}/`)
    await expectAccessible(page, 'the first page')
    const stranger = await open(browser, [origin])
    stranger.expected.push(/401/)
    await stranger.page.goto(link)
    expect(await stranger.page.getByText(/used already/).count()).toBeGreaterThan(0)
    await expectAccessible(stranger.page, 'the page without a session')
    expect(stranger.misdeeds).toEqual([])
    await stranger.close()
  })

  it('explains a wrong token where it is, and connects with a good one', async () => {
    const { page, expected } = watched
    await page.getByRole('link', { name: 'Connect a source' }).first().click()
    await expectAccessible(page, 'the sources')
    await page.getByRole('link', { name: 'Slack', exact: true }).click()
    await expectAccessible(page, 'the form')
    await page.locator('summary', { hasText: 'Options' }).click()
    await page.getByLabel(/^Access token/).fill('wrong-token')
    await page.getByLabel(/^Name/).first().fill('Crew')
    expected.push(/422/)
    await page.getByRole('button', { name: /connect.*token/i }).click()
    const field = page.getByLabel(/^Access token/)
    await expect.poll(() => field.getAttribute('aria-invalid')).toBe('true')
    expect(await field.inputValue()).toBe('')
    expect(await page.getByLabel(/^Name/).first().inputValue()).toBe('Crew')
    await expectAccessible(page, 'the form with an error')
    await field.fill('good-token')
    await page.getByRole('button', { name: /connect.*token/i }).click()
    await page.waitForURL(/\/connections\/[0-9a-f-]{36}$/)
    await expectAccessible(page, 'the connection')
  })

  it('shows a sync as it goes, and its end, without being reloaded', async () => {
    const { page } = watched
    await expect
      .poll(() => page.locator('main').textContent(), { timeout: 15_000 })
      .toMatch(/healthy|up to date|complete/i)
    await page
      .getByRole('button', { name: /^(run|sync)/i })
      .first()
      .click()
    await expect.poll(() => page.locator('main').textContent(), { timeout: 15_000 }).toMatch(/complete/i)
    await page.waitForURL(/\/jobs\//)
    await expectAccessible(page, 'the job')
  })

  it('says when a schedule will run, before it is saved', async () => {
    const { page } = watched
    await page.goto(`${origin}/connections/${(await firstConnection()).id}`)
    const preview = page.locator('[data-preview]').first()
    await page.locator('select[name="schedule"]').first().selectOption({ index: 2 })
    await expect.poll(() => preview.textContent()).not.toBe('')
  })

  it('finds while one types, with what matched marked', async () => {
    const { page } = watched
    await page.goto(`${origin}/search`)
    await page.getByRole('searchbox').first().pressSequentially('banan')
    await page.getByRole('searchbox').first().press('a')
    await page.getByRole('searchbox').first().press('s')
    await expect.poll(() => page.locator('mark').allInnerTexts()).toContain('bananas')
    await expectAccessible(page, 'the search')
  })

  it.each(['light', 'dark'] as const)(
    'has no horizontal scroll on a phone, and is accessible in the %s',
    async scheme => {
      const { page } = watched
      await page.emulateMedia({ colorScheme: scheme })
      await page.setViewportSize({ width: 360, height: 740 })
      let visited = 0
      const first = `/connections/${(await firstConnection()).id}`
      for (const path of [
        '/',
        '/connect',
        '/connect/slack',
        '/connect/gmail',
        first,
        '/search?query=bananas',
        '/settings',
      ]) {
        await page.goto(origin + path)
        const tooWide = await page.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        )
        expect([path, tooWide]).toEqual([path, 0])
        await expectAccessible(page, `${path} in the ${scheme}`)
        visited++
      }
      expect(visited).toBe(7)
      await page.setViewportSize({ width: 1280, height: 800 })
    },
  )

  it('can be used by the keyboard alone', async () => {
    const { page } = watched
    await page.goto(`${origin}/`)
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toMatch(/skip/i)
    await page.keyboard.press('Enter')
    expect(await page.evaluate('location.hash')).toBe('#main')
    for (let presses = 0; presses < 30; presses++) {
      await page.keyboard.press('Tab')
      if (await page.evaluate(`/^\\/connections\\//.test(document.activeElement.getAttribute('href') ?? '')`)) break
    }
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/connections\//)
  })

  it('deletes a connection after asking, its data too if one says so', async () => {
    const { page } = watched
    const { id } = await firstConnection()
    await page.goto(`${origin}/connections/${id}`)
    await page.getByRole('link', { name: /^Delete this connection/ }).click()
    await expectAccessible(page, 'the question before deleting')
    await page.getByLabel(/^Delete it too/).check()
    await page.getByRole('button', { name: 'Delete the connection' }).click()
    await page.waitForURL(url => url.pathname === '/')
    expect((await daemon.ask('GET', '/source-connections')).body).toEqual([])
  })

  it('has made no error on the console and asked nobody else', () => {
    expect(watched.misdeeds).toEqual([])
  })

  async function firstConnection(): Promise<{ id: string }> {
    const [first] = (await daemon.ask('GET', '/source-connections')).body as { id: string }[]
    if (!first) throw new Error('there is no connection')
    return first
  }
})
