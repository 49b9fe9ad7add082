import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../core/clock.ts'
import { createJobQueue, type JobReport } from '../../core/jobs.ts'
import { silentLog } from '../../core/log.ts'
import { openStore } from '../../core/store/index.ts'
import type { ConnectionRow } from '../../core/store/store.ts'
import { fakeClock } from '../support/fake-clock.ts'
import { storeConnection } from '../support/stored-connection.ts'

it('runs that bring only what has changed are not held up by listings that take hours', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'inlet-test-'))
  const store = await openStore({ file: join(folder, 'inlet.db') })
  const gate = Promise.withResolvers<void>()
  let begun = 0
  let toldOfRoom = 0
  const queue = createJobQueue({
    ...{ store, clock: systemClock, concurrency: 1, timeoutMs: 60_000, log: silentLog },
    roomy: () => toldOfRoom++,
    runner: {
      async run() {
        begun++
        await gate.promise
      },
      ended: async () => ({ connection: {}, happenings: [], stored() {} }),
    },
  })
  onTestFinished(async () => {
    gate.resolve()
    await queue.close()
    await store.close()
    await rm(folder, { recursive: true, force: true })
  })
  const listing = { generation: 1, skips: [], sweepable: true }
  const make = (changes: Partial<ConnectionRow>) => storeConnection(store, changes)
  const news = [await make({}), await make({ cursor: 'half', listing })]
  const listed = [await make({ cursor: 'here' }), await make({ cursor: 'here' })]
  for (const connection of [...news, ...listed]) await queue.add(connection, 'manual')
  while (begun < 3) await new Promise(resolve => setImmediate(resolve))
  expect(queue.load()).toEqual({ running: 3, waiting: 1 })
  const [anyNew, anyListed] = [await make({}), await make({ cursor: 'here' })]
  expect([queue.hasRoom(anyNew), queue.hasRoom(anyListed)]).toEqual([false, true])
  // One that is being written down has its place already.
  const many = await Promise.all(Array.from({ length: 60 }, () => make({ cursor: 'here' })))
  const added = many.map(connection => queue.add(connection, 'manual'))
  expect(queue.hasRoom(anyListed)).toBe(false)
  await Promise.all(added)
  expect(toldOfRoom).toBe(0)
  gate.resolve()
  while (queue.load().running > 0) await new Promise(resolve => setImmediate(resolve))
  expect([queue.hasRoom(anyNew), queue.hasRoom(anyListed)]).toEqual([true, true])
  expect(toldOfRoom).toBe(64)
})

describe('a job that its provider keeps waiting', () => {
  const minuteMs = 60_000

  /** Jobs that run until they are told to end, by the order of their beginnings; one place for listings. */
  async function begunJobs() {
    const folder = await mkdtemp(join(tmpdir(), 'inlet-test-'))
    const store = await openStore({ file: join(folder, 'inlet.db') })
    const clock = fakeClock()
    const jobs: { report: JobReport; end(): void; isOver: boolean }[] = []
    const queue = createJobQueue({
      ...{ store, clock, concurrency: 1, timeoutMs: 600 * minuteMs, log: silentLog },
      runner: {
        async run(_job, _override, signal, report) {
          const { promise, resolve: end, reject } = Promise.withResolvers<void>()
          const job = { report, end, isOver: false }
          signal.addEventListener('abort', () => reject(signal.reason))
          jobs.push(job)
          await promise.finally(() => {
            job.isOver = true
          })
        },
        ended: async () => ({ connection: {}, happenings: [], stored() {} }),
      },
    })
    onTestFinished(async () => {
      await queue.close()
      await store.close()
      await rm(folder, { recursive: true, force: true })
    })
    const add = async (count: number) => {
      for (let index = 0; index < count; index++) await queue.add(await storeConnection(store), 'manual')
    }
    /** Resolves when that many have begun, and nothing else is about to happen. */
    const begun = async (count: number) => {
      while (jobs.length < count) await new Promise(resolve => setImmediate(resolve))
      await store.status()
      await new Promise(resolve => setImmediate(resolve))
      return jobs.length
    }
    const waiting = (index: number, ms: number) => jobs[index]?.report.waiting(clock.now() + ms, 'rate_limited')
    return { queue, clock, jobs, add, begun, waiting }
  }

  it('leaves its place to another, takes it again when it goes on, and nobody begins before there is one', async () => {
    const { queue, clock, jobs, add, begun, waiting } = await begunJobs()
    await add(3)
    expect(await begun(1)).toBe(1)
    waiting(0, 500)
    expect(await begun(1)).toBe(1)
    waiting(0, minuteMs)
    expect(await begun(2)).toBe(2)
    expect(queue.load()).toEqual({ running: 2, waiting: 1 })
    await clock.advance(minuteMs)
    jobs[1]?.end()
    while (queue.load().running > 1) await new Promise(resolve => setImmediate(resolve))
    expect(await begun(2)).toBe(2)
    jobs[0]?.end()
    expect(await begun(3)).toBe(3)
    expect(queue.load()).toEqual({ running: 1, waiting: 0 })
  })

  it('takes its place again as soon as it brings something', async () => {
    const { queue, jobs, add, begun, waiting } = await begunJobs()
    await add(3)
    await begun(1)
    waiting(0, minuteMs)
    await begun(2)
    const totals = { inserted: 1, updated: 0, deleted: 0, kept: 0, skipped: 0, failed: 0, encountered: {} }
    jobs[0]?.report.progress(totals, 1)
    jobs[1]?.end()
    while (queue.load().running > 1) await new Promise(resolve => setImmediate(resolve))
    expect(await begun(2)).toBe(2)
  })

  it('does so among a few: a provider that is down does not have all of them begun', async () => {
    const { queue, jobs, add, begun, waiting } = await begunJobs()
    await add(6)
    for (let count = 1; count <= 3; count++) {
      await begun(count)
      waiting(count - 1, minuteMs)
    }
    expect(await begun(3)).toBe(3)
    expect(queue.load()).toEqual({ running: 3, waiting: 3 })
    // The first two were aside: their ends leave no place that was not free before.
    for (const [over, begunThen] of [3, 3, 4, 5, 6, 6].entries()) {
      jobs[over]?.end()
      while (queue.load().running + queue.load().waiting > 5 - over) await new Promise(resolve => setImmediate(resolve))
      expect(await begun(begunThen)).toBe(begunThen)
    }
    expect([jobs.length, jobs.every(({ isOver }) => isOver)]).toEqual([6, true])
    expect(queue.load()).toEqual({ running: 0, waiting: 0 })
  })
})
