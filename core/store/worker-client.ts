import { Worker } from 'node:worker_threads'
import { Failure } from '../errors.ts'
import type { Calls } from './calls.ts'
import { decodeFailure } from './failures.ts'
import type { Request, Response, WorkerSetup } from './messages.ts'

/** Calls to one of the store's threads. */
export interface WorkerClient<Known extends Calls> {
  /** Calls not answered yet. */
  readonly pending: number
  /**
   * Asks the thread and waits for its answer; calls are served in order.
   * @throws Failure as thrown in the thread; `internal` when the thread ends without an answer; `closing`
   */
  call<Name extends keyof Known & string>(name: Name, input: Input<Known[Name]>): Promise<Output<Known[Name]>>
  /** Resolves when the thread has opened the database. @throws Failure `data_folder` */
  open(): Promise<void>
  /** Takes no more calls, answers those under way, closes the database and ends the thread. */
  close(): Promise<void>
}

type Input<Call> = Call extends (database: never, input: infer Value) => unknown ? Value : never
type Output<Call> = Call extends (database: never, input: never) => infer Value ? Value : never

interface Waiting {
  resolve(result: unknown): void
  reject(failure: Failure): void
}

/** One life of the thread. */
interface Thread {
  worker: Worker
  ready: Promise<void>
  ended: Promise<void>
  waiting: Map<number, Waiting>
}

/** The thread's file, beside this one, as source or compiled. */
const workerFile = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

/**
 * A thread is started at the first call, and again at the next call after it has crashed. `program` is what runs in
 * it.
 */
export function createWorkerClient<Known extends Calls>(
  setup: WorkerSetup,
  program: URL = workerFile,
): WorkerClient<Known> {
  let thread: Thread | undefined
  let closed: Promise<void> | undefined
  let lastId = 0

  function running(): Thread {
    thread ??= startThread(setup, program, ended => {
      if (thread === ended) thread = undefined
    })
    return thread
  }

  return {
    get pending() {
      return thread?.waiting.size ?? 0
    },
    async open() {
      await running().ready
    },
    call(name, input) {
      if (closed) return Promise.reject(new Failure('closing', 'the store is closed'))
      const { worker, waiting } = running()
      lastId += 1
      const id = lastId
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve: result => resolve(result as Output<Known[typeof name]>), reject })
        try {
          worker.postMessage({ id, call: name, input } satisfies Request)
        } catch (error) {
          waiting.delete(id)
          reject(new Failure('internal', `${name} was given what cannot be stored`, { cause: error }))
        }
      })
    },
    close() {
      closed ??= (async () => {
        if (!thread) return
        thread.worker.postMessage('close' satisfies Request)
        await thread.ended
      })()
      return closed
    },
  }
}

function startThread(setup: WorkerSetup, program: URL, onEnd: (thread: Thread) => void): Thread {
  // Nothing of the environment, where keys may be, is needed in there, and no flag of the main program.
  const worker = new Worker(program, { workerData: setup, name: `store ${setup.role}`, env: {}, execArgv: [] })
  const waiting = new Map<number, Waiting>()
  const ready = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  const thread: Thread = { worker, waiting, ready: ready.promise, ended: ended.promise }
  let trouble: Failure | undefined
  ready.promise.catch(() => undefined)

  worker.on('message', (response: Response) => {
    if (response === 'ready') return ready.resolve()
    if ('refused' in response) {
      trouble = decodeFailure(response.refused)
      return end()
    }
    const waiter = waiting.get(response.id)
    waiting.delete(response.id)
    if ('failure' in response) waiter?.reject(decodeFailure(response.failure))
    else waiter?.resolve(response.result)
  })
  worker.on('messageerror', error => crash(error))
  worker.on('error', error => crash(error))
  worker.on('exit', () => {
    end()
    ended.resolve()
  })
  return thread

  function crash(error: unknown): void {
    trouble ??= crashed(setup, error)
    end()
    void worker.terminate()
  }

  function end(): void {
    onEnd(thread)
    const failure = trouble ?? crashed(setup, undefined)
    ready.reject(failure)
    for (const waiter of waiting.values()) waiter.reject(failure)
    waiting.clear()
  }
}

function crashed({ role }: WorkerSetup, cause: unknown): Failure {
  const message = `the store's ${role} thread stopped unexpectedly; the next call starts another`
  return new Failure('internal', message, { cause })
}
