import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { toFailure } from '../../core/errors.ts'
import { aheadMs, anchorOf } from '../../core/lifetime.ts'
import { silentLog } from '../../core/log.ts'
import type { Failure } from '../../core/plugin.ts'
import { Secret } from '../../core/secret.ts'
import { createTokens, overrideTokens, type Token } from '../../core/tokens.ts'
import type { Vault } from '../../core/vault/index.ts'
import { settle } from '../support/fake-clock.ts'
import { tokenAnswer } from '../support/fake-token-endpoint.ts'
import { type TokenBench, tokenBench } from '../support/token-bench.ts'
import { bare, credential, systemError } from '../support/vault-folder.ts'

const minute = 60_000
const hour = 60 * minute

const shown = ({ secret, generation }: Token) => `${secret.reveal()}#${generation}`

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const failure = await work.then(() => undefined, toFailure)
  if (!failure) throw new Error('it did not fail')
  return failure
}

/** Makes the answers of the endpoint wait until the function it gives is called. */
function gate(bench: TokenBench): () => void {
  let release = () => {}
  const opened = new Promise<void>(resolve => {
    release = resolve
  })
  bench.endpoint.onRequest = () => opened
  return release
}

describe('a token that lives', () => {
  it('is given without asking anyone', async () => {
    const { tokens, connection, endpoint } = await tokenBench()
    expect(shown(await tokens.for(connection).token())).toBe('access-1#1')
    expect(endpoint.requests).toEqual([])
  })

  it('is read from the disk once for many requests of a job, again after a while, and for each job', async () => {
    const { tokens, connection, disk, clock } = await tokenBench()
    let reads = 0
    disk.before = operation => {
      if (operation === 'read') reads++
    }
    const job = tokens.for(connection)
    for (let request = 0; request < 100; request++) await job.token()
    expect(reads).toBe(1)
    await clock.advance(minute)
    await job.token()
    expect(reads).toBe(2)
    await tokens.for(connection).token()
    expect(reads).toBe(3)
  })

  it.each([
    [24 * 60, 300],
    [60, 300],
    [40, 240],
    [10, 60],
    [2, 60],
    [1.5, 45],
    [0.1, 3],
    [0, 0],
  ])('of %d minutes is renewed %d seconds before its end', (minutes, seconds) => {
    const start = Date.UTC(2026, 0, 1)
    const [obtainedAt, expiresAt] = [start, start + minutes * minute].map(time => new Date(time).toISOString())
    const clock = { now: () => start, monotonic: () => 0, sleep: async () => {} }
    expect(aheadMs(anchorOf(credential(1, { obtainedAt: obtainedAt ?? '', expiresAt }), clock))).toBe(seconds * 1000)
  })

  it('is renewed ahead of time, not before, and everyone gets the new one', async () => {
    const { tokens, connection, endpoint, clock } = await tokenBench()
    const source = tokens.for(connection)
    await clock.advance(hour - 5 * minute - 1)
    expect(shown(await source.token())).toBe('access-1#1')
    await clock.advance(1)
    const all = await Promise.all(Array.from({ length: 50 }, () => source.token()))
    expect(new Set(all.map(shown))).toEqual(new Set(['access-2#2']))
    expect(endpoint.requests).toHaveLength(1)
  })

  it('that is short is not renewed in a loop', async () => {
    const { tokens, connection, endpoint, clock } = await tokenBench()
    endpoint.answer = { expires_in: 20 }
    const source = tokens.for(connection)
    await clock.advance(hour)
    for (let call = 0; call < 100; call++) await source.token()
    expect(endpoint.requests).toHaveLength(1)
    await clock.advance(10_000)
    for (let call = 0; call < 100; call++) await source.token()
    expect(endpoint.requests).toHaveLength(2)
  })

  it.each([undefined, 0])('without a known end (expires_in %s) is renewed on 401 only', async expires_in => {
    const { tokens, connection, endpoint, clock } = await tokenBench({ credential: { expiresAt: undefined } })
    endpoint.answer = { expires_in }
    const source = tokens.for(connection)
    await clock.advance(1000 * hour)
    expect(shown(await source.token())).toBe('access-1#1')
    expect(endpoint.requests).toHaveLength(0)
    expect(shown(await source.renew(1))).toBe('access-2#2')
    await clock.advance(1000 * hour)
    expect(shown(await source.token())).toBe('access-2#2')
    expect(endpoint.requests).toHaveLength(1)
  })
})

describe('a 401', () => {
  it.each([100, 10_000])('makes one refresh for %d requests that meet it', async count => {
    const { tokens, connection, endpoint } = await tokenBench()
    const sources = [tokens.for(connection), tokens.for(connection)]
    const all = await Promise.all(Array.from({ length: count }, (_, at) => sources[at % 2]?.renew(1)))
    expect(all).toHaveLength(count)
    expect(new Set(all.map(token => token && shown(token)))).toEqual(new Set(['access-2#2']))
    expect(endpoint.requests).toHaveLength(1)
  })

  it('that comes in while the answer to a refresh is being stored makes no second one, and nobody has it before it is', async () => {
    const bench = await tokenBench({ singleUse: true })
    const { tokens, connection, disk, endpoint } = bench
    const { syncFolder } = disk
    const begun = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<void>()
    let syncs = 0
    disk.syncFolder = async folder => {
      // The first one is that of the intent.
      if (++syncs === 2) {
        begun.resolve()
        await ended.promise
      }
      await syncFolder(folder)
    }
    const given: number[] = []
    const renewed = [tokens.for(connection).renew(1)]
    await begun.promise
    // The file has the answer already, under its name.
    renewed.push(tokens.for(connection).renew(1), tokens.for(connection).token())
    for (const token of renewed) void token.then(({ generation }) => given.push(generation))
    await settle()
    expect(given).toEqual([])
    ended.resolve()
    expect((await Promise.all(renewed)).map(({ generation }) => generation)).toEqual([2, 2, 2])
    expect(endpoint.requests).toHaveLength(1)
  })

  it('of a generation that is no longer the current one makes none', async () => {
    const { tokens, connection, endpoint } = await tokenBench()
    const source = tokens.for(connection)
    expect(shown(await source.renew(1))).toBe('access-2#2')
    for (let late = 0; late < 20; late++) expect(shown(await source.renew(1))).toBe('access-2#2')
    expect(endpoint.requests).toHaveLength(1)
    expect(shown(await source.renew(2))).toBe('access-3#3')
    expect(endpoint.requests).toHaveLength(2)
  })

  it('that comes in while a refresh is under way joins it, from every kind of call', async () => {
    const bench = await tokenBench()
    const { tokens, connection, endpoint, clock } = bench
    await clock.advance(hour - minute)
    const release = gate(bench)
    const early = [tokens.for(connection).token(), tokens.for(connection).renew(1)]
    await settle()
    const late = [tokens.for(connection).renew(1), tokens.for(connection).token()]
    await settle()
    release()
    expect((await Promise.all([...early, ...late])).map(shown)).toEqual(Array(4).fill('access-2#2'))
    expect(endpoint.requests).toHaveLength(1)
  })

  it('concerns its own connection alone', async () => {
    const { tokens, connection, endpoint, vault } = await tokenBench()
    const other = { ...connection, id: '00000000-0000-4000-8000-000000000000' }
    await vault.put(other.id, credential(1))
    await tokens.for(connection).renew(1)
    expect(shown(await tokens.for(other).token())).toBe('access-1#1')
    expect(endpoint.requests).toHaveLength(1)
  })

  it('without a refresh token ends in a sentence that says what to do', async () => {
    const { tokens, connection, endpoint } = await tokenBench({ credential: { refreshToken: undefined } })
    const failure = await failureOf(tokens.for(connection).renew(1))
    expect(failure).toMatchObject({ code: 'token_expired', connectionId: connection.id })
    expect(failure.message).toMatch(/sign in again.*auth_fields/)
    expect(endpoint.requests).toEqual([])
  })
})

describe('without a refresh token', () => {
  it('a token is used to its end and not beyond', async () => {
    const { tokens, connection, clock, endpoint } = await tokenBench({ credential: { refreshToken: undefined } })
    const source = tokens.for(connection)
    await clock.advance(hour - 1)
    expect(shown(await source.token())).toBe('access-1#1')
    await clock.advance(1)
    expect((await failureOf(source.token())).code).toBe('token_expired')
    expect(endpoint.requests).toEqual([])
  })

  it('or any credential at all, the failure says so', async () => {
    const { tokens, connection, vault } = await tokenBench()
    await vault.delete(connection.id)
    expect(await failureOf(tokens.for(connection).token())).toMatchObject({ code: 'token_expired' })
  })
})

describe('a refresh', () => {
  it('stores its intent before it asks, and the answer before anyone has it', async () => {
    const bench = await tokenBench()
    const { tokens, connection, endpoint } = bench
    const steps: string[] = []
    endpoint.onRequest = async () => {
      const onDisk = bench.disk.afterPowerCut('least')
      steps.push('asked')
      const content = await onDisk.read(`/data/vault/${connection.id}.json`)
      expect(content).toEqual(await bench.disk.read(`/data/vault/${connection.id}.json`))
      expect((await bench.stored()).intent).toEqual({ startedAt: '2026-01-01T00:00:00.000Z' })
    }
    bench.disk.before = operation => operation === 'syncFolder' && steps.push('stored')
    const token = await tokens.for(connection).renew(1)
    steps.push('used')
    expect(steps).toEqual(['stored', 'asked', 'stored', 'used'])
    await bench.restart()
    expect(bare(await bench.stored())).toMatchObject({ generation: 2, accessToken: token.secret.reveal() })
    expect((await bench.stored()).intent).toBeUndefined()
  })

  it('does not ask when the intent cannot be stored', async () => {
    const { tokens, connection, endpoint, disk } = await tokenBench()
    disk.before = operation => {
      if (operation === 'write') throw systemError('ENOSPC')
    }
    expect((await failureOf(tokens.for(connection).renew(1))).code).toBe('data_folder')
    expect(endpoint.requests).toEqual([])
  })

  it('keeps the old refresh token when the answer has none, and everything else it knew', async () => {
    const fields = { tenant: 'contoso' }
    const refreshTokenExpiresAt = '2026-01-08T00:00:00.000Z'
    const bench = await tokenBench({ credential: { fields, refreshTokenExpiresAt } })
    await bench.tokens.for(bench.connection).renew(1)
    expect(bare(await bench.stored())).toEqual({
      generation: 2,
      accessToken: 'access-2',
      refreshToken: 'refresh-1',
      clientId: 'client',
      clientSecret: 'client-secret',
      fields,
      obtainedAt: '2026-01-01T00:00:00.000Z',
      expiresAt: '2026-01-01T01:00:00.000Z',
      refreshTokenExpiresAt,
    })
  })

  it('replaces the refresh token in the same write when the answer has one', async () => {
    const bench = await tokenBench({ credential: { refreshTokenExpiresAt: '2026-01-08T00:00:00.000Z' } })
    bench.endpoint.rotates = true
    await bench.tokens.for(bench.connection).renew(1)
    expect(bare(await bench.stored())).toMatchObject({ accessToken: 'access-2', refreshToken: 'refresh-2' })
    expect((await bench.stored()).refreshTokenExpiresAt).toBeUndefined()
    await bench.tokens.for(bench.connection).renew(2)
    expect(bench.endpoint.requests.map(request => request.refresh_token)).toEqual(['refresh-1', 'refresh-2'])
  })

  it('notes when the refresh token will die', async () => {
    const bench = await tokenBench()
    bench.endpoint.answer = { expires_in: 3600, refresh_token_expires_in: 604_800 }
    await bench.tokens.for(bench.connection).renew(1)
    expect((await bench.stored()).refreshTokenExpiresAt).toBe('2026-01-08T00:00:00.000Z')
  })

  it('tells of what it stored, and does not mind who cannot hear it', async () => {
    const bench = await tokenBench({
      changed: async () => {
        throw new Error('the database is gone')
      },
    })
    expect(shown(await bench.tokens.for(bench.connection).renew(1))).toBe('access-2#2')
    expect(bench.changes.map(changed => changed.generation)).toEqual([2])
    expect(bench.logged.filter(({ level }) => level === 'error')).toHaveLength(1)
  })

  it('uses the client of the credential, else that of the configuration; and never the secret of another', async () => {
    const cases = [
      [{}, { client_id: 'client', client_secret: 'client-secret' }],
      [{ clientSecret: undefined }, { client_id: 'client' }],
      [
        { clientId: 'configured', clientSecret: undefined },
        { client_id: 'configured', client_secret: 'configured-secret' },
      ],
      [
        { clientId: undefined, clientSecret: undefined },
        { client_id: 'configured', client_secret: 'configured-secret' },
      ],
    ] as const
    for (const [changes, expected] of cases) {
      const { tokens, connection, endpoint } = await tokenBench({ credential: changes })
      await tokens.for(connection).renew(1)
      expect(endpoint.requests).toEqual([{ grant_type: 'refresh_token', refresh_token: 'refresh-1', ...expected }])
    }
    expect.assertions(cases.length)
  })

  it('without any client says both ways to give one, and leaves no intent', async () => {
    const bench = await tokenBench({ credential: { clientId: undefined, clientSecret: undefined }, client: () => ({}) })
    const failure = await failureOf(bench.tokens.for(bench.connection).renew(1))
    expect(failure.code).toBe('client_invalid')
    expect(failure.message).toMatch(/client_id in auth_fields.*providers\.test\.clientId/)
    expect((await bench.stored()).intent).toBeUndefined()
  })

  it('is not stopped by one who gives up waiting', async () => {
    const bench = await tokenBench()
    const release = gate(bench)
    const source = bench.tokens.for(bench.connection)
    const leaving = new AbortController()
    const gone = failureReason(source.renew(1, leaving.signal))
    const staying = source.renew(1, new AbortController().signal)
    await settle()
    leaving.abort('enough')
    expect(await gone).toBe('enough')
    release()
    expect(shown(await staying)).toBe('access-2#2')
    expect(await failureReason(source.token(AbortSignal.abort('before')))).toBe('before')
  })

  it('says when the clock of this machine is wrong', async () => {
    const { tokens, connection, endpoint, logged } = await tokenBench()
    endpoint.faults.push(tokenAnswer({ access_token: 'a' }, 200, { date: 'Wed, 31 Dec 2025 23:00:00 GMT' }))
    await tokens.for(connection).renew(1)
    expect(logged).toContainEqual(
      expect.objectContaining({ level: 'warn', fields: expect.objectContaining({ skewMs: hour }) }),
    )
  })
})

async function failureReason(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'no failure',
    (reason: unknown) => reason,
  )
}

describe('a refresh that was overtaken', () => {
  it.each(['a good answer', 'a refusal'])('by new auth fields gives way to them, with %s', async kind => {
    const bench = await tokenBench()
    const { tokens, connection, endpoint, vault } = bench
    const release = gate(bench)
    if (kind === 'a refusal') endpoint.refreshTokens.clear()
    const waiting = tokens.for(connection).renew(1)
    await settle()
    expect(endpoint.requests).toHaveLength(1)
    await vault.put(connection.id, credential(2, { accessToken: new Secret('by-hand') }))
    tokens.forget(connection.id)
    release()
    expect(shown(await waiting)).toBe('by-hand#2')
    expect(bare(await bench.stored())).toEqual(bare(credential(2, { accessToken: new Secret('by-hand') })))
  })

  it('before it began, on a reading that was old already, asks nobody', async () => {
    const bench = await tokenBench()
    const { vault, connection, endpoint } = bench
    let readings = 0
    let release = () => {}
    const held = new Promise<void>(resolve => {
      release = resolve
    })
    const slow: Vault = {
      ...vault,
      async get(id) {
        const found = await vault.get(id)
        if (++readings === 1) await held
        return found
      },
    }
    const client = () => ({})
    const tokens = createTokens({ vault: slow, clock: bench.clock, send: endpoint.send, client, log: silentLog })
    const waiting = tokens.for(connection).renew(1)
    await settle()
    await vault.put(connection.id, credential(2))
    release()
    expect(shown(await waiting)).toBe('access-2#2')
    expect(readings).toBe(2)
    expect(endpoint.requests).toEqual([])
  })

  it('by a deletion does not bring the credential back', async () => {
    const bench = await tokenBench()
    const { tokens, connection, vault } = bench
    const release = gate(bench)
    const waiting = failureOf(tokens.for(connection).renew(1))
    await settle()
    await vault.delete(connection.id)
    tokens.forget(connection.id)
    release()
    expect((await waiting).code).toBe('token_expired')
    expect(await vault.list()).toEqual([])
  })

  it('by another one, after it was given up, changes nothing', async () => {
    const bench = await tokenBench({ credential: { expiresAt: undefined } })
    const { tokens, connection, endpoint, clock } = bench
    const release = gate(bench)
    const first = failureOf(tokens.for(connection).renew(1))
    await clock.advance(minute)
    expect(await first).toMatchObject({ code: 'unavailable' })
    endpoint.onRequest = () => {}
    expect(shown(await tokens.for(connection).renew(1))).toBe('access-2#2')
    release()
    await settle()
    expect(endpoint.requests).toHaveLength(2)
    expect(shown(await tokens.for(connection).token())).toBe('access-2#2')
  })

  it('by nobody is stored all the same, however late its answer comes', async () => {
    const bench = await tokenBench({ singleUse: true })
    const { tokens, connection, clock } = bench
    const release = gate(bench)
    const first = failureOf(tokens.for(connection).renew(1))
    await clock.advance(minute)
    await first
    release()
    await settle()
    expect(bare(await bench.stored())).toMatchObject({ accessToken: 'access-2', refreshToken: 'refresh-2' })
    expect((await bench.stored()).intent).toBeUndefined()
  })
})

describe('a token endpoint that does not answer', () => {
  it('is given thirty seconds, then the request is dropped as unavailable', async () => {
    const { tokens, connection, endpoint, clock } = await tokenBench()
    endpoint.faults.push('hang')
    const waiting = failureOf(tokens.for(connection).renew(1))
    await clock.advance(30_000)
    expect(await waiting).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('POST https://login.example/token'),
    })
    expect(shown(await tokens.for(connection).renew(1))).toBe('access-2#2')
    expect(clock.sleeping).toBe(0)
  })
})

describe('a refusal of the refresh token', () => {
  it('needs a person, names the place, and is not asked again in the same job', async () => {
    const bench = await tokenBench()
    bench.endpoint.refreshTokens.clear()
    const source = bench.tokens.for(bench.connection)
    const failures = await Promise.all(Array.from({ length: 50 }, () => failureOf(source.renew(1))))
    failures.push(await failureOf(source.renew(1)))
    expect(failures).toHaveLength(51)
    for (const failure of failures) {
      expect(failure).toMatchObject({
        code: 'token_revoked',
        status: 400,
        providerError: 'invalid_grant',
        connectionId: bench.connection.id,
      })
      expect(failure.message).toContain('POST https://login.example/token: ')
    }
    expect(bench.endpoint.requests).toHaveLength(1)
    expect((await bench.stored()).intent).toBeUndefined()
    await failureOf(bench.tokens.for(bench.connection).renew(1))
    expect(bench.endpoint.requests).toHaveLength(2)
  })

  it('of the client is not the fault of the connection', async () => {
    const bench = await tokenBench()
    bench.endpoint.faults.push(tokenAnswer({ error: 'invalid_client' }, 401))
    expect((await failureOf(bench.tokens.for(bench.connection).renew(1))).code).toBe('client_invalid')
    expect(shown(await bench.tokens.for(bench.connection).renew(1))).toBe('access-2#2')
  })
})

describe('clocks', () => {
  it('that jump a year ahead cause one refresh, not a loop', async () => {
    const { tokens, connection, endpoint, clock } = await tokenBench()
    const source = tokens.for(connection)
    await source.token()
    clock.jump(365 * 24 * hour)
    for (let call = 0; call < 50; call++) await source.token()
    expect(endpoint.requests).toHaveLength(1)
  })

  it('that jump back and forth cause no more than one refresh a jump', async () => {
    const { tokens, connection, endpoint, clock } = await tokenBench()
    const source = tokens.for(connection)
    for (let jump = 0; jump < 10; jump++) {
      clock.jump(jump % 2 === 0 ? 24 * hour : -24 * hour)
      for (let call = 0; call < 10; call++) await source.token()
    }
    expect(endpoint.requests.length).toBeGreaterThan(0)
    expect(endpoint.requests.length).toBeLessThanOrEqual(10)
  })

  it('that jump back a year do not keep a dead token in use', async () => {
    const { tokens, connection, clock, endpoint } = await tokenBench()
    const source = tokens.for(connection)
    await source.token()
    clock.jump(-365 * 24 * hour)
    await clock.advance(54 * minute)
    expect(shown(await source.token())).toBe('access-1#1')
    await clock.advance(minute)
    expect(shown(await source.token())).toBe('access-2#2')
    expect(endpoint.requests).toHaveLength(1)
  })

  it('that were set back before a restart do not give a token a longer life than it ever had', async () => {
    const bench = await tokenBench()
    bench.clock.jump(-365 * 24 * hour)
    await bench.restart()
    await bench.tokens.for(bench.connection).token()
    await bench.clock.advance(hour)
    expect(shown(await bench.tokens.for(bench.connection).token())).toBe('access-2#2')
  })
})

describe('a credential file that is older than the one last known', () => {
  it('is used with a word where old refresh tokens stay valid, and its successor has a new number', async () => {
    const { tokens, connection, logged } = await tokenBench()
    const source = tokens.for({ ...connection, credentialGeneration: 9 })
    expect(shown(await source.token())).toBe('access-1#1')
    expect(logged).toContainEqual(
      expect.objectContaining({ level: 'warn', message: expect.stringContaining('older copy') }),
    )
    expect(shown(await source.renew(1))).toBe('access-2#10')
  })

  it('is not used where each refresh token is good for once, also when it is put back at run time', async () => {
    const bench = await tokenBench({ singleUse: true })
    const { tokens, connection, endpoint, disk } = bench
    const path = `/data/vault/${connection.id}.json`
    const old = await disk.read(path)
    await tokens.for(connection).renew(1)
    const file = await disk.create(`${path}.old`)
    await file.write(old)
    await disk.rename(`${path}.old`, path)
    expect(await failureOf(tokens.for(connection).token())).toMatchObject({ code: 'token_revoked' })
    expect(await failureOf(tokens.for(connection).renew(1))).toMatchObject({ code: 'token_revoked' })
    expect(endpoint.requests).toHaveLength(1)
  })
})

describe('closing', () => {
  it('waits for a refresh under way and begins none', async () => {
    const bench = await tokenBench({ singleUse: true })
    const release = gate(bench)
    const waiting = bench.tokens.for(bench.connection).renew(1)
    await settle()
    const closing = bench.tokens.close()
    release()
    await closing
    expect(bare(await bench.stored())).toMatchObject({ refreshToken: 'refresh-2' })
    expect(shown(await waiting)).toBe('access-2#2')
    expect((await failureOf(bench.tokens.for(bench.connection).renew(2))).code).toBe('closing')
    expect(bench.endpoint.requests).toHaveLength(1)
  })

  it('takes five seconds at most', async () => {
    const bench = await tokenBench()
    gate(bench)
    void bench.tokens
      .for(bench.connection)
      .renew(1)
      .catch(() => {})
    await settle()
    const closing = bench.tokens.close()
    await bench.clock.advance(5000)
    expect(await closing).toBeUndefined()
  })
})

describe('the override', () => {
  it('is used as it is, and a 401 ends the job', async () => {
    const source = overrideTokens(new Secret('one-off'))
    expect(shown(await source.token())).toBe('one-off#0')
    const failure = await failureOf(source.renew(0))
    expect(failure).toMatchObject({ code: 'token_expired' })
    expect(inspect(failure)).not.toContain('one-off')
    expect(await failureReason(source.token(AbortSignal.abort('before')))).toBe('before')
  })
})
