/** The attachments of messages: listed without their bytes, and read only where they are text. */
import {
  type Breadcrumb,
  type Context,
  convertibleType,
  type DownloadedFile,
  type DownloadFile,
  type Entity,
  Failure,
  type FileText,
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
const members = ['id', 'name', 'contentType', 'size', 'isInline', 'lastModifiedDateTime']
const listQuery = `$select=${members.join(',')}`
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
    file: await readFile(context, message.id, attachment, kind),
    url: message.url,
    author: message.author,
    breadcrumbs: [...(message.breadcrumbs ?? []), crumb],
    createdAt: message.createdAt,
    updatedAt: message.updatedAt,
    raw: { ...pick(attachment, members), ...(kind === undefined ? {} : { kind }) },
  }
}

/**
 * What its bytes say, which change in drafts alone. It comes as JSON rather than by itself where it can, so that no page
 * of a proxy, and no half of a file, can pass for it.
 */
async function readFile(
  context: Context,
  messageId: string,
  attachment: Attachment,
  kind: string | undefined,
): Promise<FileText | undefined> {
  if (kind === 'referenceAttachment') return undefined
  const isItem = kind === 'itemAttachment'
  const { size } = attachment
  const type = convertibleType(attachment.contentType ?? '', attachment.name ?? '')
  const file = {
    ...{ entityType: attachmentType, id: `${messageId}/${attachment.id}`, size },
    // Exchange counts what it keeps beside the bytes (https://github.com/microsoftgraph/microsoft-graph-docs/issues/9796).
    isSizeRough: true,
    version: [type, size, attachment.lastModifiedDateTime].join(' ').trimEnd(),
    mediaType: isItem ? typeOfItem : type,
  }
  const url = `${graphUrl(context.endpoints)}${messagePath(messageId)}/attachments/${encodeURIComponent(attachment.id)}`
  const itself = (download: DownloadFile) =>
    download(`${url}/$value`, { headers: { ...messageHeaders, accept: '*/*' }, item: true })
  try {
    if (isItem) return await context.file(file, download => fetchItem(() => itself(download)))
    try {
      const member = 'contentBytes'
      return await context.file(file, download => download(url, { headers: messageHeaders, member, item: true }))
    } catch (error) {
      // With a good status, the answer was one without the file.
      if (!isRouteMissing(error) && !(isFailure(error, 'item_unreadable') && error.status === 200)) throw error
    }
    return await context.file(file, itself)
  } catch (error) {
    if (isRouteMissing(error)) return { reason: 'the server does not give its bytes' }
    throw error
  }
}

/** What was just listed is there and looks like an item, unless a second reading says otherwise, too. */
async function fetchItem(download: () => Promise<DownloadedFile>): Promise<DownloadedFile> {
  try {
    const fetched = await download()
    if (/^\s*[\w-]+:/.test(textOf(fetched.head))) return fetched
  } catch (error) {
    if (!isRouteMissing(error)) throw error
  }
  return download()
}

/** An attached item comes as MIME, iCalendar or vCard. https://learn.microsoft.com/graph/api/attachment-get */
function typeOfItem(head: Uint8Array): string {
  const begin = textOf(head).trimStart().toUpperCase()
  if (begin.startsWith('BEGIN:VCALENDAR')) return 'text/calendar'
  return begin.startsWith('BEGIN:VCARD') ? 'text/vcard' : 'message/rfc822'
}

function textOf(head: Uint8Array): string {
  return new TextDecoder().decode(head)
}
