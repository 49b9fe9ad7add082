/** Follows the messages of each folder: first a listing, then what has changed since. */
import { canonicalJson, isFailure, isSkippable } from '../../core/plugin.ts'
import { type GraphPage, isOwnLink } from './api.ts'
import { deltaPages, outlookHeaders } from './outlook.ts'
import { checkpoint, type FolderState, type MailChanges } from './outlook-mail-cursor.ts'
import { crumbsOf } from './outlook-mail-folders.ts'
import { type Arrival, applyMessages, type Mailbox } from './outlook-mail-mailbox.ts'
import { folderOf, type Message, messageSelect, messageType } from './outlook-mail-message.ts'
import { isTimeToSettle, settle } from './outlook-mail-settle.ts'

type Page = GraphPage<Message>

/** Outlook takes up to 1,000, but bodies are long: so many are a few megabytes, which Graph still gives in time. */
const messagesAPage = 200
/** Of each folder in a batch of folders: most have nothing new. */
const messagesAPoll = 10
const foldersAPoll = 20
/** Fewer are asked for one by one. */
const fewestToPoll = 3
const tries = 3
/** So many runs in a row that could not read what has changed in a folder, and it is listed again. */
const mostLost = 3

/** Every folder that the configuration asks for; with `onlyListed`, those alone whose listing is over. */
export async function* followFolders(mailbox: Mailbox, { onlyListed }: { onlyListed: boolean }): MailChanges {
  const { folders } = mailbox.cursor
  const ids = Object.keys(folders).filter(id => mailbox.isWanted(id) && (!onlyListed || folders[id]?.isListed))
  for (let start = 0; start < ids.length; start += foldersAPoll) {
    const some = ids.slice(start, start + foldersAPoll)
    const polled = await pollFolders(mailbox, some)
    for (const id of some) yield* followOrSkip(mailbox, id, polled.get(id))
  }
}

async function* followOrSkip(mailbox: Mailbox, id: string, polled: Page | undefined): MailChanges {
  const folder = mailbox.cursor.folders[id]
  if (!folder) return
  try {
    yield* followFolder(mailbox, id, folder, polled)
  } catch (error) {
    if (!isSkippable(error)) throw error
    mailbox.context.skip({ parent: id }, error)
    // Nothing of it is swept now: it has to begin anew, or what vanished from it would stay for ever.
    // And a link that is answered with an error for ever must not be the last word.
    folder.lost = isFailure(error, 'item_unreadable') ? (folder.lost ?? 0) + 1 : 0
    if (!folder.isListed || folder.lost >= mostLost) Object.assign(folder, { link: null, lost: 0 })
  }
}

async function* followFolder(mailbox: Mailbox, id: string, folder: FolderState, polled: Page | undefined): MailChanges {
  const crumbs = canonicalJson(crumbsOf(mailbox.cursor, id))
  // Every message carries the names of the folders above it.
  if (folder.crumbs !== crumbs) Object.assign(folder, { crumbs, link: null })
  let first = folder.link === null ? undefined : polled
  for (let attempt = 1; ; attempt++) {
    try {
      return yield* readRound(mailbox, id, folder, first)
    } catch (error) {
      if (!isFailure(error, 'cursor_expired') || attempt === tries) throw error
      folder.link = null
      first = undefined
    }
  }
}

/**
 * A listing or a delta, to its end. A fresh listing can be gone on with at any page, since the engine sweeps what it has
 * not seen. One that is repeated is read in one go, and what it does not show is looked for.
 */
async function* readRound(mailbox: Mailbox, id: string, folder: FolderState, first: Page | undefined): MailChanges {
  const { cursor } = mailbox
  const begins = folder.link === null
  if (begins) folder.isListed = false
  const isListing = !folder.isListed
  const isFresh = isListing && cursor.full && !(begins && folder.isBegun)
  folder.isBegun = true
  const seen = isListing && !isFresh ? new Set<string>() : undefined
  let deltaLink: string | null = null
  for await (const page of roundPages(mailbox, id, folder.link, first)) {
    const live: Arrival[] = []
    for (const message of lastOfEach(page.value)) {
      if (message['@removed']) {
        seen?.delete(message.id)
        leave(mailbox, message.id, id)
      } else {
        seen?.add(message.id)
        live.push({ message, folderId: id })
      }
    }
    yield* applyMessages(mailbox, live, { isListing, isFresh })
    deltaLink = page['@odata.deltaLink'] ?? null
    const nextLink = page['@odata.nextLink']
    if (nextLink && !seen) {
      folder.link = nextLink
      yield checkpoint(cursor)
    }
    if (isTimeToSettle(mailbox)) yield* settle(mailbox)
  }
  if (seen) yield* leaveUnseen(mailbox, id, seen)
  Object.assign(folder, { link: deltaLink, isListed: deltaLink !== null, lost: 0 })
  yield checkpoint(cursor)
}

async function* roundPages({ context, url }: Mailbox, id: string, link: string | null, first: Page | undefined) {
  if (first) yield first
  const next = first ? first['@odata.nextLink'] : link
  if (next === undefined) return
  yield* deltaPages<Message>({
    context,
    item: true,
    // Without a filter by date: Graph would stop at 5,000 messages.
    url: `${url}/me/mailFolders/${encodeURIComponent(id)}/messages/delta`,
    query: { $select: messageSelect },
    link: next,
    pageSize: messagesAPage,
  })
}

/** The first pages of folders that are listed already, where they can be had in one request. */
async function pollFolders(
  { batch, context, cursor, url }: Mailbox,
  ids: readonly string[],
): Promise<Map<string, Page>> {
  const listed = ids.flatMap(id => {
    const { isListed, link } = cursor.folders[id] ?? {}
    return isListed && link?.startsWith(`${url}/`) ? [{ id, path: link.slice(url.length) }] : []
  })
  if (listed.length < fewestToPoll) return new Map()
  const headers = outlookHeaders(`odata.maxpagesize=${messagesAPoll}`)
  const answers = await batch.tryTogether(
    listed.map(({ path }) => path),
    headers,
  )
  const pages = new Map<string, Page>()
  for (const [index, { id }] of listed.entries()) {
    const answer = answers[index]
    const page = answer && 'body' in answer ? (answer.body as unknown as Page) : undefined
    const links = [page?.['@odata.nextLink'], page?.['@odata.deltaLink']].filter(link => link !== undefined)
    const isWhole = Array.isArray(page?.value) && links.some(Boolean)
    if (page && isWhole && links.every(link => isOwnLink(context.endpoints, link))) pages.set(id, page)
  }
  return pages
}

/** Replays and duplicates happen; the last one counts. */
function lastOfEach(messages: readonly Message[]): Message[] {
  return [...new Map(messages.map(message => [message.id, message])).values()]
}

/** Looked for later: it may be in another folder, or back in this one without a word. */
function leave({ cursor }: Mailbox, messageId: string, folderId: string): void {
  cursor.leaving[messageId] = [...new Set([...(cursor.leaving[messageId] ?? []), folderId])]
}

/** Everything that the store has in a folder and that was not seen in it. */
export async function* leaveUnseen(mailbox: Mailbox, folderId: string, seen: ReadonlySet<string>): MailChanges {
  const unseen: string[] = []
  for await (const known of mailbox.context.known({ entityType: messageType, parent: folderId })) {
    if (folderOf(known) === folderId && !seen.has(known.id)) unseen.push(known.id)
  }
  for (const id of unseen) {
    leave(mailbox, id, folderId)
    if (isTimeToSettle(mailbox)) yield* settle(mailbox)
  }
}
