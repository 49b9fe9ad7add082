/** Messages, attachments and threads in inlet's words. Each is made from Gmail's messages alone, the same at each read. */
import {
  type Context,
  convertibleType,
  type Entity,
  Failure,
  type FileOf,
  type FileText,
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
  /** What a file says. */
  readFile(file: FileOf, part: GmailPart): Promise<FileText>
  /** Visible name of a label by its id. */
  labelName(id: string): string
  /** Told of an attachment whose content could not be read this time: it is left out. */
  onUnread(attachmentId: string, failure: Failure): void
}

const noSubject = '(no subject)'
const attachmentType = 'gmail_attachment'

/**
 * The message first, then its attachments.
 * @throws Failure what `load` throws for a body that Gmail keeps apart
 */
export async function messageEntities(input: EntityInput): Promise<[Entity, ...Entity[]]> {
  const head = headOf(input.message)
  const message = messageEntity(input.message, head, await markdownOf(input, head))
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
  const heads = messages.map(headOf)
  const [first, last] = [heads[0], heads.at(-1)]
  if (!first || !last) throw new Failure('internal', 'a thread was made from no message')
  const people = new Map<string, string>()
  for (const { from, to, cc } of heads) {
    for (const { address, text } of [from, to, cc].flatMap(addressesOf)) {
      if (!people.has(address)) people.set(address, text)
    }
  }
  const participants = [...people.values()]
  const labelIds = [...new Set(messages.flatMap(message => message.labelIds ?? []))].sort()
  const lines = messages.map((message, index) => {
    const { at, from } = heads[index] ?? first
    const parts = [at?.slice(0, 16).replace('T', ' '), from]
    return `- ${parts.filter(Boolean).join(', ')}: ${plainSnippet(message)}`
  })
  const count = messages.length === 1 ? '1 message' : `${messages.length} messages`
  return {
    entityType: 'gmail_thread',
    id,
    name: threadName(first),
    text: [`**Participants:** ${participants.join(', ')}  `, `**Messages:** ${count}`, '', ...lines].join('\n'),
    url: linkTo(id),
    author: first.from || undefined,
    createdAt: first.at,
    updatedAt: last.at,
    raw: {
      id,
      labelIds,
      messageCount: messages.length,
      messages: messages.map(message => ({ id: message.id, internalDate: message.internalDate ?? null })),
      participants,
      snippet: messages.at(-1)?.snippet ?? '',
    },
  }
}

/** What of a message's headers is shown, each read once. */
interface Head {
  from: string
  to: string
  cc: string
  subject: string
  /** When Gmail received it. */
  at: string | undefined
}

function headOf(message: GmailMessage): Head {
  const { payload } = message
  const [from, to] = [headerOf(payload, 'From'), headerOf(payload, 'To')]
  return { from, to, cc: headerOf(payload, 'Cc'), subject: headerOf(payload, 'Subject'), at: timeOf(message) }
}

function messageEntity(message: GmailMessage, head: Head, text: string): Entity {
  const { from, subject, at } = head
  return {
    entityType: 'gmail_message',
    id: message.id,
    name: subject || noSubject,
    text,
    url: linkTo(message.id),
    author: from || undefined,
    breadcrumbs: [{ entityId: message.threadId, name: threadName(head), entityType: 'gmail_thread' }],
    createdAt: at,
    updatedAt: at,
    raw: rawMessage(message),
  }
}

async function markdownOf(input: EntityInput, { from, to, cc, subject, at }: Head): Promise<string> {
  const { message, load, convert, labelName } = input
  const { payload } = message
  const labels = (message.labelIds ?? []).map(labelName).sort()
  const head = [
    ['From', from],
    ['To', to],
    ['Cc', cc],
    ['Date', at ?? headerOf(payload, 'Date')],
    ['Subject', subject],
    ['Labels', labels.join(', ')],
  ].filter(([, value]) => value !== '')
  const body = payload ? await bodyText(payload, load, convert) : ''
  return `${head.map(([name, value]) => `**${name}:** ${value}`).join('  \n')}\n\n${body || plainSnippet(message)}`.trim()
}

async function attachmentEntity(input: EntityInput, part: GmailPart, message: Entity): Promise<Entity | undefined> {
  // A message that is nothing but a file has it as its root, whose part id is empty.
  const id = `${message.id}/${part.partId || '0'}`
  let file: FileText
  try {
    file = await input.readFile({ ...fileOf(part), entityType: attachmentType, id }, part)
  } catch (error) {
    if (!isFailure(error) || error.remedy !== 'skip') throw error
    input.onUnread(id, error)
    return undefined
  }
  return {
    entityType: attachmentType,
    id,
    name: part.filename || typeOf(part) || 'attachment',
    file,
    url: message.url,
    author: message.author,
    breadcrumbs: [
      ...(message.breadcrumbs ?? []),
      { entityId: message.id, name: message.name, entityType: message.entityType },
    ],
    createdAt: message.createdAt,
    updatedAt: message.updatedAt,
    raw: rawPart(part),
  }
}

/** A message never changes, and so neither does a file in it. Without bytes there is nothing to read. */
function fileOf(part: GmailPart): Omit<FileOf, 'entityType' | 'id'> {
  const { size, data, attachmentId } = part.body ?? {}
  const mediaType = convertibleType(headerOf(part, 'Content-Type') || typeOf(part), part.filename ?? '')
  const isEmpty = size === 0 && !part.parts?.length
  return { mediaType: data || attachmentId || isEmpty ? mediaType : undefined, size, version: `${mediaType} ${size}` }
}

/** Made from any one message of the thread, so that no message changes when another one comes or goes. */
function threadName({ subject }: Head): string {
  return baseSubject(subject) || noSubject
}

/**
 * `historyId` and attachment ids change without the message changing; bodies are in `text` or at Gmail. Members are in
 * the order of the store's own text, so that none is to be moved for it.
 */
function rawMessage(message: GmailMessage): JsonObject {
  const { id, threadId, labelIds = [], snippet = '', internalDate = null, sizeEstimate = null, payload } = message
  const labels = [...labelIds].sort()
  const body = payload ? { payload: rawPart(payload) } : {}
  return { id, internalDate, labelIds: labels, ...body, sizeEstimate, snippet, threadId }
}

function rawPart({ partId, mimeType, filename, headers, body, parts }: GmailPart): JsonObject {
  const kept: Json[] = (headers ?? [])
    .filter(({ name = '' }) => !traceHeaders.test(name))
    .map(({ name = '', value = '' }) => ({ name, value }))
  return {
    body: { size: body?.size ?? 0 },
    filename: filename ?? '',
    ...(kept.length > 0 ? { headers: kept } : {}),
    mimeType: mimeType ?? '',
    partId: partId ?? '',
    ...(parts ? { parts: parts.map(rawPart) } : {}),
  }
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
