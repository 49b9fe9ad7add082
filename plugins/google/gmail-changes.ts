/**
 * Brings the store up to what Gmail says of some messages, and their threads with them.
 *
 * A message is written after its thread and attachments and removed after them: whatever interrupts a run, the message
 * still shows that there is work left, and the next run finds it.
 */
import { isJsonObject, type JsonObject, type Known } from '../../core/plugin.ts'
import { type GmailChange, type GmailCursor, retryLater } from './gmail-cursor.ts'
import { threadEntity } from './gmail-entities.ts'
import { foundIds, type Listed, type Mailbox, type Outcome, readOutcomes } from './gmail-mailbox.ts'

/** What is known of a change before the message is read. */
export interface MessageChange {
  /** Deleted, or no longer asked for: it need not be read. */
  isGone: boolean
  threadId?: string | undefined
}

type Outcomes = AsyncGenerator<GmailChange, void, undefined>

/** Messages taken on at once; more only where one thread has more. */
const groupSize = 50

/** `listed` is what the filter's query finds, if that is known already. */
export async function* applyChanges(
  mailbox: Mailbox,
  state: GmailCursor,
  changes: ReadonlyMap<string, MessageChange>,
  listed?: Listed,
): Outcomes {
  for (const group of groupsOf([...changes].map(([id, { threadId }]) => [id, threadId ?? '']))) {
    const ids = group.map(([id]) => id)
    const toRead = ids.filter(id => !changes.get(id)?.isGone)
    const outcomes = await readOutcomes(mailbox, toRead, async messages => listed ?? foundIds(mailbox, messages))
    const lost = new Set(ids.filter(id => changes.get(id)?.isGone))
    for (const { type, id } of outcomes) if (type === 'absent') lost.add(id)

    const removals = await heldMessages(mailbox, lost)
    const threads = new Set(group.flatMap(([, threadId]) => (threadId === '' ? [] : [threadId])))
    for (const { threadId } of removals) if (threadId) threads.add(threadId)
    for (const outcome of outcomes) if ('threadId' in outcome && outcome.threadId) threads.add(outcome.threadId)

    yield* await threadChanges(mailbox, threads, outcomes, lost)
    for (const outcome of outcomes) yield* outcomeChanges(mailbox, state, outcome)
    for (const { id, attachments } of removals) {
      for (const attachment of attachments) yield { type: 'remove', entityType: 'gmail_attachment', id: attachment }
      yield { type: 'remove', entityType: 'gmail_message', id }
    }
  }
}

/** The entities of one message, or the note that it could not be read. */
export function* outcomeChanges(
  mailbox: Mailbox,
  state: GmailCursor,
  outcome: Outcome,
): Generator<GmailChange, void, undefined> {
  const { context } = mailbox
  if (outcome.type === 'unread') {
    context.skip({ entityType: 'gmail_message', id: outcome.id }, outcome.failure)
    retryLater(state, outcome.id)
  } else if (outcome.type === 'kept') {
    for (const { id, failure } of outcome.unread) {
      context.skip({ entityType: 'gmail_attachment', id }, failure)
      retryLater(state, outcome.id)
    }
    for (const entity of outcome.attachments) yield { type: 'upsert', entity }
    yield { type: 'upsert', entity: outcome.message }
  }
}

/**
 * Makes the store hold exactly the listed messages: what it lacks is read, what it has besides goes, threads without
 * messages too.
 */
export async function* reconcile(mailbox: Mailbox, state: GmailCursor, listed: Listed): Outcomes {
  const { context } = mailbox
  const missing = new Set(listed.keys())
  const stale = new Map<string, MessageChange>()
  for await (const message of context.known({ entityType: 'gmail_message' })) {
    missing.delete(message.id)
    if (!listed.has(message.id)) stale.set(message.id, { isGone: true, threadId: threadOf(message) })
  }
  yield* applyChanges(mailbox, state, stale)
  const unread = [...missing].map((id): [string, MessageChange] => [id, { isGone: false, threadId: listed.get(id) }])
  yield* applyChanges(mailbox, state, new Map(unread), listed)
  // A run that was interrupted between a thread and its message may have left the thread alone.
  const threads = new Set(listed.values())
  for await (const thread of context.known({ entityType: 'gmail_thread' })) {
    if (!threads.has(thread.id)) yield { type: 'remove', entityType: 'gmail_thread', id: thread.id }
  }
}

/** Messages in falling order of thread, so the newest threads first, in groups of whole threads that fit one request. */
export function* groupsOf(
  messages: [id: string, threadId: string][],
): Generator<[id: string, threadId: string][], void, undefined> {
  messages.sort(([idA, threadA], [idB, threadB]) => fallingOrder(threadA, threadB) || fallingOrder(idA, idB))
  for (let begin = 0, end = 0; begin < messages.length; begin = end) {
    end = endOfThread(messages, begin)
    while (end < messages.length && endOfThread(messages, end) - begin <= groupSize) end = endOfThread(messages, end)
    yield messages.slice(begin, end)
  }
}

/** A message whose thread is not known yet stands for itself. */
function endOfThread(messages: readonly [string, string][], begin: number): number {
  const threadId = messages[begin]?.[1]
  let end = begin + 1
  while (threadId !== '' && end < messages.length && messages[end]?.[1] === threadId) end++
  return end
}

/** What the store holds of a message. */
export function heldMessage(mailbox: Mailbox, id: string): Promise<Known | undefined> {
  return held(mailbox, 'gmail_message', id)
}

/** Attachments of a message that the store holds. */
export async function heldAttachments({ context }: Mailbox, messageId: string): Promise<string[]> {
  const ids: string[] = []
  // The ids that begin with `<message>/`: the character after the slash is the digit zero.
  const scope = { entityType: 'gmail_attachment', fromId: `${messageId}/`, toId: `${messageId}0` }
  for await (const attachment of context.known(scope)) ids.push(attachment.id)
  return ids
}

async function held({ context }: Mailbox, entityType: string, id: string): Promise<Known | undefined> {
  for await (const entity of context.known({ entityType, id })) return entity
  return undefined
}

function fallingOrder(a: string, b: string): number {
  return a < b ? 1 : a > b ? -1 : 0
}

interface HeldMessage {
  id: string
  threadId: string | undefined
  attachments: string[]
}

async function heldMessages(mailbox: Mailbox, ids: Iterable<string>): Promise<HeldMessage[]> {
  const held: HeldMessage[] = []
  for (const id of ids) {
    const message = await heldMessage(mailbox, id)
    if (message) held.push({ id, threadId: threadOf(message), attachments: await heldAttachments(mailbox, id) })
  }
  return held
}

/**
 * Threads as they will be: the messages that the thread names and the store holds, with these outcomes, without the
 * lost ones. No request is made.
 */
async function threadChanges(
  mailbox: Mailbox,
  threadIds: Iterable<string>,
  outcomes: readonly Outcome[],
  lost: ReadonlySet<string>,
): Promise<GmailChange[]> {
  const changes: GmailChange[] = []
  for (const threadId of threadIds) {
    const raws = new Map<string, JsonObject>()
    for (const outcome of outcomes) {
      if (outcome.type !== 'kept' || outcome.threadId !== threadId || !outcome.message.raw) continue
      raws.set(outcome.id, outcome.message.raw)
    }
    const thread = await held(mailbox, 'gmail_thread', threadId)
    for (const id of thread ? memberIds(thread) : []) {
      if (raws.has(id) || lost.has(id)) continue
      const message = await heldMessage(mailbox, id)
      if (message?.raw) raws.set(id, message.raw)
    }
    if (raws.size > 0) changes.push({ type: 'upsert', entity: threadEntity(threadId, [...raws.values()]) })
    else if (thread) changes.push({ type: 'remove', entityType: 'gmail_thread', id: threadId })
  }
  return changes
}

function memberIds({ raw }: Known): string[] {
  const messages = Array.isArray(raw?.messages) ? raw.messages : []
  return messages.map(message => (isJsonObject(message) ? String(message.id) : ''))
}

function threadOf({ breadcrumbs }: Known): string | undefined {
  return breadcrumbs.find(({ entityType }) => entityType === 'gmail_thread')?.entityId
}
