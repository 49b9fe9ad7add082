import assert from 'node:assert/strict'
import { connect, type Setting } from '../connection.ts'
import type { Answer } from '../wire.ts'
import { assertTruth, type Case, firstOfEachRoute, onRequest } from './case.ts'

const seconds = 17

/** Of a provider that asks to wait, and of access tokens that die. */
export const waitingCases: readonly Case[] = [
  {
    name: 'a request that came too early waits as long as the provider says, and is made again',
    async run(setting) {
      const { clock } = setting.workbench
      const listing = await (await connect(setting)).run()
      // A file's own host is not the provider: what it says concerns that file alone.
      const numbers = firstOfEachRoute(listing).filter(number => listing.requests[number - 1]?.bearer !== undefined)
      assert.ok(numbers.length > 0)
      for (const number of numbers) {
        const connection = await connect(setting)
        const waits = clock.slept.length
        const run = await connection.run({ fault: onRequest(number, rateLimited(setting)) })
        const refused = run.requests[number - 1]
        const again = run.requests.find(
          ({ url, body, number: other }) => other > number && url.href === refused?.url.href && body === refused.body,
        )
        const route = `${refused?.method} ${refused?.url.pathname}`
        assert.ok(again && refused, `${route} was not asked again`)
        assert.ok(again.at - refused.at >= seconds * 1000, `${route} was asked again too early`)
        assert.ok(clock.slept.slice(waits).includes(seconds * 1000), `${route} did not wait exactly as asked`)
        await assertTruth(setting, connection)
      }
    },
  },
  {
    name: 'an access token that dies in the middle of a sync is refreshed once',
    async run(setting) {
      const first = await (await connect(setting)).run()
      // A file's own host, which gets no token, has no say in it.
      const numbers = firstOfEachRoute({ ...first, requests: first.requests.filter(({ bearer }) => bearer) })
      assert.ok(numbers.length > 0)
      for (const number of numbers) {
        const connection = await connect(setting)
        await connection.run({
          fault(request) {
            if (request.number !== number) return undefined
            connection.tokenEndpoint.retire()
            return unauthorized(setting)
          },
        })
        assert.equal(connection.tokenEndpoint.refreshes, 1, 'refreshes')
        await assertTruth(setting, connection)
      }
    },
  },
  {
    name: 'a refresh token is kept where a refresh brings no new one, and replaced where it does',
    async run(setting) {
      const connection = await connect(setting)
      for (let death = 1; death <= 3; death++) {
        connection.tokenEndpoint.retire()
        await connection.run()
        assert.equal(connection.tokenEndpoint.refreshes, death, 'refreshes')
        assert.equal(connection.tokenEndpoint.refusals, 0, 'a refresh token was used that is not the stored one')
      }
      await assertTruth(setting, connection)
    },
  },
]

function rateLimited({ fixture }: Setting): Answer {
  const standard = { status: 429, headers: { 'retry-after': String(seconds) }, body: {} }
  return fixture.answers?.rateLimited?.(seconds) ?? standard
}

function unauthorized({ fixture }: Setting): Answer {
  return fixture.answers?.unauthorized ?? { status: 401, body: {} }
}
