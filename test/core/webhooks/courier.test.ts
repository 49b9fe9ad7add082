import { describe, expect, it } from 'vitest'
import { Failure } from '../../../core/errors.ts'
import { times } from '../../support/suite-depth.ts'
import { clientRefused, jobCompleted, webhookBench } from '../../support/webhook-bench.ts'

const secondMs = 1000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

describe('deliveries', () => {
  it('go out at once, in order, each once', async () => {
    const bench = await webhookBench()
    const { id } = await bench.create()
    const ids = await bench.tell(...['a', 'b', 'c'].map(clientRefused))
    await bench.pass(secondMs)
    expect(bench.received.map(({ id }) => id)).toEqual(ids)
    expect((await bench.webhooks.get(id)).deliveries).toEqual({ pending: 0, delivered: 3, failed: 0 })
    const [latest] = await bench.webhooks.deliveries(id, { skip: 0, limit: 1 })
    expect(latest).toMatchObject({ state: 'delivered', attempts: 1, lastStatus: 204, lastError: null })
    await bench.pass(dayMs, hourMs)
    expect(bench.received).toHaveLength(3)
  })

  it('reach a receiver that fails for an hour, every one, in order, soon after it is back', async () => {
    const bench = await webhookBench()
    await bench.create()
    const start = bench.clock.now()
    bench.react = () => (bench.clock.now() - start < hourMs ? 500 : 204)
    const ids: string[] = []
    for (let minute = 0; minute < 60; minute++) {
      ids.push(...(await bench.tell(clientRefused(`event ${minute}`))))
      await bench.pass(minuteMs)
    }
    expect(bench.taken()).toEqual([])
    // It is asked now and then, and not for each of the sixty.
    expect(bench.received.length).toBeGreaterThan(5)
    expect(bench.received.length).toBeLessThan(40)
    await bench.pass(15 * minuteMs)
    expect(bench.taken()).toEqual(ids)
    const { failures, failingSince, lastError } = (await bench.webhooks.list({ skip: 0, limit: 1 }))[0] ?? {}
    expect({ failures, failingSince, lastError }).toEqual({ failures: 0, failingSince: null, lastError: null })
  })

  it('reach a receiver that is away for an hour with nothing new to tell, too', async () => {
    const bench = await webhookBench()
    await bench.create()
    const start = bench.clock.now()
    bench.react = () => (bench.clock.now() - start < hourMs ? new Failure('unavailable', 'down') : 204)
    const ids = await bench.tell(...['a', 'b', 'c'].map(clientRefused))
    await bench.pass(hourMs + 16 * minuteMs)
    expect(bench.taken()).toEqual(ids)
  })

  it('are tried again at growing intervals', async () => {
    const bench = await webhookBench()
    await bench.create()
    bench.react = () => 503
    await bench.tell(clientRefused('a'))
    await bench.pass(hourMs)
    const seconds = bench.received.map(({ at }) => Math.round((at - (bench.received[0]?.at ?? 0)) / 1000))
    const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0] = seconds
      .slice(1)
      .map((at, index) => at - (seconds[index] ?? 0))
    expect(first).toBeLessThanOrEqual(10)
    expect([second, third, fourth, fifth].map(wait => Math.round(wait / 30))).toEqual([1, 4, 10, 20])
  })

  it('are not held up for ever by one that the receiver cannot take', async () => {
    const bench = await webhookBench()
    const { id } = await bench.create()
    bench.react = type => (type === 'client.refused' ? 400 : 204)
    const [poisoned] = await bench.tell(clientRefused('poison'))
    const others = await bench.tell(...Array.from({ length: 20 }, () => jobCompleted('home')))
    await bench.pass(5 * minuteMs)
    expect(bench.taken()).toEqual(others)
    const later = await bench.tell(jobCompleted('home'))
    await bench.pass(secondMs)
    expect(bench.taken()).toEqual([...others, ...later])
    expect(bench.received.filter(({ id }) => id === poisoned).length).toBeLessThan(8)
    // It ends as failed, is kept, and never disables the receiver.
    for (let hour = 0; hour < 5 * 24; hour += 3) {
      await bench.tell(jobCompleted('home'))
      await bench.pass(3 * hourMs, 20 * minuteMs)
    }
    expect((await bench.webhooks.get(id)).disabledBecause).toBeNull()
    expect(await bench.webhooks.deliveries(id, { skip: 0, limit: 9, state: 'failed' })).toMatchObject([
      { lastStatus: 400, lastError: 'answered 400', event: { id: poisoned } },
    ])
    expect((await bench.webhooks.get(id)).deliveries).toMatchObject({ pending: 0, failed: 1 })
  }, 60_000)

  it('pass even where many cannot be taken, and those come first', async () => {
    const bench = await webhookBench()
    await bench.create()
    bench.react = type => (type === 'client.refused' ? 422 : 204)
    await bench.tell(...Array.from({ length: 12 }, (_, index) => clientRefused(`poison ${index}`)))
    const others = await bench.tell(...Array.from({ length: 5 }, () => jobCompleted('home')))
    await bench.pass(3 * hourMs, 10 * secondMs)
    expect(bench.taken()).toEqual(others)
  }, 60_000)

  it('to one receiver are not held up by another', async () => {
    const bench = await webhookBench()
    await bench.create({ url: 'https://hangs.example/' })
    await bench.create({ url: 'https://works.example/' })
    bench.react = (_type, request) => (request.url.includes('hangs') ? new Promise<number>(() => {}) : 204)
    const ids = await bench.tell(...['a', 'b', 'c'].map(clientRefused))
    await bench.pass(secondMs)
    expect(bench.taken()).toEqual(ids)
    expect(bench.received.filter(({ request }) => request.url.includes('hangs'))).toHaveLength(1)
  })

  it('are given up as unanswered after twenty seconds', async () => {
    const bench = await webhookBench()
    const { id } = await bench.create()
    bench.react = () => new Promise<number>(() => {})
    await bench.tell(clientRefused('a'))
    await bench.pass(22 * secondMs, secondMs)
    expect(await bench.webhooks.deliveries(id, { skip: 0, limit: 1 })).toMatchObject([
      { state: 'pending', attempts: 1, lastStatus: null, lastError: 'gave no answer within 20 seconds' },
    ])
  })

  it('wait as long as the receiver asks, and no event that is new breaks in', async () => {
    const bench = await webhookBench()
    await bench.create()
    bench.react = () => ({ status: 429, headers: { 'retry-after': '1800' } })
    const ids = await bench.tell(clientRefused('a'))
    await bench.pass(secondMs)
    bench.react = () => 204
    ids.push(...(await bench.tell(clientRefused('b'))))
    await bench.pass(29 * minuteMs)
    expect(bench.received).toHaveLength(1)
    await bench.pass(2 * minuteMs)
    expect(bench.taken()).toEqual(ids)
  })

  it('are not sent to where an answer points to', async () => {
    const bench = await webhookBench()
    const { id } = await bench.create()
    bench.react = () => ({ status: 302, headers: { location: 'https://elsewhere.example/' } })
    await bench.tell(clientRefused('a'))
    await bench.pass(secondMs)
    expect(bench.received.map(({ request }) => new URL(request.url).host)).toEqual(['receiver.example'])
    expect(await bench.webhooks.get(id)).toMatchObject({
      failures: 1,
      lastError: 'answered 302: redirects are not followed',
    })
  })

  it('end with a receiver that is gone, which others are told of; what waits is kept until it is enabled', async () => {
    const bench = await webhookBench()
    const gone = await bench.create({ url: 'https://gone.example/', description: 'The old one' })
    await bench.create({ url: 'https://works.example/', events: ['webhook.disabled'] })
    bench.react = (_type, { url }) => (url.includes('gone') ? 410 : 204)
    const ids = await bench.tell(...['a', 'b'].map(clientRefused))
    await bench.pass(minuteMs)
    expect(await bench.webhooks.get(gone.id)).toMatchObject({
      disabledBecause: 'gone',
      deliveries: { pending: 1, failed: 1 },
    })
    const [told] = bench.received.filter(({ request }) => request.url.includes('works'))
    expect(JSON.parse(String(told?.request.body))).toMatchObject({
      type: 'webhook.disabled',
      data: {
        webhook_id: gone.id,
        reason: 'gone',
        message: expect.stringContaining('The old one: https://gone.example'),
      },
    })
    await bench.tell(clientRefused('while it is disabled'))
    await bench.pass(dayMs, hourMs)
    bench.react = () => 204
    expect(bench.taken()).toHaveLength(1)
    await bench.webhooks.update(gone.id, { isEnabled: true })
    await bench.pass(secondMs)
    expect(bench.taken()).toEqual([told?.id, ids[1]])
  })
})

describe('deliveries, over', () => {
  it('a restart, go on in order, and wait no less than they would have', async () => {
    const bench = await webhookBench()
    await bench.create()
    bench.react = () => 500
    const ids = await bench.tell(...['a', 'b', 'c'].map(clientRefused))
    await bench.pass(3 * minuteMs)
    const asked = bench.received.length
    await bench.restart()
    await bench.pass(10 * secondMs)
    expect(bench.received).toHaveLength(asked)
    bench.react = () => 204
    await bench.pass(6 * minuteMs)
    expect(bench.taken()).toEqual(ids)
  })

  it('a stop in the middle of a request, are sent again under the same id', async () => {
    const bench = await webhookBench()
    await bench.create()
    bench.react = () => new Promise<number>(() => {})
    const [id] = await bench.tell(clientRefused('a'))
    await bench.pass(secondMs)
    bench.react = () => 204
    const restarted = bench.restart()
    await bench.pass(4 * secondMs, secondMs)
    await restarted
    await bench.pass(30 * secondMs)
    expect(bench.received.map(({ id }) => id)).toEqual([id, id])
    expect(bench.taken()).toEqual([id])
  })

  it('a wall clock that was set back or forth, are neither late nor given up', async () => {
    const bench = await webhookBench()
    const { id } = await bench.create()
    bench.react = () => 500
    const ids = await bench.tell(...['a', 'b'].map(clientRefused))
    await bench.pass(3 * minuteMs)
    bench.clock.jump(-30 * dayMs)
    await bench.pass(6 * minuteMs)
    const asked = bench.received.length
    expect(asked).toBeGreaterThan(4)
    bench.clock.jump(60 * dayMs)
    await bench.pass(2 * minuteMs)
    expect(bench.received.length).toBeGreaterThan(asked)
    expect(await bench.webhooks.get(id)).toMatchObject({ disabledBecause: null, deliveries: { failed: 0 } })
    bench.clock.jump(-60 * dayMs)
    bench.react = () => 204
    await bench.pass(20 * minuteMs)
    expect(bench.taken()).toEqual(ids)
  })

  it('a locked vault, wait for its key', async () => {
    const bench = await webhookBench()
    const { id } = await bench.create()
    await bench.vault.lock()
    const ids = await bench.tell(...['a', 'b'].map(clientRefused))
    await bench.pass(hourMs, 30 * secondMs)
    expect(bench.received).toEqual([])
    expect(await bench.webhooks.get(id)).toMatchObject({ url: undefined, failures: 0, deliveries: { pending: 2 } })
    await bench.vault.unlock()
    await bench.pass(31 * secondMs)
    expect(bench.taken()).toEqual(ids)
  })

  it('a disk that takes no record of an attempt, are not sent again and again', async () => {
    const bench = await webhookBench()
    await bench.create()
    const ids = await bench.tell(...['a', 'b'].map(clientRefused))
    bench.disk.isFull = true
    await bench.pass(hourMs, 30 * secondMs)
    expect(bench.taken()).toEqual(ids.slice(0, 1))
    bench.disk.isFull = false
    await bench.pass(minuteMs)
    expect(bench.taken()).toEqual(ids)
  })

  it('the end of their connection and collection, still go out', async () => {
    const bench = await webhookBench()
    const { store } = bench
    await store.insertCollection({ id: 'c', readableId: 'home', name: 'Home', createdAt: '', modifiedAt: '' })
    await bench.create({ collections: ['home'] })
    bench.react = () => 500
    const ids = await bench.tell(jobCompleted('home'))
    await bench.pass(secondMs)
    await store.deleteCollection('home', true)
    bench.react = () => 204
    await bench.pass(minuteMs)
    expect(bench.taken()).toEqual(ids)
  })
})

it('hundreds of deliveries, and thousands, go out one at a time, in order, and few are held in memory', async () => {
  const bench = await webhookBench()
  await bench.create()
  let inside = 0
  let most = 0
  bench.react = async () => {
    most = Math.max(most, ++inside)
    await Promise.resolve()
    inside--
    return 204
  }
  const ids: string[] = []
  const rounds = times(2, 10)
  for (let round = 0; round < rounds; round++) {
    ids.push(...(await bench.tell(...Array.from({ length: 200 }, (_, index) => clientRefused(`${round}/${index}`)))))
  }
  while (bench.received.length < rounds * 200) await bench.pass(secondMs)
  expect(most).toBe(1)
  expect(Math.max(...bench.pages)).toBeLessThan(50)
  expect(bench.received.map(({ id }) => id)).toEqual(ids)
}, 120_000)
