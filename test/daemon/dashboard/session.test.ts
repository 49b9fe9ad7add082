import { get } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiKey } from '../../../daemon/api-key.ts'
import { cookieValues } from '../../../daemon/dashboard/cookies.ts'
import { createSessions } from '../../../daemon/dashboard/sessions.ts'
import { fakeClock } from '../../support/fake-clock.ts'
import { startTestDaemon, type TestDaemon } from '../harness.ts'
import { openBrowser, printedCode, signedIn } from './browser.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startTestDaemon()
})
afterAll(() => daemon.close())

async function newCode(): Promise<string> {
  const { status, body } = await daemon.ask('POST', '/sign-in/links')
  expect(status).toBe(200)
  return new URL((body as { url: string }).url).searchParams.get('code') ?? ''
}

describe('the link that is printed', () => {
  it('opens a session, once', async () => {
    const browser = openBrowser(daemon)
    const path = `/sign-in?code=${printedCode(daemon)}`
    const entered = await browser.get(path)
    expect([entered.status, entered.headers.get('location')]).toEqual([303, '/'])
    expect((await browser.get('/')).status).toBe(200)
    const again = await openBrowser(daemon).get(path)
    expect([again.status, again.headers.get('set-cookie')]).toEqual([401, null])
    expect(again.text).toContain('This link was used already, has expired, or is not whole')
  })

  it('is not used up by who only looks ahead', async () => {
    const code = await newCode()
    const browser = openBrowser(daemon)
    expect((await browser.get(`/sign-in?code=${code}`, { 'Sec-Purpose': 'prefetch' })).status).toBe(200)
    const head = await fetch(`${daemon.url}/sign-in?code=${code}`, { method: 'HEAD', redirect: 'manual' })
    expect([head.status, head.headers.get('set-cookie')]).toEqual([200, null])
    expect((await browser.get(`/sign-in?code=${code}`)).status).toBe(303)
  })

  it('is in no line of the log', async () => {
    const code = await newCode()
    await openBrowser(daemon).get(`/sign-in?code=${code}`)
    expect(daemon.printed.filter(line => line.startsWith('{') && line.includes(code))).toEqual([])
    expect(daemon.printed.some(line => line.includes('"route":"/sign-in"'))).toBe(true)
  })

  it('is asked for with a key alone', async () => {
    const { status } = await openBrowser(daemon).post('/sign-in/links', {}, { Accept: '*/*' })
    expect(status).toBe(401)
  })
})

describe('the cookie of a session', () => {
  it('is for this site, its requests and its pages alone', async () => {
    const response = await fetch(`${daemon.url}/sign-in?code=${await newCode()}`, { redirect: 'manual' })
    const [cookie = '', ...others] = response.headers.getSetCookie()
    expect(others).toEqual([])
    expect(cookie).toMatch(
      /^inlet-session-\d+=v1\.\d+\.[\w-]{22}\.[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Strict$/,
    )
    expect(cookie).not.toContain(daemon.key)
  })

  it('opens every route of the API in place of the key', async () => {
    const browser = await signedIn(daemon)
    for (const path of ['/sources', '/source-connections', '/collections', '/vault', '/readyz'])
      expect([path, (await browser.get(path)).status]).toEqual([path, 200])
    const made = await browser.post('/collections', {}, { 'Content-Type': 'application/json' })
    expect(made.status).toBe(422)
  })

  it('changes nothing for a page of another site, nor where it is not said who asks', async () => {
    const { cookies } = await signedIn(daemon)
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const ask = async (method: string, headers: Record<string, string>) =>
      (await fetch(`${daemon.url}/collections`, { method, headers: { Cookie: cookie, ...headers } })).status
    const json = { 'Content-Type': 'application/json' }
    expect(await ask('POST', json)).toBe(403)
    expect(await ask('POST', { ...json, 'Sec-Fetch-Site': 'none' })).toBe(403)
    expect(await ask('POST', { ...json, 'Sec-Fetch-Site': 'same-site' })).toBe(403)
    expect(await ask('POST', { ...json, Origin: 'https://evil.example' })).toBe(403)
    expect(await ask('POST', { ...json, Origin: `http://localhost:${daemon.port + 1}` })).toBe(403)
    expect(await ask('POST', { ...json, Origin: 'null', 'Sec-Fetch-Site': 'cross-site' })).toBe(403)
    expect(await ask('GET', { 'Sec-Fetch-Site': 'cross-site' })).toBe(403)
    expect(await ask('POST', { ...json, Origin: daemon.url })).toBe(422)
    expect(await ask('POST', { ...json, 'Sec-Fetch-Site': 'same-origin' })).toBe(422)
    expect(await ask('GET', {})).toBe(200)
  })

  it('is worth nothing once it was signed out', async () => {
    const browser = await signedIn(daemon)
    const [name = '', value = ''] = [...browser.cookies][0] ?? []
    const left = await browser.post('/sign-out')
    expect([left.status, left.headers.get('location')]).toEqual([303, '/sign-in'])
    expect(browser.cookies.size).toBe(0)
    browser.cookies.set(name, value)
    expect((await browser.get('/sources', { Accept: '*/*' })).status).toBe(401)
  })
})

describe('signing in with the key', () => {
  it('takes it from a form, and says when it is wrong', async () => {
    const browser = openBrowser(daemon)
    const wrong = await browser.post('/sign-in', { key: 'not-the-key' })
    expect([wrong.status, browser.cookies.size]).toEqual([401, 0])
    expect(wrong.text).toContain('id="key-error"')
    expect(wrong.text).not.toContain('not-the-key')
    expect((await browser.post('/sign-in', { key: ` ${daemon.key} ` })).status).toBe(303)
    expect((await browser.get('/')).status).toBe(200)
  })

  it('is not for pages of other sites', async () => {
    const { status } = await openBrowser(daemon).post(
      '/sign-in',
      { key: daemon.key },
      { Origin: 'https://evil.example' },
    )
    expect(status).toBe(403)
  })

  it('counts wrong codes and keys together, and lets a right key in all the same', async () => {
    const other = await startTestDaemon()
    const browser = openBrowser(other)
    const statuses: number[] = []
    for (let number = 0; number < 12; number++) {
      statuses.push((await browser.get(`/sign-in?code=${'A'.repeat(43)}`)).status)
      statuses.push((await browser.post('/sign-in', { key: 'wrong' })).status)
    }
    const late = await browser.get('/sign-in?code=x')
    const right = await browser.post('/sign-in', { key: other.key })
    await other.close()
    expect(statuses).toEqual([...Array(20).fill(401), ...Array(4).fill(429)])
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(right.status).toBe(303)
  })
})

describe('a page that is asked for', () => {
  it('without a session leads to the sign-in, and a program gets a problem', async () => {
    for (const path of ['/', '/connect/gmail', '/search?query=x', '/settings', '/connections/x/jobs/y']) {
      const page = await openBrowser(daemon).get(path)
      expect([path, page.status, page.headers.get('location')]).toEqual([path, 303, '/sign-in'])
      const program = await fetch(daemon.url + path, { redirect: 'manual' })
      expect([path, program.status, program.headers.get('content-type')]).toEqual([
        path,
        401,
        'application/problem+json',
      ])
    }
  })

  it('at another name of the loopback leads to the one that providers know', async () => {
    const code = await newCode()
    for (const name of ['127.0.0.1', '[::1]']) {
      for (const path of ['/', `/sign-in?code=${code}`, '/search?query=a%20b']) {
        const { status, headers } = await openBrowser({ url: `http://${name}:${daemon.port}` }).get(path)
        expect([name, path, status, headers.get('location')]).toEqual([name, path, 307, daemon.url + path])
      }
    }
    expect((await openBrowser(daemon).get(`/sign-in?code=${code}`)).status).toBe(303)
    const program = await fetch(`http://127.0.0.1:${daemon.port}/healthz`)
    expect(program.status).toBe(200)
  })
})

describe('a page through a tunnel', () => {
  it('stays there, as our own origin may not be reached from there', async () => {
    const other = await startTestDaemon({ config: { server: { port: 0, allowedHosts: ['localhost:9000'] } } })
    const answer = (host: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const headers = { Host: host, Accept: 'text/html' }
        get({ host: '127.0.0.1', port: other.port, path: '/sign-in', headers }, ({ statusCode }) =>
          resolve(statusCode),
        ).once('error', reject)
      })
    const statuses = [await answer('localhost:9000'), await answer(`127.0.0.1:${other.port}`)]
    await other.close()
    expect(statuses).toEqual([200, 307])
  })
})

describe('sessions', () => {
  function sessionsOf(key: string, clock = fakeClock()) {
    return { sessions: createSessions(apiKey(key), clock), clock }
  }

  it('outlive a restart, and end with the key', () => {
    const clock = fakeClock()
    const value = sessionsOf('first-key-of-all', clock).sessions.open()
    expect(sessionsOf('first-key-of-all', clock).sessions.fits(value)).toBe(true)
    expect(sessionsOf('second-key-of-all', clock).sessions.fits(value)).toBe(false)
  })

  it('end after thirty days, and cannot be prolonged', async () => {
    const { sessions, clock } = sessionsOf('some-key')
    const value = sessions.open()
    const [, expiry = ''] = value.split('.')
    expect(sessions.fits(value.replace(expiry, String(Number(expiry) + 1)))).toBe(false)
    await clock.advance(30 * 86_400_000 - 2000)
    expect(sessions.fits(value)).toBe(true)
    await clock.advance(2000)
    expect(sessions.fits(value)).toBe(false)
  })

  it('are told from what was made up', () => {
    const { sessions } = sessionsOf('some-key')
    const [version, expiry, nonce, signature = ''] = sessions.open().split('.')
    const forged = [
      ['v2', expiry, nonce, signature],
      [version, expiry, nonce, signature.slice(1)],
      [version, expiry, nonce, `A${signature.slice(1)}`],
      [version, expiry, `A${nonce?.slice(1)}`, signature],
      [version, expiry, nonce],
    ].map(parts => parts.join('.'))
    const real = [version, expiry, nonce, signature].join('.')
    expect(forged.filter(value => value !== real && sessions.fits(value))).toEqual([])
    expect(sessions.fits('')).toBe(false)
  })

  it('take a code within half an hour', async () => {
    const { sessions, clock } = sessionsOf('some-key')
    const [early, late] = [sessions.newCode().code, sessions.newCode().code]
    expect(early).toMatch(/^[\w-]{43}$/)
    await clock.advance(30 * 60_000 - 1)
    expect([sessions.redeem(early), sessions.redeem(early)]).toEqual([true, false])
    await clock.advance(1)
    expect(sessions.redeem(late)).toBe(false)
  })

  it('are found among all cookies of a host', () => {
    expect(cookieValues('a=1; inlet-session-1=x; inlet-session-10=y; inlet-session-1=z', 'inlet-session-1')).toEqual([
      'x',
      'z',
    ])
    expect(cookieValues(undefined, 'a')).toEqual([])
  })
})
