import { Failure, isFailure } from '../../core/errors.ts'
import { defineCommand, type OptionDeclaration, type OptionValues } from '../command-line/command.ts'
import type { CommandContext } from '../command-line/context.ts'
import { clientExits } from '../command-line/exit-codes.ts'
import { misuse } from '../command-line/parse.ts'
import { clean } from '../command-line/text.ts'
import type { ConnectionBody } from '../schemas/connection.ts'
import type { SourceBody } from '../schemas/source.ts'
import type { Client } from './client.ts'
import { configOption, readConfig } from './config-values.ts'
import { connectionLines } from './connection-report.ts'
import {
  type Credential,
  completeFields,
  fieldOptions,
  givenFields,
  refusedFields,
  variableOf,
} from './credential-fields.ts'
import { followJobs } from './follow-jobs.ts'
import { waitForSignIn } from './sign-in.ts'

const path = 'connect'

const options = {
  name: { value: 'NAME', description: 'what people call it' },
  collection: {
    value: 'COLLECTION',
    description: 'the collection it fills, made if it is not there yet; default one of its own',
    completes: 'collection',
  },
  ...fieldOptions,
  browser: { description: 'sign in with a browser' },
  config: configOption,
  cron: { value: 'CRON', description: 'when it runs: five or six cron fields, in quotes' },
  timezone: { value: 'ZONE', description: 'the time zone of the schedule, such as Europe/Berlin' },
  'no-sync': { description: 'do not begin the first sync' },
  validate: { description: 'ask the provider first whether the token works' },
  follow: { short: 'f', description: 'watch the first sync until it is done' },
} as const satisfies Record<string, OptionDeclaration>

export const connect = defineCommand({
  name: path,
  group: 'connect',
  summary: 'connect a source, with a token or with a browser',
  description: [
    'A token and what goes with it are never words of the command line, where the shell\'s history keeps them and other users see them. They come from a file (--fields-file), from the environment (INLET_FIELD_ and the name of the field, such as INLET_FIELD_ACCESS_TOKEN), or you are asked for them, and what you type is not shown. "inlet sources SOURCE" lists the fields. Where one comes from several places, an option wins over the file, which wins over the environment.',
    'With --browser, you sign in at the provider, through the OAuth client of the configuration, or one whose client_id (and client_secret) are given as fields. With --json, the address comes first, as a line of its own.',
    'The first sync begins at once.',
  ],
  words: { source: { required: true, description: 'what to connect, such as slack', completes: 'source' } },
  options,
  refuses: refusedFields,
  variables: {
    [variableOf('access_token')]: 'the access token',
    [variableOf('refresh_token')]: 'the refresh token',
    [variableOf('client_id')]: 'the OAuth client that a refresh token was given to',
    [variableOf('client_secret')]: 'its secret',
  },
  examples: [
    { command: 'inlet connect slack --name "My Slack" --collection my-life --follow', says: 'Asks for the token' },
    {
      command: 'pass show slack-token | sed s/^/access_token=/ | inlet connect slack --fields-file -',
      says: 'From a password manager',
    },
    {
      command: 'inlet connect gmail --browser --config included_labels=INBOX,SENT --cron "0 * * * *"',
      says: 'Signs in with a browser, and syncs two labels every hour',
    },
  ],
  exits: {
    3: 'the sign-in was not finished, or the first sync needs a person',
    4: 'the first sync failed (with --follow)',
    5: clientExits[5],
    6: 'there is no such source',
    7: clientExits[7],
    130: 'interrupted',
  },
  async run({ words, options }, context) {
    if (options.browser && options.validate) throw misuse('inlet connect takes --browser or --validate', path)
    if (options['no-sync'] && options.follow) throw misuse('inlet connect takes --no-sync or --follow', path)
    const client = await context.client()
    const source = await client.ask<SourceBody>('GET', `/sources/${encodeURIComponent(words.source)}`)
    const body = await bodyOf(options, source, context)
    const made = await create(client, body, context)
    const connection = options.browser ? await signIn(client, made, context) : made
    await context.emit(connection, connectionLines(connection, context).join('\n'))
    const job = connection.latest_sync_job_id
    if (options.follow && job !== null) return followJobs(client, [{ connection, job: { id: job } }], context)
    if (job !== null) context.tell('\nThe first sync has begun: "inlet sync --follow" shows it.')
    return undefined
  },
})

type Options = OptionValues<typeof options>

async function bodyOf(options: Options, source: SourceBody, context: CommandContext) {
  const { fields } = source.auth_fields
  const given = await givenFields(fields, options, path, context)
  const config = readConfig(source.config_fields.fields, options.config, path)
  return {
    short_name: source.short_name,
    name: options.name,
    collection: options.collection,
    ...(options.browser
      ? { authentication: clientIn(given) }
      : { auth_fields: await completeFields(fields, given, source.short_name, context), validate: options.validate }),
    ...(options.config.length > 0 && { config_fields: config }),
    cron_schedule: options.cron,
    timezone: options.timezone,
    sync_immediately: !options['no-sync'],
  }
}

/** What a browser signs in through: everything but tokens, which are what it brings. */
function clientIn({ access_token, refresh_token, expires_at, ...client }: Credential): Credential {
  if (access_token === undefined && refresh_token === undefined && expires_at === undefined) return client
  throw misuse('inlet connect takes a token or --browser, which brings one', path)
}

/** Makes the collection first where it is not there, and takes it back where the connection was not made after all. */
async function create(client: Client, body: Awaited<ReturnType<typeof bodyOf>>, context: CommandContext) {
  const isNew = body.collection !== undefined && (await makeCollection(client, body.collection))
  try {
    const connection = await client.ask<ConnectionBody>('POST', '/source-connections', body)
    if (isNew) context.tell(`Made the collection ${clean(connection.collection)}.`)
    return connection
  } catch (error) {
    if (isNew) await client.ask('DELETE', `/collections/${body.collection}`).catch(() => undefined)
    throw error
  }
}

/** @returns whether it is new */
async function makeCollection(client: Client, readableId: string): Promise<boolean> {
  try {
    await client.ask('GET', `/collections/${encodeURIComponent(readableId)}`)
    return false
  } catch (error) {
    if (!isFailure(error, 'not_found')) throw error
  }
  await client.ask('POST', '/collections', { name: readableId, readable_id: readableId })
  return true
}

async function signIn(client: Client, made: ConnectionBody, context: CommandContext): Promise<ConnectionBody> {
  const url = made.auth.auth_url
  if (url !== null) return waitForSignIn(client, made, url, context)
  await client.ask('DELETE', `/source-connections/${made.id}`)
  const message = `there is no OAuth client to sign in to ${made.short_name} with: set one in the configuration (the README says how), or give its client_id with --field client_id=… and its client_secret in ${variableOf('client_secret')}`
  throw new Failure('conflict', message, { problem: 'client-missing' })
}
