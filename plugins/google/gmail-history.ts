/** What changed since a history id. https://developers.google.com/workspace/gmail/api/guides/sync */
import { isFailure } from '../../core/plugin.ts'
import { applyChanges, type MessageChange } from './gmail-changes.ts'
import { checkpoint, expired, type GmailChange, type GmailCursor } from './gmail-cursor.ts'
import type { Listed, Mailbox } from './gmail-mailbox.ts'
import type { HistoryItem, HistoryPage, HistoryRecord } from './gmail-types.ts'

const largestPage = 500

/**
 * Applies what happened, several small pages at once: what they say of one message or thread is one change. Leaves the
 * state where the next run begins.
 * @throws Failure `cursor_expired` when Gmail has forgotten the history id
 */
export async function* followHistory(
  mailbox: Mailbox,
  state: GmailCursor,
  listed?: Listed,
): AsyncGenerator<GmailChange, void, undefined> {
  let answered: string | undefined
  let records: HistoryRecord[] = []
  for await (const page of historyPages(mailbox, state.historyId)) {
    records.push(...(page.history ?? []))
    // The first page's is the lowest: what comes in while the pages are read is told again next time.
    answered ??= String(page.historyId)
    if (page.nextPageToken && records.length < largestPage) continue
    yield* applyChanges(mailbox, state, changesIn(records), listed)
    state.historyId = higher(state.historyId, safePosition(records))
    records = []
    if (page.nextPageToken) yield checkpoint(state)
  }
  state.historyId = higher(state.historyId, answered)
  yield checkpoint(state)
}

async function* historyPages({ context, url }: Mailbox, startHistoryId: string | null): Pages {
  if (startHistoryId === null) return
  try {
    const pages = context.api.pages<HistoryPage>(`${url}/history`, {
      query: { startHistoryId, maxResults: largestPage },
      parameter: 'pageToken',
      next: page => page.nextPageToken,
      expect: ['historyId'],
    })
    yield* pages
  } catch (error) {
    throw isForgotten(error) ? expired('Gmail has forgotten the last history id') : error
  }
}

/** @throws Failure `cursor_expired` when Gmail has forgotten the history id */
export async function assertRemembered({ context, url }: Mailbox, startHistoryId: string): Promise<void> {
  try {
    await context.api.get(`${url}/history`, { query: { startHistoryId, maxResults: 1 }, expect: ['historyId'] })
  } catch (error) {
    throw isForgotten(error) ? expired('Gmail has forgotten where the listing began') : error
  }
}

/** 404 is an id too old; 400 one that this server never gave, or a page token that has died. */
function isForgotten(error: unknown): boolean {
  return isFailure(error) && (error.status === 404 || error.status === 400)
}

type Pages = AsyncGenerator<HistoryPage, void, undefined>

/** The records of a page by message; the last word on each counts. */
function changesIn(records: readonly HistoryRecord[]): Map<string, MessageChange> {
  const changes = new Map<string, MessageChange>()
  const note = (message: HistoryItem['message'], isGone: boolean) => {
    if (message?.id)
      changes.set(message.id, { isGone, threadId: message.threadId ?? changes.get(message.id)?.threadId })
  }
  for (const { messages, messagesAdded, messagesDeleted, labelsAdded, labelsRemoved } of records) {
    const typed = [messagesAdded, labelsAdded, labelsRemoved, messagesDeleted]
    // The untyped list repeats the typed ones; it counts where it is all there is.
    if (typed.every(list => list === undefined)) for (const message of messages ?? []) note(message, false)
    for (const list of typed) for (const { message } of list ?? []) note(message, list === messagesDeleted)
  }
  return changes
}

/** The highest id of which no record can be on a later page; ids rise, and one id may have several records. */
function safePosition(records: readonly HistoryRecord[]): string | undefined {
  const last = records.at(-1)?.id
  return records.findLast(({ id }) => id !== undefined && last !== undefined && BigInt(id) < BigInt(last))?.id
}

function higher(a: string | null, b: string | undefined): string | null {
  if (a === null || b === undefined) return b ?? a
  return BigInt(a) >= BigInt(b) ? a : b
}
