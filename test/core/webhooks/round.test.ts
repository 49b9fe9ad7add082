import { expect, it } from 'vitest'
import { silentLog } from '../../../core/log.ts'
import { openGate, sendRound } from '../../../core/webhooks/round.ts'
import { createWebhooks } from '../../../core/webhooks/webhooks.ts'
import { clientRefused, type WebhookBench, webhookBench } from '../../support/webhook-bench.ts'

/** What a round says in its errors, whose secret is read with `webhook`. */
async function complaints(bench: WebhookBench, id: string, webhook: WebhookBench['vault']['webhook']) {
  const said: string[] = []
  const signal = new AbortController().signal
  const log = { ...silentLog, error: (_fields: object, message: string) => void said.push(message) }
  const vault = { locked: false, webhook }
  const transport = { send: () => Promise.reject(new Error('nothing may be sent')) }
  const parts = { store: bench.store, clock: bench.clock, random: () => 0.5, log, signal, stopping: signal }
  await sendRound(id, openGate(), { ...parts, vault, transport, enter: async () => () => {} })
  return said
}

async function waiting() {
  const bench = await webhookBench()
  bench.react = () => 500
  const { id } = await bench.create()
  await bench.tell(clientRefused('a'))
  await bench.pass(1000)
  return { bench, id }
}

it('a webhook whose secret is gone is told of', async () => {
  const { bench, id } = await waiting()
  expect(await complaints(bench, id, async () => undefined)).toEqual([expect.stringContaining('is not in the vault')])
})

it('a webhook that is deleted while its secret is read is no trouble, however far that has come', async () => {
  const { bench, id } = await waiting()
  const said: string[] = []
  const vault = Object.create(bench.vault, {
    deleteWebhook: {
      value: async (deleted: string) => {
        await bench.vault.deleteWebhook(deleted)
        said.push(...(await complaints(bench, deleted, async () => undefined)), 'destroyed')
      },
    },
  }) as WebhookBench['vault']
  const webhooks = createWebhooks({
    ...{ store: bench.store, vault, clock: bench.clock, closing: new AbortController().signal },
    transport: { send: () => Promise.reject(new Error('nothing may be sent')) },
    courier: { start() {}, poke() {}, stop: async () => {} },
  })
  const deleting = async () => void (await webhooks.delete(id))
  expect(await complaints(bench, id, () => deleting().then(() => undefined))).toEqual([])
  expect(said).toEqual(['destroyed'])
  expect(await bench.store.webhook(id)).toBe(undefined)
})
