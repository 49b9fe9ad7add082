import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../core/clock.ts'
import { Failure } from '../../core/errors.ts'
import { createJobQueue, type JobQueue } from '../../core/jobs.ts'
import { silentLog } from '../../core/log.ts'
import { openStore } from '../../core/store/index.ts'
import type { ConnectionRow, JobRow, Store } from '../../core/store/store.ts'
import { storeConnection } from '../support/stored-connection.ts'

interface Bench {
  store: Store
  queue: JobQueue
  connection: ConnectionRow
  /** While it is full, it takes no change of a job or a connection. */
  disk: { isFull: boolean }
  /** Ends that are told, and how often the books of the connection say that it ran. */
  told(): Promise<{ events: number; runs: number | undefined }>
}

async function bench(run: (disk: Bench['disk']) => Promise<void>): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'inlet-test-'))
  const store = await openStore({ file: join(folder, 'inlet.db') })
  onTestFinished(async () => {
    await store.close()
    await rm(folder, { recursive: true, force: true })
  })
  const disk = { isFull: false }
  const guard = () => {
    if (disk.isFull) throw new Failure('data_folder', 'the database does not fit on the disk any more')
  }
  const refusing: Store = {
    ...store,
    async updateJob(...change) {
      guard()
      await store.updateJob(...change)
    },
    async endJob(...end) {
      guard()
      await store.endJob(...end)
    },
  }
  const queue = createJobQueue({
    store: refusing,
    clock: systemClock,
    concurrency: 2,
    timeoutMs: 60_000,
    log: silentLog,
    runner: {
      run: () => run(disk),
      async ended({ connectionId }) {
        const { totalRuns = 0 } = (await store.connection(connectionId)) ?? {}
        const happenings = [{ type: 'client.refused', provider: 'scripted', message: 'an end' }] as const
        return { connection: { totalRuns: totalRuns + 1 }, happenings, stored() {} }
      },
    },
  })
  const connection = await storeConnection(store)
  const told = async () => ({
    events: (await store.events({ after: 0, limit: 100 })).events.length,
    runs: (await store.connection(connection.id))?.totalRuns,
  })
  return { store, queue, connection, disk, told }
}

async function endOf(queue: JobQueue, job: JobRow): Promise<void> {
  for await (const _progress of queue.follow(job, AbortSignal.timeout(10_000)));
}

it('a job that ends just before somebody follows it is told with its end', async () => {
  const { queue, connection } = await bench(async () => {})
  const asRead = await queue.add(connection, 'manual')
  await endOf(queue, asRead)
  const told: string[] = []
  for await (const { job } of queue.follow(asRead, AbortSignal.timeout(10_000))) told.push(job.status)
  expect(asRead.status).toBe('pending')
  expect(told).toEqual(['completed'])
})

describe('a disk that is full when a job ends', () => {
  const fill = async (disk: Bench['disk']) => {
    disk.isFull = true
  }

  it('tells the end to whoever asks, and does not keep the next job from its connection', async () => {
    const { store, queue, connection, disk, told } = await bench(fill)
    const job = await queue.add(connection, 'manual')
    await endOf(queue, job)
    const stored = await store.job(job.id)
    if (!stored) throw new Error('the job is gone')
    expect(queue.current(stored)).toMatchObject({ status: 'completed' })
    disk.isFull = false
    const next = await queue.add(connection, 'manual')
    await endOf(queue, next)
    expect(await store.job(job.id)).toMatchObject({ status: 'completed', completedAt: expect.any(String) })
    // The first one's end is told now, the second one's waits for the disk again.
    expect(await told()).toEqual({ events: 1, runs: 1 })
  })

  it('is told and counted once, however many ask for the next job at once', async () => {
    const { store, queue, connection, disk, told } = await bench(fill)
    const job = await queue.add(connection, 'manual')
    await endOf(queue, job)
    disk.isFull = false
    const asked = await Promise.allSettled(Array.from({ length: 5 }, () => queue.add(connection, 'manual')))
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await told()).toEqual({ events: 1, runs: 1 })
    expect(await store.job(job.id)).toMatchObject({ status: 'completed' })
  })

  it('keeps refusing the next one while it is still full, in words of the disk', async () => {
    const { queue, connection, disk } = await bench(fill)
    await endOf(queue, await queue.add(connection, 'manual'))
    for (let times = 0; times < 3; times++) {
      await expect(queue.add(connection, 'manual')).rejects.toMatchObject({ code: 'data_folder' })
    }
    disk.isFull = false
    await endOf(queue, await queue.add(connection, 'manual'))
    expect.assertions(3)
  })

  it('leaves nothing open when there is room again before it stops', async () => {
    const { store, queue, connection, disk, told } = await bench(fill)
    await endOf(queue, await queue.add(connection, 'manual'))
    disk.isFull = false
    await queue.close()
    expect(await store.openJobs()).toEqual([])
    expect(await told()).toEqual({ events: 1, runs: 1 })
  })
})
