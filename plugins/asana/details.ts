/** What hangs on a task: its comments and its attachments. */
import {
  canonicalJson,
  type DownloadedFile,
  type DownloadFile,
  type Entity,
  Failure,
  type FileText,
  isFailure,
  isSkippable,
  type JsonObject,
  type Known,
  mediaTypeOfName,
} from '../../core/plugin.ts'
import { listPages, readOne } from './api.ts'
import { attachmentEntity, commentEntity } from './entities.ts'
import { attachmentFields, commentFields, keptAttachmentFields } from './fields.ts'
import { lookUp } from './place.ts'
import { attachmentType, commentType, type Run, sameTrail, type Trail } from './run.ts'
import { type Identified, isIdentified, textAt, trim } from './shape.ts'

export interface DetailsInput {
  gid: string
  /** Breadcrumbs of what is below the task. */
  below: Trail
  /** The task's address. */
  url: string
  /** Ask Asana; otherwise what is known only gets its new breadcrumbs. */
  reads: boolean
  /** What the store holds of them; `undefined` where that is nothing, or for the sweep to settle. */
  comments: readonly Known[] | undefined
  attachments: readonly Known[] | undefined
  /** Attachments that are known and whose text is still owed. */
  owedFiles: readonly string[]
}

export interface Details {
  entities: Entity[]
  gone: { entityType: string; id: string }[]
  /** Attachments whose text could not be had. */
  owedFiles: string[]
  /** Why something is missing: worth another try in a later run. */
  failure?: Failure
}

/** @throws Failure for what concerns more than this task */
export async function readDetails(run: Run, input: DetailsInput): Promise<Details> {
  const details: Details = { entities: [], gone: [], owedFiles: [] }
  const readsAttachments = input.reads || (input.attachments ?? []).length > 0
  await Promise.all([
    guarded(details, () => (input.reads ? readComments(run, input, details) : moveComments(run, input, details))),
    guarded(details, async () => (readsAttachments ? readAttachments(run, input, details) : undefined)),
  ])
  return details
}

async function guarded(details: Details, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!isSkippable(error)) throw error
    details.failure ??= error
  }
}

async function readComments(run: Run, { gid, below, url, comments }: DetailsInput, details: Details): Promise<void> {
  const found = new Set<string>()
  const path = `tasks/${encodeURIComponent(gid)}/stories`
  for await (const page of listPages(run.context, [{ path, isOfItem: true }], commentFields)) {
    for (const story of page) {
      if (found.has(story.gid) || !isComment(story)) continue
      found.add(story.gid)
      details.entities.push(await commentEntity(run.context, story, below, url))
    }
  }
  noteGone(details, commentType, comments, found)
}

async function moveComments(run: Run, { below, url, comments = [] }: DetailsInput, details: Details): Promise<void> {
  for (const { raw } of comments) {
    if (isIdentified(raw)) details.entities.push(await commentEntity(run.context, raw, below, url))
  }
}

/** System stories tell what happened ("moved from A to B"); Asana has hundreds of them on a busy task. */
function isComment(story: JsonObject): boolean {
  return story.type === 'comment' || (story.type === undefined && story.resource_subtype === 'comment_added')
}

/** @see https://developers.asana.com/reference/getattachmentsforobject */
async function readAttachments(run: Run, input: DetailsInput, details: Details): Promise<void> {
  const { gid, below, attachments } = input
  const held = new Map(attachments?.map(known => [known.id, known]))
  const found = new Set<string>()
  const route = { path: 'attachments', query: { parent: gid }, isOfItem: true }
  for await (const page of listPages(run.context, [route], attachmentFields)) {
    for (const attachment of page) {
      if (found.has(attachment.gid)) continue
      found.add(attachment.gid)
      const raw = trimAttachment(attachment)
      const known = held.get(raw.gid)
      const isSame = known && canonicalJson(known.raw) === canonicalJson(raw) && sameTrail(known.breadcrumbs, below)
      // A file never changes in Asana: what was read of it stays true. The sweep wants to see it all the same.
      const isOwed = input.owedFiles.includes(raw.gid)
      if (!isSame || isOwed || run.progress.isFull) await putAttachment(run, attachment, raw, below, details)
    }
  }
  noteGone(details, attachmentType, attachments, found)
}

/** A text that cannot be had now is owed; one that is in the store stays as it is. */
async function putAttachment(
  run: Run,
  attachment: Identified,
  raw: Identified,
  trail: Trail,
  details: Details,
): Promise<void> {
  try {
    details.entities.push(attachmentEntity(raw, trail, await readFile(run, attachment)))
  } catch (error) {
    if (!isSkippable(error)) throw error
    details.failure ??= error
    details.owedFiles.push(raw.gid)
    const known = await lookUp(run.context, attachmentType, raw.gid)
    if (!known) details.entities.push(attachmentEntity(raw, trail, undefined))
  }
}

/** A file never changes in Asana; those that lie elsewhere are links. */
async function readFile(run: Run, attachment: Identified): Promise<FileText | undefined> {
  const { gid } = attachment
  const mediaType = mediaTypeOfName(textAt(attachment, 'name') ?? '')
  const size = typeof attachment.size === 'number' ? attachment.size : undefined
  const url = textAt(attachment, 'download_url')
  if (!url) return undefined
  const file = { entityType: attachmentType, id: gid, mediaType, size, version: `${mediaType} ${size}` }
  return run.context.file(file, async download => {
    const came = await tryFetch(download, url)
    const isWhole = came && (size === undefined || came.size === size)
    return isWhole ? came : fetchAgain(run, download, attachment, came)
  })
}

/**
 * The address lives for two minutes, and the queue may have been longer; or less came than the file has. What comes in
 * the same size twice is believed.
 */
async function fetchAgain(
  run: Run,
  download: DownloadFile,
  { gid, size }: Identified,
  before: DownloadedFile | undefined,
): Promise<DownloadedFile> {
  const fresh = await readOne(run.context, `attachments/${encodeURIComponent(gid)}`, attachmentFields)
  const url = textAt(fresh, 'download_url')
  const came = url && (await tryFetch(download, url))
  if (!came) throw new Failure('item_forbidden', `the file of attachment ${gid} cannot be fetched now`)
  if (before && came.size !== size && came.size !== before.size) {
    throw new Failure('item_forbidden', `the file of attachment ${gid} does not come whole`)
  }
  return came
}

/** Files lie on other companies' hosts: whatever goes wrong there concerns this file alone. */
async function tryFetch(download: DownloadFile, url: string): Promise<DownloadedFile | undefined> {
  try {
    return await download(url, { headers: { accept: '*/*' } })
  } catch (error) {
    // More came than may: it would again.
    if (isFailure(error, 'item_unreadable') && error.status === undefined) throw error
    if (isSkippable(error) || isFailure(error, 'bad_response', 'unavailable')) return undefined
    throw error
  }
}

/** Where Asana holds the file itself, its addresses may be signed anew at each read; `permanent_url` is not. */
function trimAttachment(attachment: Identified): Identified {
  const { view_url: view, ...raw } = trim(attachment, keptAttachmentFields)
  const isLink = typeof view === 'string' && attachment.host !== 'asana' && attachment.resource_subtype !== 'asana'
  return { ...raw, ...(isLink ? { view_url: view } : {}), gid: attachment.gid }
}

function noteGone(
  details: Details,
  entityType: string,
  known: readonly Known[] | undefined,
  found: ReadonlySet<string>,
): void {
  for (const { id } of known ?? []) if (!found.has(id)) details.gone.push({ entityType, id })
}
