import assert from 'node:assert/strict'
import { Failure } from '../../../../core/errors.ts'
import type { Store } from '../../../../core/store/store.ts'
import { connect, type Run, type RunOptions, type Setting, type SuiteConnection } from '../connection.ts'
import type { Answer, Fault, WireRequest } from '../wire.ts'
import { assertTruth, assertUnharmed, type Case, describeError, listAnew, onRequest, visibleAll } from './case.ts'

type Kind = 'drop' | 'cut' | 'hollow' | 'forbidden' | 'missing' | 'broken' | 'wrong' | 'cancel'

/** What may befall one request. `broken` is the provider's fault, `wrong` says that it is ours. */
const kinds: readonly Kind[] = ['forbidden', 'hollow', 'missing', 'cut', 'wrong', 'drop', 'cancel', 'broken']

/** More requests than any fixture's account takes: a loop that does not end is a defect, too. */
const mostRequests = 400

/** Of a sync that is disturbed at any point: nothing is lost by it, and the next one has everything. */
export const interruptionCases: readonly Case[] = [
  {
    name: 'whichever request of the first sync fails, the next one completes it',
    async run(setting, options) {
      let tried = 0
      for (const kind of kindsOf(options)) {
        for (let number = 1; number <= mostRequests; number += options.stride) {
          const connection = await connect(setting)
          const what = `${kind ?? kindAt(number)} at request ${number} of the first sync`
          const run = await connection.attempt(faultAt(setting, kind ?? kindAt(number), number))
          if (run.requests.length < number) break
          tried++
          await heals(setting, connection, what)
        }
      }
      assert.ok(tried > 0)
    },
  },
  {
    name: 'whichever request of a listing over a full store fails, nothing is deleted for it',
    async run(setting, options) {
      let tried = 0
      const connection = await connect(setting)
      await connection.run()
      for (const kind of kindsOf(options)) {
        // Begun anew in two ways, which take unlike numbers of requests: over when both are.
        let over = 0
        for (let number = 1; number <= mostRequests && over < 2; number += options.stride) {
          const before = await assertTruth(setting, connection)
          if (setting.fixture.expireCursors && number % 2 === 0) setting.fixture.expireCursors()
          else await connection.forgetCursor()
          const what = `${kind ?? kindAt(number)} at request ${number} of a listing over a full store`
          const run = await connection.attempt(faultAt(setting, kind ?? kindAt(number), number))
          await assertUnharmed(setting, connection, before, what)
          await heals(setting, connection, what)
          over = run.requests.length < number ? over + 1 : 0
          tried++
        }
      }
      assert.ok(tried > 0)
    },
  },
  {
    name: 'whichever request fails of a sync that follows changes, the next one has them',
    async run(setting, options) {
      let tried = 0
      let round = 0
      const connection = await connect(setting)
      await connection.run()
      for (const kind of kindsOf(options)) {
        for (let number = 1; number <= mostRequests; number += options.stride) {
          const before = await connection.held()
          await setting.fixture.change(round++)
          const what = `${kind ?? kindAt(number)} at request ${number} of a sync that follows changes`
          const run = await connection.attempt(faultAt(setting, kind ?? kindAt(number), number))
          await assertUnharmed(setting, connection, before, what)
          await heals(setting, connection, what)
          if (run.requests.length < number) break
          tried++
        }
      }
      assert.ok(tried > 0)
      assert.deepEqual(visibleAll(await connection.held()), visibleAll(await listAnew(setting)))
    },
  },
  {
    name: 'killed after any of its writes, the next sync completes it',
    async run(setting, { stride }) {
      let tried = 0
      let round = 0
      // A run has fewer writes than requests.
      const step = Math.ceil(stride / 3)
      for (const follows of [false, true]) {
        const connection = await connect(setting)
        if (follows) await connection.run()
        for (let commits = 0; commits <= mostRequests; commits += step) {
          const subject = follows ? connection : await connect(setting)
          if (follows) await setting.fixture.change(round++)
          const run = await subject.attempt({ store: store => killedAfter(store, commits) })
          await heals(setting, subject, `killed after ${commits} writes`)
          if (!('error' in run)) break
          tried++
        }
      }
      assert.ok(tried > 0)
    },
  },
  {
    name: 'what could not be read is kept, and is read once it can be',
    async run(setting, options) {
      const connection = await connect(setting)
      const first = await connection.run()
      const last = first.requests.length
      let met = 0
      for (let number = 1; number <= last; number += options.stride) {
        const before = await assertTruth(setting, connection)
        await connection.forgetCursor()
        const url = first.requests[number - 1]?.url.href
        const run = await connection.attempt({
          fault: request => (request.url.href === url ? answerOf(setting, 'forbidden') : undefined),
        })
        if (!run.requests.some(request => request.url.href === url)) continue
        met++
        if (!('error' in run) && run.skipped + run.failed === 0) await assertGotOtherwise(setting, url)
        await assertUnharmed(setting, connection, before, `${url} is forbidden`)
        await heals(setting, connection, `${url} was forbidden`)
      }
      assert.ok(met > 0)
    },
  },
]

/** A sync that says nothing of a refusal has found another way: so does one that holds nothing yet. */
async function assertGotOtherwise(setting: Setting, url: string | undefined): Promise<void> {
  const connection = await connect(setting)
  await connection.run({
    fault: request => (request.url.href === url ? answerOf(setting, 'forbidden') : undefined),
  })
  try {
    await assertTruth(setting, connection)
  } catch (error) {
    throw new Error(`${url} is forbidden, and the sync does not say so`, { cause: error })
  }
}

/** Each kind for all requests, or one round in which they take turns. */
function kindsOf({ thorough }: { thorough: boolean }): readonly (Kind | undefined)[] {
  return thorough ? kinds : [undefined]
}

function kindAt(number: number): Kind {
  return kinds[number % kinds.length] ?? 'drop'
}

function faultAt(setting: Setting, kind: Kind, number: number): RunOptions {
  if (kind === 'missing') return { fault: request => onRequest(number, missingAt(setting, request))(request) }
  if (kind === 'cut' || kind === 'hollow') {
    const { uncheckable } = setting.fixture
    const fault = (request: WireRequest) => (uncheckable?.test(request.url.pathname) ? 'drop' : kind)
    return { fault: request => (request.number === number ? fault(request) : undefined) }
  }
  if (kind !== 'cancel') return { fault: onRequest(number, answerOf(setting, kind)) }
  const controller = new AbortController()
  return {
    signal: controller.signal,
    fault(request) {
      if (request.number === number) controller.abort(new Failure('cancelled', 'the job was cancelled'))
      return undefined
    },
  }
}

function missingAt({ fixture }: Setting, request: WireRequest): Answer {
  const missing = fixture.answers?.missing ?? { status: 404, body: {} }
  return typeof missing === 'function' ? missing(request) : missing
}

function answerOf({ fixture }: Setting, kind: Exclude<Kind, 'cancel' | 'missing'>): Fault {
  switch (kind) {
    case 'forbidden':
      return fixture.answers?.forbidden ?? { status: 403, body: {} }
    case 'broken':
      return { status: 500, body: {} }
    case 'wrong':
      return { status: 400, body: {} }
    default:
      return kind
  }
}

/** One undisturbed sync later everything is as the provider has it. */
async function heals(setting: Setting, connection: SuiteConnection, what: string): Promise<void> {
  const next: Run = await connection.attempt()
  assert.ok(!('error' in next), `after ${what}, the next sync failed: ${describeError(next.error)}`)
  try {
    await assertTruth(setting, connection)
  } catch (error) {
    throw new Error(`after ${what}, the next sync did not make up for it`, { cause: error })
  }
}

/** The store of a process that dies after so many writes: no write of the run reaches it any more. */
function killedAfter(store: Store, writes: number): Store {
  let left = writes
  const write =
    <Input extends unknown[], Result>(work: (...input: Input) => Promise<Result>) =>
    async (...input: Input): Promise<Result> => {
      if (left-- <= 0) throw new Failure('interrupted', 'the process was killed')
      return work(...input)
    }
  return Object.create(store, {
    commit: { value: write(store.commit) },
    sweep: { value: write(store.sweep) },
    updateConnection: { value: write(store.updateConnection) },
  }) as Store
}
