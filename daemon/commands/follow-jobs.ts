/** Follows jobs of the inlet that runs until each is over, and shows how they get on. */
import { Failure, isFailure } from '../../core/errors.ts'
import type { CommandContext } from '../command-line/context.ts'
import type { ExitCode } from '../command-line/exit-codes.ts'
import { clean } from '../command-line/text.ts'
import type { ConnectionBody } from '../schemas/connection.ts'
import type { JobBody, JobProgressBody } from '../schemas/job.ts'
import type { Client } from './client.ts'
import { interruption, whileUnreachable } from './patience.ts'
import { createProgress, type Progress } from './progress.ts'
import { count, duration, plural } from './words.ts'

export interface Followed {
  connection: Pick<ConnectionBody, 'id' | 'name'>
  job: Pick<JobBody, 'id'>
}

export interface FollowOptions {
  /** Whether Ctrl-C cancels the jobs; else they go on in inlet. */
  cancelsOnInterrupt?: boolean
}

/**
 * Resolves when all jobs are over, with the worst of what they came to: 0, 3 where one needs a person, else 4 where one
 * did not complete. With `--json` each change is a line: `{ event, connection_id, connection_name, job }`.
 * @throws Failure `cancelled` on Ctrl-C; `unavailable` when inlet stays away
 */
export async function followJobs(
  client: Client,
  followed: readonly Followed[],
  context: CommandContext,
  { cancelsOnInterrupt = false }: FollowOptions = {},
): Promise<ExitCode> {
  const { signal } = context
  // Where one cannot be followed any more, the command ends: so do the other streams.
  const given = new AbortController()
  const ended = AbortSignal.any([signal, given.signal])
  const progress = createProgress(
    followed.map(({ connection }) => clean(connection.name)),
    context,
  )
  try {
    const ends = await Promise.all(
      followed.map((one, index) => followJob(client, one, { index, progress, context, signal: ended })),
    )
    return worstOf(ends)
  } catch (error) {
    progress.close()
    if (signal.aborted) await interrupt(client, followed, context, cancelsOnInterrupt)
    throw error
  } finally {
    progress.close()
    given.abort()
  }
}

export function worstOf(codes: readonly ExitCode[]): ExitCode {
  return ([3, 4] as const).find(code => codes.includes(code)) ?? 0
}

/** How often in a row inlet may not be reached: about a minute, which a restart does not take. */
const attempts = 12

interface Following {
  index: number
  progress: Progress
  context: CommandContext
  signal: AbortSignal
}

async function followJob(
  client: Client,
  { connection, job }: Followed,
  { index, progress, context, signal }: Following,
): Promise<ExitCode> {
  const { clock } = context
  const path = `/source-connections/${connection.id}/jobs/${job.id}/events`
  const about = { connection_id: connection.id, connection_name: connection.name }
  const last = await whileUnreachable(
    async () => {
      for await (const { event, data } of client.events(path, { signal })) {
        const now = data as JobProgressBody
        if (event === 'end') return now
        progress.update(index, now)
        if (context.isJson) await context.emit({ event: 'progress', ...about, job: now }, '')
      }
      // The stream ends early where inlet stops.
      throw new Failure('unavailable', `${client.base} ended the stream before the job was over`)
    },
    { clock, signal, attempts, onLost: ({ message }) => context.warn(`${message}; trying again`) },
  )
  progress.update(index, last)
  await context.emit({ event: 'end', ...about, job: last }, resultLine(connection.name, last, context))
  return exitOf(client, connection.id, last)
}

function resultLine(name: string, job: JobBody, { style }: CommandContext): string {
  const took = job.duration_seconds === null ? '' : `, ${duration(job.duration_seconds * 1000)}`
  const { entities_skipped: skipped, entities_failed: failed } = job
  const what = [
    `${count(job.entities_inserted)} new`,
    `${count(job.entities_updated)} changed`,
    `${count(job.entities_deleted)} deleted`,
    ...(skipped > 0 ? [`${count(skipped)} skipped`] : []),
    ...(failed > 0 ? [`${count(failed)} unreadable`] : []),
  ].join(', ')
  const colour = job.status === 'completed' ? style.green : style.red
  const because = job.error === null || job.status === 'completed' ? '' : `: ${clean(job.error)}`
  return `${style.bold(clean(name))} ${colour(job.status)}${because}: ${what} (${plural(job.requests, 'request')}${took})`
}

async function exitOf(client: Client, connectionId: string, job: JobBody): Promise<ExitCode> {
  if (job.status === 'completed') return 0
  const { status } = await client.ask<ConnectionBody>('GET', `/source-connections/${connectionId}`)
  return status === 'needs_reauth' && job.status === 'failed' ? 3 : 4
}

/** What Ctrl-C does to jobs that are followed. @throws Failure `cancelled`, always */
async function interrupt(
  client: Client,
  followed: readonly Followed[],
  { tell }: CommandContext,
  cancels: boolean,
): Promise<never> {
  if (!cancels) {
    tell(
      followed.length === 1
        ? 'The job goes on in inlet; "inlet sync --follow" with its connection shows it again.'
        : 'The jobs go on in inlet; "inlet sync --follow" with their connections shows them again.',
    )
    throw interruption()
  }
  for (const { connection, job } of followed) {
    try {
      await client.ask('POST', `/source-connections/${connection.id}/jobs/${job.id}/cancel`)
      tell(`The job of ${clean(connection.name)} is cancelled; what it has brought in stays.`)
    } catch (error) {
      // It was over before.
      if (!isFailure(error, 'conflict')) throw error
    }
  }
  throw interruption()
}
