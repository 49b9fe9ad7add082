/** What a file says: exported from Google's own formats, downloaded where the bytes can become text. */
import {
  type ApiResponse,
  type Context,
  convertibleType,
  type DownloadFile,
  Failure,
  type FileOf,
  type FileText,
  isFailure,
  isSkippable,
} from '../../core/plugin.ts'
import { baseUrl } from './api.ts'
import { type DriveFile, fileType } from './drive-file.ts'

export interface DriveContent {
  /** Absent where it could not be had this time. */
  file?: FileText | undefined
  /** Why there is no text, or a poorer one than there should be: worth another try in a later run. */
  failure?: Failure | undefined
}

/**
 * What a file says, as far as it can be had.
 * @throws Failure for what concerns more than this file
 */
export async function readContent(context: Context, file: DriveFile): Promise<DriveContent> {
  const { id, md5Checksum: md5 } = file
  if (file.capabilities?.canDownload === false) return { file: { reason: 'its owner does not let it be downloaded' } }
  const forms = exportForms[file.mimeType ?? '']
  if (forms) return readExport(context, file, forms)
  const options = { query: { alt: 'media', supportsAllDrives: true }, headers: anything, item: true }
  const size = file.size === undefined ? undefined : Number(file.size)
  const mediaType = mediaTypeOf(file)
  return attempt(context, { id, mediaType, size, version: versionOf(file, mediaType) }, download =>
    download(fileUrl(context, id), { ...options, size, md5 }),
  )
}

/**
 * What stays as long as the content does. Google's own formats have no checksum; of them, a time tells when they were
 * last written in.
 */
function versionOf({ md5Checksum, modifiedTime }: DriveFile, mediaType: string | undefined): string | undefined {
  const state = md5Checksum ?? modifiedTime
  return state === undefined || mediaType === undefined ? undefined : `${mediaType} ${state}`
}

const openXml = 'application/vnd.openxmlformats-officedocument'

/** https://developers.google.com/workspace/drive/api/guides/ref-export-formats; the later ones where an earlier fails. */
const exportForms: Readonly<Record<string, readonly string[]>> = {
  'application/vnd.google-apps.document': ['text/markdown', 'text/plain'],
  // As CSV, there is the first sheet alone; as plain text, slides have no order and no notes.
  'application/vnd.google-apps.spreadsheet': [`${openXml}.spreadsheetml.sheet`, 'text/csv'],
  'application/vnd.google-apps.presentation': [`${openXml}.presentationml.presentation`, 'text/plain'],
}

/** Fetching what cannot become text would be in vain. Google's own have no bytes. */
function mediaTypeOf({ mimeType = '', name = '' }: DriveFile): string | undefined {
  return mimeType.startsWith('application/vnd.google-apps.') ? undefined : convertibleType(mimeType, name)
}

/** Refusals that stay as they are until the file changes: beyond 10 MB of exported text Google refuses for ever. */
const lasting: Readonly<Record<string, string>> = {
  fileNotDownloadable: 'Google does not give its bytes',
  cannotDownloadFile: 'its owner does not let it be downloaded',
  cannotDownloadAbusiveFile: 'Google holds it for malware or spam',
  cannotExportFile: 'its owner does not let it be exported',
  exportSizeLimitExceeded: 'it is larger than Google exports (10 MB)',
  fileNotExportable: 'Google does not export it',
}

const anything = { accept: '*/*' }

async function readExport(context: Context, file: DriveFile, forms: readonly string[]): Promise<DriveContent> {
  let failure: Failure | undefined
  let last: FileText | undefined
  for (const form of forms) {
    // What a later form says is the last word on the file, unless an earlier one may do better another time.
    const version = versionOf(file, failure && !isUnfit(failure) ? form : forms[0])
    // The size that Google tells of its own documents is that of no export.
    const content = await attempt(context, { id: file.id, mediaType: form, version }, download =>
      fetchExport(context, download, file, form),
    )
    last = content.file ?? last
    if (content.file?.text !== undefined) return { file: content.file, failure: isUnfit(failure) ? undefined : failure }
    failure ??= content.failure
  }
  return { file: failure ? undefined : last, failure }
}

/** @throws Failure `item_forbidden` for JSON, which no form is: nothing else tells a proxy's answer from an export */
function fetchExport(context: Context, download: DownloadFile, { id }: DriveFile, form: string) {
  const url = `${fileUrl(context, id)}/export`
  const verify = ({ headers }: ApiResponse) =>
    /^application\/json\b/i.test(headers['content-type'] ?? '')
      ? new Failure('item_forbidden', `GET ${url} answered JSON, and not the file`)
      : undefined
  return download(url, { query: { mimeType: form }, headers: anything, verify, item: true })
}

async function attempt(
  context: Context,
  file: Omit<FileOf, 'entityType'>,
  read: Parameters<Context['file']>[1],
): Promise<DriveContent> {
  try {
    return { file: await context.file({ entityType: fileType, ...file }, read) }
  } catch (error) {
    // 400 is how an export says that the format does not suit the file, but a passing fault says no more.
    if (isFailure(error, 'bad_response') && error.status === 400) return { failure: itemOf(error) }
    if (!isSkippable(error)) throw error
    const reason = lasting[error.providerError ?? '']
    return reason === undefined ? { failure: error } : { file: { reason } }
  }
}

/** A form that does not suit the file will not suit it in a later run. */
function isUnfit(failure: Failure | undefined): boolean {
  return failure?.status === 400
}

function itemOf({ message, status, providerError }: Failure): Failure {
  return new Failure('item_forbidden', message, { status, providerError })
}

function fileUrl(context: Context, id: string): string {
  return `${baseUrl(context.endpoints, 'api')}/drive/v3/files/${encodeURIComponent(id)}`
}
