/** A thread with one connection to the database: opens it, answers calls in order, closes it. */
import { parentPort, workerData } from 'node:worker_threads'
import { Failure } from '../errors.ts'
import { type Calls, readerCalls, writerCalls } from './calls.ts'
import { type Database, openDatabase } from './database.ts'
import { databaseFailure, encodeFailure } from './failures.ts'
import type { Request, Response, WorkerSetup } from './messages.ts'
import { migrate } from './schema.ts'

const port = parentPort

if (workerData) serve(workerData as WorkerSetup)
// One that was started ahead is told later.
else port?.once('message', serve)

function serve(setup: WorkerSetup): void {
  const database = open(setup)
  if (!database) return
  const calls: Calls = setup.role === 'writer' ? writerCalls : readerCalls
  port?.on('message', (request: Request) => {
    if (request === 'close') {
      close(database, setup)
      port.close()
    } else {
      send(answer(database, request, calls, setup))
    }
  })
  send('ready')
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

function answer(
  database: Database,
  { id, call, input }: Exclude<Request, 'close'>,
  calls: Calls,
  { file, role }: WorkerSetup,
): Response {
  try {
    const known = Object.hasOwn(calls, call) ? calls[call] : undefined
    if (!known) throw new Failure('internal', `the store's ${role} does not know "${call}"`)
    return { id, result: known(database, input as never) }
  } catch (error) {
    return { id, failure: encodeFailure(databaseFailure(error, file)) }
  }
}

function close(database: Database, { role }: WorkerSetup): void {
  try {
    if (role === 'writer') database.script('pragma wal_checkpoint(truncate)')
  } catch {
    // What stays in the log is read from there at the next start.
  }
  database.close()
}
