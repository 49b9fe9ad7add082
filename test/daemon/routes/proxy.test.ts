/** Programs ask a provider through inlet: what they send, what comes back, and what neither may be. */
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import {
  ok,
  problemOf,
  rawStatus,
  startProxy as start,
  startProxyWorld,
  startUpstream,
  token,
} from '../../support/proxy-world.ts'

describe('a request', () => {
  it('goes to the endpoint of its source with the token in place of the key, and with nothing of the caller', async () => {
    const { daemon, path, upstream } = await start(ok)
    const answer = await daemon.ask('GET', `${path}/gmail/v1/users/me/messages?q=a%20b&labelIds=x&labelIds=y`, {
      headers: {
        ...{ Cookie: 'a=b', Referer: 'http://localhost/x', 'X-Forwarded-For': '10.0.0.1', Forwarded: 'for=10.0.0.1' },
        ...{ X_HTTP_Method_Override: 'DELETE', X_Forwarded_For: '10.0.0.1' },
        ...{ 'X-HTTP-Method-Override': 'DELETE', 'X-Own': 'kept', 'If-None-Match': '"tag"', Range: 'bytes=0-9' },
        ...{ 'Sec-Fetch-Site': 'none', 'X-Hop': 'dropped', TE: 'trailers', 'User-Agent': 'their-client/1' },
        ...{ 'Accept-Encoding': 'br', Accept: 'application/x' },
      },
    })
    expect([answer.status, answer.body, answer.headers.get('via')]).toEqual([200, { ok: true }, '1.1 inlet'])
    expect(upstream.requests).toEqual([
      {
        method: 'GET',
        url: '/gmail/v1/users/me/messages?q=a%20b&labelIds=x&labelIds=y',
        headers: {
          host: new URL(upstream.url).host,
          connection: 'keep-alive',
          ...{ authorization: `Bearer ${token}`, 'accept-encoding': 'identity', accept: 'application/x' },
          ...{ 'user-agent': 'their-client/1', 'x-own': 'kept', 'x-hop': 'dropped' },
          ...{ 'if-none-match': '"tag"', range: 'bytes=0-9' },
          // What fetch adds by itself.
          ...{ 'accept-language': '*', 'cache-control': 'no-cache', pragma: 'no-cache' },
        },
      },
    ])
  })

  it('takes the key as a bearer, as SDKs send it, and asks another endpoint by its name', async () => {
    const { daemon, path, upstream } = await start(ok)
    const headers = { Authorization: `Bearer ${daemon.key}` }
    const plain = await fetch(`${daemon.url}${path}/drive/v3/about`, { headers })
    const other = await fetch(`${daemon.url}${path}/drive/v3/about`, {
      headers: { ...headers, 'X-Inlet-Endpoint': 'api' },
    })
    const unknown = await daemon.ask('GET', `${path}/x`, { headers: { 'X-Inlet-Endpoint': 'token' } })
    expect([plain.status, other.status]).toEqual([200, 200])
    expect(upstream.requests.map(({ url }) => url)).toEqual(['/drive/v3/about', '/api/drive/v3/about'])
    expect(upstream.requests.map(({ headers: sent }) => sent.authorization)).toEqual(Array(2).fill(`Bearer ${token}`))
    expect(problemOf(unknown)).toEqual([422, 'invalid-request'])
    expect((unknown.body as { detail: string }).detail).toContain('api, gmail')
  })

  it('is not doubled where it repeats the path of its endpoint, and keeps a slash at its end', async () => {
    const { daemon, path, upstream } = await start(ok)
    const headers = { 'X-Inlet-Endpoint': 'api' }
    for (const asked of ['api/files/', 'files/', 'apis/files']) await daemon.ask('GET', `${path}/${asked}`, { headers })
    expect(upstream.requests.map(({ url }) => url)).toEqual(['/api/files/', '/api/files/', '/api/apis/files'])
  })

  it('reaches the proxy whatever characters its path has', async () => {
    const { daemon, path, upstream } = await start(ok)
    const asked = ['files/a%E2%80%A8b', '%E2%80%A9', 'files/%F0%9F%8C%8A']
    for (const one of asked) expect((await daemon.ask('GET', `${path}/${one}`)).status, one).toBe(200)
    expect(upstream.requests.map(({ url }) => url)).toEqual(asked.map(one => `/${one}`))
    for (const one of ['files/a%0Ab', '%0Afiles', 'files/a%0D%0Ab/c']) {
      expect(problemOf(await daemon.ask('PATCH', `${path}/${one}`)), one).toEqual([403, 'proxy-not-allowed'])
    }
    expect(upstream.requests).toHaveLength(asked.length)
  })

  it('of a browser that has a session only, or no key, is refused', async () => {
    const { daemon, path, upstream } = await start(ok)
    const link = daemon.printed.map(line => /http\S+sign-in\?code=\S+/.exec(line)?.[0]).find(found => found) ?? ''
    const signedIn = await fetch(link, { redirect: 'manual' })
    const cookie = signedIn.headers
      .getSetCookie()
      .map(one => one.split(';')[0])
      .join('; ')
    const page = await fetch(`${daemon.url}/`, { headers: { cookie, accept: 'text/html' } })
    expect(page.status).toBe(200)
    for (const accept of ['text/html', '*/*']) {
      const answer = await fetch(`${daemon.url}${path}/x`, { headers: { cookie, accept }, redirect: 'manual' })
      expect(answer.status).toBe(401)
      expect(answer.headers.get('content-type')).toBe('application/problem+json')
    }
    expect(upstream.requests).toEqual([])
  })

  it('of a page that may ask has the headers that clients of the provider send', async () => {
    const origin = 'https://app.example'
    const { daemon, path, upstream } = await start(ok, { config: { server: { port: 0, allowedOrigins: [origin] } } })
    const asks = { Origin: origin, 'Access-Control-Request-Method': 'GET' }
    const ahead = (names: string) =>
      fetch(`${daemon.url}${path}/x`, {
        method: 'OPTIONS',
        headers: { ...asks, 'Access-Control-Request-Headers': names },
      })
    const allowed = await ahead('authorization,notion-version')
    expect([allowed.status, allowed.headers.get('access-control-allow-headers')]).toEqual([
      204,
      'authorization,notion-version',
    ])
    expect((await ahead('a, "b"')).headers.get('access-control-allow-headers')).toMatch(/^Authorization, /)
    const answer = await daemon.ask('GET', `${path}/x`, { headers: { Origin: origin } })
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
    expect(answer.headers.get('access-control-expose-headers')).toBe('*')
    expect(upstream.requests).toHaveLength(1)
  })

  it('for no connection, one without a credential, and one whose token is dead says so', async () => {
    const { daemon, connect } = await start(ok)
    const unknown = await daemon.ask('GET', '/proxy/00000000-0000-4000-8000-000000000000/x')
    const nonsense = await daemon.ask('GET', '/proxy/nonsense/x')
    expect([unknown, nonsense].map(problemOf)).toEqual(Array(2).fill([404, 'unknown-connection']))
    const pending = await daemon.ask('POST', '/source-connections', { body: { short_name: 'gmail' } })
    const { id } = pending.body as { id: string }
    expect(problemOf(await daemon.ask('GET', `/proxy/${id}/x`))).toEqual([409, 'pending-auth'])
    const dead = await connect('gmail', { access_token: token, expires_at: '2020-01-01T00:00:00Z' })
    const answer = await daemon.ask('GET', `${dead.path}/x`)
    expect(problemOf(answer)).toEqual([400, 'token-refresh-failed'])
    expect(answer.body).toMatchObject({ connection_id: dead.id })
    await daemon.ask('POST', '/vault/lock')
    expect(problemOf(await daemon.ask('GET', `${dead.path}/x`))).toEqual([503, 'vault-locked'])
  })
})

describe('the way out', () => {
  it('is closed for every way that leads elsewhere', async () => {
    const refused = [
      ...['a/%2E%2e%2fx', '..%2fx', '%252e%252e/x', 'a/..;/x', '%25252525252525252e./x', '%c0%ae%c0%ae/x'],
      ...[
        '/evil.example/x',
        '//evil.example/x',
        'https://evil.example/x',
        'http:/evil.example',
        'HTTP://evil.example/',
      ],
      ...['%5c%5cevil.example', 'a%00b', 'oauth/token', 'oauth/token/', 'OAUTH//token', 'oauth%2ftoken'],
      'oauth2/v4/token',
    ]
    const expected: Record<string, number> = {
      ...Object.fromEntries(refused.map(way => [way, 403])),
      // The door resolves dots, as every server of HTTP may: these lead out of the proxy, or nowhere.
      ...{ '../x': 404, 'a/../../x': 404, '%2e%2e/x': 404, 'a%0d%0aX-A:%20b': 403, 'a\\..\\x': 400 },
      ...{ './same': 200, 'a/%2e./same': 200 },
    }
    const { daemon, path, upstream } = await start(ok, { config: { proxy: { write: true } } })
    const found: Record<string, number> = {}
    for (const way of Object.keys(expected)) found[way] = await rawStatus(daemon.port, daemon.key, `${path}/${way}`)
    expect(found).toEqual(expected)
    expect(upstream.requests.map(({ url }) => url)).toEqual(['/same', '/same'])
  })

  it('is closed for what makes and ends tokens, however it is written, though writing is allowed', async () => {
    const upstream = await startUpstream(ok)
    const places = {
      slack: { api: `${upstream.url}/api` },
      notion: { api: upstream.url },
      google: { api: upstream.url },
    }
    const { daemon, connect } = await startProxyWorld(places, { proxy: { write: true } })
    const ways: Record<string, string[]> = {
      slack: [
        'auth.revoke',
        'auth%2Erevoke',
        'auth%252Erevoke',
        'api//auth.revoke',
        'api/auth.revoke;x',
        'auth.revoke%20',
      ],
      notion: ['v1/oauth/introspect', 'v1//oauth/introspect', 'v1%2Foauth%2fintrospect', 'v1/%6fauth/introspect'],
      google_drive: ['oauth2/v3/tokeninfo', '%6fauth2/v3/tokeninfo', 'oauth2%2Fv2/tokeninfo', 'oauth2//v2/revoke'],
    }
    for (const [source, paths] of Object.entries(ways)) {
      const { path } = await connect(source)
      for (const way of paths)
        expect([way, await rawStatus(daemon.port, daemon.key, `${path}/${way}`)]).toEqual([way, 403])
    }
    expect(upstream.requests).toEqual([])
  })

  it('is open for signs that only look like it', async () => {
    const ways: Record<string, string> = {
      'calendars/ann%40example.com/events': '/calendars/ann%40example.com/events',
      '@evil.example/x': '/@evil.example/x',
      'files/a%2Fb': '/files/a%2Fb',
      'me/drive/root:/a%20b.txt:/content': '/me/drive/root:/a%20b.txt:/content',
      'a...b/...': '/a...b/...',
      '%C3%84': '/%C3%84',
      'x?u=https://evil.example/../..': '/x?u=https://evil.example/../..',
    }
    const { daemon, path, upstream } = await start(ok)
    for (const way of Object.keys(ways))
      expect([way, await rawStatus(daemon.port, daemon.key, `${path}/${way}`)]).toEqual([way, 200])
    expect(upstream.requests.map(({ url }) => url)).toEqual(Object.values(ways))
  })

  it('is no web socket', async () => {
    const { daemon, path, upstream } = await start(ok)
    const asking = httpRequest(`${daemon.url}${path}/x`, {
      headers: { 'x-api-key': daemon.key, connection: 'Upgrade', upgrade: 'websocket' },
    }).end()
    const [answer] = await once(asking, 'response')
    expect([answer.statusCode, upstream.requests]).toEqual([403, []])
    answer.resume()
  })

  it('leads through inlet again for a redirect within the API, and past it without a token for any other', async () => {
    let location = ''
    const { daemon, path, upstream, connect } = await start((_incoming, outgoing) => {
      outgoing.writeHead(302, { location }).end()
    })
    const places: (string | null)[] = []
    for (location of [
      ...[
        '/there?a=b',
        `${upstream.url}/there`,
        'there',
        'https://elsewhere.example/file?sig=1',
        `http://127.0.0.1:1/x`,
      ],
      ...[`https://elsewhere.example/${encodeURIComponent(token)}`, '//elsewhere.example/x', 'http://['],
    ]) {
      const answer = await fetch(`${daemon.url}${path}/a/b`, {
        headers: { 'X-API-Key': daemon.key },
        redirect: 'manual',
      })
      expect(answer.status).toBe(302)
      places.push(answer.headers.get('location'))
    }
    expect(places.slice(0, 5)).toEqual([
      ...[`${path}/there?a=b`, `${path}/there`, `${path}/a/there`],
      ...['https://elsewhere.example/file?sig=1', 'http://127.0.0.1:1/x'],
    ])
    expect(places[5]).toMatch(/^https:\/\/elsewhere\.example\/[*.%_-]+/)
    expect(places.slice(6)).toEqual(['http://elsewhere.example/x', 'http://['])
    expect(upstream.requests).toHaveLength(8)
    const drive = await connect('google_drive', { access_token: token })
    for (location of [`${upstream.url}/api/there`, `${upstream.url}/not-the-api`]) {
      const answer = await fetch(`${daemon.url}${drive.path}/x`, {
        headers: { 'X-API-Key': daemon.key },
        redirect: 'manual',
      })
      places.push(answer.headers.get('location'))
    }
    expect(places.slice(8)).toEqual([`${drive.path}/there`, `${upstream.url}/not-the-api`])
  })
})

describe('writing', () => {
  it('is refused, until the configuration allows it', async () => {
    const reading = await start(ok)
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const answer = await reading.daemon.ask(method, `${reading.path}/gmail/v1/users/me/messages/send`, { body: {} })
      expect([method, ...problemOf(answer)]).toEqual([method, 403, 'proxy-read-only'])
    }
    expect((await reading.daemon.ask('POST', `${reading.path}/calendar/v3/freeBusy`, { body: {} })).status).toBe(200)
    expect(reading.upstream.requests.map(({ method }) => method)).toEqual(['POST'])
    const writing = await start(ok, { config: { proxy: { write: true } } })
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      expect((await writing.daemon.ask(method, `${writing.path}/x`, { body: { a: 1 } })).status).toBe(200)
    }
    expect(writing.upstream.requests.map(({ method }) => method)).toEqual(['POST', 'PUT', 'PATCH', 'DELETE'])
  })

  it('takes a key of the scope admin, and a key of a collection sees its own connections alone', async () => {
    const { daemon, path, upstream, id } = await start(ok)
    const { body } = await daemon.ask('GET', `/source-connections/${id}`)
    const mine = (body as { collection: string }).collection
    await daemon.ask('POST', '/collections', { body: { name: 'Other', readable_id: 'other' } })
    const statuses: unknown[] = []
    for (const [scope, collections] of [
      ['read'],
      ['sync'],
      ['admin'],
      ['admin', [mine]],
      ['admin', ['other']],
    ] as const) {
      const made = await daemon.ask('POST', '/keys', { body: { name: `${scope} ${collections}`, scope, collections } })
      expect([made.status, made.text]).toEqual([201, made.text])
      const { key } = made.body as { key: string }
      statuses.push((await daemon.ask('GET', `${path}/x`, { headers: { 'X-API-Key': key } })).status)
    }
    expect(statuses).toEqual([403, 403, 200, 200, 404])
    expect(upstream.requests).toHaveLength(2)
  })
})

describe('an answer', () => {
  it("is the provider's, whatever its status, but for what would speak for our own origin", async () => {
    const { daemon, path } = await start((incoming, outgoing) => {
      const status = Number(/\d+/.exec(incoming.url ?? '')?.[0])
      outgoing.writeHead(status, {
        ...{
          'content-type': 'text/html',
          etag: '"tag"',
          'x-rate': '7',
          'retry-after': '0',
          link: '<https://a.example>',
        },
        ...{ 'set-cookie': ['a=b', 'c=d'], 'access-control-allow-origin': '*', 'x-frame-options': 'ALLOWALL' },
        ...{
          'content-security-policy': 'default-src *',
          'strict-transport-security': 'max-age=9',
          refresh: '0;url=/x',
        },
        ...{
          'clear-site-data': '"*"',
          'service-worker-allowed': '/',
          'cache-control': 'public, max-age=9',
          'x-hop': '1',
        },
        ...{ connection: 'X-Hop', 'content-disposition': 'attachment; filename="a.html"' },
      })
      outgoing.end(status === 204 || status === 304 ? undefined : '<script>alert(1)</script>')
    })
    for (const status of [200, 204, 206, 304, 400, 401, 403, 404, 412, 429, 500, 503]) {
      const answer = await daemon.ask('GET', `${path}/${status}`)
      const {
        date: _date,
        connection: _c,
        'keep-alive': _k,
        'transfer-encoding': _t,
        'content-length': _l,
        ...headers
      } = Object.fromEntries(answer.headers)
      expect([answer.status, headers]).toEqual([
        status,
        {
          ...{
            'content-type': 'text/html',
            etag: '"tag"',
            'x-rate': '7',
            'retry-after': '0',
            link: '<https://a.example>',
          },
          ...{ 'content-disposition': 'attachment; filename="a.html"', via: '1.1 inlet', 'cache-control': 'no-store' },
          ...{ 'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'" },
          ...{ 'x-content-type-options': 'nosniff', 'referrer-policy': 'same-origin' },
          ...{ 'cross-origin-resource-policy': 'same-origin', 'cross-origin-opener-policy': 'same-origin' },
        },
      ])
      expect(answer.text).toBe(status === 204 || status === 304 ? '' : '<script>alert(1)</script>')
    }
  })

  it('to HEAD has the headers alone, its length among them', async () => {
    const { daemon, path, upstream } = await start((_incoming, outgoing) => {
      outgoing.writeHead(200, { 'content-length': '12345', 'content-type': 'application/pdf' }).end()
    })
    const answer = await daemon.ask('HEAD', `${path}/file`)
    expect([answer.status, answer.headers.get('content-length'), answer.text]).toEqual([200, '12345', ''])
    expect(upstream.requests.map(({ method }) => method)).toEqual(['HEAD'])
  })

  it('that is encoded although nobody asked for it is decoded', async () => {
    const { daemon, path } = await start((_incoming, outgoing) => {
      const bytes = gzipSync(JSON.stringify({ text: 'x'.repeat(1000) }))
      const headers = { 'content-encoding': 'gzip', 'content-length': String(bytes.length) }
      outgoing.writeHead(200, { 'content-type': 'application/json', ...headers }).end(bytes)
    })
    const answer = await daemon.ask('GET', `${path}/x`)
    expect([answer.body, answer.headers.get('content-encoding')]).toEqual([{ text: 'x'.repeat(1000) }, null])
    const unknown = await start((_incoming, outgoing) => {
      outgoing.writeHead(200, { 'content-encoding': 'secret-coding' }).end('???')
    })
    expect(problemOf(await unknown.daemon.ask('GET', `${unknown.path}/x`))).toEqual([502, 'provider-unreachable'])
  })

  it('with a status that no answer of ours can have is passed on as far as it can be', async () => {
    const { daemon, path, upstream } = await start((incoming, outgoing) => {
      const status = Number(/\d+/.exec(incoming.url ?? '')?.[0])
      outgoing.writeHead(status, { 'x-own': 'kept', connection: 'close' }).end()
    })
    const reset = await daemon.ask('GET', `${path}/205`)
    expect([reset.status, reset.text, reset.headers.get('x-own')]).toEqual([205, '', 'kept'])
    expect(problemOf(await daemon.ask('GET', `${path}/999`))).toEqual([502, 'provider-unreachable'])
    expect(daemon.printed.join('\n')).not.toContain('"level":"error"')
    expect(upstream.requests).toHaveLength(2)
  })

  it('of a provider that cannot be reached is a problem that names no query', async () => {
    const { daemon, path } = await start(incoming => void incoming.socket.destroy())
    const answer = await daemon.ask('GET', `${path}/x?q=secret-words`)
    expect(problemOf(answer)).toEqual([502, 'provider-unreachable'])
    expect(answer.text + daemon.printed.join('')).not.toContain('secret-words')
  })

  it('that asks to wait is passed on, and those that follow are told to wait without asking', async () => {
    const { daemon, path, upstream } = await start((_incoming, outgoing) => {
      outgoing.writeHead(429, { 'retry-after': '60' }).end('slower')
    })
    const first = await daemon.ask('GET', `${path}/x`)
    expect([first.status, first.headers.get('retry-after'), first.text]).toEqual([429, '60', 'slower'])
    const second = await daemon.ask('GET', `${path}/x`)
    expect(problemOf(second)).toEqual([429, 'provider-busy'])
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(50)
    expect(upstream.requests).toHaveLength(1)
  })
})
