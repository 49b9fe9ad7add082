/** A thread with one connection to a database: opens it, answers calls in order, closes it; then perhaps another. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { notNeeded, systemClock } from '../clock.ts'
import { Failure } from '../errors.ts'
import { giveBackWhenIdle, heapOfThread } from '../idle-memory.ts'
import { type Calls, isShort, readerCalls, writerCalls } from './calls.ts'
import { type Database, openDatabase } from './database.ts'
import { databaseFailure, encodeFailure } from './failures.ts'
import type { Answer, Call, End, Request, Response, WorkerSetup } from './messages.ts'
import { migrate } from './schema.ts'

const port = parentPort

/** Beyond this, the first one waits for longer than the disk takes. */
const mostTogether = 64

if (workerData) begin(workerData as WorkerSetup)
// One that was started ahead is told later.
else port?.once('message', begin)

function begin(setup: WorkerSetup): void {
  const database = open(setup)
  if (!database) return
  const waiting: Call[] = []
  const over = new AbortController()
  const hear = (request: Request) => {
    let end = take(request, waiting)
    while (waiting.length > 0) {
      // Each write waits for the disk: those that came while the one before it did so wait together.
      while (!end && waiting.length < mostTogether) {
        const next = port && (receiveMessageOnPort(port)?.message as Request | undefined)
        if (!next) break
        end = take(next, waiting)
      }
      serve(database, waiting.splice(0, countTogether(waiting, setup)), setup)
    }
    if (!end) return
    over.abort(notNeeded)
    close(database, setup)
    if (end === 'close') return port?.close()
    port?.off('message', hear).once('message', begin)
    send('released')
  }
  port?.on('message', hear)
  send('ready')
  void giveBackWhenIdle(heapOfThread(), systemClock, over.signal)
}

/** @returns what ends it, where this is the last one */
function take(request: Request, waiting: Call[]): End | undefined {
  if (typeof request === 'string') return request
  waiting.push(...request)
  return undefined
}

/** How many of those that wait are served as one: short writes, or else one alone. */
function countTogether(waiting: readonly Call[], { role }: WorkerSetup): number {
  if (role !== 'writer') return 1
  const firstLong = waiting.findIndex(call => !isShort(call))
  return Math.max(1, Math.min(mostTogether, firstLong < 0 ? waiting.length : firstLong))
}

function serve(database: Database, calls: readonly Call[], setup: WorkerSetup): void {
  const outcomes = database.together(calls.map(call => () => perform(database, call, setup)))
  send(
    outcomes.map((outcome, index): Answer => {
      const { id } = calls[index] as Call
      if (outcome.status === 'fulfilled') return { id, result: outcome.value }
      return { id, failure: encodeFailure(databaseFailure(outcome.reason, setup.file)) }
    }),
  )
}

function send(response: Response): void {
  port?.postMessage(response)
}

function open({ file, role }: WorkerSetup): Database | undefined {
  try {
    const database = openDatabase(file, role)
    if (role === 'writer') migrate(database)
    database.get('select sequence from feed')
    return database
  } catch (error) {
    send({ refused: encodeFailure(databaseFailure(error, file)) })
    return undefined
  }
}

function perform(database: Database, { call, input }: Call, { role }: WorkerSetup): unknown {
  const calls: Calls = role === 'writer' ? writerCalls : readerCalls
  const known = Object.hasOwn(calls, call) ? calls[call] : undefined
  if (!known) throw new Failure('internal', `the store's ${role} does not know "${call}"`)
  return known(database, input as never)
}

function close(database: Database, { role }: WorkerSetup): void {
  try {
    if (role === 'writer') database.script('pragma wal_checkpoint(truncate)')
  } catch {
    // What stays in the log is read from there at the next start.
  }
  database.close()
}
