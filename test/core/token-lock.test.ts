import { describe, expect, it } from 'vitest'
import { type Failure, toFailure } from '../../core/errors.ts'
import { Secret } from '../../core/secret.ts'
import { type TokenBench, tokenBench } from '../support/token-bench.ts'
import { masterKey, systemError } from '../support/vault-folder.ts'

const renew = async ({ tokens, connection, stored }: TokenBench) =>
  tokens.for(connection).renew((await stored()).generation)

const lock = ({ vault, tokens }: TokenBench) => vault.lock(() => tokens.pause())

async function unlock({ vault, tokens }: TokenBench): Promise<void> {
  await vault.unlock({ key: new Secret(masterKey) })
  tokens.resume()
}

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const failure = await work.then(() => undefined, toFailure)
  if (!failure) throw new Error('it did not fail')
  return failure
}

describe.each([false, true])('locking during a refresh, with single use tokens: %s', singleUse => {
  it('waits for its answer, which is on the disk before the keys are gone', async () => {
    const bench = await tokenBench({ singleUse })
    const asked = Promise.withResolvers<void>()
    const answer = Promise.withResolvers<void>()
    bench.endpoint.onRequest = () => {
      asked.resolve()
      return answer.promise
    }
    const renewing = renew(bench)
    await asked.promise
    let isLocked = false
    const locking = lock(bench).then(() => {
      isLocked = true
    })
    await bench.clock.advance(20_000)
    expect([isLocked, bench.vault.locked]).toEqual([false, true])
    answer.resolve()
    await locking
    const { secret, generation } = await renewing
    expect(generation).toBe(2)
    expect((await failureOf(bench.vault.get(bench.connection.id))).code).toBe('vault_locked')
    await bench.restart()
    const stored = await bench.stored()
    expect([stored.generation, stored.accessToken.reveal()]).toEqual([2, secret.reveal()])
    expect(stored.intent).toBeUndefined()
    expect(bench.endpoint.refreshTokens).toContain(stored.refreshToken?.reveal())
  })

  it('begins no other, and asks nobody until it is unlocked', async () => {
    const bench = await tokenBench({ singleUse })
    const source = bench.tokens.for(bench.connection)
    expect((await source.token()).generation).toBe(1)
    await lock(bench)
    expect((await failureOf(source.token())).code).toBe('vault_locked')
    expect((await failureOf(source.renew(1))).code).toBe('vault_locked')
    expect(bench.endpoint.requests).toEqual([])
    await unlock(bench)
    expect((await source.renew(1)).generation).toBe(2)
    expect(bench.endpoint.requests).toHaveLength(1)
  })

  it('waits no longer than an answer may take', async () => {
    const bench = await tokenBench({ singleUse })
    bench.endpoint.faults.push('hang')
    const asked = Promise.withResolvers<void>()
    bench.endpoint.onRequest = asked.resolve
    const renewing = failureOf(renew(bench))
    await asked.promise
    const locking = lock(bench)
    await bench.clock.run(locking)
    expect((await renewing).code).toBe('unavailable')
    expect(bench.clock.monotonic()).toBeLessThanOrEqual(45_000)
    await unlock(bench)
    // Where tokens are single use, this is the one deliberate repeat.
    expect((await renew(bench)).generation).toBe(2)
  })

  it('refuses while an answer is in memory alone, and stores it first as soon as the disk takes it', async () => {
    const bench = await tokenBench({ singleUse })
    bench.endpoint.onRequest = () => {
      bench.disk.before = operation => {
        if (operation === 'write') throw systemError('ENOSPC')
      }
    }
    expect((await failureOf(bench.clock.run(renew(bench)))).code).toBe('data_folder')
    expect((await failureOf(bench.clock.run(lock(bench)))).code).toBe('conflict')
    expect(bench.vault.locked).toBe(false)
    bench.disk.before = () => {}
    await bench.clock.run(lock(bench))
    expect(bench.vault.locked).toBe(true)
    await bench.restart()
    const stored = await bench.stored()
    expect(stored.generation).toBe(2)
    expect(bench.endpoint.refreshTokens).toContain(stored.refreshToken?.reveal())
  })

  it('refuses while a disk hangs on an answer, and locks when that is there', async () => {
    const bench = await tokenBench({ singleUse })
    const release = Promise.withResolvers<void>()
    const { rename } = bench.disk
    bench.endpoint.onRequest = () => {
      bench.disk.rename = async (from, to) => {
        await release.promise
        return rename(from, to)
      }
    }
    const renewing = renew(bench)
    await bench.clock.advance(0)
    expect((await failureOf(bench.clock.run(lock(bench)))).code).toBe('conflict')
    expect([bench.vault.locked, bench.clock.monotonic()]).toEqual([false, 45_000])
    release.resolve()
    expect((await renewing).generation).toBe(2)
    await bench.clock.run(lock(bench))
    await bench.restart()
    expect((await bench.stored()).generation).toBe(2)
  })
})
