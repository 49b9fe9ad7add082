import { inspect } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toFailure } from '../../core/errors.ts'
import type { Failure } from '../../core/plugin.ts'
import { Secret } from '../../core/secret.ts'
import { createTokens } from '../../core/tokens.ts'
import { createTransport } from '../../core/transport.ts'
import { startFakeServer } from '../support/fake-server.ts'
import { type TokenFault, tokenAnswer } from '../support/fake-token-endpoint.ts'
import { type TokenBench, tokenBench } from '../support/token-bench.ts'
import { systemError } from '../support/vault-folder.ts'

const minute = 60_000
const hour = 60 * minute

const renew = async ({ tokens, connection, stored }: TokenBench) =>
  tokens.for(connection).renew((await stored()).generation)

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const failure = await work.then(() => undefined, toFailure)
  if (!failure) throw new Error('it did not fail')
  return failure
}

const passing: [string, TokenFault, string][] = [
  ['no network', 'unsent', 'offline'],
  ['a 429', tokenAnswer({}, 429), 'rate_limited'],
  ['a 500', tokenAnswer({}, 500), 'unavailable'],
  ['a 503 with invalid_grant', tokenAnswer({ error: 'invalid_grant' }, 503), 'unavailable'],
]

describe.each([false, true])('a failure that passes, with single use tokens: %s', singleUse => {
  it.each(passing)('uses nothing up, however often it comes: %s', async (_what, fault, code) => {
    const bench = await tokenBench({ singleUse })
    let times = 0
    for (; times < 25; times++) {
      bench.endpoint.faults.push(fault)
      expect((await failureOf(renew(bench))).code).toBe(code)
      if (times % 5 === 4) await bench.restart()
    }
    expect(bench.endpoint.requests).toHaveLength(times)
    const token = await renew(bench)
    expect(bench.endpoint.accessTokens).toContain(token.secret.reveal())
  })

  it('is no error while the token still lives, and is asked about every thirty seconds at most', async () => {
    const bench = await tokenBench({ singleUse })
    bench.endpoint.faults.push('unsent', 'unsent')
    const source = bench.tokens.for(bench.connection)
    await bench.clock.advance(hour - 2 * minute)
    for (let call = 0; call < 20; call++) expect((await source.token()).generation).toBe(1)
    expect(bench.endpoint.requests).toHaveLength(1)
    await bench.clock.advance(30_000)
    for (let call = 0; call < 20; call++) expect((await source.token()).generation).toBe(1)
    expect(bench.endpoint.requests).toHaveLength(2)
    await bench.clock.advance(30_000)
    expect((await source.token()).generation).toBe(2)
  })

  it('is thrown as what it is once the token is dead', async () => {
    const bench = await tokenBench({ singleUse })
    bench.endpoint.faults.push('unsent', 'unsent')
    await bench.clock.advance(7 * 24 * hour)
    const source = bench.tokens.for(bench.connection)
    expect((await failureOf(source.token())).code).toBe('offline')
    expect((await failureOf(source.token())).code).toBe('offline')
    expect((await source.token()).generation).toBe(2)
  })

  it('with Retry-After is not asked about again before its time', async () => {
    const bench = await tokenBench({ singleUse })
    bench.endpoint.faults.push(tokenAnswer({}, 429, { 'retry-after': '120' }))
    expect(await failureOf(renew(bench))).toMatchObject({ code: 'rate_limited', retryAfterMs: 120_000 })
    await bench.clock.advance(50_000)
    expect(await failureOf(renew(bench))).toMatchObject({ code: 'rate_limited', retryAfterMs: 70_000, status: 429 })
    expect(bench.endpoint.requests).toHaveLength(1)
    await bench.clock.advance(70_000)
    expect((await renew(bench)).generation).toBe(2)
  })
})

describe('an answer that was lost', () => {
  it('is asked for again and again where refresh tokens stay valid', async () => {
    const bench = await tokenBench()
    for (let times = 0; times < 10; times++) {
      bench.endpoint.faults.push('lost-after')
      expect((await failureOf(renew(bench))).code).toBe('unavailable')
    }
    const token = await renew(bench)
    expect(bench.endpoint.accessTokens).toContain(token.secret.reveal())
    expect(bench.endpoint.requests).toHaveLength(11)
  })

  it('costs nothing where the provider never saw the single use token', async () => {
    const bench = await tokenBench({ singleUse: true })
    bench.endpoint.faults.push('lost-before')
    expect((await failureOf(renew(bench))).code).toBe('unavailable')
    expect((await renew(bench)).generation).toBe(2)
    expect((await bench.stored()).intent).toBeUndefined()
  })

  it('needs a person, with the reason, after one deliberate repeat of a single use token', async () => {
    const bench = await tokenBench({ singleUse: true })
    bench.endpoint.faults.push('lost-after')
    expect((await failureOf(renew(bench))).code).toBe('unavailable')
    const failure = await failureOf(renew(bench))
    expect(failure).toMatchObject({ code: 'token_revoked', providerError: 'invalid_grant' })
    expect(failure.message).toMatch(/answer to an earlier refresh was lost.*sign in again/)
    expect(bench.endpoint.requests).toHaveLength(2)
  })

  it.each<TokenFault>(['lost-before', 'lost-after', tokenAnswer('{"access_to')])(
    'is never asked for a third time where tokens are single use, also after a restart: %j',
    async fault => {
      const bench = await tokenBench({ singleUse: true })
      bench.endpoint.faults.push(fault, fault)
      await failureOf(renew(bench))
      await failureOf(renew(bench))
      for (let times = 0; times < 3; times++) {
        const failure = await failureOf(renew(bench))
        expect(failure.code).toBe('token_revoked')
        expect(failure.message).toMatch(/sign in again/)
        await bench.restart()
      }
      expect(bench.endpoint.requests).toHaveLength(2)
    },
  )

  it.each(passing)('has its one repeat not used up by %s', async (_what, fault, code) => {
    const bench = await tokenBench({ singleUse: true })
    bench.endpoint.faults.push('lost-before', ...Array(10).fill(fault))
    await failureOf(renew(bench))
    for (let times = 0; times < 10; times++) expect((await failureOf(renew(bench))).code).toBe(code)
    expect((await renew(bench)).generation).toBe(2)
  })

  it('is one that is no JSON, too', async () => {
    const bench = await tokenBench({ singleUse: true })
    bench.endpoint.faults.push({ status: 200, headers: {}, body: '<html>welcome to the café' })
    expect((await failureOf(renew(bench))).code).toBe('bad_response')
    expect((await bench.stored()).intent).toBeDefined()
    expect((await renew(bench)).generation).toBe(2)
  })
})

describe('a crash between the question and the answer', () => {
  async function crashed(singleUse: boolean): Promise<TokenBench> {
    const bench = await tokenBench({ singleUse })
    let arrived = () => {}
    const asked = new Promise<void>(resolve => {
      arrived = resolve
    })
    bench.endpoint.onRequest = () => {
      arrived()
      return new Promise(() => {})
    }
    void renew(bench).catch(() => {})
    await asked
    await bench.restart()
    bench.endpoint.onRequest = () => {}
    expect((await bench.stored()).intent).toBeDefined()
    return bench
  }

  it.each([false, true])('is settled at the start by asking again (single use: %s)', async singleUse => {
    const bench = await crashed(singleUse)
    await bench.tokens.recover(bench.connection)
    expect((await bench.stored()).intent).toBeUndefined()
    expect((await bench.stored()).generation).toBe(2)
    expect(bench.endpoint.requests).toHaveLength(2)
  })

  it('needs a person where the single use token was used up', async () => {
    const bench = await crashed(true)
    bench.endpoint.refreshTokens.clear()
    expect(await failureOf(bench.tokens.recover(bench.connection))).toMatchObject({ code: 'token_revoked' })
  })

  it('waits for better times when the network is down', async () => {
    const bench = await crashed(true)
    bench.endpoint.faults.push('unsent')
    await bench.tokens.recover(bench.connection)
    expect((await bench.stored()).generation).toBe(1)
    await bench.tokens.recover(bench.connection)
    expect((await bench.stored()).generation).toBe(2)
  })

  it('is settled by the first use, where nobody did before', async () => {
    const bench = await crashed(true)
    expect((await bench.tokens.for(bench.connection).token()).generation).toBe(2)
  })

  it('is nothing to settle where there was none', async () => {
    const bench = await tokenBench()
    await bench.tokens.recover(bench.connection)
    await bench.vault.delete(bench.connection.id)
    await bench.tokens.recover(bench.connection)
    expect(bench.endpoint.requests).toEqual([])
  })
})

describe('a disk that does not take the answer', () => {
  /** Full from the moment the provider was asked. */
  async function filled(): Promise<TokenBench> {
    const bench = await tokenBench({ singleUse: true })
    bench.endpoint.onRequest = () => {
      bench.disk.before = operation => {
        if (operation === 'write') throw systemError('ENOSPC')
      }
    }
    return bench
  }

  it('for a moment costs nothing', async () => {
    const bench = await filled()
    const renewing = renew(bench)
    await bench.clock.advance(499)
    bench.disk.before = () => {}
    await bench.clock.advance(1)
    expect((await renewing).generation).toBe(2)
    expect(bench.endpoint.requests).toHaveLength(1)
  })

  it('costs no token: the answer is held, never used before it is stored, and stored first', async () => {
    const bench = await filled()
    expect(await bench.clock.run(failureOf(renew(bench)))).toMatchObject({
      code: 'data_folder',
      message: expect.stringMatching(/disk is full.*kept in memory/),
    })
    // The old one still lives, and only that may be used.
    expect((await bench.clock.run(bench.tokens.for(bench.connection).token())).generation).toBe(1)
    bench.disk.before = () => {}
    expect((await renew(bench)).secret.reveal()).toBe('access-2')
    expect(bench.endpoint.requests).toHaveLength(1)
    await bench.restart()
    expect((await bench.stored()).refreshToken?.reveal()).toBe('refresh-2')
  })

  it('is tried once more before the process ends', async () => {
    const bench = await filled()
    await bench.clock.run(failureOf(renew(bench)))
    bench.disk.before = () => {}
    await bench.tokens.close()
    await bench.restart()
    expect((await bench.stored()).refreshToken?.reveal()).toBe('refresh-2')
  })

  it('does not let what it held overwrite new auth fields', async () => {
    const bench = await filled()
    await bench.clock.run(failureOf(renew(bench)))
    bench.disk.before = () => {}
    const byHand = { ...(await bench.stored()), generation: 2, accessToken: new Secret('by-hand'), intent: undefined }
    await bench.vault.put(bench.connection.id, byHand)
    expect((await bench.tokens.for(bench.connection).token()).secret.reveal()).toBe('by-hand')
    await bench.tokens.close()
    expect((await bench.stored()).accessToken.reveal()).toBe('by-hand')
    expect(bench.logged.filter(({ message }) => message.includes('lost'))).toEqual([])
  })

  it('is said to have lost the answer when the process ends before there is room', async () => {
    const bench = await filled()
    await bench.clock.run(failureOf(renew(bench)))
    await bench.tokens.close()
    expect(bench.logged.filter(({ level, message }) => level === 'error' && message.includes('lost'))).toHaveLength(1)
  })
})

describe('whatever happens in whatever order', () => {
  const events = ['renew', 'unsent', 'too many', 'trouble', 'client', 'disk full', 'restart', 'an hour'] as const

  it.each([false, true])(
    'as long as no answer is lost, the connection is healthy in the end (single use: %s)',
    async singleUse => {
      let runs = 0
      const event = singleUse ? fc.constantFrom(...events) : fc.constantFrom(...events, 'lost' as const)
      await fc.assert(
        fc.asyncProperty(fc.array(event, { maxLength: 20 }), async happenings => {
          runs++
          const bench = await tokenBench({ singleUse })
          for (const happening of happenings) await happen(bench, happening)
          bench.endpoint.faults = []
          const token = await bench.clock.run(renew(bench))
          expect(bench.endpoint.accessTokens).toContain(token.secret.reveal())
          const { accessToken, refreshToken, intent } = await bench.stored()
          expect(accessToken.reveal()).toBe(token.secret.reveal())
          expect(bench.endpoint.refreshTokens).toContain(refreshToken?.reveal())
          expect(intent).toBeUndefined()
        }),
        { numRuns: 60 },
      )
      expect(runs).toBe(60)
    },
  )

  async function happen(bench: TokenBench, happening: (typeof events)[number] | 'lost'): Promise<void> {
    const faults: Partial<Record<typeof happening, TokenFault>> = {
      unsent: 'unsent',
      'too many': tokenAnswer({}, 429),
      trouble: tokenAnswer({}, 502),
      client: tokenAnswer({ error: 'invalid_client' }, 401),
      lost: 'lost-after',
    }
    if (happening === 'restart') {
      // What is held in memory is stored at the end of an orderly stop.
      await bench.tokens.close()
      return bench.restart()
    }
    if (happening === 'an hour') return bench.clock.advance(hour)
    const fault = faults[happening]
    if (fault) bench.endpoint.faults = [fault]
    if (happening === 'disk full') {
      bench.endpoint.onRequest = () => {
        bench.disk.before = operation => {
          if (operation === 'write') throw systemError('ENOSPC')
        }
      }
    }
    await bench.clock.run(renew(bench).catch(() => {}))
    bench.endpoint.onRequest = () => {}
    bench.disk.before = () => {}
  }
})

describe('no failure and no line of the log', () => {
  it('holds a token or a client secret', async () => {
    const secrets = ['access-1', 'access-2', 'refresh-1', 'refresh-2', 'client-secret', 'configured-secret']
    const faults: TokenFault[] = [
      'unsent',
      'lost-before',
      'lost-after',
      tokenAnswer({ error: 'invalid_grant', error_description: 'refresh-1' }, 400),
      tokenAnswer({ error: 'refresh-1 is bad' }, 400),
      tokenAnswer('refresh-1', 400),
      tokenAnswer({ access_token: 'access-2 with a space', refresh_token: 'refresh-2' }),
      { status: 200, headers: {}, body: '{"access_token":"access-2' },
    ]
    let looked = 0
    for (const fault of faults) {
      for (const singleUse of [false, true]) {
        const bench = await tokenBench({ singleUse })
        bench.endpoint.faults.push(fault, fault)
        const failures = [await failureOf(renew(bench)), await failureOf(renew(bench))]
        await renew(bench).catch(() => {})
        const text = inspect([failures, bench.logged, bench.connection, bench.tokens], { depth: 20, showHidden: true })
        for (const secret of secrets) expect(text).not.toContain(secret)
        expect(JSON.stringify(bench.logged)).not.toMatch(new RegExp(secrets.join('|')))
        looked += bench.logged.length
      }
    }
    expect(looked).toBeGreaterThan(faults.length)
  })
})

describe('over a real connection', () => {
  async function overHttp(singleUse: boolean) {
    const bench = await tokenBench({ singleUse })
    const server = await startFakeServer([
      {
        method: 'POST',
        pattern: '/token',
        open: true,
        async handler({ body, headers }) {
          const request = { url: '', headers, body }
          const answer = await bench.endpoint.send(request, new AbortController().signal)
          return { ...answer, headers: { ...answer.headers } }
        },
      },
    ])
    const transport = createTransport()
    bench.tokens = createTokens({
      vault: bench.vault,
      clock: bench.clock,
      log: { debug() {}, info() {}, warn() {}, error() {} },
      client: () => ({}),
      async send(request, signal) {
        const answer = await transport.send({ method: 'POST', ...request, maxBytes: 1024 * 1024, signal })
        return { ...answer, body: new TextDecoder().decode(answer.body) }
      },
    })
    bench.connection.endpoints = { token: `${server.url}/token` }
    return { bench, server, transport }
  }

  it('a refused connection uses nothing up, and a dropped one leaves the one repeat', async () => {
    const { bench, server, transport } = await overHttp(true)
    const { endpoints } = bench.connection
    bench.connection.endpoints = { token: 'http://127.0.0.1:1/token' }
    for (let times = 0; times < 3; times++) {
      expect(await failureOf(renew(bench))).toMatchObject({ code: 'unavailable' })
      expect((await bench.stored()).intent).toBeUndefined()
    }
    bench.connection.endpoints = endpoints
    server.fault = (_request, number) => (number === 1 ? 'drop' : undefined)
    expect(await failureOf(renew(bench))).toMatchObject({ code: 'unavailable' })
    expect((await bench.stored()).intent).toBeDefined()
    expect((await renew(bench)).secret.reveal()).toBe('access-2')
    expect(server.unknown).toEqual([])
    await transport.close()
    await server.close()
  })

  it('a single use token whose answer is cut off needs a person, after one repeat', async () => {
    const { bench, server, transport } = await overHttp(true)
    server.fault = (_request, number) => (number === 1 ? 'truncate' : undefined)
    expect(await failureOf(renew(bench))).toMatchObject({ code: 'unavailable' })
    expect(await failureOf(renew(bench))).toMatchObject({ code: 'token_revoked', providerError: 'invalid_grant' })
    expect(server.requests).toHaveLength(2)
    await transport.close()
    await server.close()
  })
})
