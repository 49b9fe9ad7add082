import { describe, expect, test } from 'vitest'
import { expectQuiet, expectTruth, type Setup, useSetups } from './gmail-setup.ts'

const start = useSetups()

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
