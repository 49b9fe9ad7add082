import { Failure } from '../errors.ts'

/** Why a file of any format that opens with a password only is not read, in the words of whoever set it. */
export function protectedByPassword(cause?: unknown): Failure {
  return new Failure('item_unreadable', 'the file is protected by a password', { cause })
}
