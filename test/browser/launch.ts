/** A real browser, where this machine has one: Debian's `chromium`, or the one that `CHROMIUM` names. */
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'

const usual = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/opt/google/chrome/chrome']

export const executable = [process.env.CHROMIUM, ...usual].find(path => path !== undefined && existsSync(path))

if (executable === undefined)
  process.stderr.write(
    '\nNo Chromium was found: the tests in a real browser are skipped (apt-get install chromium).\n\n',
  )

export function launch(): Promise<Browser> {
  // Its sandbox needs rights that containers do not give.
  return chromium.launch({ executablePath: executable ?? '', args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}

export interface Watched {
  page: Page
  /** What a page must not do: errors on the console, and requests to anyone but the origins allowed. */
  misdeeds: string[]
  /** Statuses of 400 and above are told by the browser as errors: those that a test provokes. */
  expected: RegExp[]
  close(): Promise<void>
}

/** @param origins whom pages may ask: ourselves, and a provider's sign-in page */
export async function open(
  browser: Browser,
  origins: readonly string[],
  options: BrowserContextOptions = {},
): Promise<Watched> {
  const context = await browser.newContext({ timezoneId: 'Europe/Berlin', locale: 'en-GB', ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  const watched: Watched = { page, misdeeds: [], expected: [], close: () => context.close() }
  page.on('console', message => {
    const text = `${message.text()} (${message.location().url})`
    if (message.type() === 'error' && !watched.expected.some(pattern => pattern.test(text))) watched.misdeeds.push(text)
  })
  page.on('pageerror', error => watched.misdeeds.push(String(error)))
  page.on('request', request => {
    if (!origins.includes(new URL(request.url()).origin)) watched.misdeeds.push(`asks ${request.url()}`)
  })
  return watched
}

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

interface AxeResults {
  violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[]
}

/** Nothing of WCAG 2.2 levels A and AA is broken on the page, as far as axe can tell. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  await page.evaluate(await readScript())
  const found = (await page.evaluate(`axe.run(document, {
    runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] },
    resultTypes: ['violations']
  })`)) as AxeResults
  const told = found.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`,
  )
  expect(told, what).toEqual([])
}

/** Evaluated through the debugger, which the page's own policy does not bind. */
async function readScript(): Promise<string> {
  const { readFile } = await import('node:fs/promises')
  return readFile(axe, 'utf8')
}

/** A client is registered with its callback before a daemon listens there. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, 'localhost', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}
