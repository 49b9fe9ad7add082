/** A person connects a source of each other family in a browser, at authorization servers that we did not write. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { printedCode } from '../daemon/dashboard/browser.ts'
import { startTestDaemon } from '../daemon/harness.ts'
import { authorizationServers, ownClient } from '../support/authorization-servers.ts'
import { executable, freePort, launch, open } from './launch.ts'

const sources = [
  ['microsoft', 'Outlook mail', 'Microsoft'],
  ['slack', 'Slack', 'Slack'],
  ['asana', 'Asana', 'Asana'],
  ['notion', 'Notion', 'Notion'],
] as const

describe.skipIf(executable === undefined)('signing in with a browser', { timeout: 60_000 }, () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await launch()
  }, 60_000)

  afterAll(() => browser?.close())

  it.each(sources)('at %s connects %s', async (family, source, provider) => {
    const port = await freePort()
    const origin = `http://localhost:${port}`
    const server = await authorizationServers[family]?.(`${origin}/source-connections/callback`)
    if (!server) throw new Error(`there is no ${family}`)
    const config = { server: { port }, providers: { [family]: { endpoints: server.endpoints } } }
    const daemon = await startTestDaemon({ config })
    const signInPage = new URL(server.endpoints.authorize ?? '').origin
    const { page, misdeeds, expected, close } = await open(browser, [origin, signInPage])
    expected.push(new RegExp(signInPage))
    try {
      await page.goto(`${origin}/sign-in?code=${printedCode(daemon)}`)
      await page.goto(`${origin}/connect`)
      await page.getByRole('link', { name: source, exact: true }).click()
      await page
        .getByLabel(/^Client ID/)
        .first()
        .fill(ownClient.client_id)
      await page
        .getByLabel(/^Client secret/)
        .first()
        .fill(ownClient.client_secret)
      await page.getByRole('button', { name: `Sign in at ${provider}` }).click()
      await page.getByRole('link', { name: `Continue to ${provider}` }).click()
      if (server.person !== undefined) await page.getByRole('button', { name: new RegExp(server.person) }).click()
      await page.waitForURL(url => url.pathname === '/source-connections/callback')
      expect(await page.locator('h1').textContent()).toBe('You are signed in')
      expect(misdeeds).toEqual([])
    } finally {
      await close()
      await daemon.close()
      await server.close()
    }
  })
})
