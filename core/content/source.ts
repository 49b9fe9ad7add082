/** Where content comes from, for the thread that converts it. */
import { open } from 'node:fs/promises'
import { Failure } from '../errors.ts'

/** Bytes or text at hand, or a file on disk. */
export type Source = Uint8Array | string | StoredFile

export interface StoredFile {
  path: string
  /** In bytes. */
  size: number
}

/** The problem of content that may become text at another time: it is no fault of its own. */
export const tooCostly = 'too-costly'

export function isStored(source: Source): source is StoredFile {
  return typeof source !== 'string' && !(source instanceof Uint8Array)
}

export function sizeOf(source: Source): number {
  return isStored(source) ? source.size : source.length
}

/**
 * @param mostBytes what comes after is of no use
 * @throws Failure `item_unreadable` when this machine cannot read what it has written: another try may do better
 */
export async function load(source: Source, mostBytes: number): Promise<Uint8Array | string> {
  if (!isStored(source)) return source
  try {
    return await read(source, mostBytes)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const message = `it could not be read from this machine's disk (${code})`
    throw new Failure('item_unreadable', message, { problem: tooCostly, cause: error })
  }
}

async function read(source: StoredFile, mostBytes: number): Promise<Uint8Array> {
  const file = await open(source.path)
  try {
    const bytes = Buffer.allocUnsafe(Math.min(source.size, mostBytes))
    let at = 0
    while (at < bytes.length) {
      const { bytesRead } = await file.read(bytes, at, bytes.length - at, at)
      if (bytesRead === 0) break
      at += bytesRead
    }
    return bytes.subarray(0, at)
  } finally {
    await file.close()
  }
}

/**
 * The file that a member of a JSON answer holds as base64, of either alphabet.
 * @throws Failure `item_unreadable` with the status of the good answer that is none: the file itself is not to blame
 */
export function bytesOfMember(json: Uint8Array | string, member: string): Uint8Array {
  const value = memberOf(json, member)
  if (typeof value === 'string') return Buffer.from(value, 'base64')
  throw new Failure('item_unreadable', `the answer holds no file in its member "${member}"`, { status: 200 })
}

function memberOf(json: Uint8Array | string, member: string): unknown {
  try {
    const answer: unknown = JSON.parse(typeof json === 'string' ? json : Buffer.from(json).toString('utf8'))
    return typeof answer === 'object' && answer !== null ? Reflect.get(answer, member) : undefined
  } catch {
    return undefined
  }
}
