import { z } from 'zod'
import { Failure, isFailure, quote } from '../../../core/errors.ts'
import type { ConnectionView, Inlet } from '../../../core/inlet.ts'
import type { JobRow } from '../../../core/store/store.ts'
import { strict } from '../../schemas/strict.ts'
import { allConnections, findConnection } from '../connections.ts'
import { jobSchema, jobText, toJob, waitSeconds, watchJob } from '../jobs.ts'
import { notice } from '../material.ts'
import { defineTool, looksOnly } from '../tool.ts'

const input = strict({
  connection: z.string().optional().meta({ description: 'Id or name of a source connection: its last job' }),
  job: z.string().optional().meta({ description: 'Id of a job' }),
  wait_seconds: waitSeconds,
})

const output = z.object({
  job: jobSchema.nullable().meta({ description: 'Null where the connection has never been synced' }),
  notice: z.string(),
})

export const syncStatus = defineTool({
  name: 'sync_status',
  title: 'How a sync is doing',
  description:
    'How far a sync job is, or how it ended, with its numbers and what went wrong. Give the connection for its last job, or a job; with wait_seconds it waits for the end.',
  scope: 'read',
  input,
  output,
  hints: looksOnly,
  async run({ connection: given, job: jobId, wait_seconds: seconds }, call) {
    const { connection, row } = await find(call.inlet, given, jobId)
    if (!row)
      return { structured: { job: null, notice }, text: `The connection ${connection.id} has never been synced.` }
    const job = toJob(await watchJob(row, call, seconds * 1000), connection)
    return { structured: { job, notice }, text: jobText(job) }
  },
})

interface Found {
  connection: ConnectionView
  row: JobRow | null
}

async function find(inlet: Inlet, given: string | undefined, jobId: string | undefined): Promise<Found> {
  if (given !== undefined) {
    const connection = await findConnection(inlet, given)
    return { connection, row: jobId === undefined ? connection.lastJob : await inlet.jobs.get(connection.id, jobId) }
  }
  if (jobId === undefined) throw new Failure('invalid', 'give a connection or a job: list_connections shows both')
  return findJob(inlet, jobId)
}

/** Jobs are kept by connection; most are asked for while they are its last one. */
async function findJob(inlet: Inlet, jobId: string): Promise<Found> {
  const wanted = jobId.trim().toLowerCase()
  const connections = await allConnections(inlet)
  const latest = connections.find(({ lastJob }) => lastJob?.id === wanted)
  if (latest) return { connection: latest, row: latest.lastJob }
  for (const connection of connections) {
    const row = await inlet.jobs.get(connection.id, wanted).catch(missing)
    if (row) return { connection, row }
  }
  throw new Failure('not_found', `there is no job ${quote(jobId)}`, { problem: 'unknown-job' })
}

function missing(error: unknown): undefined {
  if (!isFailure(error, 'not_found')) throw error
}
