/** What a failure means to whoever reads a job, and to the connection that it was of. */
import { type Failure, isFailure } from './errors.ts'

/** The word that a job's reader sees for a failure; several codes are one word where the difference is ours alone. */
export function categoryOf(failure: Failure): string {
  switch (failure.code) {
    case 'unavailable':
      return 'provider_unavailable'
    case 'unauthorized':
      return 'token_revoked'
    case 'item_forbidden':
    case 'item_missing':
    case 'item_unreadable':
    case 'cursor_expired':
      return 'bad_response'
    case 'closing':
    case 'timed_out':
    case 'vault_locked':
      return 'interrupted'
    case 'data_folder':
    case 'not_found':
    case 'conflict':
    case 'invalid':
      return 'internal'
    default:
      return failure.code
  }
}

/** Whether a failure is of the connection's credential, and so a person must sign in again. */
export function needsPerson(failure: Failure): boolean {
  return isFailure(failure) && failure.remedy === 'reauthorize'
}
