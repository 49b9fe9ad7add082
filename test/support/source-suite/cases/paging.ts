import assert from 'node:assert/strict'
import { isFailure } from '../../../../core/errors.ts'
import { connect, type Run, type Setting, type SuiteConnection } from '../connection.ts'
import type { Paging } from '../fixture.ts'
import { emptied, isAfterEmpty, nextOf, pagingOf, redirected, tokenOf } from '../paging.ts'
import { type Fault, foreignOrigin, type WireRequest } from '../wire.ts'
import { assertTruth, assertUnharmed, type Case, describeError, firstOfEachRoute, onRequest } from './case.ts'

/** Of lists that come in pages, and of links. */
export const pagingCases: readonly Case[] = [
  {
    name: 'an empty page is not the last one',
    async run(setting) {
      const { paging: pagings } = setting.fixture
      let empty = 0
      const fault = (request: WireRequest): Fault | undefined => {
        const paging = pagingOf(pagings, request)
        if (!paging || isAfterEmpty(request, paging)) return undefined
        empty++
        return answer => emptied(answer, request, paging)
      }
      const connection = await connect(setting)
      await connection.run({ fault })
      await assertTruth(setting, connection)
      await setting.fixture.change(0)
      await connection.run({ fault })
      await assertTruth(setting, connection)
      assert.ok(pagings.length === 0 || empty > 0, 'no page was asked for: see `paging` of the fixture')
    },
  },
  {
    name: 'a page token that comes again is refused, and nothing is deleted for it',
    async run(setting) {
      let tried = 0
      for (const paging of setting.fixture.paging) {
        const connection = await connect(setting)
        await connection.run()
        const before = await connection.held()
        if (paging.isLater) await setting.fixture.change(0)
        else await connection.forgetCursor()
        let repeated = 0
        const run = await connection.attempt({
          fault(request) {
            const token = pagingOf([paging], request) && tokenOf(request, paging)
            return answer => {
              const next = nextOf(answer, paging)
              if (next === undefined || token === undefined || repeated++ > 20) return answer
              return redirected(answer, paging, token)
            }
          },
        })
        if (repeated === 0) continue
        tried++
        const what = `the page token of ${paging.path} came again`
        await assertRefused(setting, connection, paging, run, what)
        assert.ok(repeated <= 20, `${what}: and was followed again and again`)
        await assertUnharmed(setting, connection, before, what)
        await connection.run()
        await assertTruth(setting, connection)
      }
      assert.ok(tried > 0 || setting.fixture.paging.length === 0, 'no list of the fixture has two pages')
    },
  },
  {
    name: 'a link or redirect to another host never gets the token',
    async run(setting) {
      const connection = await connect(setting)
      const first = await connection.run()
      for (const number of firstOfEachRoute(first)) {
        const another = await connect(setting)
        // The token going astray fails the run itself.
        await another.attempt({ fault: onRequest(number, { status: 302, headers: { location: `${foreignOrigin}/` } }) })
      }
      for (const paging of setting.fixture.paging.filter(({ parameter }) => parameter === undefined)) {
        await refusesForeignLink(setting, paging)
      }
    },
  },
]

/** The run fails; or it comes to the same in another way, where a list is but a part of following changes. */
async function assertRefused(
  setting: Setting,
  connection: SuiteConnection,
  { isLater = false }: Paging,
  { error }: Run,
  what: string,
): Promise<void> {
  if (isLater && error === undefined) await assertTruth(setting, connection)
  else assert.ok(isFailure(error, 'bad_response'), `${what}: ${describeError(error ?? 'the sync went on')}`)
}

async function refusesForeignLink(setting: Setting, paging: Paging): Promise<void> {
  const connection = await connect(setting)
  if (paging.isLater) {
    await connection.run()
    await setting.fixture.change(0)
  }
  let sent = 0
  const run = await connection.attempt({
    fault(request) {
      if (!pagingOf([paging], request)) return undefined
      return answer => {
        const next = nextOf(answer, paging)
        if (next === undefined) return answer
        sent++
        return redirected(answer, paging, next.replace(new URL(next).origin, foreignOrigin))
      }
    },
  })
  assert.ok(sent > 0, `no page of ${paging.path} has a next one`)
  await assertRefused(setting, connection, paging, run, 'a foreign link')
  assert.ok(!run.requests.some(({ url }) => url.origin === foreignOrigin), 'a foreign link was followed')
}
