import { Worker } from 'node:worker_threads'
import { threadEnvironment } from '../thread-environment.ts'
import type { SpareThreads } from './spare.ts'

const waiting = new WeakMap<SpareThreads, Set<Worker>>()

/** The thread's file, beside this one, as source or compiled. */
export const threadProgram = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

/** As many as `openStore` uses at once: those that read are started when they are needed. */
const usualThreads = 1

/**
 * Starts threads ahead of `openStore`, so that they load while the main thread does. They keep no process alive, and
 * touch no file but their own programs before they are told to.
 */
export function startSpareThreads(count = usualThreads): SpareThreads {
  const spare = new Set<Worker>()
  for (let index = 0; index < count; index++) {
    const worker = startThread({})
    worker.unref()
    const drop = () => void spare.delete(worker)
    worker.on('error', drop).on('exit', drop)
    spare.add(worker)
  }
  const threads: SpareThreads = {
    end() {
      for (const worker of spare) void worker.terminate()
      spare.clear()
    },
  }
  waiting.set(threads, spare)
  return threads
}

/** One of them, for whoever takes it from here on; none where all are taken or have ended. */
export function takeSpareThread(threads: SpareThreads | undefined): Worker | undefined {
  const spare = threads && waiting.get(threads)
  const [worker] = spare ?? []
  if (!spare || !worker) return undefined
  spare.delete(worker)
  worker.removeAllListeners()
  worker.ref()
  return worker
}

/** Nothing of the environment, where keys may be, is needed in there, and no flag of the main program. */
export function startThread({ program = threadProgram, setup }: { program?: URL; setup?: unknown }): Worker {
  return new Worker(program, { workerData: setup, name: 'store', env: threadEnvironment(), execArgv: [] })
}
