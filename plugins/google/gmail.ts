/**
 * Gmail: messages, their threads and attachments.
 *
 * A full listing notes the history id, lists the ids of all messages (500 a request), and reads the messages thread by
 * thread, newest thread first. Its checkpoints name the last thread done: an interrupted listing asks for the ids again,
 * which is cheap, and reads on from there. Everything after that is history: a quiet run costs two requests.
 * https://developers.google.com/workspace/gmail/api/guides/sync
 */
import {
  type Account,
  type IdentifyContext,
  isFailure,
  type JsonObject,
  mapInOrder,
  maxFileMb,
  type Source,
} from '../../core/plugin.ts'
import { baseUrl } from './api.ts'
import {
  applyChanges,
  groupsOf,
  heldAttachments,
  heldMessage,
  type MessageChange,
  outcomeChanges,
  reconcile,
} from './gmail-changes.ts'
import { checkpoint, expired, type GmailChange, type GmailCursor } from './gmail-cursor.ts'
import { threadEntity } from './gmail-entities.ts'
import { filterFields } from './gmail-filter.ts'
import { assertRemembered, followHistory } from './gmail-history.ts'
import { renamedLabels } from './gmail-labels.ts'
import { currentHistoryId, listIds, type Mailbox, type Outcome, openMailbox, readOutcomes } from './gmail-mailbox.ts'

export const gmail: Source<GmailCursor> = {
  shortName: 'gmail',
  title: 'Gmail',
  description: 'Brings in the messages of a Gmail account, with their threads and attachments.',
  labels: ['Communication', 'Email'],
  scopes: ['https://www.googleapis.com/auth/gmail.readonly'],
  entityTypes: ['gmail_thread', 'gmail_message', 'gmail_attachment'],
  configFields: [...filterFields, maxFileMb],
  endpoint: 'gmail',
  lane: 'gmail',
  identify,

  async *sync(context, cursor) {
    if (cursor && cursor.version !== 1) throw expired('The last run was that of another version')
    if (cursor && cursor.historyId === null && !cursor.listing) throw expired('The server has no history')
    const mailbox = await openMailbox(context)
    if (cursor && cursor.filter !== mailbox.filter.key) throw expired('A label of the filter means another one now')
    const state = cursor ? { ...cursor } : await begin(mailbox)
    if (!state.listing) return yield* catchUp(mailbox, state, state.retry)

    if (cursor && state.historyId !== null) await assertRemembered(mailbox, state.historyId)
    yield* listEverything(mailbox, state, state.listing)
    state.listing = null
    yield checkpoint(state)
    try {
      yield* catchUp(mailbox, state, cursor?.retry ?? [])
    } catch (error) {
      // A server without history: what was just listed stands, and the next run lists again.
      if (!isFailure(error, 'cursor_expired')) throw error
    }
  },
}

type Changes = AsyncGenerator<GmailChange, void, undefined>

/** While one group is being stored, the next ones are on their way. */
const groupsAtOnce = 3

async function begin(mailbox: Mailbox): Promise<GmailCursor> {
  return {
    version: 1,
    historyId: await currentHistoryId(mailbox),
    filter: mailbox.filter.key,
    labels: { ...mailbox.labels.own },
    retry: [],
    listing: { below: null },
  }
}

async function* listEverything(mailbox: Mailbox, state: GmailCursor, { below }: { below: string | null }): Changes {
  yield checkpoint(state)
  const listed = await listIds(mailbox)
  const left = [...listed].filter(([, threadId]) => below === null || threadId < below)
  const readings = mapInOrder(groupsOf(left), groupsAtOnce, async group => {
    const ids = group.map(([id]) => id)
    return { group, outcomes: await readOutcomes(mailbox, ids, async () => listed) }
  })
  for await (const { group, outcomes } of readings) {
    yield* threadsOf(group, await rawsOf(mailbox, outcomes))
    for (const outcome of outcomes) yield* outcomeChanges(mailbox, state, outcome)
    await keepUnread(mailbox, outcomes)
    state.listing = { below: group.at(-1)?.[1] ?? null }
    yield checkpoint(state)
  }
}

/** Messages that could not be read, labels that were renamed, a query that time changes; then what history tells. */
async function* catchUp(mailbox: Mailbox, state: GmailCursor, unread: readonly string[]): Changes {
  const renamed = renamedLabels(state.labels, mailbox.labels)
  const again = new Map(unread.map((id): [string, MessageChange] => [id, { isGone: false }]))
  if (renamed.length > 0) for (const change of await labelled(mailbox, renamed)) again.set(...change)
  if (again.size > 0) {
    state.retry = state.retry.filter(id => !unread.includes(id))
    yield* applyChanges(mailbox, state, again)
  }
  const isQueryStale = mailbox.filter.isRelative || (renamed.length > 0 && mailbox.filter.query !== undefined)
  const listed = isQueryStale ? await listIds(mailbox) : undefined
  if (listed) yield* reconcile(mailbox, state, listed)
  state.labels = { ...mailbox.labels.own }
  yield* followHistory(mailbox, state, listed)
}

/** What the store holds under some labels: their names are part of its text. */
async function labelled({ context }: Mailbox, labelIds: readonly string[]): Promise<[string, MessageChange][]> {
  const changes: [string, MessageChange][] = []
  for await (const { id, raw } of context.known({ entityType: 'gmail_message' })) {
    const bears = Array.isArray(raw?.labelIds) && raw.labelIds.some(label => labelIds.includes(String(label)))
    if (bears) changes.push([id, { isGone: false, threadId: String(raw?.threadId) }])
  }
  return changes
}

function* threadsOf(
  group: readonly [string, string][],
  raws: ReadonlyMap<string, JsonObject>,
): Generator<GmailChange, void, undefined> {
  const threads = Map.groupBy(group, ([, threadId]) => threadId)
  for (const [threadId, messages] of threads) {
    const read = messages.map(([id]) => raws.get(id)).filter(raw => raw !== undefined)
    if (read.length > 0) yield { type: 'upsert', entity: threadEntity(threadId, read) }
  }
}

/** `raw` by message id; of a message that could not be read, what the store holds of it. */
async function rawsOf(mailbox: Mailbox, outcomes: readonly Outcome[]): Promise<Map<string, JsonObject>> {
  const raws = new Map<string, JsonObject>()
  for (const outcome of outcomes) {
    const source =
      outcome.type === 'kept'
        ? outcome.message
        : outcome.type === 'unread'
          ? await heldMessage(mailbox, outcome.id)
          : undefined
    if (source?.raw) raws.set(outcome.id, source.raw)
  }
  return raws
}

/** What hangs on a message that could not be read is not to be swept either. */
async function keepUnread(mailbox: Mailbox, outcomes: readonly Outcome[]): Promise<void> {
  for (const outcome of outcomes) {
    if (outcome.type !== 'unread') continue
    const attachments = await heldAttachments(mailbox, outcome.id)
    if (attachments.length > 0)
      mailbox.context.skip({ entityType: 'gmail_attachment', parent: outcome.id }, outcome.failure)
  }
}

/** The address is the account; where a server has no profile, that of its primary alias. */
async function identify({ api, endpoints }: IdentifyContext): Promise<Account> {
  const mailbox = `${baseUrl(endpoints, 'gmail')}/gmail/v1/users/me`
  const address = await profileAddress(api, mailbox)
  return { id: address.toLowerCase(), name: address }
}

async function profileAddress(api: IdentifyContext['api'], mailbox: string): Promise<string> {
  try {
    return (await api.get<{ emailAddress: string }>(`${mailbox}/profile`, { expect: ['emailAddress'] })).emailAddress
  } catch (error) {
    if (!isFailure(error, 'item_missing')) throw error
    const { sendAs } = await api.get<{ sendAs: { sendAsEmail: string; isPrimary?: boolean }[] }>(
      `${mailbox}/settings/sendAs`,
      {
        expect: ['sendAs'],
      },
    )
    const primary = sendAs.find(({ isPrimary }) => isPrimary) ?? sendAs[0]
    if (!primary) throw error
    return primary.sendAsEmail
  }
}
