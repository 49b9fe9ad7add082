/** A run of inlet's as a library, waited for. */
import type { Inlet, JobProgress } from '../../core/inlet.ts'

type Followed = JobProgress['job']

const patienceMs = 1_800_000

/** How a job is when it has ended. @throws Error where it did not end well */
export async function followToEnd(inlet: Inlet, connectionId: string, jobId: string): Promise<Followed> {
  let last: Followed | undefined
  for await (const { job } of inlet.jobs.follow(connectionId, jobId, AbortSignal.timeout(patienceMs))) last = job
  if (last?.status !== 'completed') throw new Error(last?.error ?? `the job is ${last?.status}`)
  return last
}
