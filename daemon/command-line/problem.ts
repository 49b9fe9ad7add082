import type { Failure } from '../../core/errors.ts'
import { isSlug } from '../problem-table.ts'
import { problemOf } from '../problems.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { toJson } from './text.ts'

/** A failure as programs read it: a problem (RFC 9457) in one line, as the API answers it, with the exit code. */
export function problemLine(failure: Failure, exitCode: ExitCode): string {
  // One that the API has no page for is the command line's own.
  const isOfApi = isSlug(failure.problem)
  const { status, ...problem } = problemOf(failure, 'body').body
  const own = { type: 'about:blank', title: exitCodes[exitCode] }
  return toJson({ ...problem, ...(isOfApi ? { status } : own), exit_code: exitCode })
}
