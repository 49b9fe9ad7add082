import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerHeaders } from '../../../daemon/answer-headers.ts'
import { pagedMessage } from '../../support/paged-text.ts'
import { type ConnectionJson, connect, startTestDaemon, type TestDaemon } from '../harness.ts'
import { type Browser, forbiddenMarkup, openBrowser, signedIn } from './browser.ts'

const hostile = `<script>alert("1")</script>'`
const escaped = '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;'
let daemon: TestDaemon
let browser: Browser
let healthy: ConnectionJson
let needy: ConnectionJson

beforeAll(async () => {
  daemon = await startTestDaemon()
  daemon.slack.post('C00000001', pagedMessage(30, { 12: 'A tapir, the tapir.', 25: 'Another tapir.' }))
  daemon.slack.post('C00000001', `pie ${hostile} <mark>not marked</mark>`)
  await daemon.ask('POST', '/collections', { body: { name: hostile, readable_id: 'hostile' } })
  healthy = await connect(daemon, { name: hostile, collection: 'hostile', cron_schedule: '0 6 * * *', timezone: 'UTC' })
  const made = await daemon.ask('POST', '/source-connections', {
    body: { short_name: 'slack', name: 'Forgotten', auth_fields: { access_token: 'bad-token-of-test' } },
  })
  const { id } = made.body as ConnectionJson
  needy = await daemon.until<ConnectionJson>(`/source-connections/${id}`, ({ status }) => status === 'needs_reauth')
  browser = await signedIn(daemon)
})
afterAll(() => daemon.close())

async function pagesOf(): Promise<string[]> {
  const jobs = await daemon.ask('GET', `/source-connections/${healthy.id}/jobs`)
  const [job] = jobs.body as { id: string }[]
  return [
    ...['/', '/connect', '/connect/slack', '/connect/gmail', '/connect/outlook_mail', '/search', '/settings'],
    ...['/search?query=pie&collection=hostile&source=slack&type=slack_message&from=2020-01-01&to=2090-01-01'],
    ...[healthy.id, needy.id].flatMap(id => [`/connections/${id}`, `/connections/${id}/sign-in`]),
    ...[`/connections/${healthy.id}/jobs/${job?.id}`, `/connections/${healthy.id}/delete`, '/sign-in'],
  ]
}

describe('every page', () => {
  it('is whole, runs nothing but our own script, and shows no secret', async () => {
    let seen = 0
    for (const path of await pagesOf()) {
      const { status, headers, text } = await browser.get(path)
      expect([path, status, headers.get('content-type')?.toLowerCase()]).toEqual([
        path,
        200,
        'text/html; charset=utf-8',
      ])
      expect(headers.get('content-security-policy')).toBe(answerHeaders['Content-Security-Policy'])
      expect(headers.get('cache-control')).toBe('no-store')
      expect([path, forbiddenMarkup(text)]).toEqual([path, []])
      expect(text).toMatch(/^<!doctype html>\n<html lang="en">/)
      for (const part of ['<title>', '<main id="main"', '<h1>', 'class="skip" href="#main"', '</html>'])
        expect([path, part, text.includes(part)]).toEqual([path, part, true])
      for (const secret of [daemon.key, 'good-token', 'bad-token-of-test', daemon.slack.client.secret])
        expect([path, text.includes(secret)]).toEqual([path, false])
      const ids = [...text.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)
      expect([path, ids.filter((id, index) => ids.indexOf(id) !== index)]).toEqual([path, []])
      seen++
    }
    expect(seen).toBe(15)
  })

  it('labels every input', async () => {
    let inputs = 0
    for (const path of await pagesOf()) {
      const { text } = await browser.get(path)
      for (const [tag] of text.matchAll(/<(?:input|select|textarea)\b[^>]*>/g)) {
        if (tag.includes('type="hidden"')) continue
        const id = /\sid="([^"]+)"/.exec(tag)?.[1]
        expect([path, tag, text.includes(`for="${id}"`)]).toEqual([path, tag, true])
        inputs++
      }
    }
    expect(inputs).toBeGreaterThan(60)
  })

  it('shows names as what they are, whatever is in them', async () => {
    for (const path of ['/', `/connections/${healthy.id}`, `/connections/${healthy.id}/delete`, '/connect/slack']) {
      const { text } = await browser.get(path)
      expect([path, text.includes(escaped), text.includes('<script>alert')]).toEqual([path, true, false])
    }
  })
})

describe('the page of all connections', () => {
  it('tells of each how it is, and what to do, in words', async () => {
    const { text } = await browser.get('/')
    const [first = '', second = ''] = text.split('<article').slice(1)
    expect(first).toContain('Forgotten')
    expect(first).toContain('Needs you')
    expect(first).toContain('The access token has ended, and no refresh token renews it.')
    expect(first).toContain(`href="/connections/${needy.id}/sign-in"`)
    expect(second).toContain('Healthy')
    expect(second).toMatch(/<dt>Holds<\/dt><dd>7 items<\/dd>/)
    expect(second).toContain(`action="/connections/${healthy.id}/run"`)
  })

  it('says that nothing syncs while the vault is locked', async () => {
    await daemon.ask('POST', '/vault/lock')
    expect((await browser.get('/')).text).toContain('The vault is locked: nothing syncs.')
    expect((await browser.get('/settings')).text).toContain('npx inlet vault unlock')
    expect((await daemon.ask('POST', '/vault/unlock')).status).toBe(200)
    expect((await browser.get('/')).text).not.toContain('The vault is locked')
  })

  it('leads to a first source where there is none', async () => {
    const fresh = await startTestDaemon()
    const { text } = await (await signedIn(fresh)).get('/')
    await fresh.close()
    expect(text).toContain('Nothing is connected yet')
    expect(text).toContain('href="/connect"')
  })
})

describe('a connection', () => {
  it('is run, and its job is a page', async () => {
    const begun = await browser.post(`/connections/${healthy.id}/run`)
    const place = begun.headers.get('location') ?? ''
    expect([begun.status, place]).toEqual([303, expect.stringMatching(/^\/connections\/[\w-]+\/jobs\/[\w-]+$/)])
    await daemon.until<{ status: string }>(place.replace('/connections', '/source-connections'), ({ status }) =>
      ['completed', 'failed'].includes(status),
    )
    const { text } = await browser.get(place)
    expect(text).toContain('Completed')
    expect(text).toMatch(/data-count="entities_kept">\d/)
    const over = await browser.post(`${place}/cancel`)
    expect([over.status, over.headers.get('location')]).toEqual([303, place])
  })

  it('shows when a schedule would run before it is saved, and then saves it', async () => {
    const path = `/connections/${healthy.id}/schedule`
    const chosen = { schedule: 'custom', cron: '30 7 * * 1', timezone: 'Europe/Berlin' }
    const preview = await browser.post(path, { ...chosen, action: 'preview' })
    expect(preview.status).toBe(200)
    expect(preview.text).toMatch(/Next runs: [^<]*07:30 \(Europe\/Berlin\); Monday[^<]*; Monday[^<]*\./)
    const before = await daemon.ask('GET', `/source-connections/${healthy.id}`)
    expect(before.body).toMatchObject({ cron_schedule: '0 6 * * *' })
    expect((await browser.post(path, chosen)).status).toBe(303)
    const after = await daemon.ask('GET', `/source-connections/${healthy.id}`)
    expect(after.body).toMatchObject({ cron_schedule: '30 7 * * 1', timezone: 'Europe/Berlin' })
  })

  it('says what is wrong with a schedule at its field, and keeps what was typed', async () => {
    const typed = { schedule: 'custom', cron: '61 * * * *', timezone: 'Mars/Base' }
    const zone = await browser.post(`/connections/${healthy.id}/schedule`, typed)
    expect([zone.status, zone.text.includes('id="timezone-error"')]).toEqual([200, true])
    const cron = await browser.post(`/connections/${healthy.id}/schedule`, { ...typed, timezone: 'UTC' })
    expect(cron.text).toMatch(/<input id="cron"[^>]*value="61 \* \* \* \*"[^>]*aria-invalid="true" autofocus>/)
    const program = await browser.get('/dashboard/schedule?cron=0+6+*+*+*&timezone=UTC', { Accept: '*/*' })
    expect((program.body as { runs: unknown[] }).runs).toHaveLength(3)
    const unfinished = await browser.get('/dashboard/schedule?cron=0+6&timezone=UTC', { Accept: '*/*' })
    expect(unfinished.body).toEqual({ words: expect.stringContaining('is no cron expression'), runs: [] })
  })

  it('takes another name, and says when that is no name', async () => {
    const short = await browser.post(`/connections/${healthy.id}/name`, { name: 'x' })
    expect([short.status, short.text.includes('id="name-error"')]).toEqual([200, true])
    const named = await browser.post(`/connections/${healthy.id}/name`, { name: 'Renamed here' })
    expect((await browser.get(named.headers.get('location') ?? '')).text).toContain('The connection has its new name.')
    await daemon.ask('PATCH', `/source-connections/${healthy.id}`, { body: { name: hostile } })
  })

  it('says whether its token works', async () => {
    const good = await browser.post(`/connections/${healthy.id}/check`)
    expect(good.text).toContain('The token works')
    const bad = await browser.post(`/connections/${needy.id}/check`)
    expect(bad.text).toContain('The token does not work.')
  })

  it('says at the token that the provider does not take it, and goes on with one that it takes', async () => {
    const path = `/connections/${needy.id}/token`
    const wrong = await browser.post(path, { 'auth.access_token': 'wrong-token-typed' })
    expect([wrong.status, wrong.text.includes('id="auth.access_token-error"')]).toEqual([200, true])
    expect(wrong.text).not.toContain('wrong-token-typed')
    const right = await browser.post(path, { 'auth.access_token': 'good-token' })
    expect([right.status, right.headers.get('location')]).toEqual([303, `/connections/${needy.id}?done=token`])
    await daemon.until<ConnectionJson>(`/source-connections/${needy.id}`, ({ status }) => status === 'active')
  })

  it('is deleted after a question, with its data or without', async () => {
    const { id } = await connect(daemon, { name: 'Short-lived' })
    const unsaid = await browser.post(`/connections/${id}/delete`)
    expect(unsaid.status).toBe(422)
    const gone = await browser.post(`/connections/${id}/delete`, { data: 'delete' })
    expect([gone.status, gone.headers.get('location')]).toEqual([303, '/?done=deleted'])
    expect((await browser.get(`/connections/${id}`)).status).toBe(404)
  })
})

describe('the search', () => {
  it('goes through all collections, and marks what was found', async () => {
    await connect(daemon, { name: 'Elsewhere' })
    const { text } = await browser.get('/search?query=bananas')
    expect(text.match(/<mark>bananas<\/mark>/g)).toHaveLength(3)
    expect(text).toMatch(/<a href="https:\/\/[^"]+" target="_blank" rel="noreferrer noopener">/)
    const one = await browser.get('/search?query=bananas&collection=hostile')
    expect(one.text.match(/<mark>bananas<\/mark>/g)).toHaveLength(1)
    expect((await browser.get('/search?query=bananas&type=slack_user')).text).toContain('Nothing was found')
    expect((await browser.get('/search?query=bananas&to=2001-01-01')).text).toContain('Nothing was found')
  })

  it('shows the page and the section of each passage', async () => {
    const { text } = await browser.get('/search?query=tapir&collection=hostile')
    expect(text).toContain('<ul class="passages" aria-label="Where it was found">')
    for (const page of [12, 25]) {
      expect(text).toContain(`<span class="place">Page ${page} · Second part &lt;of&gt; it</span>`)
    }
    expect(text.match(/<mark>tapir<\/mark>/g)).toHaveLength(3)
    expect((await browser.get('/search?query=pie&collection=hostile')).text).not.toContain('class="passages"')
  })

  it('shows text of others as text', async () => {
    const { text } = await browser.get('/search?query=pie&collection=hostile')
    expect(text).toContain('<mark>pie</mark>')
    expect(text).not.toContain('<mark>not marked')
    expect(text).not.toContain('<script>alert')
    expect((await browser.get(`/search?query=${encodeURIComponent(hostile)}`)).text).toContain(`value="${escaped}"`)
  })
})

describe('an address of nothing', () => {
  it('is a page for a person, and a problem for a program', async () => {
    const nothing = [
      '/nonsense',
      '/connections/nonsense',
      '/connect/nonsense',
      `/connections/${healthy.id}/jobs/nonsense`,
    ]
    for (const path of nothing) {
      const page = await browser.get(path)
      expect([path, page.status, page.text.includes('<h1>')]).toEqual([path, 404, true])
      expect(forbiddenMarkup(page.text)).toEqual([])
      const program = await daemon.ask('GET', path)
      expect([path, program.status, program.headers.get('content-type')]).toEqual([
        path,
        404,
        'application/problem+json',
      ])
    }
  })
})

describe('the files of the pages', () => {
  it('need no session, and are sent once', async () => {
    for (const name of ['style.css', 'script.js', 'icon.svg']) {
      const first = await openBrowser(daemon).get(`/dashboard/${name}`)
      const tag = first.headers.get('etag') ?? ''
      expect([name, first.status, tag]).toEqual([name, 200, expect.stringMatching(/^"[\w-]{22}"$/)])
      const again = await openBrowser(daemon).get(`/dashboard/${name}`, { 'If-None-Match': `W/${tag}` })
      expect([name, again.status, again.text]).toEqual([name, 304, ''])
      expect(first.text).not.toMatch(/https?:\/\/(?!www\.w3\.org)|url\(|@import|eval\(/)
    }
  })
})
