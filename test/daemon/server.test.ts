import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createInlet } from '../../core/index.ts'
import type { Inlet } from '../../core/inlet.ts'
import { silentLog } from '../../core/log.ts'
import { apiKey } from '../../daemon/api-key.ts'
import { createServer, type HttpServer, type ServerOptions } from '../../daemon/server.ts'
import { type FakeClock, fakeClock } from '../support/fake-clock.ts'
import { scriptedPlugin } from '../support/scripted-source.ts'
import { type Answer, readAnswer } from './harness.ts'

let folder: string
let inlet: Inlet

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlet-server-'))
  inlet = await createInlet({ dataDir: folder, plugins: [scriptedPlugin()] })
})

afterAll(async () => {
  await inlet.close()
  await rm(folder, { recursive: true, force: true })
})

type Ask = (method: string, path: string, headers?: Record<string, string>, body?: string) => Promise<Answer>

function serve(options: Partial<ServerOptions> = {}): { ask: Ask; server: HttpServer; clock: FakeClock } {
  const clock = fakeClock()
  const server = createServer({
    inlet,
    apiKey: apiKey('right-key'),
    port: () => 8001,
    version: '1.2.3',
    clock,
    log: silentLog,
    ...options,
  })
  const ask: Ask = async (method, path, headers = {}, body) => {
    const request = new Request(`http://localhost:8001${path}`, {
      method,
      headers: { host: 'localhost:8001', 'x-api-key': 'right-key', ...headers },
      ...(body === undefined ? {} : { body }),
    })
    return readAnswer(await server.fetch(request))
  }
  return { ask, server, clock }
}

function problem(answer: Answer): string {
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  const { type, title, status, detail } = answer.body as Record<string, unknown>
  expect(status).toBe(answer.status)
  expect([typeof title, typeof detail]).toEqual(['string', 'string'])
  return String(type)
}

describe('the API key', () => {
  it.each([
    ['X-API-Key', { 'x-api-key': 'right-key' }],
    ['a bearer token', { 'x-api-key': '', authorization: 'Bearer right-key' }],
    ['a bearer token in another spelling', { 'x-api-key': '', authorization: 'bearer right-key' }],
    ['one of two', { 'x-api-key': 'wrong', authorization: 'Bearer right-key' }],
  ])('opens as %s', async (_what, headers) => {
    const given = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''))
    const { server } = serve()
    const request = new Request('http://localhost:8001/sources', { headers: { host: 'localhost:8001', ...given } })
    expect((await server.fetch(request)).status).toBe(200)
  })

  it.each([
    ['wrong', { 'x-api-key': 'wrong' }],
    ['a prefix', { 'x-api-key': 'right-ke' }],
    ['empty', { 'x-api-key': '' }],
    ['of another scheme', { 'x-api-key': '', authorization: 'Basic right-key' }],
  ])('does not when it is %s', async (_what, headers) => {
    const answer = await serve().ask('GET', '/sources', headers)
    expect(answer.status).toBe(401)
    expect(problem(answer)).toBe('/problems/unauthorized')
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/)
    expect(answer.text).not.toContain('right-key')
  })

  it('is needed everywhere but at health, description and problems', async () => {
    const { server } = serve()
    const withoutKey = async (method: string, path: string) =>
      (await server.fetch(new Request(`http://localhost:8001${path}`, { method, headers: { host: 'localhost:8001' } })))
        .status
    const open = ['/healthz', '/healthz/', '/openapi.json', '/problems', '/problems/unauthorized', '/problems/nonsense']
    const statuses = await Promise.all(open.map(path => withoutKey('GET', path)))
    expect(statuses).toEqual([200, 200, 200, 200, 200, 404])
    const closed: [string, string][] = [
      ['GET', '/readyz'],
      ['GET', '/nonsense'],
      ['GET', '/'],
      ['GET', '/healthz/x'],
      ['POST', '/healthz'],
      ['OPTIONS', '/sources'],
      ['POST', '/source-connections'],
    ]
    for (const [method, path] of closed)
      expect([method, path, await withoutKey(method, path)]).toEqual([method, path, 401])
    expect(closed).toHaveLength(7)
  })

  it('cannot be guessed faster than twenty times a minute, while the right one works on', async () => {
    const { ask, clock } = serve()
    const wrong = () => ask('GET', '/sources', { 'x-api-key': 'wrong' })
    for (let number = 1; number <= 20; number++) expect((await wrong()).status).toBe(401)
    const refused = await wrong()
    expect(refused.status).toBe(429)
    expect(problem(refused)).toBe('/problems/too-many-wrong-keys')
    expect(refused.headers.get('retry-after')).toBe('60')
    expect((await ask('GET', '/sources')).status).toBe(200)
    await clock.advance(59_000)
    expect((await wrong()).headers.get('retry-after')).toBe('1')
    await clock.advance(1000)
    expect((await wrong()).status).toBe(401)
  })

  it('is not limited by wall clocks that jump', async () => {
    const { ask, clock } = serve()
    for (let number = 1; number <= 20; number++) await ask('GET', '/sources', { 'x-api-key': 'wrong' })
    clock.jump(3_600_000)
    expect((await ask('GET', '/sources', { 'x-api-key': 'wrong' })).status).toBe(429)
  })

  it('is limited by server.rateLimit alone', async () => {
    const { ask, clock } = serve({ rateLimit: 2 })
    const statuses = [await ask('GET', '/sources'), await ask('GET', '/sources'), await ask('GET', '/sources')].map(
      ({ status }) => status,
    )
    expect(statuses).toEqual([200, 200, 429])
    expect((await ask('GET', '/healthz')).status).toBe(200)
    await clock.advance(60_000)
    expect((await ask('GET', '/sources')).status).toBe(200)
  })
})

describe('the Host header', () => {
  it.each(['localhost:8001', '127.0.0.1:8001', '[::1]:8001', 'LOCALHOST:8001'])('may be %s', async host => {
    expect((await serve().ask('GET', '/sources', { host })).status).toBe(200)
  })

  it.each([
    'evil.example',
    'evil.example:8001',
    'localhost',
    'localhost:8002',
    '127.0.0.1',
    'localhost.evil.example:8001',
    '',
  ])('must not be %j', async host => {
    const answer = await serve().ask('GET', '/sources', { host })
    expect(answer.status).toBe(403)
    expect(problem(answer)).toBe('/problems/host-not-allowed')
  })

  it('must be ours for what is open, too', async () => {
    expect((await serve().ask('GET', '/healthz', { host: 'evil.example' })).status).toBe(403)
  })

  it('may leave out the port that http has', async () => {
    expect((await serve({ port: () => 80 }).ask('GET', '/sources', { host: 'localhost' })).status).toBe(200)
  })

  it('may be a name of server.allowedHosts: on any port, or on the one that it names', async () => {
    const { ask } = serve({ allowedHosts: ['Inlet.example', 'other.example:8443'] })
    const hosts = ['inlet.example', 'inlet.example:1', 'other.example:8443', 'other.example', 'other.example:1']
    const answers = await Promise.all(hosts.map(host => ask('GET', '/sources', { host })))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 403, 403])
  })
})

describe('the Origin header', () => {
  it.each(['http://localhost:8001', 'http://127.0.0.1:8001', 'http://[::1]:8001'])(
    'may be our own: %s',
    async origin => {
      expect((await serve().ask('GET', '/sources', { origin })).status).toBe(200)
    },
  )

  it.each(['https://evil.example', 'null', 'http://localhost:3000', 'https://localhost:8001', 'http://localhost'])(
    'must not be %s',
    async origin => {
      const answer = await serve().ask('GET', '/sources', { origin })
      expect(answer.status).toBe(403)
      expect(problem(answer)).toBe('/problems/origin-not-allowed')
      expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    },
  )

  it('may be one of server.allowedOrigins, whose pages may then read the answers', async () => {
    const { ask } = serve({ allowedOrigins: ['https://app.example'] })
    const origin = 'https://app.example'
    const answer = await ask('GET', '/sources', { origin })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
    expect(answer.headers.get('vary')).toContain('Origin')
    const refused = await ask('GET', '/sources', { origin, 'x-api-key': 'wrong' })
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, origin])
  })

  it('may come from the other site that it names, and from no other port of a name of server.allowedHosts', async () => {
    const { ask } = serve({ allowedHosts: ['inlet.example'], allowedOrigins: ['https://app.example'] })
    const status = async (host: string, origin: string) =>
      (await ask('GET', '/sources', { host, origin, 'sec-fetch-site': 'cross-site' })).status
    expect(await status('localhost:8001', 'https://app.example')).toBe(200)
    expect(await status('inlet.example', 'https://inlet.example')).toBe(200)
    expect(await status('inlet.example:8443', 'https://inlet.example:8443')).toBe(200)
    expect(await status('inlet.example', 'https://inlet.example:9999')).toBe(403)
    expect(await status('inlet.example:8443', 'https://inlet.example:9999')).toBe(403)
  })

  it('lets an allowed page ask ahead without a key, and no other', async () => {
    const { server } = serve({ allowedOrigins: ['https://app.example'] })
    const ahead = (origin: string) =>
      server.fetch(
        new Request('http://localhost:8001/source-connections', {
          method: 'OPTIONS',
          headers: { host: 'localhost:8001', origin, 'access-control-request-method': 'POST' },
        }),
      )
    const answer = await ahead('https://app.example')
    expect(answer.status).toBe(204)
    expect(answer.headers.get('access-control-allow-methods')).toBe('GET, HEAD, POST')
    const headers = answer.headers.get('access-control-allow-headers')?.split(', ')
    expect(headers).toEqual(expect.arrayContaining(['X-API-Key', 'Content-Type', 'MCP-Protocol-Version', 'Mcp-Method']))
    expect((await ahead('https://evil.example')).status).toBe(403)
  })
})

describe('every answer', () => {
  it.each([
    ['GET', '/sources', {}],
    ['GET', '/nonsense', {}],
    ['DELETE', '/sources', {}],
    ['GET', '/sources', { 'x-api-key': 'wrong' }],
    ['GET', '/sources', { host: 'evil.example' }],
    ['GET', '/problems/unauthorized', { accept: 'text/html' }],
    ['HEAD', '/sources', {}],
    ['OPTIONS', '/sources', {}],
  ])('%s %s %j lets browsers load our own files only, and guess no type', async (method, path, headers) => {
    const answer = await serve().ask(method, path, headers)
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'self';/)
    expect(answer.headers.get('content-security-policy')).not.toMatch(/unsafe|\*|https?:/)
  })
})

describe('an address', () => {
  it('that is none answers 404', async () => {
    const { ask } = serve()
    for (const path of ['/nonsense', '/sources/a/b', '//sources']) {
      const answer = await ask('GET', path)
      expect([path, answer.status]).toEqual([path, 404])
    }
    expect(problem(await ask('GET', '/nonsense'))).toBe('/problems/not-found')
    expect(problem(await ask('GET', '/sources/nonsense'))).toBe('/problems/unknown-source')
  })

  it.each([
    ['DELETE', '/sources', 'GET, HEAD, OPTIONS'],
    ['PATCH', '/collections', 'GET, HEAD, POST, OPTIONS'],
    ['POST', '/collections/x/', 'DELETE, GET, HEAD, PATCH, PUT, OPTIONS'],
    ['GET', '/source-connections/x/run', 'POST, OPTIONS'],
    ['HEAD', '/source-connections/x/run', 'POST, OPTIONS'],
    ['PROPFIND', '/healthz', 'GET, HEAD, OPTIONS'],
  ])('refuses %s %s and says which methods it takes', async (method, path, allow) => {
    const answer = await serve().ask(method, path)
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe(allow)
    if (method !== 'HEAD') expect(problem(answer)).toBe('/problems/method-not-allowed')
  })

  it('tells its methods to OPTIONS', async () => {
    const answer = await serve().ask('OPTIONS', '/source-connections/')
    expect([answer.status, answer.headers.get('allow'), answer.text]).toEqual([204, 'GET, HEAD, POST, OPTIONS', ''])
  })

  it('answers HEAD as GET, without a body', async () => {
    const answer = await serve().ask('HEAD', '/sources/scripted')
    expect([answer.status, answer.text]).toEqual([200, ''])
  })
})

describe('a body', () => {
  const json = { 'content-type': 'application/json' }
  const name = '{"name":"Body test"}'

  it.each([
    ['no type', {}],
    ['JSON', json],
    ['text', { 'content-type': 'text/plain' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['multipart', { 'content-type': 'multipart/form-data' }],
  ])('that is missing is an empty object, with %s', async (_what, headers) => {
    const { ask } = serve()
    for (const body of [undefined, '']) {
      const answer = await ask('POST', '/collections', headers, body)
      expect(answer.status).toBe(422)
      expect(answer.body).toMatchObject({ errors: [{ loc: ['body', 'name'], type: 'missing' }] })
    }
    expect((await ask('PATCH', '/source-connections/x', headers, undefined)).status).toBe(404)
  })

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON;charset="UTF-8"',
    'application/problem+json',
  ])('may be %s', async type => {
    expect((await serve().ask('POST', '/collections', { 'content-type': type }, name)).status).toBe(201)
  })

  it.each([
    ['text/plain', {}],
    ['application/x-www-form-urlencoded', {}],
    ['application/jsonp', {}],
    ['application/json', { 'content-encoding': 'gzip' }],
  ])('must not be %s %j', async (type, headers) => {
    const answer = await serve().ask('POST', '/collections', { 'content-type': type, ...headers }, name)
    expect(answer.status).toBe(415)
    expect(problem(answer)).toBe('/problems/not-json')
  })

  it.each(['{', '{"name": canary-secret}', 'canary-secret', '{"name":"x"} canary-secret', '{"name":"x",}'])(
    'must be JSON: %s',
    async body => {
      const answer = await serve().ask('POST', '/collections', json, body)
      expect(answer.status).toBe(400)
      expect(problem(answer)).toBe('/problems/malformed-json')
      expect(answer.text).not.toContain('canary')
    },
  )

  it('must be UTF-8', async () => {
    const { server } = serve()
    const request = new Request('http://localhost:8001/collections', {
      method: 'POST',
      headers: { host: 'localhost:8001', 'x-api-key': 'right-key', ...json },
      body: new Uint8Array([0x22, 0xff, 0x22]),
    })
    expect(problem(await readAnswer(await server.fetch(request)))).toBe('/problems/malformed-json')
  })

  it.each(['[]', '"text"', '1', 'null', 'true'])('must be an object, not %s', async body => {
    const answer = await serve().ask('POST', '/collections', json, body)
    expect(answer.status).toBe(422)
    expect(answer.body).toMatchObject({ errors: [{ loc: ['body'], msg: 'must be an object' }] })
  })

  it('may have 1 MiB, and not a byte more', async () => {
    const { ask } = serve()
    const sized = (bytes: number) => `{"name":"${'x'.repeat(bytes - 11)}"}`
    expect((await ask('POST', '/collections', json, sized(1024 * 1024))).status).toBe(422)
    const answer = await ask('POST', '/collections', json, sized(1024 * 1024 + 1))
    expect(answer.status).toBe(413)
    expect(problem(answer)).toBe('/problems/body-too-large')
  })

  it('that does not tell its length is counted as it comes', async () => {
    const { server } = serve()
    let sent = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65_536
        controller.enqueue(new Uint8Array(65_536).fill(0x20))
      },
    })
    const request = new Request('http://localhost:8001/collections', {
      method: 'POST',
      headers: { host: 'localhost:8001', 'x-api-key': 'right-key', ...json },
      body: endless,
      duplex: 'half',
    })
    expect((await server.fetch(request)).status).toBe(413)
    expect(sent).toBeLessThan(2 * 1024 * 1024)
  })

  it('with a member that would vanish in an object is refused', async () => {
    const body = '{"short_name":"slack","auth_fields":{"access_token":"x","__proto__":{"a":1}}}'
    const answer = await serve().ask('POST', '/source-connections', json, body)
    expect(answer.status).toBe(422)
    expect(answer.text).toContain('__proto__')
  })

  it('that nests without end is refused, not choked on', async () => {
    const deep = `{"query":"x","filter":${'{"must":'.repeat(20_000)}{}${'}'.repeat(20_000)}}`
    const answer = await serve().ask('POST', '/collections/x/search', json, deep)
    expect(answer.status).toBe(422)
    expect(answer.text).toContain('nested deeper')
  })

  it('of a route that takes nothing has to be empty', async () => {
    const { ask } = serve()
    const path = '/collections/x/refresh_all'
    expect((await ask('POST', path, { 'content-type': 'text/plain' }, '')).status).toBe(404)
    expect((await ask('POST', path, json, '{}')).status).toBe(404)
    expect((await ask('POST', path, json, '{"x":1}')).body).toMatchObject({ errors: [{ loc: ['body', 'x'] }] })
    expect((await ask('POST', path, {}, 'x')).status).toBe(415)
  })

  it('is looked at after the key', async () => {
    const answer = await serve().ask('POST', '/collections', { ...json, 'x-api-key': 'wrong' }, '{')
    expect(answer.status).toBe(401)
  })
})

describe('a daemon that stops', () => {
  it('answers 503 with Retry-After to all but the question whether it lives', async () => {
    const { ask, server } = serve()
    server.beginClosing()
    const answer = await ask('GET', '/sources')
    expect(answer.status).toBe(503)
    expect(problem(answer)).toBe('/problems/shutting-down')
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await ask('GET', '/healthz')).status).toBe(200)
  })
})

describe('a bug', () => {
  it('answers 500 without a word of what it was, and is logged with its place', async () => {
    const logged: object[] = []
    const broken = { ...inlet, sources: { ...inlet.sources, list: () => JSON.parse('canary-secret') } }
    const log = { ...silentLog, error: (fields: object) => void logged.push(fields) }
    const answer = await serve({ inlet: broken, log }).ask('GET', '/sources')
    expect(answer.status).toBe(500)
    expect(problem(answer)).toBe('/problems/internal')
    expect(answer.text).not.toContain('canary')
    expect(logged).toHaveLength(1)
  })
})

describe('the log of requests', () => {
  it('has method, route, status and time, and nothing a client sent', async () => {
    const logged: object[] = []
    const { ask } = serve({ log: { ...silentLog, info: fields => void logged.push(fields) } })
    await ask('GET', '/sources/canary?q=canary', { 'x-canary': 'canary' })
    await ask('GET', '/canary')
    await ask('POST', '/collections', { 'content-type': 'application/json' }, '{"canary":"canary"}')
    expect(logged).toEqual([
      { method: 'GET', route: '/sources/:short_name', status: 404, ms: 0 },
      { method: 'GET', route: '(none)', status: 404, ms: 0 },
      { method: 'POST', route: '/collections', status: 422, ms: 0 },
    ])
  })
})

interface OpenApi {
  openapi: string
  info: { version: string }
  security: object[]
  paths: Record<string, Record<string, { security?: object[]; responses: object; requestBody?: object }>>
  components: { schemas: Record<string, object> }
}

describe('the description', () => {
  it('is OpenAPI 3.1 with every route, its answers and no dangling reference', async () => {
    const answer = await serve().ask('GET', '/openapi.json')
    const description = answer.body as OpenApi
    expect(description).toMatchObject({ openapi: '3.1.0', info: { version: '1.2.3' } })
    const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ what: `${method} ${path}`, operation })),
    )
    expect(operations.map(({ what }) => what)).toEqual(
      expect.arrayContaining([
        'post /source-connections',
        'patch /source-connections/{source_connection_id}',
        'get /source-connections/{source_connection_id}/jobs/{job_id}/events',
        'post /collections/{readable_id}/search',
        'get /entities/{entity_id}',
      ]),
    )
    expect(operations.length).toBeGreaterThan(25)
    const unlocked = operations.filter(({ operation }) => operation.security?.length === 0).map(({ what }) => what)
    expect(unlocked.toSorted()).toEqual([
      ...['get /docs', 'get /healthz', 'get /openapi.json', 'get /problems', 'get /problems/{slug}'],
      ...['get /source-connections/callback', 'post /source-connections/callback/decision'],
    ])
    const references = [...answer.text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name ?? '')
    expect(references.length).toBeGreaterThan(20)
    expect(references.filter(name => !(name in description.components.schemas))).toEqual([])
  })
})
