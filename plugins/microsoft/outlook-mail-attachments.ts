/** The attachments of messages: listed without their bytes, and read only where they are text. */
import {
  type Breadcrumb,
  type Context,
  convertibleType,
  type Entity,
  Failure,
  isFailure,
  isSkippable,
  type JsonObject,
  mapInOrder,
} from '../../core/plugin.ts'
import { type GraphPage, graphUrl } from './api.ts'
import { pick } from './outlook.ts'
import { type Answer, type BatchReader, isRouteMissing } from './outlook-batch.ts'
import { messageHeaders, messagePath } from './outlook-mail-message.ts'

export const attachmentType = 'outlook_mail_attachment'

/** https://learn.microsoft.com/graph/api/resources/attachment */
type Attachment = JsonObject & {
  id: string
  '@odata.type'?: string
  name?: string | null
  contentType?: string | null
  size?: number
}

/** What is known of the attachments of a message: those that were read, and why others were not. */
export interface Attached {
  entities: Entity[]
  /** By entity id; the empty id stands for all of them, when they could not even be listed. */
  unread: Map<string, Failure>
}

/** Without the member `contentBytes`, which is the file itself. */
const members = ['id', 'name', 'contentType', 'size', 'isInline']
const listQuery = `$select=${members.join(',')}`
const maxTextBytes = 5 * 1024 * 1024
const downloadsAtOnce = 4

/** The attachments of each of these messages, in their order. */
export async function readAttachments(
  context: Context,
  batch: BatchReader,
  messages: readonly Entity[],
): Promise<Attached[]> {
  const paths = messages.map(({ id }) => `${messagePath(id)}/attachments?${listQuery}`)
  const answers = paths.length > 0 ? await batch.read(paths, messageHeaders, 'value') : []
  const work = messages.map((message, index) => ({ message, answer: answers[index] }))
  const found: Attached[] = []
  for await (const attached of mapInOrder(work, downloadsAtOnce, item =>
    toAttached(context, item.message, item.answer),
  )) {
    found.push(attached)
  }
  return found
}

async function toAttached(context: Context, message: Entity, answer: Answer | undefined): Promise<Attached> {
  const attached: Attached = { entities: [], unread: new Map() }
  try {
    if (answer === undefined) return attached
    if ('failure' in answer) throw answer.failure
    for (const attachment of await allOf(context, message.id, answer.body)) {
      const id = `${message.id}/${attachment.id}`
      try {
        attached.entities.push(await toEntity(context, message, attachment, id))
      } catch (error) {
        if (!isSkippable(error)) throw error
        attached.unread.set(id, error)
      }
    }
  } catch (error) {
    if (!isSkippable(error)) throw error
    attached.unread.set('', error)
  }
  return attached
}

async function allOf({ api, endpoints }: Context, messageId: string, first: JsonObject): Promise<Attachment[]> {
  const { value, '@odata.nextLink': next } = first as unknown as GraphPage<Attachment>
  if (!Array.isArray(value)) {
    throw new Failure(
      'bad_response',
      `GET ${graphUrl(endpoints)}${messagePath(messageId)}/attachments answered no list`,
    )
  }
  const all = [...value]
  if (!next) return all
  const options = {
    headers: messageHeaders,
    item: true,
    expect: ['value'],
    next: (page: GraphPage<Attachment>) => page['@odata.nextLink'],
  }
  for await (const page of api.pages<GraphPage<Attachment>>(next, options)) all.push(...page.value)
  return all
}

async function toEntity(context: Context, message: Entity, attachment: Attachment, id: string): Promise<Entity> {
  const crumb: Breadcrumb = { entityId: message.id, name: message.name, entityType: message.entityType }
  const kind = attachment['@odata.type']?.replace(/^#?microsoft\.graph\./, '')
  return {
    entityType: attachmentType,
    id,
    name: attachment.name || attachment.contentType || 'attachment',
    text: await textOf(context, message.id, attachment, kind),
    url: message.url,
    author: message.author,
    breadcrumbs: [...(message.breadcrumbs ?? []), crumb],
    createdAt: message.createdAt,
    updatedAt: message.updatedAt,
    raw: { ...pick(attachment, members), ...(kind === undefined ? {} : { kind }) },
  }
}

/** `undefined` for what is not text, too large or cannot be converted. */
async function textOf(
  context: Context,
  messageId: string,
  attachment: Attachment,
  kind: string | undefined,
): Promise<string | undefined> {
  const type = convertibleType(attachment.contentType ?? '', attachment.name ?? '')
  const isItem = kind === 'itemAttachment'
  if (!isItem && (kind === 'referenceAttachment' || type === undefined)) return undefined
  if ((attachment.size ?? 0) > maxTextBytes) return undefined
  const bytes = await bytesOf(
    context,
    `${messagePath(messageId)}/attachments/${encodeURIComponent(attachment.id)}`,
    isItem,
  )
  if (!bytes) return undefined
  try {
    return await context.text(bytes, isItem || type === undefined ? typeOfItem(bytes) : type)
  } catch (error) {
    if (isFailure(error, 'item_unreadable')) return undefined
    throw error
  }
}

/**
 * `undefined` for what is too large, or not to be had from this server.
 * @throws Failure what may be better next time
 */
async function bytesOf(context: Context, path: string, isItem: boolean): Promise<Uint8Array | undefined> {
  try {
    return await (isItem ? downloadItem(context, path) : downloadFile(context, path))
  } catch (error) {
    const isTooLarge = isFailure(error, 'item_unreadable') && error.status === undefined
    if (isTooLarge || isRouteMissing(error)) return undefined
    throw error
  }
}

/** A file comes as JSON rather than by itself: so no page of a proxy, and no half of a file, can pass for it. */
async function downloadFile(context: Context, path: string): Promise<Uint8Array> {
  const { api, endpoints } = context
  try {
    const url = `${graphUrl(endpoints)}${path}`
    const { contentBytes } = await api.get<{ contentBytes?: unknown }>(url, { headers: messageHeaders, item: true })
    if (typeof contentBytes === 'string') return Buffer.from(contentBytes, 'base64')
  } catch (error) {
    if (!isRouteMissing(error)) throw error
  }
  return download(context, path)
}

/** What was just listed is there and looks like an item, unless a second reading says otherwise, too. */
async function downloadItem(context: Context, path: string): Promise<Uint8Array> {
  try {
    const bytes = await download(context, path)
    if (/^\s*[\w-]+:/.test(beginOf(bytes))) return bytes
  } catch (error) {
    if (!isRouteMissing(error)) throw error
  }
  return download(context, path)
}

function download({ api, endpoints }: Context, path: string): Promise<Uint8Array> {
  const headers = { ...messageHeaders, accept: '*/*' }
  return api.download(`${graphUrl(endpoints)}${path}/$value`, { headers, maxBytes: maxTextBytes, item: true })
}

/** An attached item comes as MIME, iCalendar or vCard. https://learn.microsoft.com/graph/api/attachment-get */
function typeOfItem(bytes: Uint8Array): string {
  const begin = beginOf(bytes).trimStart().toUpperCase()
  if (begin.startsWith('BEGIN:VCALENDAR')) return 'text/calendar'
  return begin.startsWith('BEGIN:VCARD') ? 'text/vcard' : 'message/rfc822'
}

function beginOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, 64))
}
