import { describe, expect, it } from 'vitest'
import { toFailure } from '../../core/errors.ts'
import { type TokenBench, tokenBench } from '../support/token-bench.ts'
import { systemError } from '../support/vault-folder.ts'

const renew = async ({ tokens, connection, stored }: TokenBench) =>
  tokens.for(connection).renew((await stored()).generation)

/** From the given change of the disk on, counted from 1, it takes none any more. @returns how many it took */
function refuseFrom({ disk }: TokenBench, step: number, code: string): { changes: number } {
  const seen = { changes: 0 }
  disk.before = operation => {
    if (operation === 'read' || operation === 'list') return
    // A file is closed whatever becomes of it.
    if (operation !== 'close' && ++seen.changes >= step) throw systemError(code)
  }
  return seen
}

describe.each([false, true])(
  'a folder that becomes read-only in the middle of a refresh (single use: %s)',
  singleUse => {
    it.each(['EROFS', 'ENOSPC'])(
      'before any of its steps costs no token, and asks the provider no second time (%s)',
      async code => {
        let refused = 0
        for (let step = 1; ; step++) {
          const bench = await tokenBench({ singleUse })
          const { endpoint, disk } = bench
          refuseFrom(bench, step, code)
          const outcome = await bench.clock.run(renew(bench).then(() => undefined, toFailure))
          if (outcome) {
            refused++
            expect(outcome.code).toBe('data_folder')
            // What is not stored is not used: everyone gets the one in the file, which lives.
            const { generation } = await bench.stored()
            expect((await bench.clock.run(bench.tokens.for(bench.connection).token())).generation).toBe(generation)
          }
          disk.before = () => {}
          // What was held is stored at the next use, after a pause.
          await bench.clock.advance(30_000)
          const token = await bench.clock.run(bench.tokens.for(bench.connection).renew(1))
          expect(token.generation).toBe(2)
          expect(endpoint.requests).toHaveLength(1)
          expect(endpoint.accessTokens).toContain(token.secret.reveal())
          await bench.restart()
          const stored = await bench.stored()
          expect(stored).toMatchObject({ generation: 2 })
          expect(stored.intent).toBeUndefined()
          expect(endpoint.refreshTokens).toContain(stored.refreshToken?.reveal())
          if (!outcome && step > 10) break
          expect(step).toBeLessThan(50)
        }
        expect(refused).toBeGreaterThanOrEqual(8)
      },
    )

    it('and the process ends before it is writable again: what was stored is whole, and one more attempt is made', async () => {
      let deaths = 0
      for (let step = 1; step <= 10; step++) {
        const bench = await tokenBench({ singleUse })
        refuseFrom(bench, step, 'EROFS')
        await bench.clock.run(renew(bench).catch(() => {}))
        const asked = bench.endpoint.requests.length
        await bench.restart()
        deaths++
        const { generation } = await bench.stored()
        const after = await bench.clock.run(bench.tokens.for(bench.connection).renew(1).catch(toFailure))
        if (generation === 2 || asked === 0 || !singleUse) {
          expect(after).toMatchObject({ generation: 2 })
          continue
        }
        // The answer died with the process, and there is but one for each refresh token: that is said.
        expect(after).toMatchObject({
          code: 'token_revoked',
          message: expect.stringMatching(/was lost.*sign in again/),
        })
        expect(bench.endpoint.requests).toHaveLength(2)
      }
      expect(deaths).toBe(10)
    })
  },
)
