/** Where the bytes of files lie between coming in and becoming text: a few in memory, more of them on disk. */
import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { onDisk as inPlaceOfErrors } from '../vault/folder.ts'

/** The bytes of one file, as they are at hand. */
export type FileBytes = Uint8Array | { path: string; size: number }

export interface Downloads {
  /** A place for bytes that are to come. */
  begin(): Draft
}

/** Takes bytes one after the other. */
export interface Draft {
  /** How many have been written. */
  readonly size: number
  /** The first of them, `headBytes` at most. */
  readonly head: Uint8Array
  /** @throws Failure `data_folder` when the disk refuses */
  write(chunk: Uint8Array): Promise<void> | undefined
  /** Forgets what was written. @throws Failure `data_folder` */
  clear(): Promise<void>
  /** Nothing is written any more. @throws Failure `data_folder` */
  finish(): Promise<FileBytes>
  /** Removes everything of it. May be called again. */
  discard(): Promise<void>
}

export const headBytes = 512

/** Up to so many bytes the disk is not asked; nor more often than for as many. */
export const memoryBytes = 256 * 1024

const fileMode = 0o600

/**
 * Downloads in a folder of their own, which is made with mode 0700 when a file needs it.
 * @param folder removed whole, with what a killed process has left in it, by `removeDownloads`
 */
export function createDownloads(folder: string): Downloads {
  return { begin: () => createDraft(folder) }
}

/** To be called before anything is downloaded. @throws Failure `data_folder` */
export async function removeDownloads(folder: string): Promise<void> {
  await onDisk(() => rm(folder, { recursive: true, force: true }))
}

function createDraft(folder: string): Draft {
  const path = join(folder, randomUUID())
  let file: FileHandle | undefined
  let isMade = false
  let [written, waiting] = [0, 0]
  let chunks: Uint8Array[] = []
  let head = new Uint8Array()

  return {
    get size() {
      return written + waiting
    },
    get head() {
      return head
    },
    write(chunk) {
      if (head.length < headBytes) head = Buffer.concat([head, chunk.subarray(0, headBytes - head.length)])
      chunks.push(chunk)
      waiting += chunk.length
      return waiting > memoryBytes ? onDisk(drain) : undefined
    },
    async clear() {
      ;[written, waiting, chunks, head] = [0, 0, [], new Uint8Array()]
      await onDisk(async () => file?.truncate(0))
    },
    async finish() {
      if (!file) return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, waiting)
      return onDisk(async () => {
        await drain()
        await close()
        return { path, size: written }
      })
    },
    async discard() {
      chunks = []
      await onDisk(async () => {
        await close()
        if (isMade) await rm(path, { force: true })
      })
    },
  }

  async function drain(): Promise<void> {
    file ??= await make()
    const bytes = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, waiting)
    ;[chunks, waiting] = [[], 0]
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await file.write(bytes, at, bytes.length - at, written)
      at += bytesWritten
      written += bytesWritten
    }
  }

  async function make(): Promise<FileHandle> {
    isMade = true
    try {
      return await open(path, 'wx', fileMode)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      await mkdir(folder, { recursive: true, mode: 0o700 })
      return open(path, 'wx', fileMode)
    }
  }

  async function close(): Promise<void> {
    const open = file
    file = undefined
    await open?.close()
  }
}

function onDisk<Result>(work: () => Promise<Result>): Promise<Result> {
  return inPlaceOfErrors(work, 'a file that is being downloaded')
}
