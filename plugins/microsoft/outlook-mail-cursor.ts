/** What a mailbox's sync remembers between runs, and at each page within one. */
import type { Change } from '../../core/plugin.ts'

export type MailCursor = {
  version: 1
  /** A full listing that is not over. */
  full: boolean
  /** Where the list of folders goes on; null lists them all. */
  folderLink: string | null
  /** By id: every folder of the mailbox, but for its root. */
  folders: { [id: string]: FolderState }
  /** Ids of folders that the configuration names as Outlook's own, such as `inbox`, in a mailbox of another language. */
  wellKnown: { [name: string]: string }
  /** Folders by message: what these folders have let go, and is to be looked for before it counts as deleted. */
  leaving: { [messageId: string]: string[] }
  /** Messages that could not be read whole, and how often that was tried. */
  retry: { [messageId: string]: number }
}

export type FolderState = {
  name: string
  /** Absent from `folders` where it is the root. */
  parent: string | null
  /** Where its messages go on; null lists them from the beginning. */
  link: string | null
  /** The listing is over: the link tells what has changed since. */
  isListed: boolean
  /** Something of it may be in the store: what another listing does not show has to be looked for. */
  isBegun: boolean
  /** Deleted; its messages are still to be looked for. */
  isGone: boolean
  /** How many runs in a row its link was answered with nothing but errors. */
  lost?: number
  /** The breadcrumbs that its messages have, as JSON. */
  crumbs: string
}

export type MailChange = Change<MailCursor>
export type MailChanges = AsyncGenerator<MailChange, void, undefined>

export function newMailCursor(): MailCursor {
  return { version: 1, full: true, folderLink: null, folders: {}, wellKnown: {}, leaving: {}, retry: {} }
}

export function newFolder(name: string, parent: string | null): FolderState {
  return { name, parent, link: null, isListed: false, isBegun: false, isGone: false, crumbs: '' }
}

export function checkpoint(cursor: MailCursor): MailChange {
  return { type: 'checkpoint', cursor: structuredClone(cursor) }
}
