/** From an entity's file to what it says: what is held already, what is too large, what is fetched and converted. */
import { type Content, tooCostly } from '../content/index.ts'
import { isFailure } from '../errors.ts'
import type { Config, Context, DownloadedFile, FileOf, FileText } from '../plugin.ts'
import type { RunApi } from '../run-api.ts'
import { type Downloads, type Draft, type FileBytes, headBytes } from './downloads.ts'
import { maxFileMegabytes } from './max-file-mb.ts'
import { shortVersion } from './version.ts'

export interface FileReaderOptions {
  api: Pick<RunApi, 'download'>
  content: Content
  downloads: Downloads
  config: Config
  signal: AbortSignal
  now(): Date
  /** What the store has of an entity's file. */
  held(entityType: string, id: string): Promise<FileText | undefined>
}

const megabyte = 1024 * 1024

const empty: FileText = { text: '', reason: 'the file is empty' }

const dayMs = 24 * 60 * 60 * 1000

/** The `Context.file` of one run of one connection. */
export function createFileReader(options: FileReaderOptions): Context['file'] {
  const { api, content, downloads, signal, now } = options
  const megabytes = maxFileMegabytes(options.config)
  const maxBytes = megabytes * megabyte

  return async (file, read) => {
    const { mediaType } = file
    if (mediaType === undefined) return {}
    const version = file.version === undefined ? undefined : shortVersion(file.version)
    // Of one whose size nobody tells, that it is too large is known once that much of it came: true under this limit.
    const overLimit = version === undefined ? undefined : shortVersion(`${version} over ${megabytes} MB`)
    const held = version === undefined ? undefined : await options.held(file.entityType, file.id)
    const isOfNow = held?.version === version || held?.version === overLimit
    if (held && isOfNow && isTold(held) && !isDue(held)) return held
    const exactSize = file.isSizeRough ? undefined : file.size
    if (exactSize === 0) return { version, ...empty }
    if (maxBytes === 0) return { reason: 'no file of this connection is to be downloaded (max_file_mb)' }
    if ((file.size ?? 0) > maxBytes) return { reason: tooLarge() }
    const largest = typeof mediaType === 'string' ? content.largestBytes(mediaType) : Number.POSITIVE_INFINITY
    if ((file.size ?? 0) > largest) {
      return { version, reason: `it is larger than ${Math.floor(largest / megabyte)} MB, and so is not converted` }
    }
    const drafts = new Set<Draft>()
    try {
      const fetched = await fetchInto(drafts, read)
      if (fetched === undefined) {
        return { version: overLimit, reason: tooLarge(), ...(exactSize === undefined ? {} : { retryAt: tomorrow() }) }
      }
      const size = fetched.size ?? exactSize
      const said = size === 0 ? empty : await convert(fetched, mediaType)
      const isAsTold = fetched.isAsTold && size === (exactSize ?? size)
      return { version, ...said, ...(isAsTold ? {} : { retryAt: tomorrow() }) }
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
        let isAsTold: boolean
        try {
          ;({ isAsTold } = await api.download(url, { ...request, draft, maxBytes: most, isJson: member !== undefined }))
        } catch (error) {
          isTooLarge = isFailure(error, 'item_unreadable') && error.status === undefined
          throw error
        }
        const file = { size: draft.size, head: draft.head }
        // How large it is without its wrapping, the worker alone gets to know.
        const size = member === undefined ? draft.size : undefined
        made.set(file, { bytes: await draft.finish(), head: draft.head, size, isAsTold, member })
        return file
      })
      if (!(chosen instanceof Uint8Array)) return made.get(chosen)
      return {
        bytes: chosen,
        head: chosen.subarray(0, headBytes),
        size: chosen.length,
        isAsTold: true,
        member: undefined,
      }
    } catch (error) {
      // An answer with a status is what the provider says; without one, too much has come.
      if (isTooLarge && isFailure(error, 'item_unreadable') && error.status === undefined) return undefined
      throw error
    }
  }

  async function convert(
    { bytes, head, member }: Fetched,
    mediaType: NonNullable<FileOf['mediaType']>,
  ): Promise<FileText> {
    const type = typeof mediaType === 'string' ? mediaType : mediaType(head)
    try {
      const text = await content.file(bytes, type, { member, signal })
      return hasText(text) ? { text } : { text: '', reason: 'no text is in the file' }
    } catch (error) {
      // With a status, what the provider answered is to blame, and another try may do better.
      if (!isFailure(error, 'item_unreadable') || error.status !== undefined) throw error
      return { reason: error.message, ...(error.problem === tooCostly ? { retryAt: tomorrow() } : {}) }
    }
  }

  function isDue({ retryAt }: FileText): boolean {
    return retryAt !== undefined && Date.parse(retryAt) <= now().getTime()
  }

  function tomorrow(): string {
    return new Date(now().getTime() + dayMs).toISOString()
  }

  function tooLarge(): string {
    return `it is larger than ${megabytes} MB (max_file_mb)`
  }
}

/** Marks of layout and direction are no text. */
function hasText(text: string): boolean {
  return /[^\s\p{Cf}]/u.test(text)
}

function isTold({ text, reason }: FileText): boolean {
  return reason !== undefined || (text !== undefined && hasText(text))
}

interface Fetched {
  bytes: FileBytes
  head: Uint8Array
  /** In bytes; `undefined` where nobody counted. */
  size: number | undefined
  isAsTold: boolean
  member: string | undefined
}
