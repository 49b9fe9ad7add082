import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { giveBackWhenIdle, lookEveryMs } from '../../core/idle-memory.ts'
import { type FakeClock, fakeClock } from '../support/fake-clock.ts'

const megabyte = 1_000_000
const module = new URL('../../core/idle-memory.ts', import.meta.url).href

let clock: FakeClock
let over: AbortController
/** What the thread is said to be like. */
let thread: { bytes: number; busyShare: number; collections: number }

beforeEach(() => {
  clock = fakeClock()
  over = new AbortController()
  thread = { bytes: 60 * megabyte, busyShare: 0, collections: 0 }
  const collect = () => {
    thread.collections++
    thread.bytes = 20 * megabyte
  }
  void giveBackWhenIdle({ bytes: () => thread.bytes, busyShare: () => thread.busyShare, collect }, clock, over.signal)
})
afterEach(() => over.abort())

describe('a thread that waits', () => {
  it('gives back what its work has left, and then has nothing to give', async () => {
    await clock.advance(lookEveryMs)
    expect(thread.collections).toBe(1)
    await clock.advance(10 * 60_000)
    expect(thread.collections).toBe(1)
  })

  it('does so after more work, but not at each pause of it', async () => {
    await clock.advance(lookEveryMs)
    thread.bytes = 60 * megabyte
    await clock.advance(30_000)
    expect(thread.collections).toBe(1)
    await clock.advance(60_000)
    expect(thread.collections).toBe(2)
  })

  it('is left alone once it is over', async () => {
    over.abort()
    await clock.advance(60_000)
    expect(thread.collections).toBe(0)
    expect(clock.sleeping).toBe(0)
  })
})

it('does not pause a thread that works', async () => {
  thread.busyShare = 0.5
  await clock.advance(60_000)
  expect(thread.collections).toBe(0)
  thread.busyShare = 0
  await clock.advance(lookEveryMs)
  expect(thread.collections).toBe(1)
})

/** Prints the size of the heap before and after `collect`, with all that was kept let go. */
const work = (collect: string) => `
  const { heapOfThread } = await import(process.argv[1])
  const heap = heapOfThread()
  let kept = []
  for (let index = 0; index < 400_000; index++) kept.push({ index, text: 'x' + index })
  const before = heap.bytes()
  kept = undefined
  ${collect}
  process.stdout.write(JSON.stringify([before, heap.bytes(), typeof globalThis.gc]))
`

it('makes the heap of its own thread small again', async () => {
  const sizes = async (collect: string) => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', work(collect), module])
    return JSON.parse(stdout) as [number, number, string]
  }
  const [before, after, collector] = await sizes('heap.collect()')
  expect(after).toBeLessThan(before / 2)
  expect(collector).toBe('undefined')
  const [, untouched] = await sizes('')
  expect(untouched).toBeGreaterThan(before / 2)
})

/** Threads that all collect in the same moments; prints how often one of them did. */
const together = `
  import { once } from 'node:events'
  import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
  const { module, program, turns } = workerData ?? {}
  if (isMainThread) {
    const [module, program] = process.argv.slice(1)
    const turns = new Int32Array(new SharedArrayBuffer(4))
    const threads = [1, 2, 3].map(() => new Worker(program, { eval: true, workerData: { module, program, turns } }))
    const counts = await Promise.all(threads.map(async thread => (await once(thread, 'message'))[0]))
    process.stdout.write(JSON.stringify(counts))
  } else {
    const { heapOfThread } = await import(module)
    const heap = heapOfThread()
    let count = 0
    for (let round = 1; round <= 40; round++) {
      // None begins the next one before all have begun this one.
      Atomics.add(turns, 0, 1)
      while (Atomics.load(turns, 0) < 3 * round);
      heap.collect()
      count++
    }
    parentPort.postMessage(count)
  }
`

it('hinders no other thread that does the same at the same time', async () => {
  const words = ['--input-type=module', '-e', together, module, together]
  const { stdout } = await promisify(execFile)(process.execPath, words)
  expect(JSON.parse(stdout)).toEqual([40, 40, 40])
})
