import { describe, expect, it } from 'vitest'
import { createPacer, createPacers } from '../../core/pacer.ts'
import { fakeClock, settle } from '../support/fake-clock.ts'

const { signal } = new AbortController()

describe('a pacer', () => {
  it('lets a burst through, then spaces requests evenly', async () => {
    const clock = fakeClock()
    const pacer = createPacer(clock, { requestsPerSecond: 10, burst: 3, concurrent: 100 })
    const entered: number[] = []
    const all = Promise.all(
      Array.from({ length: 6 }, async () => {
        const { leave } = await pacer.enter('', signal)
        entered.push(clock.monotonic())
        leave()
      }),
    )
    await clock.run(all)
    expect(entered).toEqual([0, 0, 0, 100, 200, 300])
  })

  it('never has more than its limit at once, first come first served', async () => {
    const clock = fakeClock()
    const pacer = createPacer(clock, { concurrent: 2 })
    let inside = 0
    let most = 0
    const order: number[] = []
    await clock.run(
      Promise.all(
        Array.from({ length: 9 }, async (_, index) => {
          const { leave } = await pacer.enter('', signal)
          order.push(index)
          most = Math.max(most, ++inside)
          await clock.sleep(10)
          inside--
          leave()
        }),
      ),
    )
    expect(most).toBe(2)
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  })

  it('keeps one lane waiting without holding up another', async () => {
    const clock = fakeClock()
    const pacer = createPacer(clock, { concurrent: 1 })
    pacer.pause('slow', 5000)
    let entered = false
    const slow = pacer.enter('slow', signal).then(({ leave }) => {
      entered = true
      leave()
    })
    const { leave } = await pacer.enter('fast', signal)
    leave()
    await clock.advance(4999)
    expect(entered).toBe(false)
    await clock.advance(1)
    await slow
    expect(entered).toBe(true)
  })

  it('forgets those who leave the queue', async () => {
    const pacer = createPacer(fakeClock(), { concurrent: 1 })
    const { leave } = await pacer.enter('', signal)
    const impatient = new AbortController()
    const waiting = pacer.enter('', impatient.signal)
    await settle()
    impatient.abort(new Error('gone'))
    await expect(waiting).rejects.toThrow('gone')
    const next = pacer.enter('', signal)
    leave()
    await expect(next).resolves.toMatchObject({ leave: expect.any(Function) })
  })

  it('is shared by those of one key', () => {
    const pacers = createPacers(fakeClock())
    expect(pacers('google/me', {})).toBe(pacers('google/me', {}))
    expect(pacers('google/me', {})).not.toBe(pacers('google/you', {}))
  })
})
