/** Days and weeks of deliveries, with each look at the clock on the way; `verdict.test.ts` has what is decided in them. */
import { describe, expect, it } from 'vitest'
import { Failure } from '../../../core/errors.ts'
import { clientRefused, webhookBench } from '../../support/webhook-bench.ts'

const secondMs = 1000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

describe('deliveries', () => {
  it('end with a receiver that was away for five days', async () => {
    const bench = await webhookBench()
    const { id } = await bench.create()
    bench.react = () => 502
    await bench.tell(clientRefused('a'))
    await bench.pass(4.5 * dayMs, 20 * minuteMs)
    expect((await bench.webhooks.get(id)).disabledBecause).toBeNull()
    await bench.tell(clientRefused('b'))
    await bench.pass(dayMs, 20 * minuteMs)
    expect((await bench.webhooks.get(id)).disabledBecause).toBe('failing')
    const { events } = await bench.store.events({ after: 0, limit: 10 })
    expect(events.at(-1)).toMatchObject({ type: 'webhook.disabled', reason: 'failing' })
    const asked = bench.received.length
    await bench.pass(dayMs, hourMs)
    expect(bench.received).toHaveLength(asked)
    bench.react = () => 204
    await bench.webhooks.update(id, { isEnabled: true })
    await bench.pass(secondMs)
    expect(bench.received.slice(asked).map(({ type }) => type)).toEqual(['client.refused'])
  }, 60_000)

  it('do not end because this machine was offline for a week', async () => {
    const bench = await webhookBench()
    const { id } = await bench.create()
    bench.react = () => new Failure('offline', 'no network')
    const ids = await bench.tell(clientRefused('a'))
    await bench.pass(8 * dayMs, 30 * minuteMs)
    expect(await bench.webhooks.get(id)).toMatchObject({ disabledBecause: null, deliveries: { pending: 1 } })
    bench.react = () => 204
    await bench.pass(10 * minuteMs)
    expect(bench.taken()).toEqual(ids)
  }, 60_000)

  it('are not given up because the receiver was away for an hour when this machine was back from a week offline', async () => {
    const bench = await webhookBench()
    const { id } = await bench.create()
    bench.react = () => new Failure('offline', 'no network')
    const ids = await bench.tell(...['a', 'b', 'c'].map(clientRefused))
    await bench.pass(8 * dayMs, 30 * minuteMs)
    bench.react = () => 503
    await bench.pass(hourMs, 30 * secondMs)
    expect(await bench.webhooks.get(id)).toMatchObject({ disabledBecause: null, deliveries: { pending: 3, failed: 0 } })
    bench.react = () => 204
    await bench.pass(20 * minuteMs)
    expect(bench.taken()).toEqual(ids)
  }, 60_000)

  it('end with a receiver whose name nobody has known for a month', async () => {
    const bench = await webhookBench()
    const { id } = await bench.create()
    bench.react = () => new Failure('offline', 'no such name', { cause: { code: 'ENOTFOUND' } })
    await bench.tell(clientRefused('a'))
    await bench.pass(29 * dayMs, 6 * hourMs)
    expect((await bench.webhooks.get(id)).disabledBecause).toBeNull()
    await bench.pass(2 * dayMs, 6 * hourMs)
    expect(await bench.webhooks.get(id)).toMatchObject({ disabledBecause: 'failing', deliveries: { pending: 1 } })
    const { events } = await bench.store.events({ after: 0, limit: 10 })
    expect(events.at(-1)).toMatchObject({ type: 'webhook.disabled', reason: 'failing' })
  }, 60_000)
})
