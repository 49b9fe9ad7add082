import { Failure } from '../errors.ts'
import type { readerCalls } from './calls.ts'
import type { WorkerClient } from './worker-client.ts'

export type ReaderClient = WorkerClient<typeof readerCalls>
type Call = ReaderClient['call']

/** Reads over several threads. */
export interface Readers {
  /** For reads that are short by nature: goes to the thread that will be free first. */
  quick: Call
  /**
   * For reads that may take long: one at a time in a thread, and never in the last thread if there is more than one,
   * so that quick reads always find a way past.
   */
  slow: Call
  /** Fails what has not begun, and waits for the rest. */
  close(): Promise<void>
}

/** A slow read weighs more than any number of quick ones. */
const slowWeight = 1_000_000

export function createReaders(clients: readonly ReaderClient[]): Readers {
  const lanes = clients.map(client => ({ client, busy: false }))
  const slowLanes = lanes.length > 1 ? lanes.slice(0, -1) : lanes
  const queue: { begin(client: ReaderClient): Promise<unknown>; abandon(): void }[] = []
  let closing = false

  function next(): void {
    for (const lane of slowLanes) {
      const job = lane.busy ? undefined : queue.shift()
      if (!job) continue
      lane.busy = true
      void job.begin(lane.client).finally(() => {
        lane.busy = false
        next()
      })
    }
  }

  return {
    quick(name, input) {
      const weigh = (lane: (typeof lanes)[number]) => lane.client.pending + (lane.busy ? slowWeight : 0)
      const lane = lanes.reduceRight((best, other) => (weigh(other) < weigh(best) ? other : best))
      return lane.client.call(name, input)
    },
    slow(name, input) {
      if (closing) return Promise.reject(new Failure('closing', 'the store is closed'))
      return new Promise((resolve, reject) => {
        queue.push({
          begin: client => client.call(name, input).then(resolve, reject),
          abandon: () => reject(new Failure('closing', 'the store is closed')),
        })
        next()
      })
    },
    async close() {
      closing = true
      for (const job of queue.splice(0)) job.abandon()
      await Promise.all(clients.map(client => client.close()))
    },
  }
}
