import { describe, expect, test } from 'vitest'
import type { FakeGmail } from '../../support/fake-gmail-types.ts'
import type { Fault } from '../../support/fake-server.ts'
import {
  bySubject,
  createSetup,
  expectQuiet,
  expectTruth,
  fillMailbox,
  isVisible,
  type Setup,
  useSetups,
  withFiles,
} from './gmail-setup.ts'

const start = useSetups()

describe('a history that was forgotten', () => {
  test('is healed by a full listing that removes what went and keeps threads right', async () => {
    const setup = await start()
    const { gmail, harness } = setup
    await harness.run()
    gmail.delete(bySubject(gmail, 'Re: Plans').id)
    gmail.delete(bySubject(gmail, 'Files').id)
    gmail.add({ subject: 'New' })
    gmail.modify(bySubject(gmail, 'Alone').id, { add: ['STARRED'] })
    gmail.expireHistory()
    await harness.run()
    await expectTruth(setup)
    expectQuiet(await harness.run())
  })

  test('does not make it read unchanged messages as changed', async () => {
    const setup = await start()
    await setup.harness.run()
    setup.gmail.expireHistory()
    expect(await setup.harness.run()).toMatchObject({ inserted: 0, updated: 0, deleted: 0, kept: 10 })
  })
})

describe('an interrupted listing', () => {
  async function interrupted(): Promise<Setup> {
    const setup = await start({}, gmail => {
      gmail.knobs.pageSize = 40
      for (let index = 0; index < 130; index++) gmail.add()
    })
    setup.gmail.knobs.messageFault = (_id, number) => (number > 110 ? { status: 418, body: {} } : undefined)
    await expect(setup.harness.run()).rejects.toMatchObject({ code: 'bad_response' })
    setup.gmail.knobs.messageFault = undefined
    return setup
  }

  test('goes on where it stood', async () => {
    const setup = await interrupted()
    const read = new Set(setup.gmail.reads.slice(0, 100))
    setup.gmail.reads.length = 0
    await setup.harness.run()
    expect(setup.gmail.reads).toHaveLength(30)
    expect(setup.gmail.reads.filter(id => read.has(id))).toEqual([])
    await expectTruth(setup)
    expectQuiet(await setup.harness.run())
  })

  test('misses nothing of what happened meanwhile, before and after where it stood', async () => {
    const setup = await interrupted()
    const ids = [...setup.gmail.messages.keys()]
    const [oldest = '', newest = ''] = [ids[0], ids.at(-1)]
    setup.gmail.delete(newest)
    setup.gmail.trash(ids.at(-2) ?? '')
    setup.gmail.delete(oldest)
    setup.gmail.add({ threadId: ids.at(-3) ?? '' })
    setup.gmail.add({ threadId: ids[3] ?? '' })
    setup.gmail.add()
    await setup.harness.run()
    await expectTruth(setup)
  })

  test('starts over when the history since its beginning is gone', async () => {
    const setup = await interrupted()
    const ids = [...setup.gmail.messages.keys()]
    setup.gmail.delete(ids.at(-1) ?? '')
    setup.gmail.add({ threadId: ids.at(-3) ?? '' })
    setup.gmail.expireHistory()
    await setup.harness.run()
    await expectTruth(setup)
  })

  test('outlives page tokens that die while ids are listed', async () => {
    const setup = await start()
    let expired = 0
    setup.server.fault = request => {
      if (request.query.has('pageToken') && expired < 1) {
        expired++
        setup.gmail.expirePageTokens()
      }
      return undefined
    }
    await setup.harness.run()
    expect(expired).toBe(1)
    await expectTruth(setup)
  })
})

describe('a fault at any one request', () => {
  const faults: [string, Fault][] = [
    ['an answer that ends the run', { status: 418, body: {} }],
    ['a server error', { status: 503, body: {} }],
    ['a dropped connection', 'drop'],
    ['an answer cut off', 'truncate'],
    ['a quota', { status: 403, body: { error: { code: 403, errors: [{ reason: 'userRateLimitExceeded' }] } } }],
  ]

  test.each(faults)(
    '%s: two runs later the store holds the truth, and nothing was wrongly deleted',
    async (_name, fault) => {
      const setup = await start()
      await setup.harness.run()
      const deltas = await failEverywhere(setup, fault, () => undefined)
      const listings = await failEverywhere(setup, fault, () => setup.gmail.expireHistory())
      expect(deltas.faults).toBeGreaterThan(3)
      expect(listings.faults).toBeGreaterThan(8)
      const isFatal = typeof fault === 'object' && fault.status === 418
      expect(deltas.failures + listings.failures > 0).toBe(isFatal)
    },
    60_000,
  )

  /** Runs with the fault at the first request, at the second, and so on, until a run has no such request. */
  async function failEverywhere(
    setup: Setup,
    fault: Fault,
    prepare: () => void,
  ): Promise<{ faults: number; failures: number }> {
    const { gmail, server, harness } = setup
    let failures = 0
    for (let number = 1; ; number++) {
      changeMailbox(gmail)
      prepare()
      const before = await harness.entities()
      const begun = server.requests.length
      server.fault = (_request, count) => (count === begun + number ? fault : undefined)
      await harness.run().catch(() => failures++)
      const wasHit = server.requests.length >= begun + number
      server.fault = undefined
      const after = await harness.entities()
      const lost = [...gmail.messages.values()]
        .filter(isVisible)
        .map(({ id }) => `gmail_message:${id}`)
        .filter(key => before.has(key) && !after.has(key))
      expect(lost).toEqual([])
      await harness.run()
      await expectTruth(setup)
      if (!wasHit) return { faults: number - 1, failures }
    }
  }

  /** One message deleted and one trashed in threads of their own and of several, one added with files, one relabelled. */
  function changeMailbox(gmail: FakeGmail): void {
    const [first, second, third, fourth] = [...gmail.messages.values()].filter(isVisible)
    if (!first || !second || !third || !fourth) throw new Error('the mailbox is too small')
    gmail.delete(first.id)
    gmail.trash(second.id)
    gmail.modify(third.id, { add: ['STARRED'] })
    gmail.add({ threadId: fourth.threadId, payload: withFiles() })
    gmail.add()
  }

  test('in the first run too', async () => {
    let failures = 0
    for (let wasHit = true; wasHit; ) {
      const setup = await createSetup({}, fillMailbox)
      const number = failures + 1
      setup.server.fault = (_request, count) => (count === number ? { status: 418, body: {} } : undefined)
      await setup.harness.run().catch(() => failures++)
      wasHit = failures === number
      setup.server.fault = undefined
      await setup.harness.run()
      await expectTruth(setup)
      await setup.close()
    }
    expect(failures).toBeGreaterThan(5)
  }, 60_000)
})
