/** Threads: their replies are in no channel history, and an edited one shows nowhere but in its thread. */
import {
  type Breadcrumb,
  type Change,
  type Failure,
  isSkippable,
  type JsonObject,
  type Known,
  pick,
  textAt,
} from '../../core/plugin.ts'
import { largestPage, objects, pages } from './api.ts'
import type { Channel } from './channels.ts'
import { putMessage, removeMessage } from './file.ts'
import { deletedCrumb, isKept, messageCrumb, messageEntity, trimMessage } from './message.ts'
import type { SlackCursor } from './progress.ts'
import { channelOf, firstKnown, messageId, messagesBetween, messageType, type Run, tsOf } from './run.ts'
import { end } from './timestamps.ts'

type Changes = AsyncGenerator<Change<SlackCursor>, void, undefined>

/**
 * The replies of a thread as they are now; those that are gone are removed. A message's replies come before the
 * message itself, so that what the store says of its thread (`latest_reply`) never promises more than it holds.
 * @param parent its first message, where the history showed it
 * @param isFresh the store can hold nothing of it
 * @throws Failure `item_missing` when there is no such thread
 */
export async function* readThread(
  run: Run,
  channel: Channel,
  ts: string,
  parent: Breadcrumb | undefined,
  isFresh: boolean,
): AsyncGenerator<Change<SlackCursor>, (JsonObject & { ts: string }) | undefined, undefined> {
  const id = messageId(channel.id, ts)
  const gone = isFresh ? new Map<string, Known>() : await repliesOf(run, id)
  const before = new Map([...gone].map(([reply, known]) => [reply, known.raw]))
  let head: (JsonObject & { ts: string }) | undefined
  const form = { channel: channel.id, ts, limit: largestPage }
  for await (const message of objects(run.context, 'conversations.replies', form, 'messages')) {
    const raw = trimMessage(message)
    if (!raw) continue
    // Slack repeats the first message on every page.
    if (raw.ts === ts) head ??= raw
    if (raw.ts === ts || !isKept(raw)) continue
    const entity = messageEntity(raw, { ...run, channel, parent: parent ?? crumbOf(run, channel, ts, head) })
    gone.delete(entity.id)
    yield* putMessage(run, entity, before.get(entity.id))
  }
  for (const known of gone.values()) yield* removeMessage(run, known)
  return head
}

/** Everything that the store holds of a thread but its first message. */
export async function* removeReplies(run: Run, id: string): Changes {
  for (const known of (await repliesOf(run, id)).values()) yield* removeMessage(run, known)
}

/** Threads of which replies were met while their first message was not, by `ts`, with the newest reply of each. */
export type Loose = Map<string, string>

export function noteReply(loose: Loose, parent: string, reply: string): void {
  const newest = loose.get(parent)
  if (newest === undefined || newest < reply) loose.set(parent, reply)
}

/**
 * Threads begun before what was read, with replies in it: read again where a reply is in the window. Threads whose
 * first message should have been in what was read, or is not in the store, have a deleted first message, or are gone.
 * @param lower how far down the history was read
 */
export async function* settleLoose(run: Run, channel: Channel, loose: Loose, lower: string): Changes {
  for (const [ts, newestReply] of loose) {
    const id = messageId(channel.id, ts)
    const parent = await firstKnown(run.context, { entityType: messageType, id })
    if (ts <= run.bound) yield* removeReplies(run, id)
    else if (newestReply >= run.windowStart || ts >= lower || !parent) yield* readLoose(run, channel, ts, parent)
  }
}

/** Threads that an earlier run could not read, where the history that was read does not show them. */
export async function* readOwed(run: Run): Changes {
  for (const id of run.owed) {
    const channel = run.channels.get(channelOf(id))
    if (!channel || tsOf(id) <= run.bound) run.progress.unread.delete(id)
    else if (run.covered.has(channel.id)) {
      try {
        yield* readLoose(run, channel, tsOf(id), await firstKnown(run.context, { entityType: messageType, id }))
      } catch (error) {
        run.context.skip({ parent: id }, error)
      }
    }
  }
}

/** Leaves a thread for the next run. @throws the failure, if it is not of this thread alone */
export function oweThread(run: Run, id: string, failure: unknown): void {
  if (!isThreadFailure(failure)) throw failure
  run.context.skip({ parent: id }, failure)
  run.progress.unread.add(id)
}

async function* readLoose(run: Run, channel: Channel, ts: string, known: Known | undefined): Changes {
  const id = messageId(channel.id, ts)
  run.owed.delete(id)
  try {
    const head = yield* readThread(run, channel, ts, undefined, false)
    run.progress.unread.delete(id)
    if (head && isKept(head)) yield* putMessage(run, messageEntity(head, { ...run, channel }), known?.raw)
    else if (known) yield* removeMessage(run, known)
  } catch (error) {
    if (!isThreadFailure(error)) throw error
    // Nothing but this refusal says that the thread is gone; it may pass.
    if (await isInHistory(run, channel, ts)) return oweThread(run, id, error)
    run.progress.unread.delete(id)
    yield* removeReplies(run, id)
    if (known) yield* removeMessage(run, known)
  }
}

/** A refusal of the thread alone; what concerns the channel is for whoever reads the channel. */
function isThreadFailure(error: unknown): error is Failure {
  return isSkippable(error) && error.providerError === 'thread_not_found'
}

async function isInHistory(run: Run, channel: Channel, ts: string): Promise<boolean> {
  const form = { channel: channel.id, latest: ts, oldest: ts, inclusive: true, limit: 1 }
  for await (const { items } of pages(run.context, 'conversations.history', form, 'messages')) {
    if (items.some(item => item.ts === ts)) return true
  }
  return false
}

/** How a reply's breadcrumb names the first message of its thread. */
function crumbOf(run: Run, channel: Channel, ts: string, head: (JsonObject & { ts: string }) | undefined): Breadcrumb {
  return head && isKept(head) ? messageCrumb(messageEntity(head, { ...run, channel })) : deletedCrumb(channel.id, ts)
}

async function repliesOf(run: Run, id: string): Promise<Map<string, Known>> {
  const replies = new Map<string, Known>()
  // A reply is never older than what it replies to.
  const scope = { ...messagesBetween(channelOf(id), tsOf(id), end), parent: id }
  for await (const known of run.context.known(scope)) replies.set(known.id, known)
  return replies
}

/** The thread that a stored reply belongs to; `undefined` for what stands in the channel itself. */
export function parentOf(known: Known): string | undefined {
  const crumb = known.breadcrumbs[1]
  return crumb ? tsOf(crumb.entityId) : undefined
}

/** What a first message tells of its thread; when it differs, something was said, deleted or renamed. */
export function threadMark(message: JsonObject | undefined, name: string | undefined): string {
  return JSON.stringify([message?.reply_count ?? 0, textAt(message, 'latest_reply') ?? '', name ?? ''])
}

const marks = ['thread_ts', 'reply_count', 'reply_users_count', 'latest_reply']

/** A message whose thread could not be read: it tells of its thread what it told before. */
export function withMarkOf(message: JsonObject, known: JsonObject | undefined): JsonObject {
  const rest = Object.entries(message).filter(([name]) => !marks.includes(name))
  return { ...Object.fromEntries(rest), ...pick(known ?? {}, marks) }
}
