/** A thread with one connection to the database: opens it, answers calls in order, closes it. */
import { parentPort, workerData } from 'node:worker_threads'
import { Failure } from '../errors.ts'
import { type Calls, readerCalls, writerCalls } from './calls.ts'
import { type Database, openDatabase } from './database.ts'
import { databaseFailure, encodeFailure } from './failures.ts'
import type { Request, Response, WorkerSetup } from './messages.ts'
import { migrate } from './schema.ts'

const { file, role } = workerData as WorkerSetup
const calls: Calls = role === 'writer' ? writerCalls : readerCalls
const port = parentPort

if (port) {
  const database = open()
  if (database) {
    port.on('message', (request: Request) => {
      if (request === 'close') {
        close(database)
        port.close()
      } else {
        send(answer(database, request))
      }
    })
    send('ready')
  }
}

function send(response: Response): void {
  port?.postMessage(response)
}

function open(): Database | undefined {
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

function answer(database: Database, { id, call, input }: Exclude<Request, 'close'>): Response {
  try {
    const serve = Object.hasOwn(calls, call) ? calls[call] : undefined
    if (!serve) throw new Failure('internal', `the store's ${role} does not know "${call}"`)
    return { id, result: serve(database, input as never) }
  } catch (error) {
    return { id, failure: encodeFailure(databaseFailure(error, file)) }
  }
}

function close(database: Database): void {
  try {
    if (role === 'writer') database.script('pragma wal_checkpoint(truncate)')
  } catch {
    // What stays in the log is read from there at the next start.
  }
  database.close()
}
