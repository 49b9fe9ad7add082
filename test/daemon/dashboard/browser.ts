/** A browser as far as the daemon can tell: it says what it takes, from where it asks, and keeps cookies. */
import { type Answer, readAnswer, type TestDaemon } from '../harness.ts'

export interface Browser {
  cookies: Map<string, string>
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  /** A form of one of our own pages. */
  post(path: string, values?: Record<string, string>, headers?: Record<string, string>): Promise<Answer>
}

interface Site {
  url: string
  /** In place of the network. */
  fetch?(request: Request): Response | Promise<Response>
}

export function openBrowser({ url, fetch: send = request => fetch(request) }: Site): Browser {
  const cookies = new Map<string, string>()

  async function ask(method: string, path: string, headers: Record<string, string>, body?: string): Promise<Answer> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const standard = { Accept: 'text/html,*/*;q=0.8', ...(cookie !== '' && { Cookie: cookie }) }
    const request = new Request(url + path, {
      ...{ method, redirect: 'manual', headers: { Host: new URL(url).host, ...standard, ...headers } },
      ...(body === undefined ? {} : { body }),
    })
    const response = await send(request)
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    return readAnswer(response)
  }

  return {
    cookies,
    get: (path, headers = {}) => ask('GET', path, { 'Sec-Fetch-Site': 'same-origin', ...headers }),
    post(path, values = {}, headers = {}) {
      const own = { Origin: url, 'Sec-Fetch-Site': 'same-origin', 'Content-Type': 'application/x-www-form-urlencoded' }
      return ask('POST', path, { ...own, ...headers }, String(new URLSearchParams(values)))
    },
  }
}

/** The code of the newest link that the daemon has printed. */
export function printedCode({ printed }: Pick<TestDaemon, 'printed'>): string {
  const link = printed.findLast(line => line.startsWith('Open the dashboard: '))
  const code = /\/sign-in\?code=([\w-]{43})$/.exec(link ?? '')?.[1]
  if (code === undefined) throw new Error('no link was printed')
  return code
}

/** A browser with a session. */
export async function signedIn(site: Site & { key: string }): Promise<Browser> {
  const browser = openBrowser(site)
  const entered = await browser.post('/sign-in', { key: site.key })
  if (entered.status !== 303) throw new Error(`not signed in: ${entered.text}`)
  return browser
}

/** What of a page a strict content policy would not run or show. */
export function forbiddenMarkup(page: string): string[] {
  return [
    ...page.matchAll(/<script(?![^>]*\bsrc="\/dashboard\/script\.js")[^>]*>/g),
    ...page.matchAll(/<style\b|\sstyle="|\son\w+="|javascript:|data:/g),
    ...page.matchAll(/(?:src|action)="https?:[^"]*"/g),
  ].map(([text]) => text)
}
