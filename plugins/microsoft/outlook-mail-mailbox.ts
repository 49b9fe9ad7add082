/** One mailbox during one run, and how messages that were met become changes of the store. */
import { type Context, type Entity, Failure, isFailure, type Known } from '../../core/plugin.ts'
import type { BatchReader } from './outlook-batch.ts'
import { type Attached, attachmentType, readAttachments } from './outlook-mail-attachments.ts'
import type { MailChanges, MailCursor } from './outlook-mail-cursor.ts'
import { crumbsOf } from './outlook-mail-folders.ts'
import {
  folderOf,
  isMark,
  isWhole,
  type Message,
  messageHeaders,
  messagePath,
  messageSelect,
  messageType,
  timeOf,
  toMessageEntity,
} from './outlook-mail-message.ts'

export interface Mailbox {
  context: Context
  /** Base URL of Graph. */
  url: string
  batch: BatchReader
  cursor: MailCursor
  isWanted(folderId: string): boolean
  /** Milliseconds since 1970: no older message. */
  since: number | undefined
  /** How many messages may be leaving before they are settled. */
  settleAt: number
}

/** A message that a folder shows; perhaps the changed members alone. */
export interface Arrival {
  message: Message
  folderId: string
}

export interface Manner {
  /** What is not yielded is taken for gone. */
  isListing: boolean
  /** Nothing of it can be in the store but from before, and the engine sweeps that. */
  isFresh: boolean
}

/** What is said not to be there, though its message says so, is asked for no more often than this. */
const mostTries = 3
const retriesAtOnce = 100

type Outcome =
  | { type: 'kept'; entity: Entity; hasFiles: boolean; isMarked: boolean }
  | { type: 'unwanted'; id: string }
  | { type: 'unread'; id: string; failure: Failure }

/** Messages as they are now: those that the configuration asks for, with their attachments; others leave the store. */
export async function* applyMessages(mailbox: Mailbox, arrivals: readonly Arrival[], manner: Manner): MailChanges {
  const { context, batch, cursor } = mailbox
  const outcomes = await decide(mailbox, arrivals, manner)
  const withFiles = outcomes.flatMap(outcome =>
    outcome.type === 'kept' && outcome.hasFiles && !outcome.isMarked ? [outcome.entity] : [],
  )
  const attached = await readAttachments(context, batch, withFiles)
  const filesOf = new Map(withFiles.map((entity, index) => [entity.id, attached[index]]))
  const obsolete = manner.isFresh ? [] : await obsoleteFiles(context, outcomes, filesOf)

  for (const outcome of outcomes) {
    if (outcome.type === 'unwanted') {
      if (!manner.isFresh) yield* removeMessage(mailbox, outcome.id)
      continue
    }
    if (outcome.type === 'unread') {
      keepMessage(mailbox, outcome.id, outcome.failure)
      cursor.retry[outcome.id] = (cursor.retry[outcome.id] ?? 0) + 1
      continue
    }
    const { id } = outcome.entity
    delete cursor.leaving[id]
    yield { type: 'upsert', entity: outcome.entity }
    if (outcome.isMarked) continue
    const files = filesOf.get(id)
    for (const entity of files?.entities ?? []) yield { type: 'upsert', entity }
    noteUnread(mailbox, id, files)
  }
  for (const id of obsolete) yield { type: 'remove', entityType: attachmentType, id }
}

/** A message and its attachments. */
export async function* removeMessage({ context, cursor }: Mailbox, id: string): MailChanges {
  delete cursor.leaving[id]
  delete cursor.retry[id]
  const files = await heldFiles(context, id)
  yield { type: 'remove', entityType: messageType, id }
  for (const file of files) yield { type: 'remove', entityType: attachmentType, id: file }
}

/** A message that cannot be read now stays as it is. */
export function keepMessage({ context }: Mailbox, id: string, failure: Failure): void {
  context.skip({ entityType: messageType, id }, failure)
  context.skip({ entityType: attachmentType, parent: id }, failure)
}

export async function heldMessage(context: Context, id: string): Promise<Known | undefined> {
  for await (const known of context.known({ entityType: messageType, id })) return known
  return undefined
}

export function readMessages({ batch }: Mailbox, ids: readonly string[]) {
  return batch.read(
    ids.map(id => `${messagePath(id)}?$select=${messageSelect}`),
    messageHeaders,
    'id',
  )
}

async function decide(mailbox: Mailbox, arrivals: readonly Arrival[], manner: Manner): Promise<Outcome[]> {
  const { context, cursor, since } = mailbox
  const outcomes: Outcome[] = []
  for (const whole of await makeWhole(mailbox, arrivals, manner)) {
    const { message, folderId } = whole
    if (whole.failure) {
      outcomes.push({ type: 'unread', id: message.id, failure: whole.failure })
      continue
    }
    const time = Date.parse(timeOf(message) ?? '')
    if (!mailbox.isWanted(folderId) || (since !== undefined && !(time >= since))) {
      outcomes.push({ type: 'unwanted', id: message.id })
      continue
    }
    const entity = await toMessageEntity(context, message, crumbsOf(cursor, folderId))
    outcomes.push({ type: 'kept', entity, hasFiles: message.hasAttachments === true, isMarked: whole.isMarked })
  }
  return outcomes
}

interface Whole extends Arrival {
  /** Nothing changed that an attachment would show. */
  isMarked: boolean
  failure?: Failure
}

/** What a change leaves out is in the store, or else asked for. In the order of the arrivals. */
async function makeWhole(mailbox: Mailbox, arrivals: readonly Arrival[], { isListing }: Manner): Promise<Whole[]> {
  const wholes: Whole[] = []
  const partial: { whole: Whole; isHeld: boolean }[] = []
  for (const { message, folderId } of arrivals) {
    const whole: Whole = { message, folderId, isMarked: false }
    wholes.push(whole)
    if (isWhole(message)) continue
    const held = await heldMessage(mailbox.context, message.id)
    whole.message = { ...held?.raw, ...message }
    const isSame = held !== undefined && folderOf(held) === folderId && isWhole(whole.message)
    whole.isMarked = isSame && isMark(message) && !isListing && mailbox.cursor.retry[message.id] === undefined
    if (!isWhole(whole.message)) partial.push({ whole, isHeld: held !== undefined })
  }
  const answers =
    partial.length > 0
      ? await readMessages(
          mailbox,
          partial.map(({ whole }) => whole.message.id),
        )
      : []
  for (const [index, { whole, isHeld }] of partial.entries()) {
    const answer = answers[index]
    if (answer && 'body' in answer) whole.message = { ...answer.body, id: whole.message.id }
    // A server that does not give single messages has said all it will.
    else if (answer && !(answer.failure.code === 'item_missing' && isTelling(whole.message, isHeld))) {
      whole.failure = answer.failure
    }
  }
  return wholes
}

/** Whether there is enough of a message to keep it as it is. */
function isTelling(message: Message, isHeld: boolean): boolean {
  return message.body !== undefined || (!isHeld && message.subject !== undefined)
}

async function obsoleteFiles(
  context: Context,
  outcomes: readonly Outcome[],
  filesOf: ReadonlyMap<string, Attached | undefined>,
): Promise<string[]> {
  const obsolete: string[] = []
  for (const outcome of outcomes) {
    if (outcome.type !== 'kept' || outcome.isMarked) continue
    const { id } = outcome.entity
    const files = filesOf.get(id)
    if (files?.unread.has('')) continue
    const present = new Set([...(files?.entities.map(file => file.id) ?? []), ...(files?.unread.keys() ?? [])])
    for (const file of await heldFiles(context, id)) if (!present.has(file)) obsolete.push(file)
  }
  return obsolete
}

async function heldFiles(context: Context, messageId: string): Promise<string[]> {
  const ids: string[] = []
  const range = { entityType: attachmentType, fromId: `${messageId}/`, toId: `${messageId}/\uffff` }
  for await (const { id } of context.known(range)) ids.push(id)
  return ids
}

/** What could not be read is kept as it is and tried again, for ever unless it is said not to be there. */
function noteUnread({ context, cursor }: Mailbox, messageId: string, files: Attached | undefined): void {
  for (const [id, failure] of files?.unread ?? []) {
    context.skip(
      id === '' ? { entityType: attachmentType, parent: messageId } : { entityType: attachmentType, id },
      failure,
    )
  }
  const failures = [...(files?.unread.values() ?? [])]
  const tries = (cursor.retry[messageId] ?? 0) + 1
  const isHopeless = failures.every(failure => failure.code === 'item_missing') && tries >= mostTries
  if (failures.length > 0 && !isHopeless) cursor.retry[messageId] = tries
  else delete cursor.retry[messageId]
}

/** Messages of earlier runs that could not be read whole. */
export async function* retryMessages(mailbox: Mailbox): MailChanges {
  const ids = Object.keys(mailbox.cursor.retry)
  for (let start = 0; start < ids.length; start += retriesAtOnce) {
    try {
      yield* retrySome(mailbox, ids.slice(start, start + retriesAtOnce))
    } catch (error) {
      if (!isFailure(error, 'unavailable', 'bad_response')) throw error
      // Several in a row that cannot be had, again: no reason to leave the folders unread.
      const { message, status } = error
      const failure = new Failure('item_unreadable', message, { status, cause: error })
      for (const id of ids.slice(start)) keepMessage(mailbox, id, failure)
      return
    }
  }
}

async function* retrySome(mailbox: Mailbox, ids: readonly string[]): MailChanges {
  const { retry } = mailbox.cursor
  const answers = await readMessages(mailbox, ids)
  const arrivals: Arrival[] = []
  for (const [index, id] of ids.entries()) {
    const answer = answers[index]
    if (answer && 'body' in answer) arrivals.push(...arrivalsOf(mailbox, id, answer.body as Message))
    else if (answer) {
      keepMessage(mailbox, id, answer.failure)
      const tries = (retry[id] ?? 0) + 1
      // Its folder will tell that it went.
      if (answer.failure.code === 'item_missing' && tries >= mostTries) delete retry[id]
      else retry[id] = tries
    }
  }
  yield* applyMessages(mailbox, arrivals, { isListing: true, isFresh: false })
}

/** A message that was asked for by its id, in the folder that it says it is in. */
export function arrivalsOf(mailbox: Mailbox, id: string, body: Message): Arrival[] {
  const folderId = body.parentFolderId ?? mailbox.cursor.leaving[id]?.find(mailbox.isWanted) ?? ''
  return [{ message: { ...body, id }, folderId }]
}
