/** Turns the end of jobs into events, so that a person hears of each trouble once, and of a client's once for all. */

import type { Failure } from './errors.ts'
import type { Emit, Happening } from './events.ts'
import { categoryOf, needsPerson } from './job-outcome.ts'
import type { Plugin } from './plugin.ts'
import type { ConnectionRow, JobRow } from './store/store.ts'

export interface Herald {
  started(connection: ConnectionRow, job: JobRow): void
  /**
   * @param connection as it was before the job's end is stored
   * @returns what tells of it, once all of it is stored
   */
  ended(connection: ConnectionRow, plugin: Plugin, job: JobRow, failure: Failure | undefined): Promise<() => void>
  /** Its credential is of no use any more; says nothing of a connection that is known to be so. */
  needsReauth(connection: ConnectionRow, failure: Failure): void
}

export function createHerald(options: {
  emit: Emit
  /** The OAuth client that the connection's tokens were issued to. */
  clientIdOf(connection: ConnectionRow): Promise<string | undefined>
}): Herald {
  const { emit, clientIdOf } = options
  /** Clients whose refusal has been told, until one of their connections works again. */
  const refused = new Set<string>()
  return { started, ended, needsReauth }

  function started(connection: ConnectionRow, { id, trigger }: JobRow): void {
    emit({ type: 'job.started', ...named(connection), jobId: id, trigger })
  }

  async function ended(
    connection: ConnectionRow,
    plugin: Plugin,
    job: JobRow,
    failure: Failure | undefined,
  ): Promise<() => void> {
    const client = !failure || failure.code === 'client_invalid' ? `${plugin.id}/${await clientIdOf(connection)}` : ''
    return () => {
      emit(endOf(connection, job, failure))
      // A one-off token says nothing about the stored credential.
      if (job.trigger === 'override') return
      if (!failure) refused.delete(client)
      else if (needsPerson(failure)) needsReauth(connection, failure)
      else if (failure.code === 'client_invalid' && !refused.has(client)) {
        refused.add(client)
        emit({ type: 'client.refused', provider: plugin.id, message: failure.message })
      }
    }
  }

  function endOf(connection: ConnectionRow, job: JobRow, failure: Failure | undefined): Happening {
    const { inserted, updated, deleted } = job
    const about = { ...named(connection), jobId: job.id }
    if (!failure) return { type: 'job.completed', ...about, inserted, updated, deleted }
    if (failure.code === 'cancelled') return { type: 'job.cancelled', ...about }
    return { type: 'job.failed', ...about, category: categoryOf(failure), message: failure.message }
  }

  function needsReauth(connection: ConnectionRow, failure: Failure): void {
    if (connection.authState === 'needs_reauth') return
    const trouble = { category: categoryOf(failure), message: failure.message }
    emit({ type: 'connection.needs_reauth', ...named(connection), ...trouble })
  }

  function named({ id, shortName, collection }: ConnectionRow) {
    return { connectionId: id, source: shortName, collection }
  }
}
