import { z } from 'zod'
import { isFailure } from '../../../core/errors.ts'
import type { ConnectionView, Inlet } from '../../../core/inlet.ts'
import type { JobRow } from '../../../core/store/store.ts'
import { strict } from '../../schemas/strict.ts'
import { findConnection } from '../connections.ts'
import { jobSchema, jobText, toJob, waitSeconds, watchJob } from '../jobs.ts'
import { notice } from '../material.ts'
import { defineTool } from '../tool.ts'

const input = strict({
  connection: z.string().meta({ description: 'Id of a source connection, or its name if no other has it' }),
  wait_seconds: waitSeconds,
})

const output = z.object({
  job: jobSchema,
  was_running: z
    .boolean()
    .meta({ description: 'Whether it had been started before: a connection has one job at a time' }),
  notice: z.string(),
})

export const runSync = defineTool({
  name: 'run_sync',
  title: 'Sync now',
  description:
    'Starts a sync of one source connection now, so that what is new at the provider can be found. Answers the job; with wait_seconds, how it went. Schedules do this by themselves: only for when someone needs the very latest.',
  scope: 'sync',
  input,
  output,
  // It brings the store up to date with the provider, where nothing is changed.
  hints: { readOnlyHint: false, idempotentHint: true, destructiveHint: false, openWorldHint: true },
  async run({ connection: given, wait_seconds: seconds }, call) {
    const connection = await findConnection(call.inlet, given)
    const { started, wasRunning } = await startOrJoin(call.inlet, connection)
    const job = toJob(await watchJob(started, call, seconds * 1000), connection)
    const text = wasRunning ? `It was running already.\n${jobText(job)}` : jobText(job)
    return { structured: { job, was_running: wasRunning, notice }, text }
  },
})

async function startOrJoin(inlet: Inlet, { id }: ConnectionView): Promise<{ started: JobRow; wasRunning: boolean }> {
  try {
    return { started: await inlet.connections.run(id), wasRunning: false }
  } catch (error) {
    if (!isFailure(error, 'conflict') || error.jobId === undefined) throw error
    return { started: await inlet.jobs.get(id, error.jobId), wasRunning: true }
  }
}
