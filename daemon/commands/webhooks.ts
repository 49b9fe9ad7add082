import { Failure, quote } from '../../core/errors.ts'
import { eventTypes } from '../../core/events.ts'
import { type Command, defineCommand } from '../command-line/command.ts'
import type { CommandContext } from '../command-line/context.ts'
import { clientExits } from '../command-line/exit-codes.ts'
import { misuse } from '../command-line/parse.ts'
import { clean, columns } from '../command-line/text.ts'
import type { DeliveryBody, NewWebhookBody, WebhookBody, WebhookTestBody } from '../schemas/webhook.ts'
import type { Client } from './client.ts'
import { findConnection } from './find.ts'

const webhookWord = {
  webhook: { required: true, description: 'its id, the beginning of its id, or its description' },
} as const
const exits = { 5: clientExits[5], 6: 'there is no such webhook', 7: clientExits[7] } as const

const add = defineCommand({
  name: 'add',
  summary: 'have events sent to an address',
  description: [
    'Messages are JSON, signed as Standard Webhooks says with the secret that is shown this once. With --ntfy they are notifications for people, published to a topic of ntfy.sh or of an ntfy of your own.',
    'An address takes http on this machine and in private networks alone.',
  ],
  words: { url: { required: true, description: 'where they are sent; with --ntfy the address of a topic' } },
  options: {
    ntfy: {
      description: 'notifications for a phone; unless --event names others, what a person wants to be called for',
    },
    event: { value: 'TYPE', multiple: true, choices: eventTypes, description: 'only events of this type' },
    collection: { value: 'COLLECTION', multiple: true, description: 'only of this one', completes: 'collection' },
    connection: { value: 'CONNECTION', multiple: true, description: 'only of this one', completes: 'connection' },
    description: { value: 'TEXT', description: 'what it is for' },
    header: {
      value: 'NAME',
      multiple: true,
      description: 'send this header, such as Authorization; its value is asked for, or a line of the standard input',
    },
  },
  examples: [
    {
      command: 'inlet webhooks add https://ntfy.sh/my-topic --ntfy',
      says: 'Your phone rings when something needs you',
    },
    {
      command: 'inlet webhooks add https://example.com/hooks --event job.completed --event job.failed',
      says: 'For a program of yours',
    },
  ],
  exits,
  async run({ words, options }, context) {
    const client = await context.client()
    const given = await Promise.all(options.connection.map(name => findConnection(client, name)))
    const made = await client.ask<NewWebhookBody>('POST', '/webhooks', {
      ...{ url: words.url, description: options.description, headers: await headersOf(options.header, context) },
      ...(options.ntfy && { format: 'ntfy' }),
      ...(options.event.length > 0 && { events: options.event }),
      ...{ collections: options.collection, connections: given.map(({ id }) => id) },
    })
    const lines = [`${placeOf(made)} is told of ${made.events.join(', ').replace('*', 'everything')}.`]
    // Nobody checks signatures on a phone.
    if (!options.ntfy) lines.push(`The secret that signs it, shown this once: ${made.secret}`)
    await context.answer(made, [...lines, `Try it: inlet webhooks test ${made.id.slice(0, 8)}`])
  },
})

const test = defineCommand({
  name: 'test',
  summary: 'send a message now, and see what comes back',
  words: webhookWord,
  examples: [{ command: 'inlet webhooks test 4e0ad956', says: 'By the beginning of its id' }],
  exits: { ...exits, 1: 'it did not arrive' },
  async run({ words }, context) {
    const client = await context.client()
    const webhook = await find(client, words.webhook)
    const found = await client.ask<WebhookTestBody>('POST', `/webhooks/${webhook.id}/test`)
    const { delivered, error, duration_ms } = found
    const says = delivered ? `It arrived, in ${duration_ms} ms.` : `It did not arrive: ${clean(error ?? '')}.`
    await context.answer(found, [says])
    return delivered ? 0 : 1
  },
})

const deliveries = defineCommand({
  name: 'deliveries',
  summary: 'what was sent, and what waits, newest first',
  words: webhookWord,
  options: {
    state: { value: 'STATE', choices: ['pending', 'delivered', 'failed'], description: 'only those in this state' },
  },
  examples: [{ command: 'inlet webhooks deliveries 4e0ad956 --state failed', says: 'What was given up' }],
  exits,
  async run({ words, options }, context) {
    const client = await context.client()
    const { id } = await find(client, words.webhook)
    const query = options.state === undefined ? '' : `?state=${options.state}`
    const all = await client.ask<DeliveryBody[]>('GET', `/webhooks/${id}/deliveries${query}`)
    const rows = all.map(({ id, created_at, event_type, state, attempts, last_error }) => [
      ...[id, created_at, event_type, state, `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`],
      clean(last_error ?? ''),
    ])
    return context.answer(all, columns(rows))
  },
})

const retry = defineCommand({
  name: 'retry',
  summary: 'send one again now, whatever became of it',
  words: { ...webhookWord, delivery: { required: true, description: 'its id, of inlet webhooks deliveries' } },
  examples: [{ command: 'inlet webhooks retry 4e0ad956 e909902b-88ee-4a9a-a277-79c01ff93271', says: 'By its id' }],
  exits: { ...exits, 6: 'there is no such webhook or delivery' },
  async run({ words }, context) {
    const client = await context.client()
    const { id } = await find(client, words.webhook)
    const path = `/webhooks/${id}/deliveries/${encodeURIComponent(words.delivery)}/retry`
    return context.answer(await client.ask<DeliveryBody>('POST', path), ['It is sent again.'])
  },
})

const rotate = defineCommand({
  name: 'rotate-secret',
  summary: 'sign with another secret; the old one signs too for a day',
  words: webhookWord,
  examples: [{ command: 'inlet webhooks rotate-secret 4e0ad956', says: 'Shows the new one, once' }],
  exits,
  async run({ words }, context) {
    const client = await context.client()
    const { id } = await find(client, words.webhook)
    const changed = await client.ask<NewWebhookBody>('POST', `/webhooks/${id}/rotate-secret`)
    return context.answer(changed, [`The secret that signs it, shown this once: ${changed.secret}`])
  },
})

const enable = defineCommand({
  name: 'enable',
  summary: 'send to it again, and what waited for it first',
  words: webhookWord,
  examples: [{ command: 'inlet webhooks enable 4e0ad956', says: 'Once its receiver works again' }],
  exits,
  run: ({ words }, context) => set(words.webhook, true, context),
})

const disable = defineCommand({
  name: 'disable',
  summary: 'send it nothing more; what waits is kept, what happens meanwhile is not',
  words: webhookWord,
  examples: [{ command: 'inlet webhooks disable 4e0ad956', says: 'Until it is enabled' }],
  exits,
  run: ({ words }, context) => set(words.webhook, false, context),
})

const remove = defineCommand({
  name: 'delete',
  summary: 'forget it, its secret, and what waits for it',
  words: webhookWord,
  options: { yes: { short: 'y', description: 'do not ask' } },
  examples: [{ command: 'inlet webhooks delete 4e0ad956 --yes', says: 'Without asking' }],
  exits: { ...exits, 130: 'not done: the answer was no' },
  async run({ words, options }, context) {
    const client = await context.client()
    const webhook = await find(client, words.webhook)
    if (!options.yes) {
      if (!context.ask) throw misuse('inlet webhooks delete asks before it deletes: give --yes', 'webhooks delete')
      const answer = await context.ask(`Delete the webhook ${placeOf(webhook)}? [y/N] `, { isShown: true })
      if (!/^y(es)?$/i.test(answer.trim())) throw new Failure('cancelled', 'nothing was deleted')
    }
    const was = await client.ask<WebhookBody>('DELETE', `/webhooks/${webhook.id}`)
    return context.answer(was, [`${placeOf(was)} is told nothing more.`])
  },
})

const commands: readonly Command[] = [add, test, deliveries, retry, rotate, enable, disable, remove]

export const webhooks = defineCommand({
  name: 'webhooks',
  group: 'keep',
  summary: 'where events are sent: to programs of yours, or to your phone',
  description: ['A webhook may be named by its id, the beginning of its id, or its description.'],
  usage: [
    'webhooks',
    ...commands.map(({ name }) => `webhooks ${name} ${name === 'add' ? 'URL' : 'WEBHOOK'} [OPTIONS]`),
  ],
  examples: [
    { command: 'inlet webhooks', says: 'All of them, and how they are' },
    {
      command: 'inlet webhooks add https://ntfy.sh/my-topic --ntfy',
      says: 'Your phone rings when something needs you',
    },
  ],
  exits: { 5: clientExits[5], 7: clientExits[7] },
  commands,
  async run(_call, context) {
    const all = await list(await context.client())
    if (all.length === 0) context.tell('There is no webhook yet: "inlet webhooks add URL" makes one.')
    const rows = all.map(webhook => [webhook.id.slice(0, 8), webhook.status, placeOf(webhook), howItIs(webhook)])
    return context.answer(all, columns(rows))
  },
})

function list(client: Client): Promise<WebhookBody[]> {
  return client.ask<WebhookBody[]>('GET', '/webhooks?limit=1000')
}

/** @throws Failure `not_found`; `invalid` where more than one is meant */
async function find(client: Client, text: string): Promise<WebhookBody> {
  const wanted = text.toLowerCase()
  const found = (await list(client)).filter(
    ({ id, description }) => (wanted.length >= 4 && id.startsWith(wanted)) || description === text,
  )
  const [first] = found
  if (first && found.length === 1) return first
  const says = first ? 'more than one webhook is' : 'there is no webhook'
  const hint = first ? 'name it by its id' : 'inlet webhooks lists them all'
  throw new Failure(first ? 'invalid' : 'not_found', `${says} ${quote(clean(text))}: ${hint}`)
}

async function set(text: string, enabled: boolean, context: CommandContext): Promise<undefined> {
  const client = await context.client()
  const { id } = await find(client, text)
  const changed = await client.ask<WebhookBody>('PATCH', `/webhooks/${id}`, { enabled })
  await context.answer(changed, [`${placeOf(changed)} is ${enabled ? 'enabled' : 'disabled'}.`])
}

function placeOf({ url, description }: WebhookBody): string {
  return clean(description ?? url)
}

function howItIs({
  status,
  disabled_because,
  last_error,
  failing_since,
  deliveries: { pending },
}: WebhookBody): string {
  const waiting = pending === 0 ? '' : `, ${pending} waiting`
  if (status === 'failing') return clean(`since ${failing_since}: ${last_error ?? ''}${waiting}`)
  return status === 'disabled' ? `${disabled_because}${waiting}` : waiting.replace(', ', '')
}

/** Values are asked for, or lines of the standard input: a command line is kept and seen. */
async function headersOf(names: readonly string[], context: CommandContext): Promise<Record<string, string>> {
  const odd = names.find(name => /[:=\s]/.test(name))
  if (odd !== undefined)
    throw misuse(
      "inlet webhooks add takes a header's name alone: its value is asked for, so that no shell keeps it",
      'webhooks add',
    )
  const lines = context.ask || names.length === 0 ? [] : (await context.readInput()).split(/\r?\n/)
  const headers: Record<string, string> = {}
  for (const [index, name] of names.entries()) {
    headers[name] = (context.ask ? await context.ask(`${name}: `) : lines[index])?.trim() ?? ''
  }
  return headers
}
