/** From an entity's file to what it says: what is held already, what is too large, what is fetched and converted. */
import { type Content, tooCostly } from '../content/index.ts'
import { isFailure } from '../errors.ts'
import type { Config, Context, DownloadedFile, FileOf, FileText } from '../plugin.ts'
import type { RunApi } from '../run-api.ts'
import type { Downloads, Draft, FileBytes } from './downloads.ts'
import { maxFileMegabytes } from './max-file-mb.ts'

export interface FileReaderOptions {
  api: Pick<RunApi, 'download'>
  content: Content
  downloads: Downloads
  config: Config
  signal: AbortSignal
  /** What the store has of an entity's file. */
  held(entityType: string, id: string): Promise<FileText | undefined>
}

const megabyte = 1024 * 1024

/**
 * Part of each version: what the converters say of a file is theirs as well as the file's. To be raised when they read
 * more than before, so that a full listing reads every file once again.
 */
const converters = '1'

/** The `Context.file` of one run of one connection. */
export function createFileReader(options: FileReaderOptions): Context['file'] {
  const { api, content, downloads, signal } = options
  const megabytes = maxFileMegabytes(options.config)
  const maxBytes = megabytes * megabyte

  return async (file, read) => {
    const { mediaType } = file
    if (mediaType === undefined) return {}
    const version = file.version === undefined ? undefined : `${converters}:${file.version}`
    const held = version === undefined ? undefined : await options.held(file.entityType, file.id)
    if (held?.version === version && held !== undefined) return held
    if (maxBytes === 0) return { reason: 'no file of this connection is to be downloaded (max_file_mb)' }
    if ((file.size ?? 0) > maxBytes) return { reason: tooLarge() }
    const largest = typeof mediaType === 'string' ? content.largestBytes(mediaType) : Number.POSITIVE_INFINITY
    if ((file.size ?? 0) > largest) {
      return { version, reason: `it is larger than ${Math.floor(largest / megabyte)} MB, and so is not converted` }
    }
    const drafts = new Set<Draft>()
    try {
      const fetched = await fetchInto(drafts, read)
      if (fetched === undefined) return { reason: tooLarge() }
      return await convert(fetched, mediaType, version)
    } finally {
      for (const draft of drafts) await draft.discard()
    }
  }

  /** @returns `undefined` for a file of which more came than may */
  async function fetchInto(drafts: Set<Draft>, read: Parameters<Context['file']>[1]): Promise<Fetched | undefined> {
    const made = new Map<DownloadedFile | Uint8Array, Fetched>()
    let isTooLarge = false
    try {
      const chosen = await read(async (url, { member, ...request } = {}) => {
        const draft = downloads.begin()
        drafts.add(draft)
        // In base64, and with some JSON around it.
        const most = member === undefined ? maxBytes : Math.ceil(maxBytes / 3) * 4 + megabyte
        try {
          await api.download(url, { ...request, draft, maxBytes: most, isJson: member !== undefined })
        } catch (error) {
          isTooLarge = isFailure(error, 'item_unreadable') && error.status === undefined
          throw error
        }
        const file = { size: draft.size, head: draft.head }
        made.set(file, { bytes: await draft.finish(), head: draft.head, member })
        return file
      })
      const bytes = chosen instanceof Uint8Array ? chosen : undefined
      return bytes ? { bytes, head: bytes.subarray(0, 512), member: undefined } : made.get(chosen)
    } catch (error) {
      // An answer with a status is what the provider says; without one, too much has come.
      if (isTooLarge && isFailure(error, 'item_unreadable') && error.status === undefined) return undefined
      throw error
    }
  }

  async function convert(
    { bytes, head, member }: Fetched,
    mediaType: NonNullable<FileOf['mediaType']>,
    version: string | undefined,
  ): Promise<FileText> {
    const type = typeof mediaType === 'string' ? mediaType : mediaType(head)
    try {
      return { version, text: await content.file(bytes, type, { member, signal }) }
    } catch (error) {
      // With a status, what the provider answered is to blame, and another try may do better.
      if (!isFailure(error, 'item_unreadable') || error.status !== undefined) throw error
      return { ...(error.problem === tooCostly ? {} : { version }), reason: error.message }
    }
  }

  function tooLarge(): string {
    return `it is larger than ${megabytes} MB (max_file_mb)`
  }
}

interface Fetched {
  bytes: FileBytes
  head: Uint8Array
  member: string | undefined
}
