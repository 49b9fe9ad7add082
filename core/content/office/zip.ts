/**
 * A reader of ZIP containers that bounds what a hostile one may cost. `yauzl` reads the directory (it is strict, kept up,
 * and trusts no size), Node's zlib inflates in pieces, so that a document is read no further than its text is kept, and a
 * bomb ends at a limit rather than in memory. `fflate` takes three times as long to inflate.
 */
import { crc32, createInflateRaw } from 'node:zlib'
import { type Entry, fromBufferPromise, getFileNameLowLevel, type ZipFile } from 'yauzl'
import { Failure } from '../../errors.ts'
import { protectedByPassword } from '../protected.ts'

export interface Zip {
  /** In the order of the directory, with forward slashes, folders ending in one. */
  readonly names: readonly string[]
  /** Whether there is an entry of that name, in whatever case, as Office itself reads names. */
  has(name: string): boolean
  /**
   * What an entry holds, in pieces; ends early when the caller has enough.
   * @throws Failure `item_unreadable` for one that is absent, damaged, encrypted or beyond the limits
   */
  read(name: string): AsyncGenerator<Uint8Array, void, undefined>
  /** The same as one array. */
  bytes(name: string): Promise<Uint8Array>
}

export interface ZipLimits {
  /** Entries of the directory. */
  entries: number
  /** Bytes that one entry may hold when it is asked for as a whole. */
  wholeBytes: number
  /** Bytes that all entries together may be inflated to. */
  inflatedBytes: number
}

const mebibyte = 1024 * 1024

export const zipLimits: ZipLimits = { entries: 50_000, wholeBytes: 16 * mebibyte, inflatedBytes: 256 * mebibyte }

/** @throws Failure `item_unreadable` for what is no ZIP, or has more entries than the limit */
export async function openZip(content: Uint8Array, limits: ZipLimits = zipLimits): Promise<Zip> {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  const { file, names, entries } = await readDirectory(bytes, limits)
  let left = limits.inflatedBytes
  return { names, has: name => entries.has(name.toLowerCase()), read, bytes: whole }

  async function* read(name: string): AsyncGenerator<Uint8Array, void, undefined> {
    const entry = entries.get(name.toLowerCase())
    if (!entry) throw unreadable('the file lacks a part that documents of its kind have')
    if (entry.isEncrypted()) throw protectedByPassword()
    let checksum = 0
    let length = 0
    for await (const piece of inflated(await compressedOf(entry), entry.compressionMethod)) {
      left -= piece.length
      length += piece.length
      if (left < 0) throw unreadable('the file holds more than can be read when it is unpacked')
      checksum = crc32(piece, checksum)
      yield piece
    }
    if (length !== entry.uncompressedSize || checksum !== entry.crc32) throw damaged()
  }

  async function whole(name: string): Promise<Uint8Array> {
    const pieces: Uint8Array[] = []
    let length = 0
    for await (const piece of read(name)) {
      length += piece.length
      if (length > limits.wholeBytes) throw unreadable('the file has a part that is larger than can be read')
      pieces.push(piece)
    }
    return Buffer.concat(pieces)
  }

  async function compressedOf(entry: Entry): Promise<Uint8Array> {
    try {
      const { fileDataStart } = await file.readLocalFileHeaderPromise(entry, { minimal: true })
      return bytes.subarray(fileDataStart, fileDataStart + entry.compressedSize)
    } catch (cause) {
      throw damaged(cause)
    }
  }
}

async function readDirectory(bytes: Buffer, limits: ZipLimits) {
  const names: string[] = []
  const entries = new Map<string, Entry>()
  let file: ZipFile
  try {
    // Names are not refused: nothing is ever written where one of them points.
    file = await fromBufferPromise(bytes, { lazyEntries: true, decodeStrings: false, validateEntrySizes: false })
    if (file.entryCount <= limits.entries) {
      for await (const entry of file.eachEntry()) {
        const name = nameOf(entry)
        names.push(name)
        if (!entries.has(name.toLowerCase())) entries.set(name.toLowerCase(), entry)
      }
    }
  } catch (cause) {
    throw damaged(cause)
  }
  if (file.entryCount > limits.entries) throw unreadable('the file has more parts than can be read')
  return { file, names, entries }
}

function nameOf({ generalPurposeBitFlag, fileNameRaw, extraFields }: Entry): string {
  return getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, false)
}

async function* inflated(compressed: Uint8Array, method: number): AsyncGenerator<Uint8Array, void, undefined> {
  if (method === stored) {
    for (let at = 0; at < compressed.length; at += pieceBytes) yield compressed.subarray(at, at + pieceBytes)
    return
  }
  if (method !== deflated) throw unreadable('the file is packed in a way that cannot be read')
  const stream = createInflateRaw({ chunkSize: pieceBytes })
  stream.end(compressed)
  try {
    for await (const piece of stream) yield piece
  } catch (cause) {
    throw cause instanceof Failure ? cause : damaged(cause)
  }
}

const stored = 0
const deflated = 8

const pieceBytes = 65_536

function damaged(cause?: unknown): Failure {
  return new Failure('item_unreadable', 'the file is damaged', { cause })
}

function unreadable(message: string): Failure {
  return new Failure('item_unreadable', message)
}
