/** What the main thread and the store's threads tell each other. */
import type { Role } from './database.ts'
import type { EncodedFailure } from './failures.ts'

export interface WorkerSetup {
  file: string
  role: Role
}

export interface Call {
  id: number
  call: string
  input: unknown
}

/** Calls that were made in one turn of the event loop are sent together: a message wakes a thread, which costs more. */
export type Request = Call[] | End

/** The database is closed; the thread ends, or waits to be told of another. */
export type End = 'close' | 'release'

export type Answer = { id: number; result: unknown } | { id: number; failure: EncodedFailure }

export type Response =
  | 'ready'
  | 'released'
  /** The database could not be opened: the thread ends. */
  | { refused: EncodedFailure }
  | Answer[]
