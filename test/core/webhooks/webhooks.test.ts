import { describe, expect, it } from 'vitest'
import { clientRefused, type Reaction, type WebhookBench, webhookBench } from '../../support/webhook-bench.ts'

const secondMs = 1000

/** A webhook, and one event on the way to it that the receiver has not answered yet. */
async function underWay() {
  const bench = await webhookBench()
  let answer: (reaction: Reaction) => void = () => {}
  bench.react = () => new Promise(resolve => (answer = resolve))
  const webhook = await bench.create()
  const [event] = await bench.tell(clientRefused('a'))
  await bench.pass(secondMs, secondMs)
  expect(bench.received).toHaveLength(1)
  const { delivery } = await deliveryOf(bench, webhook.id)
  /** What comes later is taken. */
  const begin = (reaction: Reaction) => {
    bench.react = () => 204
    answer(reaction)
  }
  const settle = async (reaction: Reaction) => {
    begin(reaction)
    await bench.pass(secondMs, secondMs)
  }
  return { bench, webhook, event, delivery, begin, settle }
}

async function deliveryOf({ webhooks }: WebhookBench, id: string) {
  const [delivery] = await webhooks.deliveries(id, { skip: 0, limit: 1 })
  if (!delivery) throw new Error('there is one')
  return { delivery }
}

async function disablings({ store }: WebhookBench) {
  const { events } = await store.events({ after: 0, limit: 100 })
  return events.filter(({ type }) => type === 'webhook.disabled')
}

const outcomes = [500, 410, 204, { status: 503, headers: { 'retry-after': '3600' } }, new Error('reset')]

describe('what is asked for while an attempt is under way is done, whatever comes of the attempt:', () => {
  it.each(outcomes)('the same delivery once more (%j)', async outcome => {
    const { bench, webhook, event, delivery, settle } = await underWay()
    await bench.webhooks.retry(webhook.id, delivery.id)
    await settle(outcome)
    expect(bench.received.map(({ id }) => id)).toEqual([event, event])
    expect((await deliveryOf(bench, webhook.id)).delivery).toMatchObject({ state: 'delivered', attempts: 1 })
    expect(await bench.webhooks.get(webhook.id)).toMatchObject({ disabledBecause: null, failures: 0, lastError: null })
    expect(await disablings(bench)).toEqual([])
    await bench.pass(60 * secondMs)
    expect(bench.received).toHaveLength(2)
  })

  it('the same delivery, asked for twice, once more', async () => {
    const { bench, webhook, delivery, settle } = await underWay()
    await bench.webhooks.retry(webhook.id, delivery.id)
    await bench.webhooks.retry(webhook.id, delivery.id)
    await settle(500)
    await bench.pass(60 * secondMs)
    expect(bench.received).toHaveLength(2)
  })

  it('another delivery, before which what was under way is tried again', async () => {
    const { bench, webhook, event, settle } = await underWay()
    const [other] = await bench.tell(clientRefused('b'))
    const { delivery } = await deliveryOf(bench, webhook.id)
    await bench.webhooks.retry(webhook.id, delivery.id)
    await settle(500)
    expect(bench.received.map(({ id }) => id)).toEqual([event, event, other])
    expect(bench.taken()).toEqual([event, other])
  })

  it.each([500, 410])('another address, which is not blamed for the old one (%j)', async outcome => {
    const { bench, webhook, event, settle } = await underWay()
    const url = 'https://elsewhere.example/hook'
    await bench.webhooks.update(webhook.id, { url })
    await settle(outcome)
    expect(bench.received.map(({ request }) => request.url)).toEqual([webhook.url, url])
    expect(bench.taken()).toEqual([event])
    expect(await bench.webhooks.get(webhook.id)).toMatchObject({ disabledBecause: null, lastError: null })
    expect(await disablings(bench)).toEqual([])
  })

  it('another address, even where the old one answers while the new one is being written down', async () => {
    const { bench, webhook, event, begin } = await underWay()
    const { store, vault } = bench
    const { putWebhook } = vault
    let isNoted = false
    const { recordAttempt } = store
    store.recordAttempt = async record => {
      await recordAttempt(record)
      isNoted = true
    }
    vault.putWebhook = async (...input) => {
      await putWebhook(...input)
      begin(410)
      while (!isNoted) await new Promise(resolve => setImmediate(resolve))
    }
    await bench.webhooks.update(webhook.id, { url: 'https://elsewhere.example/hook' })
    await bench.pass(secondMs, secondMs)
    expect(bench.taken()).toEqual([event])
    expect(await bench.webhooks.get(webhook.id)).toMatchObject({ disabledBecause: null, lastError: null })
    expect(await disablings(bench)).toEqual([])
  })

  it('another address, and what the old one took is not sent again', async () => {
    const { bench, webhook, settle } = await underWay()
    await bench.webhooks.update(webhook.id, { url: 'https://elsewhere.example/hook' })
    await settle(204)
    await bench.pass(60 * secondMs)
    expect(bench.received).toHaveLength(1)
  })

  it('an end by hand, which stays what was asked for', async () => {
    const { bench, webhook, settle } = await underWay()
    await bench.webhooks.update(webhook.id, { isEnabled: false })
    await settle(410)
    expect(await bench.webhooks.get(webhook.id)).toMatchObject({ disabledBecause: 'asked' })
    expect(await disablings(bench)).toEqual([])
    await bench.webhooks.update(webhook.id, { isEnabled: true })
    await bench.pass(secondMs, secondMs)
    expect(bench.received).toHaveLength(2)
  })

  it('an end by hand and a new beginning', async () => {
    const { bench, webhook, event, settle } = await underWay()
    await bench.webhooks.update(webhook.id, { isEnabled: false })
    await bench.webhooks.update(webhook.id, { isEnabled: true })
    await settle(410)
    expect(bench.taken()).toEqual([event])
    expect(await bench.webhooks.get(webhook.id)).toMatchObject({ disabledBecause: null })
  })
})

it('a delivery that is asked for while those before it are sent is sent once', async () => {
  const { bench, webhook, event, settle } = await underWay()
  const [second, third] = await bench.tell(clientRefused('b'), clientRefused('c'))
  const { delivery } = await deliveryOf(bench, webhook.id)
  await bench.webhooks.retry(webhook.id, delivery.id)
  await settle(204)
  await bench.pass(60 * secondMs)
  expect(bench.taken()).toEqual([event, second, third])
})
