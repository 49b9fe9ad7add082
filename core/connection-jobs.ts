/** The jobs of a connection, as callers see them: an id of another connection's is the id of nothing. */
import { Failure, quote } from './errors.ts'
import { isUuid } from './identifiers.ts'
import type { Inlet } from './inlet.ts'
import type { JobQueue } from './jobs.ts'
import type { JobRow, Store } from './store/store.ts'

export interface ConnectionJobsOptions {
  store: Store
  queue: JobQueue
  connections: Pick<Inlet['connections'], 'get'>
}

export function createConnectionJobs({ store, queue, connections }: ConnectionJobsOptions): Inlet['jobs'] {
  return {
    get: async (connectionId, jobId) => queue.current(await existingJob(connectionId, jobId)),
    async list(connectionId, page) {
      await connections.get(connectionId)
      return (await store.jobs(connectionId, page)).map(queue.current)
    },
    async cancel(connectionId, jobId) {
      const job = await existingJob(connectionId, jobId)
      if (job.status !== 'pending' && job.status !== 'in_progress') {
        const message = `the job is over (${job.status}); only one that is pending or in progress can be cancelled`
        throw new Failure('conflict', message, { problem: 'job-over', jobId })
      }
      await queue.cancel(job.id)
      return existingJob(connectionId, jobId)
    },
    async *follow(connectionId, jobId, signal) {
      const job = await existingJob(connectionId, jobId)
      for await (const progress of queue.follow(job, signal)) yield progress
    },
  }

  async function existingJob(connectionId: string, jobId: string): Promise<JobRow> {
    const job = isUuid(jobId) ? await store.job(jobId.toLowerCase()) : undefined
    if (job?.connectionId !== connectionId.toLowerCase()) {
      throw new Failure('not_found', `the connection has no job ${quote(jobId)}`, { problem: 'unknown-job' })
    }
    return job
  }
}
