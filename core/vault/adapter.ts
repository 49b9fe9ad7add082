/**
 * A lowdb adapter for files that must not be lost: lowdb's own never fsyncs, turns 0600 into 0644, and leaves its
 * temporary files behind.
 */
import { randomUUID } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import type { Adapter } from 'lowdb'
import { Failure } from '../errors.ts'
import { type Files, systemCode } from './files.ts'
import { syncTogether } from './shared-syncs.ts'
import { untilSynced, whileUnsynced } from './unsynced.ts'

export interface Codec<Value> {
  encode(value: Value): string
  /** Throws what `read` shall throw for content that is not its own. */
  decode(content: Buffer): Value
}

/** `read` gives null where there is no file. Both throw `data_folder` where the disk refuses. */
export function durableFile<Value>(files: Files, path: string, codec: Codec<Value>): Adapter<Value> {
  return {
    async read() {
      const content = await readIfThere(files, path)
      return content === undefined ? null : codec.decode(content)
    },
    write: value => writeDurably(files, path, codec.encode(value)),
  }
}

/** What is under the name for good. @throws Failure `data_folder` */
export async function readIfThere(files: Files, path: string): Promise<Buffer | undefined> {
  let content: Buffer
  try {
    content = await files.read(path)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw diskFailure('read', path, error)
  }
  await untilSynced(files, path, content)
  return content
}

/**
 * Old content or new, whenever the process or the power dies: written beside, fsynced, renamed over, and the folder
 * fsynced. Mode 0600. When it throws, the old content may already be the new one.
 * @throws Failure `data_folder`
 */
export async function writeDurably(files: Files, path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${randomUUID().slice(-12)}.tmp`
  await whileUnsynced(files, path, content, async () => {
    try {
      await writeAndSync(files, temporary, content)
      await files.rename(temporary, path)
    } catch (error) {
      await files.remove(temporary).catch(() => {})
      throw diskFailure('write', path, error)
    }
    await syncFolderOf(files, path)
  })
}

async function writeAndSync(files: Files, path: string, content: string | Uint8Array): Promise<void> {
  const file = await files.create(path)
  try {
    await file.write(content)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Gone for good when it resolves; no matter if there was none. @throws Failure `data_folder` */
export async function removeDurably(files: Files, path: string): Promise<boolean> {
  try {
    await files.remove(path)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw diskFailure('remove', path, error)
  }
  await syncFolderOf(files, path)
  return true
}

async function syncFolderOf(files: Files, path: string): Promise<void> {
  try {
    await syncTogether(files, dirname(path))
  } catch (error) {
    throw diskFailure('write', path, error)
  }
}

/** Removes what writers that were killed have left in a folder: temporary files of the names that `isOurs` accepts. */
export async function removeLeftovers(files: Files, folder: string, isOurs: (name: string) => boolean): Promise<void> {
  for (const entry of await files.list(folder)) {
    const name = /^(.+)\.[0-9a-f]{12}\.tmp$/.exec(entry)?.[1]
    if (name !== undefined && isOurs(name)) await files.remove(join(folder, entry)).catch(() => {})
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the disk is read-only',
  EMFILE: 'too many files are open',
  EIO: 'the disk reports an error',
}

export function diskFailure(verb: 'read' | 'write' | 'remove', path: string, cause: unknown): Failure {
  const code = systemCode(cause) ?? 'unknown'
  const name = `${basename(dirname(path))}/${basename(path)}`
  return new Failure('data_folder', `cannot ${verb} ${name}: ${reasons[code] ?? 'the system refused'} (${code})`, {
    cause,
  })
}
