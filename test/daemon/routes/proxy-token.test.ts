/** The token that goes out with what programs ask comes back to none of them, and is renewed where it is refused. */
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import {
  bodyOf,
  problemOf,
  startProxy,
  startProxyWorld,
  startUpstream,
  token,
  type UpstreamHandler,
} from '../../support/proxy-world.ts'
import type { TestDaemon } from '../harness.ts'

describe('the token', () => {
  const writings: [string, string][] = [
    ['as it is', token],
    ['for an address', encodeURIComponent(token)],
    ['in JSON, slashes escaped', token.replaceAll('/', '\\/')],
    ['in JSON, signs escaped', token.replaceAll('/', '\\u002f').replaceAll('=', '\\u003d')],
    ['for HTML', token.replaceAll('/', '&#x2F;').replaceAll('+', '&#43;')],
    ['in base64', Buffer.from(`Bearer ${token}`).toString('base64')],
    ['in base64 for addresses', Buffer.from(`{"a":"${token}"}`).toString('base64url')],
    ['in hexadecimal', Buffer.from(token).toString('hex')],
    ['in capitals', token.toUpperCase()],
    ['in percents', [...Buffer.from(token)].map(byte => `%${byte.toString(16)}`).join('')],
  ]

  it('is masked in an answer that repeats it, however it is written and cut', async () => {
    const { daemon, path } = await startProxy(({ url = '' }, outgoing) => {
      const [, number, size] = /^\/(\d+)\/(\d+)/.exec(url) ?? []
      const written = writings[Number(number)]?.[1] ?? ''
      const body = bodyWith(written)
      // In one piece, and with a length.
      const length = size === '0' ? { 'content-length': String(body.length) } : {}
      outgoing.writeHead(200, { 'content-type': 'application/json', 'x-echo': written, ...length })
      const bytes = Number(size) || body.length
      const count = Math.ceil(body.length / bytes)
      const pieces = Array.from({ length: count }, (_, at) => body.subarray(at * bytes, (at + 1) * bytes))
      const next = () => {
        const piece = pieces.shift()
        if (piece) outgoing.write(piece, () => setImmediate(next))
        else outgoing.end()
      }
      next()
    })
    for (const [number, [what, written]] of writings.entries()) {
      for (const size of [0, 1, 7, 20, 1000]) {
        const { text, headers } = await daemon.ask('GET', `${path}/${number}/${size}`)
        expect([what, size, text]).toEqual([
          what,
          size,
          expect.stringMatching(/^\{"before":1,"echo":"[^"]*\*[^"]*","after":2\}$/),
        ])
        expect(text.length).toBe(bodyWith(written).length)
        const said = `${text} ${headers.get('x-echo')}`
        for (const [, spelling] of writings) expect(said).not.toContain(spelling.slice(12, 40))
      }
    }
    expect(writings).toHaveLength(10)
  })

  it('is masked in what was compressed', async () => {
    const { daemon, path } = await startProxy((incoming, outgoing) => {
      outgoing.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(JSON.stringify(incoming.headers)))
    })
    const { text } = await daemon.ask('GET', `${path}/headers`)
    expect(JSON.parse(text)).toMatchObject({ authorization: expect.stringMatching(/^Bearer \*{4}\.\*/) })
    expect(text).not.toContain(token.slice(5, 30))
  })
})

function bodyWith(written: string): Buffer {
  return Buffer.from(`{"before":1,"echo":"${written}","after":2}`)
}

/** What was told so far. */
async function eventsOf({ url, key }: TestDaemon): Promise<string[]> {
  const stop = new AbortController()
  const headers = { 'X-API-Key': key, 'Last-Event-ID': '0' }
  const { body } = await fetch(`${url}/events`, { headers, signal: stop.signal })
  let text = ''
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk
    if (text.includes('event: ')) break
  }
  stop.abort()
  return [...text.matchAll(/^event: (.*)$/gm)].map(match => match[1] ?? '')
}

type Refuse = (outgoing: ServerResponse) => void

const by401: Refuse = outgoing => void outgoing.writeHead(401, json).end(JSON.stringify({ isGood: false }))

/** An API that takes the token that its endpoint gave last, and an endpoint that gives one at a time. */
function provider(refuse = by401) {
  const world = { refreshes: 0, bodies: [] as string[], refusal: undefined as object | undefined }
  const handler: UpstreamHandler = (incoming, outgoing) => {
    void bodyOf(incoming).then(body => {
      if (incoming.url === '/oauth/token') {
        if (world.refusal) return outgoing.writeHead(400, json).end(JSON.stringify(world.refusal))
        world.refreshes++
        const answer = {
          access_token: `a-new-token-of-this-test-${world.refreshes}`,
          token_type: 'bearer',
          expires_in: 3600,
        }
        return outgoing.writeHead(200, json).end(JSON.stringify(answer))
      }
      world.bodies.push(body.toString())
      const isGood = incoming.headers.authorization === `Bearer a-new-token-of-this-test-${world.refreshes}`
      return isGood ? outgoing.writeHead(200, json).end(JSON.stringify({ ok: true, isGood })) : refuse(outgoing)
    })
  }
  return { world, handler }
}

const json = { 'content-type': 'application/json' }
const fields = { refresh_token: 'a-refresh-token', client_id: 'a-client', client_secret: 'a-secret' }
const config = { proxy: { write: true } }

/** Whoever asks is told, and the connection and one event say it. */
async function expectDead(
  daemon: Awaited<ReturnType<typeof startProxy>>['daemon'],
  id: string,
  path: string,
  providerError: string,
): Promise<void> {
  const answers = await Promise.all(Array.from({ length: 5 }, () => daemon.ask('GET', path)))
  for (const answer of answers) {
    expect(problemOf(answer)).toEqual([400, 'token-refresh-failed'])
    expect(answer.body).toMatchObject({ connection_id: id, provider_error: providerError })
  }
  expect(await eventsOf(daemon)).toEqual(['connection.needs_reauth'])
  expect((await daemon.ask('GET', `/source-connections/${id}`)).body).toMatchObject({ status: 'needs_reauth' })
}

describe('a token that is refused', () => {
  it('is renewed, once for all who ask, and what they sent is sent again', async () => {
    const { world, handler } = provider()
    const { daemon, path, id } = await startProxy(handler, { config, fields })
    const numbers = Array.from({ length: 8 }, (_, number) => number)
    const answers = await Promise.all(numbers.map(number => daemon.ask('POST', `${path}/x`, { body: { number } })))
    expect(answers.map(({ status, body }) => [status, body])).toEqual(Array(8).fill([200, { ok: true, isGood: true }]))
    expect(world.refreshes).toBe(1)
    expect(new Set(world.bodies)).toEqual(new Set(numbers.map(number => JSON.stringify({ number }))))
    expect((await daemon.ask('GET', `/source-connections/${id}`)).body).toMatchObject({ status: 'active' })
  })

  it('is renewed for the next request where a body is too large to be sent again', async () => {
    const { world, handler } = provider()
    const { daemon, path } = await startProxy(handler, { config, fields })
    const large = 'x'.repeat(2 * 1024 * 1024)
    const headers = { 'Content-Type': 'text/plain' }
    const first = await daemon.ask('POST', `${path}/x`, { body: large, headers })
    expect([first.status, first.body]).toEqual([401, { isGood: false }])
    await daemon.until(`${path}/y`, ({ isGood }: { isGood: boolean }) => isGood)
    const second = await daemon.ask('POST', `${path}/x`, { body: large, headers })
    expect([second.status, second.body]).toEqual([200, { ok: true, isGood: true }])
    expect(world.refreshes).toBe(1)
    expect(world.bodies.filter(body => body === large)).toHaveLength(2)
  })

  it('and cannot be renewed needs a person, which the connection says from then on', async () => {
    const { world, handler } = provider()
    const { daemon, path, id } = await startProxy(handler, { config, fields })
    world.refusal = { error: 'invalid_grant' }
    await expectDead(daemon, id, `${path}/x`, 'invalid_grant')
  })

  it("is answered in the provider's own words where there is no refresh token, or no answer from where it is renewed", async () => {
    const { world, handler } = provider()
    const { daemon, path, connect } = await startProxy(handler, { config })
    const without = await daemon.ask('GET', `${path}/x`)
    expect([without.status, without.body]).toEqual([401, { isGood: false }])
    world.refusal = { error: 'temporarily_unavailable' }
    const other = await connect('gmail', { access_token: token, ...fields })
    const later = await daemon.ask('GET', `${other.path}/x`)
    expect([later.status, later.body]).toEqual([401, { isGood: false }])
  })
})

describe("a token that Slack's body refuses, with status 200", () => {
  const refused = (error: string) => ({ ok: false, error })

  async function startSlack(error: string, authFields: Record<string, string> = fields) {
    const { world, handler } = provider(
      outgoing => void outgoing.writeHead(200, json).end(JSON.stringify(refused(error))),
    )
    const upstream = await startUpstream(handler)
    const slack = { api: upstream.url, token: `${upstream.url}/oauth/token` }
    const { daemon, connect } = await startProxyWorld({ slack }, config)
    return { world, upstream, daemon, ...(await connect('slack', { access_token: 'xoxe.xoxp-old', ...authFields })) }
  }

  it('is renewed, once for all who ask, and what they sent is sent again', async () => {
    for (const error of ['token_expired', 'invalid_auth', 'token_revoked', 'not_authed', 'account_inactive']) {
      const { world, daemon, path, id } = await startSlack(error)
      const numbers = Array.from({ length: 4 }, (_, number) => number)
      const ask = (number: number) => daemon.ask('POST', `${path}/chat.postMessage`, { body: { number } })
      const answers = await Promise.all(numbers.map(ask))
      expect(answers.map(({ status, body }) => [status, body])).toEqual(
        Array(4).fill([200, { ok: true, isGood: true }]),
      )
      expect([error, world.refreshes]).toEqual([error, 1])
      expect(new Set(world.bodies)).toEqual(new Set(numbers.map(number => JSON.stringify({ number }))))
      expect((await daemon.ask('GET', `/source-connections/${id}`)).body).toMatchObject({ status: 'active' })
    }
  })

  it('is renewed for the next request where a body is too large to be sent again', async () => {
    const { world, daemon, path } = await startSlack('token_expired')
    const large = { text: 'x'.repeat(2 * 1024 * 1024) }
    const first = await daemon.ask('POST', `${path}/chat.postMessage`, { body: large })
    expect([first.status, first.body]).toEqual([200, refused('token_expired')])
    await daemon.until(`${path}/auth.test`, ({ isGood }: { isGood?: boolean }) => isGood === true)
    expect(world.refreshes).toBe(1)
    expect(world.bodies.filter(body => body.length > 1024)).toHaveLength(1)
  })

  it('and cannot be renewed needs a person, which the connection says from then on', async () => {
    const { world, daemon, path, id } = await startSlack('token_revoked')
    world.refusal = refused('token_revoked')
    await expectDead(daemon, id, `${path}/users.list`, 'token_revoked')
  })

  it("is answered in Slack's own words where there is no refresh token", async () => {
    const { upstream, daemon, path } = await startSlack('token_revoked', {})
    const answer = await daemon.ask('GET', `${path}/users.list`)
    expect([answer.status, answer.text]).toEqual([200, JSON.stringify(refused('token_revoked'))])
    expect(upstream.requests).toHaveLength(1)
  })

  it('is not taken for one where Slack refuses something else', async () => {
    for (const error of ['missing_scope', 'channel_not_found', 'ratelimited']) {
      const { world, upstream, daemon, path } = await startSlack(error)
      const answer = await daemon.ask('GET', `${path}/users.list`)
      expect([answer.status, answer.text]).toEqual([200, JSON.stringify(refused(error))])
      expect([error, upstream.requests.length, world.refreshes]).toEqual([error, 1, 0])
    }
  })
})
