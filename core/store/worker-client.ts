import type { Worker } from 'node:worker_threads'
import { Failure } from '../errors.ts'
import type { Calls } from './calls.ts'
import { decodeFailure } from './failures.ts'
import type { Answer, Call, Request, Response, WorkerSetup } from './messages.ts'
import type { SpareThreads } from './spare.ts'
import {
  keepThread,
  startThread,
  takeKeptThread,
  takeSpareThread,
  threadProgram,
  wantsThread,
} from './spare-threads.ts'

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
  /** Takes no more calls, answers those under way, closes the database and ends the thread, unless it is kept. */
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
  /** Sent when all that can run now has run. */
  outgoing: Call[]
}

/**
 * A thread is started at the first call, and again at the next call after it has crashed.
 * @param spare threads that were started ahead: the first call takes one of them, if there is one
 * @param program what runs in it
 */
export function createWorkerClient<Known extends Calls>(
  setup: WorkerSetup,
  { spare, program = threadProgram }: { spare?: SpareThreads | undefined; program?: URL } = {},
): WorkerClient<Known> {
  let thread: Thread | undefined
  let closed: Promise<void> | undefined
  let lastId = 0

  function running(): Thread {
    thread ??= followThread(startOrTake(), setup, ended => {
      if (thread === ended) thread = undefined
    })
    return thread
  }

  function startOrTake(): Worker {
    const taken = takeSpareThread(spare) ?? (program === threadProgram ? takeKeptThread() : undefined)
    taken?.postMessage(setup)
    return taken ?? startThread({ program, setup })
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
      const { waiting, outgoing, worker } = running()
      lastId += 1
      const id = lastId
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve: result => resolve(result as Output<Known[typeof name]>), reject })
        outgoing.push({ id, call: name, input })
        if (outgoing.length === 1) process.nextTick(() => send(worker, outgoing.splice(0), waiting))
      })
    },
    close() {
      closed ??= (async () => {
        if (!thread) return
        const { worker, outgoing, waiting, ended } = thread
        send(worker, outgoing.splice(0), waiting)
        const isKept = program === threadProgram && wantsThread()
        worker.postMessage((isKept ? 'release' : 'close') satisfies Request)
        await ended
      })()
      return closed
    },
  }
}

function followThread(worker: Worker, setup: WorkerSetup, onEnd: (thread: Thread) => void): Thread {
  const waiting = new Map<number, Waiting>()
  const ready = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  const thread: Thread = { worker, waiting, outgoing: [], ready: ready.promise, ended: ended.promise }
  let trouble: Failure | undefined
  ready.promise.catch(() => undefined)

  worker.on('message', (response: Response) => {
    if (response === 'ready') return ready.resolve()
    if (response === 'released') {
      end()
      keepThread(worker)
      return ended.resolve()
    }
    if ('refused' in response) {
      trouble = decodeFailure(response.refused)
      return end()
    }
    for (const answer of response) settle(answer)
  })
  worker.on('messageerror', error => crash(error))
  worker.on('error', error => crash(error))
  worker.on('exit', () => {
    end()
    ended.resolve()
  })
  return thread

  function settle(answer: Answer): void {
    const waiter = waiting.get(answer.id)
    waiting.delete(answer.id)
    if ('failure' in answer) waiter?.reject(decodeFailure(answer.failure))
    else waiter?.resolve(answer.result)
  }

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

/** One that cannot be sent is refused alone. */
function send(worker: Worker, calls: Call[], waiting: Map<number, Waiting>): void {
  if (calls.length === 0) return
  try {
    worker.postMessage(calls satisfies Request)
  } catch (error) {
    const [only, ...others] = calls
    if (only && others.length === 0) {
      waiting
        .get(only.id)
        ?.reject(new Failure('internal', `${only.call} was given what cannot be stored`, { cause: error }))
      waiting.delete(only.id)
    } else for (const call of calls) send(worker, [call], waiting)
  }
}

function crashed({ role }: WorkerSetup, cause: unknown): Failure {
  const message = `the store's ${role} thread stopped unexpectedly; the next call starts another`
  return new Failure('internal', message, { cause })
}
