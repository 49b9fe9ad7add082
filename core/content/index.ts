import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { type Clock, systemClock } from '../clock.ts'
import { Failure } from '../errors.ts'
import { createTurns, type Turns } from '../turns.ts'
import { type Kind, kindOf, type MediaType, parseMediaType } from './media-type.ts'
import { createPool } from './pool.ts'
import { bytesOfMember, isStored, type Source, sizeOf } from './source.ts'

export { decode } from './charset.ts'
export { convertibleType, isConvertible, mediaTypeOfName } from './file-type.ts'
export { type MediaType, parseMediaType } from './media-type.ts'
export { tooCostly } from './source.ts'

/** Turns what providers hold into Markdown, without holding up the thread that asks. */
export interface Content {
  /**
   * Bytes or text of a media type (parameters such as `charset` included) as Markdown. Equal input gives equal output.
   * A mail is best given as bytes: its parts have charsets of their own.
   * @throws Failure `item_unreadable` for a type or content that cannot be converted, or not within the limits;
   * `closing` after `close()`; the signal's reason (else `cancelled`) when it is aborted
   */
  text(content: Uint8Array | string, mediaType: string, signal?: AbortSignal): Promise<string>
  /** The same for a file, which may be on disk. @param member where the file is JSON that holds it, in base64 */
  file(file: FileContent, mediaType: string, options?: FileOptions): Promise<string>
  /** How large a file of a media type may be to be converted, in bytes. @throws Failure `item_unreadable` */
  largestBytes(mediaType: string): number
  /** Ends the workers; what is not done by then fails with `closing`. May be called again. */
  close(): Promise<void>
}

export type FileContent = Exclude<Source, string>

export interface FileOptions {
  member?: string | undefined
  signal?: AbortSignal | undefined
}

export interface ContentOptions {
  /** Threads at most; they start when there is work for them. Default: one less than the processors, at most 2. */
  workers?: number
  /** Time for one item, in milliseconds. Default 20,000. */
  timeLimitMs?: number
  /** Workers without work for as long, in milliseconds, are ended. Default 30,000. */
  idleMs?: number
  /** Heap of one worker, in MiB. Default 512. */
  heapMb?: number
  /** Larger content is not read, but for plain text, of which the beginning is. Default 64 MiB. */
  maxContentBytes?: number
  /** Longer text is cut at a paragraph, line or word. Default 4 MiB. */
  maxTextBytes?: number
  clock?: Clock
  /** What small conversions take turns with. Default: their own. */
  turns?: Turns
}

/** Closed by whoever makes it. */
export function createContent(options: ContentOptions = {}): Content {
  const { clock = systemClock, maxContentBytes = 64 * mebibyte, maxTextBytes = 4 * mebibyte } = options
  const { turns = createTurns(clock) } = options
  const pool = createPool({
    file: new URL(`./worker${extname(import.meta.url)}`, import.meta.url),
    workers: options.workers ?? Math.max(1, Math.min(2, availableParallelism() - 1)),
    timeLimitMs: options.timeLimitMs ?? 20_000,
    idleMs: options.idleMs ?? 30_000,
    heapMb: options.heapMb ?? 512,
    guardMs: 100,
    clock,
  })
  /** Enough for what is kept of it, in the widest charset there is. */
  const enoughBytes = maxTextBytes * 4
  let closed = false
  return {
    text: (content, mediaType, signal) => convertSource(content, mediaType, { signal }),
    file: convertSource,
    largestBytes: mediaType => largestOf(kindOf(parseMediaType(mediaType))),
    close,
  }

  async function convertSource(source: Source, mediaType: string, options: FileOptions = {}): Promise<string> {
    const { member, signal } = options
    const type = parseMediaType(mediaType)
    const kind = kindOf(type)
    // In base64, and with some JSON around it.
    const largest = largestOf(kind) * (member === undefined ? 1 : 4 / 3) + (member === undefined ? 0 : mebibyte)
    if (sizeOf(source) > largest) {
      throw new Failure('item_unreadable', `the content is larger than ${Math.floor(maxContentBytes / mebibyte)} MiB`)
    }
    if (!closed && !signal?.aborted && !isStored(source) && source.length < inlineSize[kind]) {
      return here(member === undefined ? source : bytesOfMember(source, member), type)
    }
    const isPart = readInPart.has(kind) && member === undefined
    const content = isPart && !isStored(source) ? start(source) : source
    const mostBytes = isPart ? enoughBytes : Number.POSITIVE_INFINITY
    return pool.run({ content, mediaType, maxTextBytes, mostBytes, member }, signal)
  }

  function largestOf(kind: Kind): number {
    return readInPart.has(kind) ? Number.POSITIVE_INFINITY : maxContentBytes
  }

  /** A small conversion costs less than sending it; but many in a row must not keep everything else from running. */
  async function here(content: Uint8Array | string, type: MediaType): Promise<string> {
    converting ??= import('./convert.ts')
    const { convert } = await converting
    await turns()
    return convert(content, type, maxTextBytes)
  }

  function start(content: Uint8Array | string): Uint8Array | string {
    return typeof content === 'string' ? content.slice(0, enoughBytes) : content.subarray(0, enoughBytes)
  }

  function close(): Promise<void> {
    closed = true
    return pool.close()
  }
}

/** Loaded with the first content. */
let converting: Promise<typeof import('./convert.ts')> | undefined

const mebibyte = 1024 * 1024

/**
 * Bytes or characters below which content is converted on the spot: a millisecond or two for the worst of content, where
 * the reader is no hundred files that are loaded with the first one.
 */
const inlineSize: Readonly<Record<Kind, number>> = {
  plain: 32_768,
  markdown: 8192,
  html: 8192,
  separated: 8192,
  json: 8192,
  calendar: 8192,
  mail: 0,
  document: 0,
  pdf: 0,
  outlook: 0,
  archive: 0,
}

/** Kinds that mean the same up to any point. */
const readInPart: ReadonlySet<Kind> = new Set(['plain', 'markdown', 'json'])
