/** What the main thread and the store's threads tell each other. */
import type { Role } from './database.ts'
import type { EncodedFailure } from './failures.ts'

export interface WorkerSetup {
  file: string
  role: Role
}

export type Request = { id: number; call: string; input: unknown } | 'close'

export type Response =
  | 'ready'
  /** The database could not be opened: the thread ends. */
  | { refused: EncodedFailure }
  | { id: number; result: unknown }
  | { id: number; failure: EncodedFailure }
