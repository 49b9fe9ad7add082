import { Failure, isFailure } from '../../core/errors.ts'
import { defineCommand } from '../command-line/command.ts'
import type { CommandContext } from '../command-line/context.ts'
import { clientExits, type ExitCode, exitCodeOf } from '../command-line/exit-codes.ts'
import { misuse } from '../command-line/parse.ts'
import { clean } from '../command-line/text.ts'
import type { ConnectionBody, ConnectionItemBody } from '../schemas/connection.ts'
import type { JobBody } from '../schemas/job.ts'
import type { Client } from './client.ts'
import { refusedFields, variableOf } from './credential-fields.ts'
import { listConnections, pickConnection } from './find.ts'
import { followJobs, worstOf } from './follow-jobs.ts'

export const sync = defineCommand({
  name: 'sync',
  group: 'connect',
  summary: 'start jobs now, and watch them with --follow',
  description: [
    'A connection may be named by its id, the beginning of its id, or its name. Where there is one connection alone, it need not be named. One whose job runs already is left to it: with --follow, that job is followed.',
    'Ctrl-C ends the watching; the jobs go on in inlet, unless --cancel-on-interrupt is given.',
    'With --json, it answers an array of what was started, or with --follow a line for each change: { "event": "progress" or "end", "connection_id", "connection_name", "job" }.',
  ],
  usage: ['sync [OPTIONS] [CONNECTION...]', 'sync --all [OPTIONS]', 'sync --collection COLLECTION [OPTIONS]'],
  words: { connection: { multiple: true, description: 'what to sync', completes: 'connection' } },
  options: {
    all: { description: 'every connection that has a credential' },
    collection: {
      value: 'COLLECTION',
      description: 'every connection of a collection that has a credential',
      completes: 'collection',
    },
    follow: { short: 'f', description: 'watch until all is done, and end with what came of it' },
    'cancel-on-interrupt': { description: 'with --follow: Ctrl-C cancels the jobs' },
    'one-off': {
      description: `for this run, use an access token of your own in place of the stored one: from ${variableOf('access_token')}, or you are asked. It is kept nowhere`,
    },
  },
  refuses: refusedFields,
  variables: { [variableOf('access_token')]: 'the token of --one-off' },
  examples: [
    { command: 'inlet sync "My Slack" --follow', says: 'One connection, watched' },
    { command: 'inlet sync --all', says: 'All of them; for cron, although inlet has schedules of its own' },
    {
      command: 'inlet sync --all --follow --json | jq -c \'select(.event == "end") | .job.status\'',
      says: 'For a program',
    },
  ],
  exits: {
    3: 'a connection needs a person: to sign in, or to give a new token',
    4: 'a job could not be started, failed or was cancelled',
    5: clientExits[5],
    6: 'there is no such connection or collection',
    7: clientExits[7],
    130: 'interrupted',
  },
  async run({ words: { connection: named }, options }, context) {
    const client = await context.client()
    const connections = await chosen(client, named, options, context)
    const accessToken = options['one-off'] ? await ownToken(context) : undefined
    const started: Started[] = []
    for (const connection of connections) {
      started.push(await start(client, connection, accessToken))
    }
    const codes = started.map(({ code }) => code)
    if (!options.follow) {
      await context.answer(
        started.map(asJson),
        started.map(one => lineOf(one, context)),
      )
      return worstOf(codes)
    }
    for (const one of started.filter(({ job }) => !job)) {
      await context.emit({ event: 'end', ...asJson(one) }, lineOf(one, context))
    }
    const running = started.flatMap(({ connection, job }) => (job ? [{ connection, job }] : []))
    const followed = await followJobs(client, running, context, { cancelsOnInterrupt: options['cancel-on-interrupt'] })
    return worstOf([...codes, followed])
  },
})

interface Started {
  connection: ConnectionItemBody
  /** Absent where none was started. */
  job?: Pick<JobBody, 'id'>
  alreadyRan?: boolean
  failure?: Failure
  code: ExitCode
}

async function chosen(
  client: Client,
  named: readonly string[],
  { all, collection }: { all: boolean; collection: string | undefined },
  { warn }: CommandContext,
): Promise<ConnectionItemBody[]> {
  const ways = [named.length > 0, all, collection !== undefined].filter(Boolean).length
  if (ways > 1) throw misuse('inlet sync takes connections, --all or --collection: one of the three', 'sync')
  const connections = await listConnections(client, collection)
  if (named.length > 0) return [...new Set(named.map(text => pickConnection(connections, text)))]
  if (ways === 0) {
    if (connections.length === 1) return connections
    if (connections.length > 1) throw misuse('inlet sync needs a CONNECTION, or --all', 'sync')
  }
  const ready = connections.filter(({ status }) => status !== 'pending_auth')
  for (const { name } of connections.filter(connection => !ready.includes(connection)))
    warn(`${clean(name)} has no credential yet, and is left out`)
  if (ready.length > 0) return ready
  throw new Failure('not_found', 'there is no connection to sync: "inlet connect" makes one')
}

async function ownToken({ environment, ask }: CommandContext): Promise<string> {
  const given =
    environment[variableOf('access_token')] || (await ask?.('Access token for this run (not shown): '))?.trim()
  if (given) return given
  throw misuse(`inlet sync --one-off needs a token: set ${variableOf('access_token')}`, 'sync')
}

async function start(
  client: Client,
  connection: ConnectionItemBody,
  accessToken: string | undefined,
): Promise<Started> {
  const path = `/source-connections/${connection.id}`
  try {
    const body = accessToken === undefined ? {} : { access_token: accessToken }
    return { connection, job: await client.ask<JobBody>('POST', `${path}/run`, body), code: 0 }
  } catch (error) {
    if (!isFailure(error)) throw error
    const runs = error.problem === 'job-running' && error.jobId !== undefined
    // With a token of its own, the job that runs is not the one that was asked for.
    if (runs && accessToken === undefined) {
      return { connection, alreadyRan: true, code: 0, job: { id: error.jobId ?? '' } }
    }
    // Anything else would meet the others, too.
    if (error.code !== 'conflict') throw error
    const { status } = await client.ask<ConnectionBody>('GET', path)
    const needsPerson = exitCodeOf(error) === 3 || status === 'needs_reauth'
    return { connection, failure: error, code: needsPerson ? 3 : 4 }
  }
}

function asJson({ connection, job, alreadyRan = false, failure }: Started) {
  return {
    connection_id: connection.id,
    connection_name: connection.name,
    job: job ?? null,
    already_running: alreadyRan,
    error: failure?.message ?? null,
  }
}

function lineOf({ connection, alreadyRan, failure }: Started, { style }: CommandContext): string {
  const name = style.bold(clean(connection.name))
  if (failure) return `${name} ${style.red('was not started')}: ${clean(failure.message)}`
  return alreadyRan ? `${name} runs already` : `${name} ${style.green('started')}`
}
