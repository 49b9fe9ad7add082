/** SQLite's errors as failures, and failures as messages between threads. */
import { type Code, Failure, type FieldError, toFailure } from '../errors.ts'

/** A failure as plain data: an error class does not survive the way between threads. */
export interface EncodedFailure {
  code: Code
  message: string
  status: number | undefined
  retryAfterMs: number | undefined
  providerError: string | undefined
  problem: string | undefined
  fields: readonly FieldError[]
  connectionId: string | undefined
  jobId: string | undefined
  stack: string | undefined
  cause: EncodedCause | undefined
}

type EncodedCause = { failure: EncodedFailure } | { name: string; message: string; stack: string | undefined }

export function encodeFailure(failure: Failure): EncodedFailure {
  const { code, message, status, retryAfterMs, providerError, problem, fields, connectionId, jobId, stack } = failure
  const cause = failure.cause === undefined ? undefined : encodeCause(failure.cause)
  return { code, message, status, retryAfterMs, providerError, problem, fields, connectionId, jobId, stack, cause }
}

export function decodeFailure({ code, message, stack, cause, ...options }: EncodedFailure): Failure {
  const failure = new Failure(code, message, cause ? { ...options, cause: decodeCause(cause) } : options)
  if (stack !== undefined) failure.stack = stack
  return failure
}

function encodeCause(cause: unknown): EncodedCause {
  if (cause instanceof Failure) return { failure: encodeFailure(cause) }
  if (cause instanceof Error) return { name: cause.name, message: cause.message, stack: cause.stack }
  return { name: typeof cause, message: String(cause), stack: undefined }
}

function decodeCause(cause: EncodedCause): Error {
  if ('failure' in cause) return decodeFailure(cause.failure)
  const error = new Error(cause.message)
  error.name = cause.name
  if (cause.stack !== undefined) error.stack = cause.stack
  return error
}

/** Primary result codes of SQLite (https://www.sqlite.org/rescode.html) that say something about the file. */
const fileErrors: Readonly<Record<number, string>> = {
  3: 'may not be opened; check who owns it',
  5: 'is held by another program; stop that program and try again',
  6: 'is held by another program; stop that program and try again',
  8: 'cannot be written; check its permissions',
  10: 'cannot be read or written; check the disk',
  11: 'is damaged; move it away and sync again, or put a backup in its place',
  13: 'does not fit on the disk any more; free some space',
  14: 'cannot be opened; check its folder and permissions',
  26: 'is no SQLite database; move it away or choose another data folder',
}

/** Whether another connection or program holds what is asked for, at the moment (`SQLITE_BUSY`, `SQLITE_LOCKED`). */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && [5, 6].includes(Number(error.errcode) & 0xff)
}

/** Whatever was thrown while the database `file` was in use: `data_folder` where the file is to blame. */
export function databaseFailure(error: unknown, file: string): Failure {
  const resultCode = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0
  const trouble = fileErrors[resultCode]
  return trouble ? new Failure('data_folder', `the database ${file} ${trouble}`, { cause: error }) : toFailure(error)
}
