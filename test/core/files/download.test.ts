import { createHash } from 'node:crypto'
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApi } from '../../../core/api.ts'
import type { Clock } from '../../../core/clock.ts'
import { createDownloads } from '../../../core/files/downloads.ts'
import { oauth2 } from '../../../core/oauth.ts'
import { createPacer } from '../../../core/pacer.ts'
import type { Plugin } from '../../../core/plugin.ts'
import type { DownloadOptions, RunApi } from '../../../core/run-api.ts'
import { Secret } from '../../../core/secret.ts'
import { createTransport, type Transport } from '../../../core/transport.ts'
import { type FakeRequest, type FakeResponse, type FakeServer, startFakeServer } from '../../support/fake-server.ts'

const plugin: Plugin = {
  ...{ id: 'test', title: 'Test', auth: oauth2({}), endpoints: {}, sources: [] },
  origins: endpoints => [endpoints.api ?? ''],
}
const content = Buffer.alloc(3_000_000, 'a line of a large file, which comes in many pieces\n')
const folder = join(tmpdir(), `inlet-downloads-${process.pid}`)

let provider: FakeServer
let stranger: FakeServer
let transport: Transport
let api: RunApi
let slept: number
/** What the server says of its file besides its bytes. */
let about: Record<string, string>
/** What it has; another one from some time on. */
let bytes: Buffer
let takesRanges: boolean

beforeEach(async () => {
  ;[about, bytes, takesRanges, slept] = [{ etag: '"1"' }, content, true, 0]
  stranger = await startFakeServer([{ method: 'GET', pattern: '/file', handler: give }])
  provider = await startFakeServer([
    { method: 'GET', pattern: '/file', handler: give },
    {
      ...{ method: 'GET', pattern: '/elsewhere' },
      handler: () => ({ status: 302, headers: { location: `${stranger.url}/file` } }),
    },
    {
      ...{ method: 'GET', pattern: '/packed' },
      handler: () => ({ body: gzipSync(content), headers: { 'content-encoding': 'gzip', etag: '"1"' } }),
    },
  ])
  transport = createTransport()
  let now = 0
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    async sleep(ms) {
      slept++
      now += ms
    },
  }
  api = createApi({
    ...{ plugin, transport, clock, endpoints: { api: provider.url }, signal: new AbortController().signal },
    tokens: {
      token: async () => ({ secret: new Secret('token-1'), generation: 1 }),
      renew: async () => ({ secret: new Secret('token-1'), generation: 1 }),
    },
    pacer: createPacer(clock, {}),
    random: () => 1,
  })
})

afterEach(async () => {
  await Promise.all([provider.close(), stranger.close(), transport.close()])
  await rm(folder, { recursive: true, force: true })
})

/** As RFC 9110, section 14, has it. */
function give({ headers }: FakeRequest): FakeResponse {
  const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0)
  const condition = headers['if-range']
  const isSame = condition === undefined || condition === about.etag || condition === about['last-modified']
  if (start === 0 || !takesRanges || !isSame) return { body: bytes, headers: about }
  if (start >= bytes.length) return { status: 416, body: '' }
  const range = `bytes ${start}-${bytes.length - 1}/${bytes.length}`
  return { status: 206, body: bytes.subarray(start), headers: { ...about, 'content-range': range } }
}

/** Cuts off so many of the first answers in their middle. */
function cut(times: number, server = provider): void {
  let left = times
  server.fault = ({ path }) => (path === '/file' && left-- > 0 ? 'truncate' : undefined)
}

async function download(path: string, options: Partial<DownloadOptions> = {}): Promise<Buffer> {
  const draft = createDownloads(folder).begin()
  try {
    await api.download(`${provider.url}${path}`, { draft, maxBytes: 10_000_000, item: true, ...options })
    const done = await draft.finish()
    if (done instanceof Uint8Array) return Buffer.from(done)
    expect(done.size).toBe((await stat(done.path)).size)
    expect((await stat(done.path)).mode & 0o777).toBe(0o600)
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    return await readFile(done.path)
  } finally {
    await draft.discard()
  }
}

const ranges = (server = provider) => server.requests.map(({ headers }) => headers.range)

describe('a download', () => {
  it('lies on disk while it is large, for its owner alone, and is removed', async () => {
    expect((await download('/file')).equals(content)).toBe(true)
    expect(await readdir(folder)).toEqual([])
    bytes = Buffer.from('small')
    await rm(folder, { recursive: true })
    expect((await download('/file')).toString()).toBe('small')
    await expect(readdir(folder)).rejects.toThrow('ENOENT')
  })

  it('is removed also where it fails, and where more comes than may', async () => {
    await expect(download('/file', { maxBytes: 2_999_999 })).rejects.toMatchObject({
      ...{ code: 'item_unreadable', status: undefined },
    })
    // How much it is shows only when it is unpacked.
    await expect(download('/packed', { maxBytes: 2_999_999 })).rejects.toMatchObject({ code: 'item_unreadable' })
    cut(99)
    await expect(download('/file')).rejects.toThrow()
    expect(await readdir(folder)).toEqual([])
  })

  it.each([
    { told: 'a strong ETag', headers: { etag: '"1"' } },
    { told: 'a date', headers: { 'last-modified': 'Mon, 30 Nov 2026 09:00:00 GMT' } },
    { told: 'that it takes ranges', headers: { 'accept-ranges': 'bytes' } },
    { told: 'nothing, of a file with a checksum', headers: {}, md5: createHash('md5').update(content).digest('hex') },
  ])('goes on where it was cut off, where the server tells $told', async ({ headers, md5 }) => {
    about = headers
    cut(3)
    expect((await download('/file', { md5 })).equals(content)).toBe(true)
    const starts = ranges().map(range => Number(/^bytes=(\d+)-$/.exec(range ?? 'bytes=0-')?.[1]))
    expect(starts).toHaveLength(4)
    // Each try brought half of what was left, but for what lay in a socket when it was cut.
    for (const [index, start] of starts.entries()) {
      const before = starts[index - 1]
      if (before === undefined) expect(start).toBe(0)
      else {
        expect(start).toBeGreaterThan(before)
        expect(start).toBeLessThanOrEqual(before + (content.length - before) / 2)
      }
    }
    expect(provider.requests[1]?.headers['if-range']).toBe(headers.etag ?? headers['last-modified'])
    expect(provider.requests.slice(1).every(request => request.headers['accept-encoding'] === 'identity')).toBe(true)
  })

  it.each([
    { why: 'nothing tells that the rest is of the same', headers: {} },
    { why: 'the ETag is a weak one', headers: { etag: 'W/"1"' } },
    { why: 'the server takes no ranges', headers: { etag: '"1"', 'accept-ranges': 'none' } },
  ])('begins anew where $why', async ({ headers }) => {
    about = headers
    cut(2)
    expect((await download('/file')).equals(content)).toBe(true)
    expect(ranges()).toEqual([undefined, undefined, undefined])
  })

  it('begins anew where the file has changed meanwhile, or the server gives all of it again', async () => {
    const changed = Buffer.from(content.toString().toUpperCase())
    let asked = 0
    provider.fault = () => {
      if (++asked === 1) return 'truncate'
      ;[about, bytes] = [{ etag: '"2"' }, changed]
      return undefined
    }
    expect((await download('/file')).equals(changed)).toBe(true)
    takesRanges = false
    cut(1)
    expect((await download('/file')).equals(changed)).toBe(true)
  })

  it('is never put together of two files, whatever a server answers', async () => {
    cut(1)
    let lies = 0
    const wrong = ['bytes 0-2999999/3000000', 'bytes 1500000-1999999/2000000', 'nonsense']
    const cutOnce = provider.fault
    provider.fault = (request, number) => {
      if (request.headers.range && lies < wrong.length) {
        const headers = { ...about, 'content-range': wrong[lies++] ?? '' }
        return { status: 206, body: Buffer.alloc(1_500_000, 'x'), headers }
      }
      if (lies > 0 && lies < wrong.length && !request.headers.range) return 'truncate'
      return cutOnce?.(request, number)
    }
    expect((await download('/file')).equals(content)).toBe(true)
    expect(lies).toBe(wrong.length)
  })

  it('begins anew where the rest is refused (416)', async () => {
    let asked = 0
    provider.fault = ({ headers }) => {
      if (++asked === 1) return 'truncate'
      return headers.range ? { status: 416, body: '' } : undefined
    }
    expect((await download('/file')).equals(content)).toBe(true)
    expect(ranges()).toEqual([undefined, expect.stringMatching(/^bytes=1[45]\d{5}-$/), undefined])
  })

  it('has patience for as long as something comes', async () => {
    bytes = Buffer.alloc(4_000_000, 'z')
    let sent = 0
    provider.fault = ({ headers }) => {
      const start = Number(/\d+/.exec(headers.range ?? '')?.[0] ?? 0)
      const part = bytes.subarray(start, start + 300_000)
      if (start + part.length >= bytes.length || ++sent > 50) return undefined
      // Says that all is coming, and ends early.
      const length = String(bytes.length - start)
      const range = { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }
      return {
        status: start ? 206 : 200,
        body: part,
        headers: { ...about, ...(start ? range : {}), 'content-length': length, connection: 'close' },
      }
    }
    expect((await download('/file')).equals(bytes)).toBe(true)
    expect(sent).toBeGreaterThan(9)
  })

  it('goes on at another host, too, without the token', async () => {
    cut(2, stranger)
    expect((await download('/elsewhere')).equals(content)).toBe(true)
    const going = [/^bytes=1[45]\d{5}-$/, /^bytes=22\d{5}-$/].map(start => expect.stringMatching(start))
    expect(ranges(stranger)).toEqual([undefined, ...going])
    expect(stranger.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true)
  })

  it('that is compressed on its way is unpacked, and does not go on in its middle', async () => {
    let asked = 0
    provider.fault = () => (++asked === 1 ? 'truncate' : undefined)
    expect((await download('/packed')).equals(content)).toBe(true)
    expect(ranges()).toEqual([undefined, undefined])
  })

  it('that is not what was told is asked for once more, and believed then', async () => {
    expect((await download('/file', { size: content.length })).length).toBe(content.length)
    expect(provider.requests).toHaveLength(1)
    expect((await download('/file', { size: 5 })).equals(content)).toBe(true)
    expect(provider.requests).toHaveLength(3)
    expect((await download('/file', { md5: '0'.repeat(32) })).equals(content)).toBe(true)
    expect(provider.requests).toHaveLength(5)
    expect(slept).toBe(0)
  })

  it.each([
    { why: 'gives all of it again each time', answer: () => 'truncate' as const },
    {
      ...{ why: 'refuses each rest' },
      answer: ({ headers }: FakeRequest) => (headers.range ? { status: 416, body: '' } : ('truncate' as const)),
    },
    {
      ...{ why: 'has another state each time' },
      answer: () => {
        about = { etag: `"${Math.random()}"` }
        return 'truncate' as const
      },
    },
  ])('is given up in the end where the host $why', async ({ why, answer }) => {
    takesRanges = !why.includes('all of it')
    for (const [server, path] of [
      [provider, '/file'],
      [stranger, '/elsewhere'],
    ] as const) {
      server.fault = request => (request.path === '/file' ? answer(request) : undefined)
      const before = server.requests.length
      await expect(download(path)).rejects.toThrow()
      expect(server.requests.length - before).toBeLessThan(20)
      server.fault = undefined
    }
  })

  it('is never put together of two states, though the server does not heed the condition', async () => {
    about = { 'last-modified': 'Mon, 30 Nov 2026 09:00:00 GMT' }
    const changed = Buffer.from(content.toString().toUpperCase())
    let asked = 0
    provider.fault = ({ headers }) => {
      if (++asked === 1) return 'truncate'
      ;[about, bytes] = [{ 'last-modified': 'Mon, 30 Nov 2026 10:00:00 GMT' }, changed]
      if (!headers.range) return undefined
      const start = Number(/\d+/.exec(headers.range)?.[0])
      const range = { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }
      return { status: 206, body: bytes.subarray(start), headers: { ...about, ...range } }
    }
    expect((await download('/file')).equals(changed)).toBe(true)
  })

  it('that has an encoding which is none comes as it is', async () => {
    about = { 'content-encoding': 'aws-chunked' }
    expect((await download('/file')).equals(content)).toBe(true)
  })

  it.each([304, 300])('is not the empty body of a %i elsewhere', async status => {
    stranger.fault = () => ({ status })
    await expect(download('/elsewhere')).rejects.toMatchObject({ code: 'item_forbidden' })
  })
})
