/**
 * The mirror's folder as it lies on the disk: what is there, whose it is, and the few things that are done to it. No
 * link is followed, and nothing is written over or removed but what the mirror wrote itself.
 */
import { createHash, randomBytes } from 'node:crypto'
import { lstatSync, readFileSync, rmdirSync, type Stats, unlinkSync } from 'node:fs'
import { link, mkdir, open, rename, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { WrittenFile } from './ledger.ts'

export type Found = 'nothing' | 'folder' | 'other'
/** A file beside what was written: the same, emptied by a power cut, not there, or somebody else's. */
export type FileState = 'ours' | 'emptied' | 'nothing' | 'foreign'

export interface Disk {
  /** What is at a path; a link is `other`, wherever it leads. */
  at(path: string): Found
  stateOf(file: WrittenFile): FileState
  /** Removes a file unless it is somebody else's; tells what it was. */
  remove(file: WrittenFile): FileState
  /** Removes an empty folder; whether it is gone now. */
  removeFolder(path: string): boolean
  makeFolder(path: string): Promise<void>
  /** A file where nothing is, whole or not at all; whether there was nothing. */
  create(path: string, content: Uint8Array): Promise<boolean>
  /** Puts a file into the place of one that is ours, whole or not at all. */
  replace(path: string, content: Uint8Array): Promise<void>
}

export function hashOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('base64url')
}

/**
 * @param root absolute; it may be reached by a link itself
 * @param drafts a folder on the same file system, where files are written before they are put into place
 */
export function diskAt(root: string, drafts: string): Disk {
  const disk: Disk = {
    at(path) {
      const stats = lookAt(path)
      if (!stats) return 'nothing'
      return stats.isDirectory() ? 'folder' : 'other'
    },
    stateOf({ path, size, hash }) {
      // What a link in the way leads to is nothing of the mirror's.
      if (!isReached(path)) return 'nothing'
      const stats = lookAt(path)
      if (!stats) return 'nothing'
      if (!stats.isFile()) return 'foreign'
      if (stats.size === 0) return 'emptied'
      return stats.size === size && hashOf(readFileSync(join(root, path))) === hash ? 'ours' : 'foreign'
    },
    remove(file) {
      const state = disk.stateOf(file)
      if (state === 'ours' || state === 'emptied') unlinkSync(join(root, file.path))
      return state
    },
    removeFolder(path) {
      if (!isReached(path) || disk.at(path) !== 'folder') return false
      try {
        rmdirSync(join(root, path))
        return true
      } catch {
        // It is not empty, or not ours to remove.
        return false
      }
    },
    async makeFolder(path) {
      await mkdir(join(root, path), { recursive: true, mode: 0o700 })
    },
    async create(path, content) {
      const draft = await writeDraft(drafts, content)
      try {
        // Unlike a rename it does not replace what somebody may have put there this very moment.
        await link(draft, join(root, path))
        return true
      } catch (error) {
        const code = codeOf(error)
        if (code === 'EEXIST') return false
        // File systems without hard links, such as exFAT.
        if (disk.at(path) !== 'nothing') return false
        await rename(draft, join(root, path))
        return true
      } finally {
        await unlink(draft).catch(() => undefined)
      }
    },
    async replace(path, content) {
      await rename(await writeDraft(drafts, content), join(root, path))
    },
  }
  return disk

  /** Nothing also where what is on the way is no folder: it may be one in a moment. */
  function lookAt(path: string): Stats | undefined {
    try {
      return lstatSync(join(root, path), { throwIfNoEntry: false })
    } catch (error) {
      if (codeOf(error) === 'ENOTDIR') return undefined
      throw error
    }
  }

  /** Whether every folder on the way is one, and no link. */
  function isReached(path: string): boolean {
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
      if (disk.at(folder) !== 'folder') return false
    }
    return true
  }
}

async function writeDraft(drafts: string, content: Uint8Array): Promise<string> {
  const draft = join(drafts, randomBytes(6).toString('hex'))
  // Only for whoever runs this: it holds what they keep at their providers.
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(content)
    await file.datasync()
  } catch (error) {
    await unlink(draft).catch(() => undefined)
    throw error
  } finally {
    await file.close()
  }
  return draft
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
}
