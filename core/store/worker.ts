/** A thread with one connection to the database: opens it, answers calls in order, closes it. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { Failure } from '../errors.ts'
import { type Calls, isShort, readerCalls, writerCalls } from './calls.ts'
import { type Database, openDatabase } from './database.ts'
import { databaseFailure, encodeFailure } from './failures.ts'
import type { Request, Response, WorkerSetup } from './messages.ts'
import { migrate } from './schema.ts'

const port = parentPort

type Call = Exclude<Request, 'close'>

/** Beyond this, the first one waits for longer than the disk takes. */
const mostTogether = 64

if (workerData) begin(workerData as WorkerSetup)
// One that was started ahead is told later.
else port?.once('message', begin)

function begin(setup: WorkerSetup): void {
  const database = open(setup)
  if (!database) return
  port?.on('message', (request: Request) => {
    for (let next: Request | undefined = request; next !== undefined; ) next = serve(database, next, setup)
  })
  send('ready')
}

/** Serves a request, and short writes that wait behind it. @returns one that was met and not served yet */
function serve(database: Database, first: Request, setup: WorkerSetup): Request | undefined {
  if (first === 'close') {
    close(database, setup)
    port?.close()
    return undefined
  }
  const { together, met } = gather(first, setup)
  const outcomes = database.together(together.map(call => () => perform(database, call, setup)))
  for (const [index, outcome] of outcomes.entries()) {
    const { id } = together[index] as Call
    if (outcome.status === 'fulfilled') send({ id, result: outcome.value })
    else send({ id, failure: encodeFailure(databaseFailure(outcome.reason, setup.file)) })
  }
  return met
}

/** Each write waits for the disk: those that came while the one before it did so wait together. */
function gather(first: Call, { role }: WorkerSetup): { together: Call[]; met: Request | undefined } {
  const together = [first]
  if (!port || role !== 'writer' || !isShort(first)) return { together, met: undefined }
  while (together.length < mostTogether) {
    const next = receiveMessageOnPort(port)?.message as Request | undefined
    if (next === undefined || next === 'close' || !isShort(next)) return { together, met: next }
    together.push(next)
  }
  return { together, met: undefined }
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
