import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createInlet } from '../../core/index.ts'
import type { Inlet } from '../../core/inlet.ts'
import { silentLog } from '../../core/log.ts'
import { answerHeaders } from '../../daemon/answer-headers.ts'
import { apiKey } from '../../daemon/api-key.ts'
import { type Limits, type Listening, listen } from '../../daemon/listen.ts'
import { createServer, type HttpServer } from '../../daemon/server.ts'
import { type FakeClock, fakeClock } from '../support/fake-clock.ts'
import { type Parts, type Place, request } from '../support/hostile-request.ts'
import { hostileRequests } from '../support/hostile-requests.ts'
import { exchange, type RawAnswer } from '../support/raw-http.ts'
import { scriptedPlugin } from '../support/scripted-source.ts'
import { times } from '../support/suite-depth.ts'

const key = 'right-key'
const json = 'Content-Type: application/json'
const emptyBody: Parts = { method: 'POST', target: '/collections', body: '{}' }
const chunkedBody: Parts = { ...emptyBody, body: '2\r\n{}\r\n0\r\n\r\n' }
const callback: Parts = { target: '/source-connections/callback' }
let folder: string
let inlet: Inlet
let server: HttpServer
let listening: Listening
let clock: FakeClock
let place: Place
const bugs: object[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlet-door-'))
  inlet = await createInlet({ dataDir: join(folder, 'data'), plugins: [scriptedPlugin()] })
  clock = fakeClock()
  let port = 0
  server = createServer({
    ...{ inlet, apiKey: apiKey(key), port: () => port, version: '1.2.3', clock },
    log: { ...silentLog, error: (fields: object) => void bugs.push(fields) },
  })
  listening = await listen({ host: 'localhost', port: 0, fetch: server.fetch })
  port = listening.port
  place = { port, key }
})

afterAll(async () => {
  await listening.close()
  await inlet.close()
  await rm(folder, { recursive: true, force: true })
})

async function files(): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).sort()
}

/** A word for each answer: its status and its problem. */
function words({ status, body }: RawAnswer): (number | string)[] {
  const [, slug] = /^\{"type":"\/problems\/([\w-]+)"/.exec(body) ?? []
  return slug === undefined ? [status] : [status, slug]
}

/** What an answer lacks that every answer has. */
function flaws({ status, headers, body }: RawAnswer): string[] {
  const wanted = { ...answerHeaders, 'Cache-Control': 'no-store' }
  const found = Object.entries(wanted).flatMap(([name, value]) => (headers[name.toLowerCase()] === value ? [] : [name]))
  if (headers['access-control-allow-origin'] !== undefined) found.push('opens itself to another origin')
  if (body.includes(key)) found.push('repeats the key')
  if (status >= 400 && headers['content-type'] !== 'application/problem+json') found.push('is no problem')
  return found
}

describe('a hostile request', () => {
  it('is one of hundreds, each of another kind', () => {
    expect(hostileRequests.length).toBeGreaterThan(450)
    expect(new Set(hostileRequests.map(({ name }) => name)).size).toBe(hostileRequests.length)
  })

  it('gets the answer that it must get, in the form of every other answer', { timeout: 120_000 }, async () => {
    const before = await files()
    const strange: unknown[] = []
    for (const hostile of hostileRequests) {
      const expected = hostile.answers.map(answer => [...answer])
      const { answers, text } = await exchange(place.port, hostile.bytes(place), { answers: expected.length }).catch(
        error => ({ answers: [], text: String(error) }),
      )
      const got = answers.map(words)
      const missing = answers.flatMap(flaws)
      if (JSON.stringify(got) !== JSON.stringify(expected) || missing.length > 0)
        strange.push({ name: hostile.name, expected, got, missing, text: text.slice(0, 100) })
      // Wrong keys are counted by the minute.
      await clock.advance(5000)
    }
    expect(strange).toEqual([])
    expect(bugs).toEqual([])
    expect(await files()).toEqual(before)
    expect(await inlet.collections.list({ skip: 0, limit: 10 })).toEqual([])
    expect((await inlet.health()).store).toBe(true)
  })
})

describe('a good request', () => {
  it.each<[string, Parts, number]>([
    ['by name', { host: 'localhost:PORT' }, 200],
    ['by address', { host: '127.0.0.1:PORT' }, 200],
    ['by the other address', { host: '[::1]:PORT' }, 200],
    ['in capitals', { host: 'LocalHost:PORT' }, 200],
    ['to an absolute address of ours', { target: 'http://localhost:PORT/sources' }, 200],
    ['in HTTP/1.0', { version: 'HTTP/1.0' }, 200],
    ['from our own page', { lines: ['Origin: http://localhost:PORT', 'Sec-Fetch-Site: same-origin'] }, 200],
    ['from our page under our other name', { lines: ['Origin: http://[::1]:PORT', 'Sec-Fetch-Site: cross-site'] }, 200],
    ['typed by a person', { lines: ['Sec-Fetch-Site: none', 'Sec-Fetch-Mode: navigate'] }, 200],
    ['with 190 headers', { lines: Array.from({ length: 190 }, (_, index) => `X-${index}: y`) }, 200],
    ['with a header of 180 KiB', { lines: [`X-Long: ${'x'.repeat(180 * 1024)}`] }, 200],
    ['in chunks', { ...chunkedBody, lines: ['Content-Type: application/json', 'Transfer-Encoding: chunked'] }, 422],
    ['that asks whether to go on', { ...emptyBody, lines: ['Expect: 100-continue', 'Content-Length: 2', json] }, 422],
    ['back from a provider, with nothing to go on', { ...callback, lines: ['Sec-Fetch-Site: cross-site'] }, 400],
  ])('%s is answered', async (_what, parts, status) => {
    const { answers } = await exchange(place.port, request(parts, place), { answers: 1 })
    expect(answers.map(answer => answer.status)).toEqual([status])
  })
})

describe('the key', () => {
  /** All that needs none, as the contract has it. */
  const readable = [
    ...['/healthz', '/openapi.json', '/problems', '/problems/:slug', '/sign-in'],
    ...['/dashboard/style.css', '/dashboard/script.js', '/dashboard/icon.svg'],
    ...['/docs', '/docs/docs.css', '/docs/docs.js', '/docs/swagger-ui.css', '/docs/swagger-ui-bundle.js'],
  ]
  const open = [
    ...readable.flatMap(path => [`GET ${path}`, `HEAD ${path}`]),
    ...['POST /sign-in', 'GET /source-connections/callback', 'POST /source-connections/callback/decision'],
  ]
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'QUERY', 'LOCK']

  it('is asked for at every route that there is, whatever the method, with and without a slash at the end', async () => {
    const routes = await server.routes()
    const paths = [...new Set(routes.map(({ path }) => path))]
    expect(paths.length).toBeGreaterThan(20)
    expect(routes.length).toBeGreaterThan(30)
    const answered: string[] = []
    let asked = 0
    for (const path of [...paths, '/metrics']) {
      for (const method of methods) {
        const [example, slashed] = ['', '/'].map(end => path.replace(/:\w+/g, 'unauthorized') + end)
        for (const address of [example, slashed]) {
          const headers = { host: `localhost:${place.port}` }
          const answer = await server.fetch(
            new Request(`http://localhost:${place.port}${address}`, { method, headers }),
          )
          asked++
          if (answer.status !== 401) answered.push(`${method} ${path}`)
        }
      }
    }
    expect(asked).toBe((paths.length + 1) * methods.length * 2)
    expect([...new Set(answered)].sort()).toEqual([...open].sort())
    expect(answered.length).toBe(2 * open.length)
  })

  it('is asked for by TRACE too, which Request cannot say', async () => {
    const { answers } = await exchange(place.port, request({ method: 'TRACE', key: undefined }, place))
    expect(answers.map(words)).toEqual([[401, 'unauthorized']])
  })

  it('stays of use while others guess', async () => {
    const guess = request({ key: 'wrong', target: '/sources' }, place)
    const guesses = await Promise.all(Array.from({ length: 100 }, () => exchange(place.port, guess)))
    const statuses = guesses.flatMap(({ answers }) => answers.map(({ status }) => status))
    expect(statuses.filter(status => status === 401)).toHaveLength(20)
    expect(statuses.filter(status => status === 429)).toHaveLength(80)
    const { answers } = await exchange(place.port, request({}, place))
    expect(answers.map(({ status }) => status)).toEqual([200])
    await clock.advance(60_000)
  })
})

describe('patience', () => {
  async function impatient(limits: Partial<Limits>): Promise<Place> {
    let port = 0
    const own = createServer({
      ...{ inlet, apiKey: apiKey(key), port: () => port, version: '1.2.3', clock },
      log: { ...silentLog, error: (fields: object) => void bugs.push(fields) },
    })
    const short = { checkMs: 20, ...limits }
    const other = await listen({ host: '127.0.0.1', port: 0, fetch: own.fetch, limits: short })
    onTestFinished(() => other.close())
    port = other.port
    return { port, key }
  }

  it.each([
    ['nothing', ''],
    ['half a line', 'GET /sour'],
    ['headers without end', 'GET /sources HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n'],
  ])('ends with who sends %s', async (_what, bytes) => {
    const slow = await impatient({ headersMs: 100, requestMs: 200 })
    const { answers, closed } = await exchange(slow.port, bytes)
    expect([answers.map(words), answers.flatMap(flaws), closed]).toEqual([[[408, 'request-timeout']], [], true])
  })

  it('ends with who sends headers drop by drop', async () => {
    const slow = await impatient({ headersMs: 200, requestMs: 400 })
    const { text } = await dripping(slow.port, 'GET /sources HTTP/1.1\r\nX: ', 'y')
    expect(text).toMatch(/^HTTP\/1\.1 408 /)
  })

  it('ends with who sends a body drop by drop, and that is no fault of ours', async () => {
    const slow = await impatient({ headersMs: 200, requestMs: 400 })
    const head = request({ method: 'POST', target: '/collections', lines: [json, 'Content-Length: 1000000'] }, slow)
    const { text } = await dripping(slow.port, head, ' ')
    expect(text).toMatch(/^HTTP\/1\.1 408 /)
    expect(bugs).toEqual([])
  })

  it('is not asked of a body without a key', async () => {
    const head = request({ method: 'POST', key: undefined, lines: [json, 'Content-Length: 1000000'] }, place)
    const { answers, closed } = await exchange(place.port, head)
    expect([answers.map(words), closed]).toEqual([[[401, 'unauthorized']], true])
  })

  it('is not tried by who leaves in the middle of a body', async () => {
    for (const sent of ['', '{"name"']) {
      const head = request({ method: 'POST', target: '/collections', lines: [json, 'Content-Length: 1000'] }, place)
      const socket = connect(place.port, '127.0.0.1')
      socket.write(head + sent)
      await once(socket, 'connect')
      await exchange(place.port, request({ target: '/healthz' }, place))
      socket.destroy()
      await once(socket, 'close')
    }
    const { answers } = await exchange(place.port, request({}, place))
    expect(answers.map(({ status }) => status)).toEqual([200])
    expect(bugs).toEqual([])
  })
})

describe('a crowd', () => {
  it('of hundreds that ask at once is served, every one, three times', async () => {
    const many = times(200, 1000)
    const clients = await crowd(place.port, many)
    let answered = 0
    for (const target of ['/healthz', '/sources', '/collections']) {
      const statuses = await Promise.all(
        clients.map(client => ask(client, request({ target, keepAlive: true }, place))),
      )
      expect(statuses.filter(status => status !== 200)).toEqual([])
      answered += statuses.length
    }
    expect(answered).toBe(3 * many)
  })

  it('of thousands that only hold on keeps nobody out', async () => {
    const holding = await crowd(place.port, times(2500, 5000))
    for (let number = 0; number < 50; number++) {
      const { answers } = await exchange(place.port, request({}, place))
      expect(answers.map(({ status }) => status)).toEqual([200])
    }
    expect(holding.filter(({ destroyed }) => !destroyed).length).toBeLessThanOrEqual(2048)
  })

  it('makes room for the next by letting go of the longest idle, not of who is being answered', async () => {
    const release = Promise.withResolvers<void>()
    const few = await listen({
      ...{ host: '127.0.0.1', port: 0, limits: { connections: 3 } },
      fetch: async ({ url }) => {
        if (url.endsWith('/slow')) await release.promise
        return new Response('ok')
      },
    })
    onTestFinished(() => few.close())
    const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`
    const [busy, first, second] = await crowd(few.port, 3)
    if (!busy || !first || !second) throw new Error('three came')
    const slow = ask(busy, get('/slow'))
    expect([await ask(first, get('/')), await ask(second, get('/')), await ask(first, get('/'))]).toEqual([
      200, 200, 200,
    ])
    const ended = once(second, 'close')
    const [next] = await crowd(few.port, 1)
    if (!next) throw new Error('one came')
    expect(await ask(next, get('/'))).toBe(200)
    await ended
    expect(await ask(first, get('/'))).toBe(200)
    release.resolve()
    expect(await slow).toBe(200)
  })
})

/** Connections that are open, closed with the test. */
async function crowd(port: number, count: number): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () =>
    connect(port, '127.0.0.1')
      .on('error', () => {})
      .resume(),
  )
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
  })
  await Promise.all(sockets.map(socket => once(socket, 'connect')))
  return sockets
}

/** The status of the next answer on an open connection; 0 when it ends instead. */
function ask(socket: Socket, bytes: string): Promise<number> {
  return new Promise(resolve => {
    let text = ''
    const end = (status: number) => {
      socket.off('data', read)
      resolve(status)
    }
    const read = (chunk: Buffer) => {
      text += chunk.toString('latin1')
      const [, status, length = '0'] = /^HTTP\/1\.1 (\d+)[\s\S]*?content-length: (\d+)\r\n/i.exec(text) ?? []
      if (status && text.length >= text.indexOf('\r\n\r\n') + 4 + Number(length)) end(Number(status))
    }
    socket.on('data', read)
    socket.once('close', () => end(0))
    socket.write(bytes)
  })
}

/** Sends a drop whenever the last one has left, until the other side ends it. */
function dripping(port: number, beginning: string, drop: string): Promise<{ text: string }> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    const drip = () => void (socket.writable && socket.write(drop, () => setImmediate(drip)))
    socket.on('data', chunk => {
      text += chunk.toString('latin1')
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve({ text }))
    socket.write(beginning, drip)
  })
}
