import { Worker } from 'node:worker_threads'
import type { Clock } from '../clock.ts'
import { Failure } from '../errors.ts'
import { threadEnvironment } from '../thread-environment.ts'
import { type Source, tooCostly } from './source.ts'

export interface Task {
  content: Source
  mediaType: string
  maxTextBytes: number
  /** Bytes of a file on disk that are read. */
  mostBytes: number
  /** The content is JSON, and what is to be converted is in this member, in base64. */
  member?: string | undefined
  /** After which the worker is ended, in milliseconds. */
  timeLimitMs: number
}

/** What a worker says: that it has started, or what became of its task. */
export type Answer =
  | { type: 'ready' }
  | { type: 'text'; text: string }
  /** @param status of the provider's answer, where that is to blame and not the content */
  | { type: 'unreadable'; message: string; status?: number | undefined; problem?: string | undefined }

export interface PoolOptions {
  /** The file that each worker runs. */
  file: URL
  workers: number
  /** Time that one task may take, and a worker to start, in milliseconds. */
  timeLimitMs: number
  /** A pool without tasks for as long, in milliseconds, ends its workers. */
  idleMs: number
  /** Heap of one worker, in MiB; and as much outside of it, where buffers are. */
  heapMb: number
  /** How often a worker's memory is looked at, in milliseconds. */
  guardMs: number
  clock: Clock
}

export interface Pool {
  /**
   * The text that a worker makes of the task, in the order of the calls. Content is copied when its turn comes, so what
   * waits takes no more memory than its caller holds.
   * @throws Failure `item_unreadable` for content that cannot be converted, also for want of time or memory;
   * `closing` after `close()`; `internal` if workers do not start; the signal's reason when it is aborted
   */
  run(task: Omit<Task, 'timeLimitMs'>, signal: AbortSignal | undefined): Promise<string>
  /** Ends every worker; what is not done by then fails with `closing`. May be called again. */
  close(): Promise<void>
}

/** A pool that starts a worker when a task needs it, and replaces one that hangs or dies. */
export function createPool(options: PoolOptions): Pool {
  const { clock } = options
  const threads = new Set<Thread>()
  const queue = new Set<Job>()
  const closed = new AbortController()
  let lastBusy = clock.monotonic()
  let watching = false
  return { run, close }

  function run(task: Omit<Task, 'timeLimitMs'>, signal: AbortSignal | undefined): Promise<string> {
    if (closed.signal.aborted) return Promise.reject(closing())
    if (signal?.aborted) return Promise.reject(reasonOf(signal))
    return new Promise((resolve, reject) => {
      const abort = () => settle(() => reject(signal ? reasonOf(signal) : closing()))
      const settle = (finish: () => void) => {
        signal?.removeEventListener('abort', abort)
        queue.delete(job)
        finish()
      }
      const job: Job = {
        task: { ...task, timeLimitMs: options.timeLimitMs },
        done: text => settle(() => resolve(text)),
        fail: failure => settle(() => reject(failure)),
      }
      signal?.addEventListener('abort', abort, { once: true })
      queue.add(job)
      dispatch()
    })
  }

  function dispatch(): void {
    for (const job of queue) {
      const thread = [...threads].find(({ job }) => !job) ?? (threads.size < options.workers ? start() : undefined)
      if (!thread) return
      queue.delete(job)
      give(thread, job)
    }
  }

  function start(): Thread {
    const worker = new Worker(options.file, {
      name: 'inlet-content',
      // Nothing that a converter could be made to read: not the environment, and no standard input.
      env: threadEnvironment(),
      // A last net: converters bound what they keep, because V8 may end the whole process before it ends a worker.
      resourceLimits: { maxOldGenerationSizeMb: options.heapMb, maxYoungGenerationSizeMb: 16 },
    })
    const thread: Thread = { worker, job: undefined, timer: undefined, ready: false }
    threads.add(thread)
    worker.on('message', (answer: Answer) => hear(thread, answer))
    worker.on('error', error => lose(thread, deathOf(thread, error)))
    worker.on('exit', () => lose(thread, deathOf(thread, undefined)))
    return thread
  }

  function give(thread: Thread, job: Job): void {
    const { content } = job.task
    // A copy of its own: a view of a larger buffer would be sent with all of it.
    const bytes = content instanceof Uint8Array ? new Uint8Array(content) : undefined
    thread.job = job
    thread.worker.ref()
    limit(thread)
    thread.worker.postMessage({ ...job.task, content: bytes ?? content }, bytes ? [bytes.buffer] : [])
  }

  function limit(thread: Thread): void {
    const { ready } = thread
    thread.timer?.abort(inTime)
    thread.timer = new AbortController()
    clock.sleep(options.timeLimitMs, thread.timer.signal).then(
      () => lose(thread, ready ? slowness() : deathOf(thread, undefined)),
      () => undefined,
    )
    void guard(thread, thread.timer.signal)
  }

  /** Looks after what the worker holds outside of its heap, for which the thread has no limit of its own. */
  async function guard(thread: Thread, inTime: AbortSignal): Promise<void> {
    try {
      for (;;) {
        await clock.sleep(options.guardMs, inTime)
        const { external_memory: outside } = await thread.worker.getHeapStatistics()
        if (!inTime.aborted && outside > options.heapMb * mebibyte) lose(thread, hunger())
      }
    } catch {
      // The task is done, or the worker is gone.
    }
  }

  function slowness(): Failure {
    const seconds = options.timeLimitMs / 1000
    return new Failure('item_unreadable', `the content took more than ${seconds} s to convert`, { problem: tooCostly })
  }

  function hear(thread: Thread, answer: Answer): void {
    if (answer.type === 'ready') {
      thread.ready = true
      // The time of the start is not the content's.
      if (thread.job) limit(thread)
      return
    }
    const { job } = thread
    release(thread)
    if (answer.type === 'text') job?.done(answer.text)
    else job?.fail(new Failure('item_unreadable', answer.message, { status: answer.status, problem: answer.problem }))
    dispatch()
    void watch()
  }

  /** Ends the worker, fails its task, and goes on with the next one in another worker. */
  function lose(thread: Thread, failure: Failure): void {
    if (!threads.delete(thread)) return
    const { job } = thread
    release(thread)
    void thread.worker.terminate()
    job?.fail(failure)
    dispatch()
  }

  function release(thread: Thread): void {
    thread.timer?.abort(inTime)
    thread.timer = undefined
    thread.job = undefined
    thread.worker.unref()
    lastBusy = clock.monotonic()
  }

  /** One timer for the whole pool, however many tasks pass. */
  async function watch(): Promise<void> {
    if (watching) return
    watching = true
    try {
      while (threads.size > 0) {
        const busy = [...threads].some(({ job }) => job)
        const left = busy ? options.idleMs : lastBusy + options.idleMs - clock.monotonic()
        if (left <= 0) break
        await clock.sleep(left, closed.signal)
      }
      for (const thread of threads) await dismiss(thread)
    } catch {
      // Closed: `close()` ends the workers.
    } finally {
      watching = false
    }
  }

  async function dismiss(thread: Thread): Promise<void> {
    if (thread.job) return
    threads.delete(thread)
    await thread.worker.terminate()
  }

  async function close(): Promise<void> {
    closed.abort()
    const ending = [...threads]
    threads.clear()
    for (const thread of ending) {
      const { job } = thread
      release(thread)
      job?.fail(closing())
    }
    for (const job of queue) job.fail(closing())
    // A worker in its last gasp for memory may not hear that it should end; leaving does not wait for it.
    const ended = new AbortController()
    const patience = clock.sleep(longestEndMs, ended.signal).catch(() => undefined)
    await Promise.race([Promise.all(ending.map(({ worker }) => worker.terminate())), patience])
    ended.abort()
  }
}

const longestEndMs = 2000

/** Why nearly every timer ends: a reason of its own, since the usual one takes down the stack, for each task. */
const inTime = 'in time'

interface Job {
  task: Task
  done(text: string): void
  fail(failure: Failure): void
}

interface Thread {
  worker: Worker
  /** What it works on; one that was aborted is worked on to its end, and its text is dropped. */
  job: Job | undefined
  /** Stops the time limit. */
  timer: AbortController | undefined
  ready: boolean
}

function deathOf(thread: Thread, error: unknown): Failure {
  // A worker that never started says nothing about the content: skipping every item would hide a broken installation.
  if (!thread.ready) return new Failure('internal', 'the worker that converts content did not start', { cause: error })
  if (error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') return hunger(error)
  const message = 'the content stopped the worker that converted it'
  return new Failure('item_unreadable', message, { problem: tooCostly, cause: error })
}

function hunger(cause?: unknown): Failure {
  const message = 'the content needs more memory to convert than one item may take'
  return new Failure('item_unreadable', message, { problem: tooCostly, cause })
}

const mebibyte = 1024 * 1024

function closing(): Failure {
  return new Failure('closing', 'inlet is shutting down; the content was not converted')
}

function reasonOf(signal: AbortSignal): Failure {
  if (signal.reason instanceof Failure) return signal.reason
  return new Failure('cancelled', 'the conversion was cancelled', { cause: signal.reason })
}
