/** Turns the end of jobs into events, so that a person hears of each trouble once, and of a client's once for all. */

import type { Failure } from './errors.ts'
import type { Happening } from './events.ts'
import { categoryOf, needsPerson } from './job-outcome.ts'
import type { ConnectionRow, JobRow } from './store/store.ts'

export interface Herald {
  started(connection: ConnectionRow, job: JobRow): Happening[]
  /** @param connection as it was before the job's end is stored */
  ended(connection: ConnectionRow, job: JobRow, failure: Failure | undefined): Promise<Heralded>
  /** Its credential is of no use any more; says nothing of a connection that is known to be so. */
  needsReauth(connection: ConnectionRow, failure: Failure): Happening[]
}

/** What is to be stored with the end of a job. */
export interface Heralded {
  happenings: Happening[]
  /** To be called when it is. */
  stored(): void
}

export function createHerald(options: {
  /** Whose OAuth client the connection's tokens were issued to, and its id. */
  clientOf(connection: ConnectionRow): Promise<{ provider: string; clientId: string | undefined }>
}): Herald {
  /** Clients whose refusal has been told, until one of their connections works again. */
  const refused = new Set<string>()
  return { started, ended, needsReauth }

  function started(connection: ConnectionRow, { id, trigger }: JobRow): Happening[] {
    return [{ type: 'job.started', ...named(connection), jobId: id, trigger }]
  }

  async function ended(connection: ConnectionRow, job: JobRow, failure: Failure | undefined): Promise<Heralded> {
    const happenings = [endOf(connection, job, failure)]
    // A one-off token says nothing about the stored credential, nor does an end of our own doing.
    if (job.trigger === 'override' || isOurs(failure)) return { happenings, stored() {} }
    if (!failure) {
      // The credential is opened for it only where there is something to forget.
      const client = refused.size > 0 ? await keyOf(connection) : ''
      if (connection.lastErrorCategory !== null) happenings.push({ type: 'connection.recovered', ...named(connection) })
      return { happenings, stored: () => void refused.delete(client) }
    }
    if (needsPerson(failure)) return { happenings: [...happenings, ...needsReauth(connection, failure)], stored() {} }
    if (failure.code === 'client_invalid') {
      const client = await keyOf(connection)
      // Also told before a restart, if that is how its last run ended.
      const isKnown = refused.has(client) || connection.lastErrorCategory === failure.code
      const { provider } = await options.clientOf(connection)
      if (!isKnown) happenings.push({ type: 'client.refused', provider, message: failure.message })
      return { happenings, stored: () => void refused.add(client) }
    }
    if (connection.lastErrorCategory === null && connection.authState === 'ready')
      happenings.push({ type: 'connection.failing', ...named(connection), ...troubleOf(failure) })
    return { happenings, stored() {} }
  }

  function endOf(connection: ConnectionRow, job: JobRow, failure: Failure | undefined): Happening {
    const { inserted, updated, deleted } = job
    const about = { ...named(connection), jobId: job.id }
    if (!failure) return { type: 'job.completed', ...about, inserted, updated, deleted }
    if (failure.code === 'cancelled') return { type: 'job.cancelled', ...about }
    return { type: 'job.failed', ...about, ...troubleOf(failure) }
  }

  function needsReauth(connection: ConnectionRow, failure: Failure): Happening[] {
    if (connection.authState === 'needs_reauth') return []
    return [{ type: 'connection.needs_reauth', ...named(connection), ...troubleOf(failure) }]
  }

  async function keyOf(connection: ConnectionRow): Promise<string> {
    const { provider, clientId } = await options.clientOf(connection)
    return `${provider}/${clientId}`
  }
}

/** Whether the run says nothing of the provider: it was cancelled, or inlet stopped. A full disk does. */
export function isOurs(failure: Failure | undefined): boolean {
  return failure?.remedy === 'ours' && failure.code !== 'data_folder'
}

/** What events say of the connection they are about. */
export function named({ id, name, shortName, collection }: ConnectionRow) {
  return { connectionId: id, connectionName: name, source: shortName, collection }
}

function troubleOf(failure: Failure) {
  return { category: categoryOf(failure), message: failure.message }
}
