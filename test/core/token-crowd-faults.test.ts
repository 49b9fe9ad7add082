import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { toFailure } from '../../core/errors.ts'
import { tokenAnswer } from '../support/fake-token-endpoint.ts'
import { times } from '../support/suite-depth.ts'
import { type TokenBench, tokenBench } from '../support/token-bench.ts'
import { credential } from '../support/vault-folder.ts'

const hour = 3_600_000
const most = 64

/** So many connections whose tokens die in the same minute, each with a refresh token of its own. */
async function crowd(bench: TokenBench, count: number): Promise<TokenBench['connection'][]> {
  // The disk in memory looks at all its files to forget some in a power cut, which nobody has here.
  bench.disk.syncFolder = async () => {}
  const obtainedAt = new Date(bench.clock.now()).toISOString()
  const connections = Array.from({ length: count }, () => ({ ...bench.connection, id: randomUUID() }))
  for (const [index, { id }] of connections.entries()) {
    const expiresAt = new Date(bench.clock.now() + hour + (index % 30) * 1000).toISOString()
    await bench.vault.put(id, credential(1, { obtainedAt, expiresAt }))
  }
  return connections
}

/** Counts how many requests are under way, and answers each in a later turn of the event loop. */
function watch(bench: TokenBench): { most: number } {
  const seen = { most: 0 }
  let under = 0
  bench.endpoint.onRequest = async () => {
    seen.most = Math.max(seen.most, ++under)
    await new Promise(resolve => setImmediate(resolve))
    under--
  }
  return seen
}

/** Ten thousand, where there is time, of the kind that more is written for. */
const crowds: [many: number, singleUse: boolean][] = [
  [times(500, 1000), false],
  [times(500, 10_000), true],
]

describe('connections whose tokens die in the same minute', () => {
  it.each(crowds)(
    '%d of them are renewed with one request each, a few at once, while all else goes on (single use: %s)',
    async (many, singleUse) => {
      const bench = await tokenBench({ singleUse })
      const connections = await crowd(bench, many)
      // The first one is good for all of them: each has its own, and the endpoint knows of one.
      bench.endpoint.refreshTokens.add = () => bench.endpoint.refreshTokens
      bench.endpoint.refreshTokens.delete = () => true
      const seen = watch(bench)
      await bench.clock.advance(hour - 60_000)
      let turns = 0
      let isOver = false
      const turn = () => {
        turns++
        if (!isOver) setImmediate(turn)
      }
      setImmediate(turn)
      const tokens = await Promise.all(connections.map(connection => bench.tokens.for(connection).token()))
      isOver = true
      expect(tokens).toHaveLength(many)
      expect(new Set(tokens.map(({ secret }) => secret.reveal())).size).toBe(many)
      expect(tokens.every(({ generation }) => generation === 2)).toBe(true)
      expect(bench.endpoint.requests).toHaveLength(many)
      expect(seen.most).toBe(most)
      // Between any two rounds of requests the event loop has served everybody else.
      expect(turns).toBeGreaterThanOrEqual(many / most)
    },
    120_000,
  )

  it('and wait in vain for a provider that is silent, do not keep those of another one waiting', async () => {
    const bench = await tokenBench()
    const connections = await crowd(bench, 100)
    await bench.clock.advance(hour)
    bench.endpoint.faults.push(...Array(100).fill('hang'))
    const stuck = connections.map(connection => bench.tokens.for(connection).token().catch(toFailure))
    while (bench.endpoint.requests.length < most) await new Promise(resolve => setImmediate(resolve))
    const plugin = { ...bench.connection.plugin, id: 'another' }
    bench.endpoint.faults.unshift(tokenAnswer({ access_token: 'of-another', expires_in: 3600 }))
    const token = await bench.tokens.for({ ...bench.connection, plugin }).token()
    expect(token.secret.reveal()).toBe('of-another')
    bench.endpoint.faults = []
    const ends = await bench.clock.run(Promise.all(stuck))
    expect(ends.filter(end => 'code' in end)).toHaveLength(most)
    expect(ends.filter(end => 'generation' in end)).toHaveLength(100 - most)
  })

  it('and were waiting for their turn, begin none once inlet stops', async () => {
    const bench = await tokenBench()
    const connections = await crowd(bench, 100)
    await bench.clock.advance(hour - 60_000)
    const gate = Promise.withResolvers<void>()
    bench.endpoint.onRequest = () => gate.promise
    const all = connections.map(connection => bench.tokens.for(connection).token().catch(toFailure))
    while (bench.endpoint.requests.length < most) await new Promise(resolve => setImmediate(resolve))
    const closing = bench.tokens.close()
    gate.resolve()
    await bench.clock.run(closing)
    const ends = await bench.clock.run(Promise.all(all))
    // Those who wait get the token that still lives.
    expect(bench.endpoint.requests).toHaveLength(most)
    const generations = ends.map(end => ('generation' in end ? end.generation : end.code))
    expect(generations.filter(generation => generation === 2)).toHaveLength(most)
    expect(generations.filter(generation => generation === 1)).toHaveLength(100 - most)
  })
})
