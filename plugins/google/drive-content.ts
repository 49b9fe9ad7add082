/** What a file says: exported from Google's own formats, downloaded where the bytes can become text. */
import { type ApiResponse, type Context, convertibleType, Failure, isFailure, isSkippable } from '../../core/plugin.ts'
import { baseUrl } from './api.ts'
import type { DriveFile } from './drive-file.ts'

export interface DriveContent {
  text?: string | undefined
  /** Why there is no text, or a poorer one than there should be: worth another try in a later run. */
  failure?: Failure | undefined
}

/**
 * The text of a file, if it has any that can be had.
 * @param maxBytes a larger file is left alone
 * @throws Failure for what concerns more than this file
 */
export async function readContent(context: Context, file: DriveFile, maxBytes: number): Promise<DriveContent> {
  if (file.capabilities?.canDownload === false) return {}
  const forms = exportForms[file.mimeType ?? '']
  if (forms) return readExport(context, file, forms, maxBytes)
  const mediaType = mediaTypeOf(file)
  if (mediaType === undefined || Number(file.size ?? 0) > maxBytes) return {}
  return attempt(context, mediaType, async () => {
    const bytes = await downloadMedia(context, file, maxBytes)
    // A proxy's page can pass for a file. What a second reading says, too, is what the file says: it may just have changed.
    const isOfSize = file.size === undefined || bytes.length === Number(file.size)
    return isOfSize ? bytes : downloadMedia(context, file, maxBytes)
  })
}

function downloadMedia(context: Context, { id }: DriveFile, maxBytes: number): Promise<Uint8Array> {
  const query = { alt: 'media', supportsAllDrives: true }
  return context.api.download(fileUrl(context, id), { query, headers: anything, maxBytes, item: true })
}

/** https://developers.google.com/workspace/drive/api/guides/ref-export-formats; the later ones where an earlier fails. */
const exportForms: Readonly<Record<string, readonly string[]>> = {
  'application/vnd.google-apps.document': ['text/markdown', 'text/plain'],
  'application/vnd.google-apps.spreadsheet': ['text/csv'],
  'application/vnd.google-apps.presentation': ['text/plain'],
}

/** What `context.text` can make something of: fetching anything else would be in vain. Google's own have no bytes. */
function mediaTypeOf({ mimeType = '', name = '' }: DriveFile): string | undefined {
  return mimeType.startsWith('application/vnd.google-apps.') ? undefined : convertibleType(mimeType, name)
}

/** Refusals that stay as they are until the file changes: beyond 10 MB of exported text Google refuses for ever. */
const lasting: ReadonlySet<string | undefined> = new Set([
  'fileNotDownloadable',
  'cannotDownloadFile',
  'cannotDownloadAbusiveFile',
  'cannotExportFile',
  'exportSizeLimitExceeded',
  'fileNotExportable',
])

function isLasting({ providerError }: Failure): boolean {
  return lasting.has(providerError)
}

const anything = { accept: '*/*' }

async function readExport(
  context: Context,
  file: DriveFile,
  forms: readonly string[],
  maxBytes: number,
): Promise<DriveContent> {
  let failure: Failure | undefined
  for (const form of forms) {
    const content = await attempt(context, form, () => downloadExport(context, file, form, maxBytes))
    failure ??= content.failure
    if (content.text !== undefined) return { ...content, text: withoutEmbeddedImages(content.text), failure }
  }
  return { failure }
}

/** @throws Failure `item_forbidden` for JSON, which no form is: nothing else tells a proxy's answer from an export */
function downloadExport(context: Context, { id }: DriveFile, form: string, maxBytes: number): Promise<Uint8Array> {
  const url = `${fileUrl(context, id)}/export`
  const verify = ({ headers }: ApiResponse) =>
    /^application\/json\b/i.test(headers['content-type'] ?? '')
      ? new Failure('item_forbidden', `GET ${url} answered JSON, and not the file`)
      : undefined
  return context.api.download(url, { query: { mimeType: form }, headers: anything, maxBytes, verify, item: true })
}

async function attempt(
  context: Context,
  mediaType: string,
  fetchBytes: () => Promise<Uint8Array>,
): Promise<DriveContent> {
  try {
    return { text: await context.text(await fetchBytes(), mediaType) }
  } catch (error) {
    // 400 is how an export says that the format does not suit the file, but a passing fault says no more.
    if (isFailure(error, 'bad_response') && error.status === 400) return { failure: itemOf(error) }
    if (!isSkippable(error)) throw error
    // With a status, the provider could not give it this time; without, it is too large, or nothing to be converted.
    const isUnfit = error.code === 'item_unreadable' && error.status === undefined
    return isUnfit || isLasting(error) ? {} : { failure: error }
  }
}

function itemOf({ message, status, providerError }: Failure): Failure {
  return new Failure('item_forbidden', message, { status, providerError })
}

/** Google writes images into exported Markdown as base64, megabytes of it. */
function withoutEmbeddedImages(markdown: string): string {
  return markdown
    .replace(/^\[[^\]\n]+\]: *<?data:[^\n]*\n?/gm, '')
    .replace(/!\[([^\]\n]*)\]\(<?data:[^)\n]*\)/g, '$1')
    .replace(/!\[([^\]\n]*)\]\[[^\]\n]+\]/g, '$1')
    .trimEnd()
}

function fileUrl(context: Context, id: string): string {
  return `${baseUrl(context.endpoints, 'api')}/drive/v3/files/${encodeURIComponent(id)}`
}
