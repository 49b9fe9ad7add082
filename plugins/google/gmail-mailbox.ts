/** One account's mailbox during one run: its labels and filter, and the questions that are asked of it. */
import {
  type Context,
  type Entity,
  Failure,
  type FileOf,
  type FileText,
  isFailure,
  isSkippable,
  mapInOrder,
  type Query,
} from '../../core/plugin.ts'
import { baseUrl } from './api.ts'
import { messageEntities } from './gmail-entities.ts'
import { listQueries, type MailFilter, mailFilter, passes, windowQuery } from './gmail-filter.ts'
import { type Labels, labelName, readLabels } from './gmail-labels.ts'
import { createMessageReader, type MessageReader } from './gmail-reader.ts'
import type { GmailMessage, GmailPart, MessageList } from './gmail-types.ts'

export interface Mailbox {
  context: Context
  /** URL of the account. */
  url: string
  reader: MessageReader
  labels: Labels
  filter: MailFilter
}

/** What came of a message: it is kept, with all its entities; it is gone or not asked for; or it could not be read. */
export type Outcome =
  | { type: 'kept'; id: string; threadId: string; message: Entity; attachments: Entity[]; unread: Unread[] }
  | { type: 'absent'; id: string; threadId: string | undefined }
  | { type: 'unread'; id: string; failure: Failure }

export interface Unread {
  id: string
  failure: Failure
}

/** Thread id by message id. */
export type Listed = Map<string, string>

const largestPage = 500
const conversionsAtOnce = 8
const listingTries = 3
/** Messages further apart than this are looked for in searches of their own. */
const windowGapMs = 3 * 24 * 60 * 60 * 1000

export async function openMailbox(context: Context): Promise<Mailbox> {
  const base = baseUrl(context.endpoints, 'gmail')
  const url = `${base}/gmail/v1/users/me`
  const labels = await readLabels(context.api, url)
  const reader = createMessageReader(context.api, url, `${base}/batch/gmail/v1`)
  return { context, url, reader, labels, filter: mailFilter(context.config, labels) }
}

/**
 * A history id that is not newer than anything read from now on; `null` where the server gives none. Without a profile
 * route it is the highest one among the newest messages.
 */
export async function currentHistoryId({ context: { api }, url, reader }: Mailbox): Promise<string | null> {
  try {
    const { historyId } = await api.get<{ historyId?: string | number }>(`${url}/profile`)
    if (historyId !== undefined) return String(historyId)
  } catch (error) {
    if (!isFailure(error, 'item_missing')) throw error
  }
  const { messages = [] } = await api.get<MessageList>(`${url}/messages`, { query: { maxResults: 10 } })
  const readings = await reader.read(messages.map(({ id }) => id))
  const ids = readings.flatMap(reading =>
    'message' in reading && reading.message.historyId ? [reading.message.historyId] : [],
  )
  return ids.reduce<string | null>(
    (highest, id) => (highest === null || BigInt(id) > BigInt(highest) ? id : highest),
    null,
  )
}

/** Every message the filter asks for. Ids alone: 500 a request, so that it can be asked again rather than kept. */
export async function listIds({ context, url, filter }: Mailbox): Promise<Listed> {
  const listed: Listed = new Map()
  const { wanted, unwanted } = listQueries(filter)
  for (const query of wanted) await eachListed(context, url, query, ({ id, threadId }) => listed.set(id, threadId))
  for (const query of unwanted) await eachListed(context, url, query, ({ id }) => listed.delete(id))
  return listed
}

/** Which of these changed messages the configured query finds; all of them if there is none. */
export async function foundIds(mailbox: Mailbox, messages: readonly GmailMessage[]): Promise<Set<string>> {
  const { context, url, filter } = mailbox
  const ids = new Set(messages.map(({ id }) => id))
  if (filter.query === undefined) return ids
  const found = new Set<string>()
  for (const [from, to] of windowsOf(messages.map(({ internalDate }) => Number(internalDate ?? 0)))) {
    await eachListed(context, url, windowQuery(filter, from, to), ({ id }) => {
      if (ids.has(id)) found.add(id)
    })
  }
  return found
}

/** Reads messages; `find` tells which of those that pass the filter the query finds. In the order of the ids. */
export async function readOutcomes(
  mailbox: Mailbox,
  ids: readonly string[],
  find: (messages: readonly GmailMessage[]) => Promise<{ has(id: string): boolean }>,
): Promise<Outcome[]> {
  const readings = await mailbox.reader.read(ids)
  const passing = readings.flatMap(reading =>
    'message' in reading && passes(mailbox.filter, reading.message) ? [reading.message] : [],
  )
  const found = passing.length > 0 ? await find(passing) : new Set<string>()
  const kept = new Map(passing.filter(({ id }) => found.has(id)).map(message => [message.id, message]))
  const outcomes: Outcome[] = []
  const decided = mapInOrder(readings, conversionsAtOnce, async (reading): Promise<Outcome> => {
    const { id } = reading
    const message = kept.get(id)
    if (message) return toOutcome(mailbox, message)
    if ('message' in reading) return { type: 'absent', id, threadId: reading.message.threadId }
    if (reading.failure.code === 'item_missing') return { type: 'absent', id, threadId: undefined }
    return { type: 'unread', id, failure: reading.failure }
  })
  for await (const outcome of decided) outcomes.push(outcome)
  return outcomes
}

async function toOutcome({ context, url, labels }: Mailbox, message: GmailMessage): Promise<Outcome> {
  const { id, threadId } = message
  const unread: Unread[] = []
  const messageUrl = `${url}/messages/${encodeURIComponent(id)}`
  try {
    const [entity, ...attachments] = await messageEntities({
      message,
      load: part => loadPart(context, partUrl(messageUrl, part), part),
      convert: context.text,
      readFile: (file, part) => readFile(context, partUrl(messageUrl, part), file, part),
      labelName: label => labelName(labels, label),
      onUnread: (attachment, failure) => unread.push({ id: attachment, failure }),
    })
    return { type: 'kept', id, threadId, message: entity, attachments, unread }
  } catch (error) {
    if (isSkippable(error)) return { type: 'unread', id, failure: error }
    throw error
  }
}

/** Large bodies and files are not in the message; their ids are good for a request made at once. Nothing is asked for nothing. */
function partUrl(messageUrl: string, { body }: GmailPart): string | undefined {
  if (body?.data || !body?.attachmentId || body.size === 0) return undefined
  return `${messageUrl}/attachments/${encodeURIComponent(body.attachmentId)}`
}

async function loadPart({ api }: Context, url: string | undefined, { body }: GmailPart): Promise<Uint8Array> {
  if (url === undefined) return Buffer.from(body?.data ?? '', 'base64url')
  const { data } = await api.get<{ data: string }>(url, { expect: ['data'], item: true })
  return Buffer.from(data, 'base64url')
}

function readFile(context: Context, url: string | undefined, file: FileOf, { body }: GmailPart): Promise<FileText> {
  return context.file(file, async download =>
    url === undefined ? Buffer.from(body?.data ?? '', 'base64url') : download(url, { member: 'data', item: true }),
  )
}

/** A page token that has died costs a new start: `take` may be given a message again. */
async function eachListed(
  context: Context,
  url: string,
  query: Query,
  take: (message: { id: string; threadId: string }) => void,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    let hasBegun = false
    try {
      for await (const page of messagePages(context, url, query)) {
        hasBegun = true
        page.messages?.forEach(take)
      }
      return
    } catch (error) {
      const isTokenDead = hasBegun && isFailure(error) && (error.status === 400 || error.status === 404)
      if (!isTokenDead || tries === listingTries) throw error
    }
  }
}

/** An answer without messages is an empty page only if it is a list at all: Gmail gives an estimate with every one. */
async function* messagePages(
  { api }: Context,
  url: string,
  query: Query,
): AsyncGenerator<MessageList, void, undefined> {
  const pages = api.pages<MessageList>(`${url}/messages`, {
    query: { ...query, maxResults: largestPage },
    parameter: 'pageToken',
    next: page => page.nextPageToken,
  })
  for await (const page of pages) {
    const isList = [page.messages, page.nextPageToken, page.resultSizeEstimate].some(member => member !== undefined)
    if (!isList) throw new Failure('bad_response', `GET ${url}/messages answered something that is not a list`)
    yield page
  }
}

/** Ranges of times that hold all of the given ones, without the long stretches between. */
function windowsOf(times: readonly number[]): [number, number][] {
  const windows: [number, number][] = []
  for (const time of [...times].sort((a, b) => a - b)) {
    const last = windows.at(-1)
    if (last && time - last[1] <= windowGapMs) last[1] = time
    else windows.push([time, time])
  }
  return windows
}
