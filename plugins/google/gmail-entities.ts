/** Messages, attachments and threads in inlet's words. Each is made from Gmail's messages alone, the same at each read. */
import {
  type Breadcrumb,
  type Context,
  type Entity,
  Failure,
  isFailure,
  type Json,
  type JsonObject,
} from '../../core/plugin.ts'
import { attachmentsOf, bodyText, type LoadPart, typeOf } from './gmail-body.ts'
import type { GmailMessage, GmailPart } from './gmail-types.ts'
import { addressesOf, baseSubject, headerOf } from './mail-header.ts'

/** What it takes to turn a message into entities. */
export interface EntityInput {
  message: GmailMessage
  load: LoadPart
  convert: Context['text']
  /** Visible name of a label by its id. */
  labelName(id: string): string
  /** Told of an attachment whose content could not be read this time: it is left out. */
  onUnread(attachmentId: string, failure: Failure): void
}

const noSubject = '(no subject)'
const maxTextBytes = 5 * 1024 * 1024

/**
 * The message first, then its attachments.
 * @throws Failure what `load` throws for a body that Gmail keeps apart
 */
export async function messageEntities(input: EntityInput): Promise<[Entity, ...Entity[]]> {
  const message = messageEntity(input.message, await markdownOf(input))
  const attachments: Entity[] = []
  for (const part of attachmentsOf(input.message.payload ?? {})) {
    const entity = await attachmentEntity(input, part, message)
    if (entity) attachments.push(entity)
  }
  return [message, ...attachments]
}

/** A thread as the messages of it that are kept show it; `raws` are the `raw` of message entities, at least one. */
export function threadEntity(id: string, raws: readonly JsonObject[]): Entity {
  const messages = raws.map(raw => raw as unknown as GmailMessage).sort(byDate)
  const [first, last] = [messages[0], messages.at(-1)]
  if (!first || !last) throw new Failure('internal', 'a thread was made from no message')
  const people = new Map<string, string>()
  for (const { payload } of messages) {
    for (const name of ['From', 'To', 'Cc']) {
      for (const { address, text } of addressesOf(headerOf(payload, name))) {
        if (!people.has(address)) people.set(address, text)
      }
    }
  }
  const participants = [...people.values()]
  const labelIds = [...new Set(messages.flatMap(message => message.labelIds ?? []))].sort()
  const lines = messages.map(message => {
    const parts = [timeOf(message)?.slice(0, 16).replace('T', ' '), headerOf(message.payload, 'From')]
    return `- ${parts.filter(Boolean).join(', ')}: ${plainSnippet(message)}`
  })
  const count = messages.length === 1 ? '1 message' : `${messages.length} messages`
  return {
    entityType: 'gmail_thread',
    id,
    name: threadName(first),
    text: [`**Participants:** ${participants.join(', ')}  `, `**Messages:** ${count}`, '', ...lines].join('\n'),
    url: linkTo(id),
    author: headerOf(first.payload, 'From') || undefined,
    createdAt: timeOf(first),
    updatedAt: timeOf(last),
    raw: {
      id,
      labelIds,
      messageCount: messages.length,
      messages: messages.map(message => ({ id: message.id, internalDate: message.internalDate ?? null })),
      participants,
      snippet: last.snippet ?? '',
    },
  }
}

function messageEntity(message: GmailMessage, text: string): Entity {
  return {
    entityType: 'gmail_message',
    id: message.id,
    name: headerOf(message.payload, 'Subject') || noSubject,
    text,
    url: linkTo(message.id),
    author: headerOf(message.payload, 'From') || undefined,
    breadcrumbs: [threadCrumb(message)],
    createdAt: timeOf(message),
    updatedAt: timeOf(message),
    raw: rawMessage(message),
  }
}

async function markdownOf({ message, load, convert, labelName }: EntityInput): Promise<string> {
  const { payload } = message
  const labels = (message.labelIds ?? []).map(labelName).sort()
  const head = [
    ['From', headerOf(payload, 'From')],
    ['To', headerOf(payload, 'To')],
    ['Cc', headerOf(payload, 'Cc')],
    ['Date', timeOf(message) ?? headerOf(payload, 'Date')],
    ['Subject', headerOf(payload, 'Subject')],
    ['Labels', labels.join(', ')],
  ].filter(([, value]) => value !== '')
  const body = payload ? await bodyText(payload, load, convert) : ''
  return `${head.map(([name, value]) => `**${name}:** ${value}`).join('  \n')}\n\n${body || plainSnippet(message)}`.trim()
}

async function attachmentEntity(input: EntityInput, part: GmailPart, message: Entity): Promise<Entity | undefined> {
  // A message that is nothing but a file has it as its root, whose part id is empty.
  const id = `${message.id}/${part.partId || '0'}`
  let text: string | undefined
  try {
    text = await attachmentText(input, part)
  } catch (error) {
    if (!isFailure(error) || error.remedy !== 'skip') throw error
    input.onUnread(id, error)
    return undefined
  }
  return {
    entityType: 'gmail_attachment',
    id,
    name: part.filename || typeOf(part) || 'attachment',
    text,
    url: message.url,
    author: message.author,
    breadcrumbs: [
      threadCrumb(input.message),
      { entityId: message.id, name: message.name, entityType: message.entityType },
    ],
    createdAt: message.createdAt,
    updatedAt: message.updatedAt,
    raw: rawPart(part),
  }
}

/** Content is fetched only where it is text; `undefined` for everything else and for what cannot be converted. */
async function attachmentText({ load, convert }: EntityInput, part: GmailPart): Promise<string | undefined> {
  if (!readable.test(typeOf(part)) || (part.body?.size ?? 0) > maxTextBytes) return undefined
  if (!part.body?.data && !part.body?.attachmentId) return undefined
  const bytes = await load(part)
  try {
    return await convert(bytes, headerOf(part, 'Content-Type') || typeOf(part))
  } catch (error) {
    if (isFailure(error, 'item_unreadable')) return undefined
    throw error
  }
}

const readable = /^(?:text\/.+|message\/rfc822|application\/(?:json|xml|ics|.+\+json|.+\+xml))$/

function threadCrumb(message: GmailMessage): Breadcrumb {
  return { entityId: message.threadId, name: threadName(message), entityType: 'gmail_thread' }
}

/** Made from any one message of the thread, so that no message changes when another one comes or goes. */
function threadName(message: GmailMessage): string {
  return baseSubject(headerOf(message.payload, 'Subject')) || noSubject
}

/** `historyId` and attachment ids change without the message changing; bodies are in `text` or at Gmail. */
function rawMessage(message: GmailMessage): JsonObject {
  const { id, threadId, labelIds = [], snippet = '', internalDate = null, sizeEstimate = null, payload } = message
  const raw: JsonObject = { id, threadId, labelIds: [...labelIds].sort(), snippet, internalDate, sizeEstimate }
  if (payload) raw.payload = rawPart(payload)
  return raw
}

function rawPart({ partId, mimeType, filename, headers, body, parts }: GmailPart): JsonObject {
  const raw: JsonObject = { partId: partId ?? '', mimeType: mimeType ?? '', filename: filename ?? '' }
  const kept: Json[] = (headers ?? [])
    .filter(({ name = '' }) => !traceHeaders.test(name))
    .map(({ name = '', value = '' }) => ({ name, value }))
  if (kept.length > 0) raw.headers = kept
  raw.body = { size: body?.size ?? 0 }
  if (parts) raw.parts = parts.map(rawPart)
  return raw
}

/** Signatures and traces of transport: most of a header's bytes, and nothing a person looks for. */
const traceHeaders = /^(?:arc-|dkim-|x-google-|x-gm-|received|x-received|authentication-results)/i

function timeOf({ internalDate }: GmailMessage): string | undefined {
  const date = new Date(Number(internalDate ?? Number.NaN))
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}

function byDate(a: GmailMessage, b: GmailMessage): number {
  return Number(a.internalDate ?? 0) - Number(b.internalDate ?? 0) || (a.id < b.id ? -1 : 1)
}

function linkTo(id: string): string {
  return `https://mail.google.com/mail/u/0/#all/${id}`
}

function plainSnippet({ snippet = '' }: GmailMessage): string {
  return snippet.replace(/&(amp|lt|gt|quot|#39);/g, (_match, name: string) => entities[name] ?? '').trim()
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
