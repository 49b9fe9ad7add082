import { Failure } from '../../core/errors.ts'
import { type Command, defineCommand } from '../command-line/command.ts'
import { clientExits } from '../command-line/exit-codes.ts'
import { misuse } from '../command-line/parse.ts'
import { clean } from '../command-line/text.ts'
import type { ConnectionBody, ConnectionCheckBody } from '../schemas/connection.ts'
import type { SourceBody } from '../schemas/source.ts'
import { configOption, readConfig } from './config-values.ts'
import { connectionLines, connectionRows } from './connection-report.ts'
import { completeFields, fieldOptions, givenFields, refusedFields } from './credential-fields.ts'
import { findConnection, listConnections } from './find.ts'
import { waitForSignIn } from './sign-in.ts'

const connectionWord = {
  connection: {
    required: true,
    description: 'its id, the beginning of its id, or its name',
    completes: 'connection',
  },
} as const

const exits = { 5: clientExits[5], 6: 'there is no such connection', 7: clientExits[7] } as const

const check = defineCommand({
  name: 'check',
  summary: 'ask the provider whether the stored token works',
  description: ['A token that is due is refreshed; nothing else is changed.'],
  words: connectionWord,
  examples: [{ command: 'inlet connections check "My Slack" || echo "it needs me"', says: 'In a script' }],
  exits: { ...exits, 1: 'it could not be found out', 3: 'the token does not work: a person is needed' },
  async run({ words }, context) {
    const client = await context.client()
    const { id, name } = await findConnection(client, words.connection)
    const found = await client.ask<ConnectionCheckBody>('POST', `/source-connections/${id}/check`)
    const { alive, account, error_message, needs_person_at } = found
    const owner = account ? ` for ${clean(account.name || account.id)}` : ''
    const end = needs_person_at === null ? '' : `; it needs a person at ${needs_person_at}`
    const says = alive
      ? `works${owner}${end}`
      : `${alive === null ? 'could not be tried' : 'does not work'}: ${clean(error_message ?? 'no reason was given')}`
    await context.answer(found, [`The token of ${clean(name)} ${says}`])
    if (alive) return 0
    return alive === null ? 1 : 3
  },
})

const set = defineCommand({
  name: 'set',
  summary: 'change its name, schedule, collection or configuration',
  words: connectionWord,
  options: {
    name: { value: 'NAME', description: 'what people call it' },
    cron: { value: 'CRON', description: 'when it runs: five or six cron fields, in quotes' },
    'no-cron': { description: 'ends its schedule' },
    timezone: { value: 'ZONE', description: 'the time zone of the schedule, such as Europe/Berlin' },
    collection: { value: 'COLLECTION', description: 'moves it into this one', completes: 'collection' },
    config: configOption,
  },
  examples: [
    {
      command: "inlet connections set 'My Slack' --cron '*/15 * * * *' --timezone Europe/Berlin",
      says: 'Every 15 minutes',
    },
    { command: "inlet connections set 'My Slack' --config channels=general,random", says: 'Only two channels' },
  ],
  exits,
  async run({ words, options }, context) {
    const path = 'connections set'
    if (options['no-cron'] && options.cron !== undefined) throw misuse(`inlet ${path} takes --cron or --no-cron`, path)
    const client = await context.client()
    const connection = await findConnection(client, words.connection)
    const given = {
      name: options.name,
      cron_schedule: options['no-cron'] ? null : options.cron,
      timezone: options.timezone,
      collection: options.collection,
      config_fields: options.config.length === 0 ? undefined : await mergedConfig(options.config),
    }
    if (Object.values(given).every(value => value === undefined))
      throw misuse(`inlet ${path} needs something to change`, path)
    const changed = await client.ask<ConnectionBody>('PATCH', `/source-connections/${connection.id}`, given)
    return context.answer(changed, connectionLines(changed, context))

    /** The API takes the whole of it: what is not named here stays. */
    async function mergedConfig(texts: readonly string[]) {
      const source = await client.ask<SourceBody>('GET', `/sources/${encodeURIComponent(connection.short_name)}`)
      return { ...connection.config_fields, ...readConfig(source.config_fields.fields, texts, path) }
    }
  },
})

const renew = defineCommand({
  name: 'renew',
  summary: 'give it a new token, or sign in again',
  description: [
    'For a connection that needs a person: its data and its place in the feed stay. Fields come from where "inlet connect" takes them; secrets are never words of the command line.',
  ],
  words: connectionWord,
  options: {
    ...fieldOptions,
    browser: { description: 'sign in with a browser, where it was connected so' },
    validate: { description: 'try the new token before it takes the place of the stored one' },
  },
  refuses: refusedFields,
  examples: [
    { command: 'inlet connections renew "My Slack" --validate', says: 'Asks for the new token' },
    { command: 'inlet connections renew "My calendar" --browser', says: 'Shows where to sign in, and waits' },
  ],
  exits: { ...exits, 3: 'the sign-in was not finished', 130: 'interrupted' },
  async run({ words, options }, context) {
    const path = 'connections renew'
    const client = await context.client()
    const { id, short_name } = await findConnection(client, words.connection)
    if (options.browser) {
      const connection = await client.ask<ConnectionBody>('GET', `/source-connections/${id}`)
      const url = connection.auth.auth_url
      if (url === null) {
        const message = connection.auth.authenticated
          ? `${clean(connection.name)} needs no sign-in now`
          : `${clean(connection.name)} was not signed in with a browser: give it a token, without --browser`
        throw new Failure('conflict', message)
      }
      const signedIn = await waitForSignIn(client, connection, url, context)
      await context.emit(signedIn, connectionLines(signedIn, context).join('\n'))
      return undefined
    }
    const source = await client.ask<SourceBody>('GET', `/sources/${encodeURIComponent(short_name)}`)
    const { fields } = source.auth_fields
    const given = await givenFields(fields, options, path, context)
    const auth_fields = await completeFields(fields, given, short_name, context)
    const body = { auth_fields, validate: options.validate }
    const changed = await client.ask<ConnectionBody>('PATCH', `/source-connections/${id}`, body)
    return context.answer(changed, connectionLines(changed, context))
  },
})

const remove = defineCommand({
  name: 'delete',
  summary: 'disconnect it, and destroy its credential',
  description: ['What it has brought in stays, unless --delete-data is given.'],
  words: connectionWord,
  options: {
    'delete-data': { description: 'delete what it has brought in, too' },
    yes: { short: 'y', description: 'do not ask' },
  },
  examples: [
    { command: 'inlet connections delete "My Slack"', says: 'Asks, and keeps the messages' },
    { command: 'inlet connections delete 7b0f0d8e --delete-data --yes', says: 'Everything, without asking' },
  ],
  exits: { ...exits, 130: 'not done: the answer was no' },
  async run({ words, options }, context) {
    const client = await context.client()
    const connection = await findConnection(client, words.connection)
    const name = clean(connection.name)
    if (!options.yes) {
      if (!context.ask)
        throw misuse(`inlet connections delete asks before it deletes: give --yes`, 'connections delete')
      const what = options['delete-data'] ? `and its ${connection.entity_count} entities` : 'and keep its entities'
      const answer = await context.ask(`Delete the connection ${name} ${what}? [y/N] `, { isShown: true })
      if (!/^y(es)?$/i.test(answer.trim())) throw new Failure('cancelled', 'nothing was deleted')
    }
    const query = options['delete-data'] ? '?delete_data=true' : ''
    const was = await client.ask<ConnectionBody>('DELETE', `/source-connections/${connection.id}${query}`)
    return context.answer(was, [`${name} is deleted, and its credential destroyed.`])
  },
})

const commands: readonly Command[] = [check, set, renew, remove]

export const connections = defineCommand({
  name: 'connections',
  group: 'connect',
  summary: 'what is connected, how it is, and what it needs',
  description: ['A connection may be named by its id, the beginning of its id, or its name.'],
  usage: [
    'connections [--collection COLLECTION]',
    'connections CONNECTION',
    ...commands.map(({ name }) => `connections ${name} CONNECTION [OPTIONS]`),
  ],
  words: { connection: { description: 'one of them, in detail', completes: 'connection' } },
  options: {
    collection: { value: 'COLLECTION', description: 'only those of this collection', completes: 'collection' },
  },
  examples: [
    { command: 'inlet connections', says: 'All of them' },
    { command: 'inlet connections "My Slack"', says: 'One in detail' },
    {
      command: 'inlet connections --json | jq -r \'.[] | select(.status == "needs_reauth") | .name\'',
      says: 'Which ones need a person',
    },
  ],
  exits,
  commands,
  async run({ words: { connection: named }, options: { collection } }, context) {
    const client = await context.client()
    if (named !== undefined) {
      const { id } = await findConnection(client, named)
      const connection = await client.ask<ConnectionBody>('GET', `/source-connections/${id}`)
      return context.answer(connection, connectionLines(connection, context))
    }
    const all = await listConnections(client, collection)
    if (all.length === 0) context.tell('There is no connection yet: "inlet connect" makes one.')
    return context.answer(all, connectionRows(all, context))
  },
})
