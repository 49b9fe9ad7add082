/** A message as Graph tells of it, and the entity that is made of it: the same at each reading. */
import {
  type Breadcrumb,
  type Context,
  type Entity,
  isFailure,
  type JsonObject,
  type Known,
} from '../../core/plugin.ts'
import { type DeltaItem, outlookHeaders, pick, type Recipient, toPerson } from './outlook.ts'

export const messageType = 'outlook_mail_message'

/** https://learn.microsoft.com/graph/api/resources/message; a change may have the members alone that changed. */
export type Message = DeltaItem & {
  subject?: string | null
  body?: { contentType?: string; content?: string | null } | null
  from?: Recipient | null
  sender?: Recipient | null
  toRecipients?: Recipient[]
  ccRecipients?: Recipient[]
  bccRecipients?: Recipient[]
  receivedDateTime?: string | null
  sentDateTime?: string | null
  createdDateTime?: string | null
  lastModifiedDateTime?: string | null
  parentFolderId?: string
  categories?: string[]
  hasAttachments?: boolean
  isDraft?: boolean
  webLink?: string | null
}

/** What every whole message has. */
const always = ['subject', 'body', 'receivedDateTime']
const lasting = [
  ...['id', 'subject', 'from', 'sender', 'toRecipients', 'ccRecipients', 'bccRecipients', 'replyTo', 'createdDateTime'],
  ...['receivedDateTime', 'sentDateTime', 'conversationId', 'internetMessageId', 'importance', 'isRead', 'isDraft'],
  ...['hasAttachments', 'categories', 'flag', 'inferenceClassification', 'webLink', 'parentFolderId'],
]

/** Asked for once: Graph writes it into the links. */
export const messageSelect = [...lasting, 'body', 'lastModifiedDateTime'].join(',')

/** Larger bodies are read again rather than kept twice. */
const longestKeptBody = 32_768
/** These change without the text or an attachment changing. */
const marks = new Set(['isRead', 'flag', 'categories', 'importance', 'inferenceClassification', 'lastModifiedDateTime'])

export function messagePath(id: string): string {
  return `/me/messages/${encodeURIComponent(id)}`
}

export const messageHeaders = outlookHeaders()

export function isWhole(message: JsonObject): boolean {
  return always.every(name => message[name] !== undefined)
}

/** Whether a change is a mark on the message and nothing else. */
export function isMark(change: Message): boolean {
  return Object.keys(change).every(
    name => name.includes('@odata.') || name === 'id' || name === 'changeKey' || marks.has(name),
  )
}

/** The folder that a message of the store is in. */
export function folderOf({ breadcrumbs }: Known): string | undefined {
  return breadcrumbs.at(-1)?.entityId
}

/** When it came, or was begun. */
export function timeOf(message: Message): string | undefined {
  return message.receivedDateTime ?? message.sentDateTime ?? message.createdDateTime ?? undefined
}

/** @throws Failure for what concerns more than this message */
export async function toMessageEntity(
  context: Context,
  message: Message,
  breadcrumbs: readonly Breadcrumb[],
): Promise<Entity> {
  const raw = pick(message, lasting)
  const parent = breadcrumbs.at(-1)?.entityId
  if (parent !== undefined) raw.parentFolderId = parent
  if (message.body && (message.body.content?.length ?? 0) <= longestKeptBody)
    raw.body = pick(message.body, ['contentType', 'content'])
  // Others are touched by the server itself now and then.
  if (message.isDraft && message.lastModifiedDateTime) raw.lastModifiedDateTime = message.lastModifiedDateTime
  return {
    entityType: messageType,
    id: message.id,
    name: message.subject?.trim() || '(no subject)',
    text: await textOf(context, message),
    url: message.webLink ?? undefined,
    author: toPerson(message.from) ?? toPerson(message.sender),
    breadcrumbs,
    createdAt: timeOf(message),
    updatedAt: (message.isDraft && message.lastModifiedDateTime) || timeOf(message),
    raw,
  }
}

async function textOf(context: Context, message: Message): Promise<string> {
  const head = [
    ['From', toPerson(message.from) ?? toPerson(message.sender)],
    ['To', people(message.toRecipients)],
    ['Cc', people(message.ccRecipients)],
    ['Bcc', people(message.bccRecipients)],
    ['Date', timeOf(message)],
    ['Subject', message.subject?.replace(/\s+/g, ' ').trim()],
    ['Categories', message.categories?.toSorted().join(', ')],
    ['Draft', message.isDraft ? 'yes' : ''],
  ].filter(([, value]) => value)
  const lines = head.map(([name, value]) => `**${name}:** ${value}`).join('  \n')
  return `${lines}\n\n${await bodyOf(context, message)}`.trim()
}

function people(recipients: readonly Recipient[] | undefined): string {
  return (recipients ?? []).map(toPerson).filter(Boolean).join(', ')
}

async function bodyOf(context: Context, { body }: Message): Promise<string> {
  if (!body?.content) return ''
  return convert(context, body.content, body.contentType?.toLowerCase() === 'html' ? 'text/html' : 'text/plain')
}

/** Text of what cannot be converted is left out. */
async function convert(context: Context, content: string, mediaType: string): Promise<string> {
  try {
    return await context.text(content, mediaType)
  } catch (error) {
    if (isFailure(error, 'item_unreadable')) return ''
    throw error
  }
}
