/** `npm run screenshots`: the dashboard over the demo's made-up life, as the README shows it. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createApiClient } from '../support/api-client.ts'
import { runDemo } from '../support/demo/run.ts'
import { executable, launch } from './launch.ts'

const folder = join(import.meta.dirname, '..', '..', '.github')
const scenes = [
  { name: 'connections', path: '/' },
  { name: 'search', path: '/search?query=lighthouse' },
] as const

if (executable === undefined) throw new Error('screenshots need a browser: apt-get install chromium')
await mkdir(folder, { recursive: true })
const demo = await runDemo({ write: () => true })
const browser = await launch()
try {
  const api = await createApiClient(demo.daemon.url, demo.daemon.apiKeyFile)
  for (const colorScheme of ['light', 'dark'] as const) {
    const context = await browser.newContext({ colorScheme, viewport: { width: 1100, height: 760 }, locale: 'en-GB' })
    const page = await context.newPage()
    const { url } = await api.call<{ url: string }>('POST', '/sign-in/links')
    await page.goto(url)
    for (const { name, path } of scenes) {
      await page.goto(new URL(path, url).href)
      await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`) })
    }
    await context.close()
  }
} finally {
  await browser.close()
  await demo.close()
}
