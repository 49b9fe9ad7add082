/**
 * The history of a channel, newest first, compared with what the store holds.
 *
 * A run reads from the newest message on until it has covered the window (`thread_window_days`) and what came since the
 * last run; nothing in that range is missed: no edit, no deletion, and no change in a thread that was begun in it or
 * answered to the whole channel. Once an hour it reads a page of 200 at least, on which threads of before tell of new
 * replies. Older history is read again by `audit.ts`.
 */
import { type Change, canonicalJson, Failure, type JsonObject, type Known, listAt, textAt } from '../../core/plugin.ts'
import { isInvalidCursor, largestPage, pages } from './api.ts'
import type { Channel } from './channels.ts'
import { putMessage, removeMessage } from './file.ts'
import { isKept, messageCrumb, messageEntity, replyCount, threadOf, trimMessage } from './message.ts'
import { type ChannelState, isWhole, type SlackCursor } from './progress.ts'
import { firstKnown, messagesBetween, messageType, type Run, tsOf } from './run.ts'
import {
  type Loose,
  noteReply,
  oweThread,
  parentOf,
  readThread,
  removeReplies,
  settleLoose,
  threadMark,
  withMarkOf,
} from './threads.ts'
import { beginning, earliest, end } from './timestamps.ts'

type Changes = AsyncGenerator<Change<SlackCursor>, void, undefined>
type Message = JsonObject & { ts: string }

/** How often a listing is begun again at the same place. */
const mostStalls = 3
/** As many as Slack advises to ask for. */
const dailyPage = 200
/** So many new messages need no second page, where a run asks for less than that. */
const newPerRun = 50
/** How long runs ask for less. */
const sparingMs = 60 * 60 * 1000

export interface Range {
  /** Only messages older than this. */
  below: string
  /** Read until everything down to here is covered. */
  above: string
  pageSize: number
  /** Stop after so many pages. */
  mostPages?: number
  /** Read every thread, whatever its first message tells. */
  isWhole: boolean
  /** The store holds nothing of it. */
  isFresh: boolean
  /** Told after each page, and after the last one once more. What it changes in the progress is kept with a checkpoint. */
  reached(reached: Reached): void
}

interface Reached {
  /** How far down everything is in order. */
  lower: string
  /** The newest message so far. */
  newest: string
  /** Messages so far that `history_days` asks for, and how many of them are in the window. */
  all: number
  recent: number
  isOver: boolean
}

/** Brings one channel up to date. @throws Failure `item_forbidden`, `item_missing` when the channel cannot be read */
export async function* readChannel(run: Run, channel: Channel): Changes {
  yield* removeAged(run, channel)
  const state = run.progress.channel(channel.id)
  if (!state) {
    const isFresh = !(await firstKnown(run.context, messagesBetween(channel.id, beginning, end)))
    return yield* readGap(run, channel, { newest: beginning, gap: { below: end, above: beginning } }, isFresh)
  }
  if (state.gap) yield* readGap(run, channel, state, false)
  if (channel.isArchived && state.archived === channel.updated && !state.gap) {
    run.covered.set(channel.id, end)
    return
  }
  const upToDate = run.progress.channel(channel.id) ?? state
  const above = earliest(upToDate.newest, run.windowStart)
  yield* readGap(run, channel, { ...upToDate, gap: { below: end, above } }, false)
}

/** Reads what a state says is unread, keeping after each page how far it came. */
async function* readGap(run: Run, channel: Channel, state: ChannelState, isFresh: boolean): Changes {
  const { below, above } = state.gap ?? { below: end, above: beginning }
  const now = run.context.now().getTime()
  const pageSize = isWhole(above) ? largestPage : pageSizeFor(state, now)
  let { newest } = state
  yield* readRange(run, channel, {
    below,
    above,
    pageSize,
    isWhole: isWhole(above),
    isFresh,
    reached({ lower, newest: newestSoFar, all, recent, isOver }) {
      if (newestSoFar > newest) newest = newestSoFar
      const isCounted = isOver && below === end && (lower > run.bound || all > dailyPage)
      run.progress.setChannel(channel.id, {
        newest,
        ...(isOver ? {} : { gap: { below: lower, above } }),
        ...(isCounted ? { recent, fullAt: pageSize < dailyPage ? (state.fullAt ?? now) : now } : {}),
        ...(isOver && channel.isArchived ? { archived: channel.updated } : {}),
      })
      if (isOver) run.covered.set(channel.id, lower)
    },
  })
}

/**
 * As much as was in the window, and what may have come since; a channel that fits on a page is read whole, which an hour
 * later may be another one. What is older than the window is for the audit.
 */
function pageSizeFor({ recent, fullAt = 0 }: ChannelState, now: number): number {
  const isSparing = now >= fullAt && now - fullAt < sparingMs
  return recent !== undefined && isSparing ? Math.min(dailyPage, recent + newPerRun) : dailyPage
}

/** Reads a range of a channel's history, and makes the store the same. */
export async function* readRange(run: Run, channel: Channel, range: Range): Changes {
  const loose: Loose = new Map()
  let upper = range.below
  let highest = beginning
  let count = 0
  let all = 0
  let recent = 0
  let isOver = false
  let { pageSize } = range
  for (let stalls = 0; !isOver; ) {
    const startedAt = upper
    try {
      for await (const { items, isLast } of historyPages(run, channel, upper, { ...range, pageSize })) {
        count++
        // Newer ones are there already; a server may shift them onto this page.
        const messages = items.flatMap(item => trimMessage(item) ?? []).filter(({ ts }) => ts < upper)
        messages.sort((a, b) => (a.ts < b.ts ? 1 : -1))
        const oldest = messages.at(-1)?.ts ?? upper
        if ((messages[0]?.ts ?? beginning) > highest) highest = messages[0]?.ts ?? highest
        all += messages.filter(({ ts }) => ts > run.bound).length
        recent += messages.filter(({ ts }) => ts >= run.windowStart).length
        const lower = oldest <= run.bound ? run.bound : isLast ? beginning : oldest
        yield* readPage(run, channel, range, messages, lower, upper, loose)
        upper = lower
        isOver =
          isLast ||
          oldest <= run.bound ||
          lower <= range.above ||
          count >= (range.mostPages ?? Number.POSITIVE_INFINITY)
        if (isOver) break
        range.reached({ lower: upper, newest: highest, all, recent, isOver: false })
        yield run.progress.checkpoint()
        if (pageSize >= dailyPage || items.length === 0) continue
        // More has come than was thought of; a cursor goes on with pages of the size that it began with.
        pageSize = dailyPage
        break
      }
    } catch (error) {
      // A cursor of Slack's may die; where it had come to is known, so it goes on from there.
      if (!isInvalidCursor(error) || stalls === mostStalls) throw error
    }
    stalls = upper === startedAt ? stalls + 1 : 0
    if (!isOver && stalls > mostStalls) {
      throw new Failure(
        'bad_response',
        `conversations.history of ${channel.id} says that there is more and gives nothing`,
      )
    }
  }
  yield* settleLoose(run, channel, loose, upper)
  range.reached({ lower: upper, newest: highest, all, recent, isOver: true })
  yield run.progress.checkpoint()
}

function historyPages(run: Run, channel: Channel, below: string, { pageSize, above, mostPages }: Range) {
  const form = { channel: channel.id, limit: pageSize, latest: below === end ? undefined : below }
  // Only what has no end of its own is read to Slack's.
  const isToTheEnd = isWhole(above) && run.bound === beginning && mostPages === undefined
  return pages(run.context, 'conversations.history', form, 'messages', isToTheEnd)
}

/** One page: everything from `lower` to before `upper` is known to be on it, newest first. */
async function* readPage(
  run: Run,
  channel: Channel,
  range: Range,
  messages: readonly Message[],
  lower: string,
  upper: string,
  loose: Loose,
): Changes {
  const stored = range.isFresh ? new Map<string, Known>() : await storedBetween(run, channel, lower, upper, loose)
  for (const message of messages) {
    const parent = threadOf(message)
    if (parent !== undefined) {
      // A reply that was also sent to the channel: read with its thread.
      noteReply(loose, parent, message.ts)
      continue
    }
    if (message.ts <= run.bound) continue
    const known = stored.get(message.ts)
    stored.delete(message.ts)
    const newestReply = loose.get(message.ts)
    loose.delete(message.ts)
    yield* readMessage(run, channel, range, message, known, newestReply)
  }
  for (const known of stored.values()) {
    loose.delete(tsOf(known.id))
    yield* removeReplies(run, known.id)
    yield* removeMessage(run, known)
  }
}

/** A message of the channel itself, its thread first. */
async function* readMessage(
  run: Run,
  channel: Channel,
  range: Range,
  message: Message,
  known: Known | undefined,
  newestReply: string | undefined,
): Changes {
  if (!range.isWhole && newestReply === undefined && known && isAsStored(run, message, known)) {
    return yield { type: 'keep', entityType: messageType, id: known.id }
  }
  const entity = messageEntity(message, { ...run, channel })
  const kept = isKept(message)
  const isOwed = run.owed.delete(entity.id)
  let isRead = true
  if (replyCount(message) > 0) {
    const times = [message.ts, newestReply, textAt(message, 'latest_reply')]
    const isInWindow = times.some(ts => ts !== undefined && ts >= run.windowStart)
    const differs = threadMark(message, entity.name) !== threadMark(known?.raw, known?.name)
    if (range.isWhole || isInWindow || differs || isOwed) {
      try {
        yield* readThread(run, channel, message.ts, kept ? messageCrumb(entity) : undefined, range.isFresh)
      } catch (error) {
        oweThread(run, entity.id, error)
        isRead = false
      }
    }
  } else if (replyCount(known?.raw) > 0 || isOwed) yield* removeReplies(run, entity.id)
  if (isRead && isOwed) run.progress.unread.delete(entity.id)
  if (!kept) {
    if (known) yield* removeMessage(run, known)
  } else yield* putMessage(run, isRead ? entity : { ...entity, raw: withMarkOf(message, known?.raw) }, known?.raw)
}

/**
 * Whether there is nothing to do for a message: most of what a quiet run reads. New names are brought in by
 * `applyRenames`; with files and threads there is more than the message itself shows. A listing makes everything anew.
 */
function isAsStored(run: Run, message: Message, { id, canonicalRaw }: Known): boolean {
  if (run.owed.has(id)) return false
  const isPlain = replyCount(message) === 0 && listAt(message, 'files').length === 0
  return isPlain && canonicalJson(message) === canonicalRaw
}

/** What stands in the channel itself within a range, by `ts`; replies in it are noted as loose. */
async function storedBetween(
  run: Run,
  channel: Channel,
  lower: string,
  upper: string,
  loose: Loose,
): Promise<Map<string, Known>> {
  const stored = new Map<string, Known>()
  for await (const known of run.context.known(messagesBetween(channel.id, lower, upper))) {
    const ts = tsOf(known.id)
    if (ts === upper) continue
    const parent = parentOf(known)
    if (parent === undefined) stored.set(ts, known)
    else noteReply(loose, parent, ts)
  }
  return stored
}

/** `history_days` moves on: what has become too old goes, with its whole thread. */
async function* removeAged(run: Run, channel: Channel): Changes {
  if (run.bound === beginning) return
  for await (const known of run.context.known(messagesBetween(channel.id, beginning, run.bound))) {
    yield* removeReplies(run, known.id)
    yield* removeMessage(run, known)
  }
}
