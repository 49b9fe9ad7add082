/** What a command ends with: one table for all of them, so that scripts can tell what happened without reading words. */
import { type Code, type Failure, failureTable } from '../../core/errors.ts'

export const exitCodes = {
  0: 'good',
  1: 'failed',
  2: 'called in a wrong way, or with a value that is not taken',
  3: 'needs a person: to sign in, to give a new token, or to unlock the vault',
  4: 'a job did not complete, or a part of what was asked for could not be had',
  5: 'inlet does not run, or cannot be reached',
  6: 'there is no such thing: source, connection, collection, entity',
  7: 'not allowed: the API key is missing or wrong, or may not do this',
  130: 'interrupted',
} as const

export type ExitCode = keyof typeof exitCodes

/** What a command that talks to the inlet that runs may end with besides 0, 1 and 2. */
export const clientExits = { 3: exitCodes[3], 5: exitCodes[5], 6: exitCodes[6], 7: exitCodes[7] } as const

const byProblem: Readonly<Record<string, ExitCode>> = {
  'vault-locked': 3,
  'pending-auth': 3,
  'data-folder': 1,
  'vault-key-wrong': 1,
}

const byCode: Readonly<Partial<Record<Code, ExitCode>>> = {
  cancelled: 130,
  invalid: 2,
  not_found: 6,
  unavailable: 5,
  closing: 5,
  forbidden: 7,
  vault_locked: 3,
}

/** @param failure thrown by a command, or answered by the inlet that runs: its `status` is that of the answer then */
export function exitCodeOf(failure: Failure): ExitCode {
  const known = byProblem[failure.problem ?? ''] ?? byCode[failure.code]
  if (known !== undefined) return known
  if (failure.status === 401 || failure.status === 403) return 7
  return failureTable[failure.code] === 'reauthorize' ? 3 : 1
}
