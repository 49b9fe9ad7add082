/** Where a run stands, kept between runs. */
import { type Change, Failure } from '../../core/plugin.ts'

export type GmailCursor = {
  version: 1
  /** All changes up to here are in the store; `null` where the server has no history: every run is a full listing. */
  historyId: string | null
  /** The filter it was taken under, label names resolved. */
  filter: string
  /** Names of the person's own labels as the store's texts show them. */
  labels: { [id: string]: string }
  /** Messages that could not be read, to be tried again. */
  retry: string[]
  /** A full listing under way: threads come in falling order, and `below` is the last one that is done. */
  listing: { below: string | null } | null
}

export type GmailChange = Change<GmailCursor>

/** More than these are left to the next full listing. */
const mostRetries = 1000

export function checkpoint(state: GmailCursor): GmailChange {
  return { type: 'checkpoint', cursor: { ...state } }
}

/** Remembers a message that could not be read. */
export function retryLater(state: GmailCursor, id: string): void {
  if (state.retry.length < mostRetries && !state.retry.includes(id)) state.retry = [...state.retry, id]
}

export function expired(reason: string): Failure {
  return new Failure('cursor_expired', `${reason}: everything is listed again`)
}
