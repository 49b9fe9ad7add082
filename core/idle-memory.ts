/**
 * A process that has listed a mailbox keeps what that took for good: V8 sees no reason to give memory back while nothing
 * is allocated any more. So a thread that waits collects once what is left of its work.
 */
import { performance } from 'node:perf_hooks'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Clock } from './clock.ts'

/** The thread that looks, as far as that matters here. */
export interface Heap {
  /** What the system has given for objects. */
  bytes(): number
  /** Which part of the time since the last call the thread was not waiting, 0 to 1. */
  busyShare(): number
  /** Gives back all that nobody can reach; takes about 10 milliseconds for each 10 MB that are kept. */
  collect(): void
}

/** How often it is looked whether the thread waits, in milliseconds. */
export const lookEveryMs = 2000
/** Between two collections: a sync that a provider's limits hold back also waits for most of its time. */
const restMs = 60_000
/** Less than this is not worth the pause. */
const leastBytes = 4 * 1024 * 1024
const mostBusyShare = 0.02

/** Until the signal. */
export async function giveBackWhenIdle(heap: Heap, clock: Clock, signal: AbortSignal): Promise<void> {
  /** What was left the last time: nothing is known of before. */
  let leftBytes = 0
  let earliest = 0
  heap.busyShare()
  while (!signal.aborted) {
    await clock.sleep(lookEveryMs, signal).catch(() => undefined)
    const isIdle = heap.busyShare() < mostBusyShare
    const now = clock.monotonic()
    if (signal.aborted || !isIdle || now < earliest || heap.bytes() < leftBytes + leastBytes) continue
    heap.collect()
    leftBytes = heap.bytes()
    earliest = now + restMs
  }
}

/** The heap of the thread that calls it. */
export function heapOfThread(): Heap {
  let last = performance.eventLoopUtilization()
  return {
    bytes: () => getHeapStatistics().total_heap_size,
    busyShare() {
      const now = performance.eventLoopUtilization()
      const { utilization } = performance.eventLoopUtilization(now, last)
      last = now
      return utilization
    },
    collect() {
      // V8 shows its collector to contexts that are made from then on. It stays so: the flag is one for all threads, and
      // whoever took it away would take it from another that is just making its context.
      setFlagsFromString('--expose-gc')
      const collect: unknown = runInNewContext('globalThis.gc')
      // Of its kinds the one that also gives back what is free in between, and drops code that is not used any more.
      if (typeof collect === 'function') collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
    },
  }
}
