import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type Failure, toFailure } from '../../core/errors.ts'
import { Secret } from '../../core/secret.ts'
import { settleRefreshes } from '../../core/settle.ts'
import { createTransport } from '../../core/transport.ts'
import { settle } from '../support/fake-clock.ts'
import { tokenAnswer } from '../support/fake-token-endpoint.ts'
import { type TokenBench, tokenBench } from '../support/token-bench.ts'
import { masterKey, systemError } from '../support/vault-folder.ts'

const hour = 3_600_000

const renew = async ({ tokens, connection, stored }: TokenBench) =>
  tokens.for(connection).renew((await stored()).generation)

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const failure = await work.then(() => undefined, toFailure)
  if (!failure) throw new Error('it did not fail')
  return failure
}

/** The disk's renames wait until the function it gives is called. */
function hang({ disk }: TokenBench): () => void {
  const release = Promise.withResolvers<void>()
  const { rename } = disk
  disk.rename = async (from, to) => {
    await release.promise
    return rename(from, to)
  }
  return () => {
    disk.rename = rename
    release.resolve()
  }
}

describe('a repeat that was refused', () => {
  it('is what every later attempt says, also after a restart, and nobody is asked again', async () => {
    const bench = await tokenBench({ singleUse: true })
    bench.endpoint.faults.push('lost-after')
    await failureOf(renew(bench))
    const first = await failureOf(renew(bench))
    expect(first.message).toMatch(/answer to an earlier refresh was lost, and the repeat was refused/)
    for (let times = 0; times < 3; times++) {
      const later = await failureOf(renew(bench))
      expect([later.code, later.message]).toEqual(['token_revoked', first.message])
      await bench.restart()
    }
    expect(bench.endpoint.requests).toHaveLength(2)
    expect.assertions(5)
  })

  it('does not stand in the way of new auth fields', async () => {
    const bench = await tokenBench({ singleUse: true })
    bench.endpoint.faults.push('lost-after')
    await failureOf(renew(bench))
    await failureOf(renew(bench))
    const { intent: _over, ...rest } = await bench.stored()
    bench.endpoint.refreshTokens.add('refresh-new')
    const byHand = { ...rest, generation: 2, refreshToken: new Secret('refresh-new') }
    await bench.vault.put(bench.connection.id, byHand)
    bench.tokens.forget(bench.connection.id)
    expect((await renew(bench)).generation).toBe(3)
  })
})

describe('a refresh that was given up before it asked', () => {
  it.each([false, true])('asks no more, so that the next one is the only one (single use: %s)', async singleUse => {
    const bench = await tokenBench({ singleUse })
    const release = hang(bench)
    const first = failureOf(renew(bench))
    await bench.clock.advance(61_000)
    expect((await first).code).toBe('unavailable')
    const second = renew(bench)
    await settle()
    release()
    const token = await second
    await settle()
    expect(bench.endpoint.requests).toHaveLength(1)
    expect(bench.endpoint.accessTokens).toContain(token.secret.reveal())
    expect((await bench.stored()).accessToken.reveal()).toBe(token.secret.reveal())
  })
})

describe('an endpoint that gives what it was sent as its error code', () => {
  const longSecret = 'gocspx.AbCdEfGhIjKlMnOpQrStUvWx'
  const half = longSecret.slice(8)
  it.each([
    ['as it is', longSecret],
    ['with a word before it', `bad_client_${longSecret}`],
    ['cut at its beginning', half],
    ['in other letters', longSecret.toUpperCase()],
    ['split', longSecret.replace(/(.{8})/g, '$1-')],
    ['in base64url', Buffer.from(longSecret).toString('base64url')],
    ['in base64 within something else', Buffer.from(`x${longSecret}`).toString('base64url')],
    ['in hexadecimal', Buffer.from(longSecret).toString('hex')],
  ])('does not bring the configured client secret into a failure or the log: %s', async (_what, echo) => {
    const client = () => ({ clientId: 'configured', clientSecret: new Secret(longSecret) })
    const bench = await tokenBench({ client, credential: { clientId: undefined, clientSecret: undefined } })
    expect(echo).toMatch(/^[\w.-]{1,64}$/)
    bench.endpoint.faults.push(tokenAnswer({ error: echo }, 400), tokenAnswer({ error: 'x', error_subtype: echo }, 400))
    for (let times = 0; times < 2; times++) {
      const { message, providerError } = await failureOf(renew(bench))
      expect(`${message} ${providerError} ${JSON.stringify(bench.logged)}`).not.toContain(echo)
    }
    expect(bench.endpoint.requests.map(({ client_secret }) => client_secret)).toEqual([longSecret, longSecret])
  })
})

describe('what the disk took although it said no', () => {
  /** The answer is there by name, and its folder was never synced. */
  async function unsynced(): Promise<TokenBench> {
    const bench = await tokenBench({ singleUse: true })
    bench.endpoint.onRequest = () => {
      bench.disk.before = operation => {
        if (operation === 'syncFolder') throw systemError('EIO')
      }
    }
    expect((await bench.clock.run(failureOf(renew(bench)))).code).toBe('data_folder')
    bench.disk.before = () => {}
    return bench
  }

  it.each<[string, (bench: TokenBench) => Promise<void>]>([
    ['locking', ({ vault, tokens }) => vault.lock(() => tokens.pause())],
    ['closing', ({ tokens }) => tokens.close()],
  ])('survives a power cut after %s', async (_what, end) => {
    const bench = await unsynced()
    await bench.clock.run(end(bench))
    await bench.restart()
    expect((await bench.stored()).generation).toBe(2)
  })

  it('is told to the database when it is stored by locking', async () => {
    const bench = await unsynced()
    await bench.clock.run(bench.vault.lock(() => bench.tokens.pause()))
    expect(bench.changes.map(({ generation }) => generation)).toEqual([2])
  })
})

describe('a crash after the answer was stored and before the database knew', () => {
  it('is made up for at the next start', async () => {
    const bench = await tokenBench({ changed: () => Promise.reject(new Error('killed here')) })
    await renew(bench)
    bench.changes.length = 0
    bench.connection.credentialGeneration = 1
    await bench.restart()
    await bench.tokens.recover(bench.connection)
    expect(bench.changes.map(({ generation }) => generation)).toEqual([2])
    bench.connection.credentialGeneration = 2
    await bench.tokens.recover(bench.connection)
    expect(bench.changes).toHaveLength(1)
    expect(bench.endpoint.requests).toHaveLength(1)
  })
})

describe('locking', () => {
  it('keeps no credential that was read while it waited', async () => {
    const bench = await tokenBench()
    const source = bench.tokens.for(bench.connection)
    let reads = 0
    await bench.vault.lock(async () => {
      await bench.tokens.pause()
      await source.token()
    })
    await bench.vault.unlock({ key: new Secret(masterKey) })
    bench.tokens.resume()
    bench.disk.before = operation => {
      if (operation === 'read') reads++
    }
    await source.token()
    expect(reads).toBe(1)
  })

  it('answers conflict when the disk hangs on an answer that is held, and stays open', async () => {
    const bench = await tokenBench({ singleUse: true })
    bench.endpoint.onRequest = () => {
      bench.disk.before = operation => {
        if (operation === 'write') throw systemError('ENOSPC')
      }
    }
    await bench.clock.run(failureOf(renew(bench)))
    bench.disk.before = () => {}
    const release = hang(bench)
    const startMs = bench.clock.monotonic()
    const failure = await bench.clock.run(failureOf(bench.vault.lock(() => bench.tokens.pause())))
    expect([failure.code, bench.vault.locked]).toEqual(['conflict', false])
    expect(bench.clock.monotonic() - startMs).toBeLessThanOrEqual(45_000)
    release()
    await bench.clock.run(bench.vault.lock(() => bench.tokens.pause()))
    await bench.restart()
    expect((await bench.stored()).generation).toBe(2)
  })
})

describe('settling what a crash left', () => {
  it('does not hold up the end of the program while the provider is silent', async () => {
    const bench = await tokenBench({ singleUse: true })
    const before = await bench.stored()
    await bench.vault.put(bench.connection.id, { ...before, intent: { startedAt: before.obtainedAt } }, { replaces: 1 })
    bench.endpoint.faults.push('hang')
    const stopping = new AbortController()
    const row = { id: bench.connection.id, authState: 'ready' }
    const settling = settleRefreshes({
      vault: bench.vault,
      tokens: bench.tokens,
      store: { connection: async () => row } as never,
      tokenConnection: () => bench.connection,
      herald: { needsReauth() {} } as never,
      log: { debug() {}, info() {}, warn() {}, error: (_fields, message) => expect.unreachable(message) },
      signal: stopping.signal,
    })
    while (bench.endpoint.requests.length === 0) await settle()
    stopping.abort()
    await settling
    expect(bench.clock.monotonic()).toBe(0)
    await bench.clock.advance(hour)
  })
})

describe('a network that ends each connection before it is secure', () => {
  it.each([
    ['without a word', ''],
    ['with a page of its own', 'HTTP/1.1 302 Found\r\nlocation: http://portal.example/\r\n\r\n'],
  ])('uses nothing up, however often it comes: %s', async (_what, words) => {
    const portal = createServer(socket => {
      socket.on('error', () => {})
      socket.once('data', () => socket.end(words))
    })
    await new Promise<void>(resolve => portal.listen(0, '127.0.0.1', resolve))
    const transport = createTransport()
    const bench = await tokenBench({ singleUse: true })
    const { send } = bench.endpoint
    const address = portal.address()
    if (address === null || typeof address === 'string') throw new Error('the portal has no port')
    bench.endpoint.send = async (_request, signal) => {
      const url = `https://127.0.0.1:${address.port}/token`
      const answer = await transport.send({ method: 'POST', url, headers: {}, body: 'x', maxBytes: 1000, signal })
      return { ...answer, body: new TextDecoder().decode(answer.body) }
    }
    for (let times = 0; times < 3; times++) {
      expect((await failureOf(renew(bench))).code).toBe('unavailable')
      expect((await bench.stored()).intent).toBeUndefined()
    }
    expect.assertions(7)
    bench.endpoint.send = send
    expect((await renew(bench)).generation).toBe(2)
    await transport.close()
    await new Promise(resolve => portal.close(resolve))
  })
})

describe('ten thousand callers that wait', () => {
  it('for one token make one request, and all of them get its answer', async () => {
    const bench = await tokenBench()
    const answer = Promise.withResolvers<void>()
    bench.endpoint.onRequest = () => answer.promise
    const source = bench.tokens.for(bench.connection)
    let given = 0
    const callers = Array.from({ length: 10_000 }, () =>
      source.renew(1).then(({ generation }) => {
        given++
        return generation
      }),
    )
    while (bench.endpoint.requests.length === 0) await settle()
    await settle()
    expect([given, bench.endpoint.requests.length]).toEqual([0, 1])
    answer.resolve()
    expect(new Set(await Promise.all(callers))).toEqual(new Set([2]))
    expect([given, bench.endpoint.requests.length]).toEqual([10_000, 1])
  })
})
