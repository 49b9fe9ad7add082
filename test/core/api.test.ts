import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApi } from '../../core/api.ts'
import type { Clock } from '../../core/clock.ts'
import { Failure, isSkippable } from '../../core/errors.ts'
import { createDownloads } from '../../core/files/downloads.ts'
import { oauth2 } from '../../core/oauth.ts'
import { createPacer } from '../../core/pacer.ts'
import type { Plugin } from '../../core/plugin.ts'
import type { RunApi } from '../../core/run-api.ts'
import { Secret } from '../../core/secret.ts'
import type { TokenSource } from '../../core/tokens.ts'
import { createTransport, type Transport } from '../../core/transport.ts'
import { bearer, type FakeResponse, type FakeServer, startFakeServer } from '../support/fake-server.ts'

let provider: FakeServer
let stranger: FakeServer
let transport: Transport
let slept: number[]
let waits: string[]
let tokens: TokenSource & { renewed: number[] }
let abort: AbortController
let api: RunApi
/** What happens while a request waits for its turn. */
let whileWaiting: () => Promise<unknown>

const plugin: Plugin = {
  id: 'test',
  title: 'Test',
  auth: oauth2({}),
  endpoints: {},
  origins: endpoints => [endpoints.api ?? ''],
  classify(_status, body) {
    const { busy } = (body ?? {}) as { busy?: boolean | string }
    if (typeof busy === 'string') return { code: 'bad_config', providerError: busy, message: `it says ${busy}` }
    return busy ? 'rate_limited' : undefined
  },
  sources: [],
}

beforeEach(async () => {
  let listing = 0
  stranger = await startFakeServer([{ method: 'GET', pattern: '/file', handler: () => ({ body: 'bytes' }) }])
  provider = await startFakeServer([
    { method: 'GET', pattern: '/json', handler: () => ({ body: { ok: true } }) },
    {
      method: 'GET',
      pattern: '/gzip',
      handler: () => ({
        body: gzipSync('{"ok":true}'),
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      }),
    },
    {
      method: 'POST',
      pattern: '/form',
      handler: ({ body, headers }) => ({ body: { body, type: headers['content-type'] } }),
    },
    { method: 'GET', pattern: '/text', handler: () => ({ body: 'not json' }) },
    { method: 'GET', pattern: '/loop', handler: () => ({ body: { next: 'again' } }) },
    { method: 'GET', pattern: '/away', handler: () => ({ body: { link: `${stranger.url}/file` } }) },
    {
      method: 'GET',
      pattern: '/list',
      handler: ({ query }) => ({
        body: {
          items: [],
          next: query.get('page') === '3' ? '' : String(Number(query.get('page') ?? 0) + 1),
          seen: query.get('size'),
        },
      }),
    },
    {
      method: 'GET',
      pattern: '/links',
      handler: ({ query }) => ({
        body: {
          items: [++listing],
          link: query.get('n') === '2' ? undefined : `${provider.url}/links?n=${Number(query.get('n') ?? 0) + 1}`,
        },
      }),
    },
    {
      method: 'GET',
      pattern: '/redirect',
      handler: () => ({ status: 302, headers: { location: `${stranger.url}/file` } }),
    },
    { method: 'GET', pattern: '/moved', handler: () => ({ status: 302, headers: { location: '/json' } }) },
    { method: 'GET', pattern: '/big', handler: () => ({ body: 'x'.repeat(5000) }) },
  ])
  provider.tokens = new Set(['token-1'])
  transport = createTransport()
  slept = []
  waits = []
  abort = new AbortController()
  let generation = 1
  tokens = {
    renewed: [],
    token: async () => ({ secret: new Secret(`token-${generation}`), generation }),
    async renew(refused) {
      tokens.renewed.push(refused)
      generation++
      return tokens.token()
    },
  }
  let now = 0
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    async sleep(ms, signal) {
      signal?.throwIfAborted()
      slept.push(ms)
      now += ms
    },
  }
  const pacer = createPacer(clock, {})
  whileWaiting = async () => {}
  api = createApi({
    ...{ plugin, tokens, transport, clock, signal: abort.signal, endpoints: { api: provider.url } },
    pacer: {
      ...pacer,
      async enter(lane, signal) {
        await whileWaiting()
        return pacer.enter(lane, signal)
      },
    },
    random: () => 1,
    onWait: (_until, code) => waits.push(code),
  })
})

afterEach(async () => {
  await Promise.all([transport.close(), provider.close(), stranger.close()])
})

function faults(...list: NonNullable<ReturnType<NonNullable<FakeServer['fault']>>>[]): void {
  provider.fault = (_request, number) => list[number - 1]
}

const code = (name: string) => expect.objectContaining({ code: name })

describe('a request', () => {
  it('carries the bearer and reads JSON, compressed or not', async () => {
    expect(await api.get(`${provider.url}/json`)).toEqual({ ok: true })
    expect(await api.get(`${provider.url}/gzip`)).toEqual({ ok: true })
    expect(provider.requests.map(bearer)).toEqual(['token-1', 'token-1'])
  })

  it('takes its token when its turn has come, not before it waits', async () => {
    provider.tokens = new Set(['token-2'])
    whileWaiting = () => tokens.renew(1)
    expect(await api.get(`${provider.url}/json`)).toEqual({ ok: true })
    expect(provider.requests.map(bearer)).toEqual(['token-2'])
  })

  it('sends a form with POST', async () => {
    const answer = await api.get(`${provider.url}/form`, { form: { a: 'x y', b: undefined, c: 2 } })
    expect(answer).toEqual({ body: 'a=x+y&c=2', type: 'application/x-www-form-urlencoded' })
  })

  it('waits exactly as long as Retry-After says, then goes on', async () => {
    faults({ status: 429, headers: { 'retry-after': '7' } }, { status: 503, headers: { 'retry-after': '1.5' } })
    expect(await api.get(`${provider.url}/json`)).toEqual({ ok: true })
    expect(slept).toEqual([7000, 1500])
    expect(waits).toEqual(['rate_limited', 'unavailable'])
  })

  it('reads a Retry-After date against the answer’s own clock', async () => {
    faults({
      status: 429,
      headers: { date: 'Fri, 01 Jan 2027 00:00:00 GMT', 'retry-after': 'Fri, 01 Jan 2027 00:01:00 GMT' },
    })
    await api.get(`${provider.url}/json`)
    expect(slept).toEqual([60_000])
  })

  it('obeys Retry-After for as long as it is told to', async () => {
    faults(...Array.from({ length: 50 }, () => ({ status: 429, headers: { 'retry-after': '60' } })))
    expect(await api.get(`${provider.url}/json`)).toEqual({ ok: true })
    expect(slept).toEqual(Array(50).fill(60_000))
  })

  it('backs off twice as long each time when nobody says how long, and gives up in the end', async () => {
    provider.fault = () => ({ status: 500 })
    await expect(api.get(`${provider.url}/json`)).rejects.toThrow(code('unavailable'))
    expect(slept).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
  })

  it('survives dropped connections and answers that are cut off', async () => {
    faults('drop', 'truncate', { body: '{"ok":', headers: { 'content-type': 'application/json' } })
    expect(await api.get(`${provider.url}/json`)).toEqual({ ok: true })
    expect(provider.requests).toHaveLength(4)
  })

  it('says offline when there is no way out', async () => {
    const offline: Transport = {
      send: async () => Promise.reject(new Failure('offline', 'no network')),
      close: async () => {},
    }
    const clock: Clock = { now: () => 0, monotonic: () => 0, sleep: async () => {} }
    const lost = createApi({
      plugin,
      tokens,
      clock,
      transport: offline,
      endpoints: { api: provider.url },
      pacer: createPacer(clock, {}),
      random: () => 1,
      signal: abort.signal,
    })
    await expect(lost.get(`${provider.url}/json`)).rejects.toThrow(code('offline'))
  })

  it('refreshes once when the token is refused, and repeats', async () => {
    provider.tokens = new Set(['token-2'])
    expect(await api.get(`${provider.url}/json`)).toEqual({ ok: true })
    expect(tokens.renewed).toEqual([1])
  })

  it('waits for a token endpoint that is down, and then goes on', async () => {
    provider.tokens = new Set(['token-2'])
    const { renew } = tokens
    let asked = 0
    tokens.renew = async (...refused) => {
      if (++asked === 1) throw new Failure('unavailable', 'down', { retryAfterMs: 9000 })
      if (asked === 2) throw new Failure('offline', 'no network')
      return renew(...refused)
    }
    expect(await api.get(`${provider.url}/json`)).toEqual({ ok: true })
    expect(slept).toEqual([9000, 1000])
  })

  it('fails when the new token is refused, too', async () => {
    provider.tokens = new Set()
    await expect(api.get(`${provider.url}/json`)).rejects.toThrow(code('unauthorized'))
    expect(tokens.renewed).toEqual([1])
  })

  it.each([
    [403, 'item_forbidden'],
    [404, 'item_missing'],
    [410, 'item_missing'],
    [400, 'bad_response'],
  ])('takes %i for %s', async (status, name) => {
    faults({ status })
    await expect(api.get(`${provider.url}/json`)).rejects.toThrow(code(name))
  })

  it('gives an answer of a status that the source takes for one', async () => {
    faults({ status: 412, body: { sync: 'fresh' } }, { status: 412, body: { sync: 'fresh' } })
    expect(await api.get(`${provider.url}/json`, { accept: [412] })).toEqual({ sync: 'fresh' })
    expect((await api.request(`${provider.url}/json`, { accept: [412] })).status).toBe(412)
  })

  it('asks the plugin what a good status hides', async () => {
    faults({ body: { busy: true } })
    expect(await api.get(`${provider.url}/json`)).toEqual({ ok: true })
    expect(waits).toEqual(['rate_limited'])
  })

  it('waits until any window of a minute is over where a refusal does not say how long', async () => {
    faults({ status: 429 })
    expect(await api.get(`${provider.url}/json`)).toEqual({ ok: true })
    expect(slept).toEqual([60_000])
  })

  it('says what was expected of an answer of the wrong shape', async () => {
    await expect(api.get(`${provider.url}/text`)).rejects.toThrow('something that is not JSON')
    await expect(api.get(`${provider.url}/json`, { expect: ['items'] })).rejects.toThrow('without the member "items"')
  })

  it('names method, origin and path in an error, and nothing more', async () => {
    faults({ status: 400, body: { error: 'token-1 is bad' } })
    const error = await api.get(`${provider.url}/json`, { query: { q: 'private' } }).then(
      () => undefined,
      (caught: unknown) => caught as Failure,
    )
    expect(error?.message).toBe(`GET ${provider.url}/json answered 400`)
  })

  it('never repeats a token that the answer repeats', async () => {
    provider.fault = () => ({ body: { busy: 'token-1' } })
    const error = await api.get(`${provider.url}/json`).then(
      () => undefined,
      (caught: unknown) => caught as Failure,
    )
    expect(error?.code).toBe('bad_config')
    expect([error?.message, error?.providerError].join()).not.toContain('token-1')
  })

  it('stops at once when the run is aborted', async () => {
    provider.fault = () => 'hang'
    const asked = api.get(`${provider.url}/json`)
    setImmediate(() => abort.abort(new Failure('cancelled', 'enough')))
    await expect(asked).rejects.toThrow(code('cancelled'))
  })
})

async function download(url: string, maxBytes: number, from = api): Promise<Uint8Array> {
  const draft = createDownloads(join(tmpdir(), 'inlet-no-such-folder')).begin()
  await from.download(url, { draft, maxBytes })
  const bytes = await draft.finish()
  if (!(bytes instanceof Uint8Array)) throw new Error('so few bytes need no file')
  return bytes
}

describe('the bearer', () => {
  it('is not sent to a foreign origin, whoever asks', async () => {
    await expect(api.get(`${stranger.url}/file`)).rejects.toThrow(code('bad_response'))
    expect(stranger.requests).toEqual([])
  })

  it('is dropped when a file lives elsewhere', async () => {
    expect(new TextDecoder().decode(await download(`${provider.url}/redirect`, 100))).toBe('bytes')
    expect(stranger.requests.map(({ headers }) => headers.authorization)).toEqual([undefined])
  })

  it('does not go along with a link to a file elsewhere', async () => {
    expect(await download(`${stranger.url}/file`, 100)).toHaveLength(5)
    expect(stranger.requests.map(({ headers }) => headers.authorization)).toEqual([undefined])
  })

  it('is neither renewed nor doubted for what a file’s own host says', async () => {
    stranger.fault = () => ({ status: 401 })
    await expect(download(`${stranger.url}/file`, 100)).rejects.toThrow(code('item_forbidden'))
    stranger.fault = () => 'drop'
    await expect(download(`${provider.url}/redirect`, 100)).rejects.toThrow(code('item_forbidden'))
    expect(tokens.renewed).toEqual([])
  })

  it('stays within the provider when an API answer redirects', async () => {
    expect(await api.get(`${provider.url}/moved`)).toEqual({ ok: true })
    await expect(api.get(`${provider.url}/redirect`)).rejects.toThrow(code('bad_response'))
    expect(stranger.requests).toEqual([])
  })
})

describe('download', () => {
  it.each(['http://example.com/file', 'file:///etc/passwd', 'ftp://127.0.0.1/x', 'not a url'])(
    'refuses %s',
    async url => {
      await expect(download(url, 100)).rejects.toThrow(code('bad_response'))
    },
  )

  it('lets no link reach this machine’s own services when the provider is elsewhere', async () => {
    const clock: Clock = { now: () => 0, monotonic: () => 0, sleep: async () => {} }
    const real = createApi({
      ...{ plugin, tokens, transport, clock, signal: abort.signal, endpoints: { api: 'https://api.example.com' } },
      pacer: createPacer(clock, {}),
      random: () => 1,
    })
    await expect(download(`${stranger.url}/file`, 100, real)).rejects.toThrow(code('bad_response'))
    expect(stranger.requests).toEqual([])
  })

  it('stops at the limit', async () => {
    await expect(download(`${provider.url}/big`, 4999)).rejects.toThrow(code('item_unreadable'))
    expect(await download(`${provider.url}/big`, 5000)).toHaveLength(5000)
  })
})

describe('pages', () => {
  async function all<Page>(pages: AsyncIterable<Page>): Promise<Page[]> {
    const found: Page[] = []
    for await (const page of pages) found.push(page)
    return found
  }

  it('goes on through empty pages, with the query kept', async () => {
    const pages = await all(
      api.pages<{ next: string; seen: string }>(`${provider.url}/list`, {
        query: { size: 2 },
        parameter: 'page',
        next: page => page.next,
      }),
    )
    expect(pages.map(({ next }) => next)).toEqual(['1', '2', '3', ''])
    expect(pages.every(({ seen }) => seen === '2')).toBe(true)
  })

  it('follows links verbatim', async () => {
    expect(await all(api.pages<{ link?: string }>(`${provider.url}/links`, { next: page => page.link }))).toHaveLength(
      3,
    )
  })

  it('refuses a token that it has seen', async () => {
    await expect(
      all(api.pages<{ next: string }>(`${provider.url}/loop`, { parameter: 'page', next: page => page.next })),
    ).rejects.toThrow('same page token twice')
    expect(provider.requests.length).toBe(2)
  })

  it('refuses a link to a foreign origin', async () => {
    await expect(all(api.pages<{ link: string }>(`${provider.url}/away`, { next: page => page.link }))).rejects.toThrow(
      code('bad_response'),
    )
    expect(stranger.requests).toEqual([])
  })

  it('never takes a page that fails for the last one', async () => {
    faults({ body: { items: [], next: '1' } }, { status: 404 })
    await expect(
      all(api.pages<{ next: string }>(`${provider.url}/list`, { parameter: 'page', next: page => page.next })),
    ).rejects.toThrow(code('item_missing'))
  })
})

describe('a request that reads one item', () => {
  const broken = { status: 500, body: {} }

  it.each<[string, FakeResponse]>([
    ['5xx', broken],
    ['something that is not understood', { status: 200, body: 'not json' }],
  ])('gives the item up when the answer stays %s, after a while and without ending the run', async (_what, answer) => {
    provider.fault = ({ query }) => (query.has('bad') ? answer : undefined)
    const failure = await api.get(`${provider.url}/json`, { query: { bad: 1 }, item: true }).catch(error => error)
    expect(failure).toMatchObject({ code: 'item_unreadable' })
    expect(isSkippable(failure)).toBe(true)
    expect(slept.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(40_000)
    expect(await api.get(`${provider.url}/json`, { item: true })).toEqual({ ok: true })
  })

  it('blames the provider when several in a row fare so, and begins to count anew at each answer', async () => {
    const read = (bad: boolean) =>
      api.get(`${provider.url}/json`, { query: bad ? { bad: 1 } : {}, item: true }).then(
        () => 'read',
        (error: Failure) => error.code,
      )
    provider.fault = ({ query }) => (query.has('bad') ? broken : undefined)
    const outcomes: string[] = []
    for (const bad of [true, true, false, true, true, true]) outcomes.push(await read(bad))
    expect(outcomes).toEqual([
      ...['item_unreadable', 'item_unreadable', 'read'],
      ...['item_unreadable', 'item_unreadable', 'unavailable'],
    ])
  })

  it('says nothing of the item when there is no answer at all', async () => {
    provider.fault = () => 'drop'
    await expect(api.get(`${provider.url}/json`, { item: true })).rejects.toMatchObject({ code: 'unavailable' })
  })
})
