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
    hold(worker, spare)
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
  return takeFrom(threads && waiting.get(threads))
}

const kept = new Set<Worker>()
let mostKept = 0

/**
 * Lets threads of closed stores wait for stores that are opened later, so many at the most: for a process that opens one
 * after another, which each thread costs a tenth of a second of processor time. They keep no process alive.
 */
export function keepThreads(most: number): void {
  mostKept = most
}

export function takeKeptThread(): Worker | undefined {
  return takeFrom(kept)
}

/** Whether one more would be kept. */
export function wantsThread(): boolean {
  return kept.size < mostKept
}

/** @param worker has said that it is released */
export function keepThread(worker: Worker): void {
  stopListening(worker)
  worker.unref()
  hold(worker, kept)
}

function hold(worker: Worker, threads: Set<Worker>): void {
  const drop = () => void threads.delete(worker)
  worker.on('error', drop).on('exit', drop)
  threads.add(worker)
}

function takeFrom(threads: Set<Worker> | undefined): Worker | undefined {
  const [worker] = threads ?? []
  if (!threads || !worker) return undefined
  threads.delete(worker)
  stopListening(worker)
  worker.ref()
  return worker
}

/** Without those that are Node's own: a worker that has lost them says nothing any more. */
function stopListening(worker: Worker): void {
  for (const event of ['message', 'messageerror', 'error', 'exit']) worker.removeAllListeners(event)
}

/** Nothing of the environment, where keys may be, is needed in there, and no flag of the main program. */
export function startThread({ program = threadProgram, setup }: { program?: URL; setup?: unknown }): Worker {
  return new Worker(program, { workerData: setup, name: 'store', env: threadEnvironment(), execArgv: [] })
}
