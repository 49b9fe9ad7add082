/** The few file operations the vault needs, passed in so that tests can break each of them. */
import { closeSync, constants, fsync, open, readFile, readFileSync, rename, unlink, writeFile } from 'node:fs'
import { mkdir, readdir, stat } from 'node:fs/promises'
import { promisify } from 'node:util'

export interface Files {
  /** With all parents, mode 0700. */
  makeFolder(path: string): Promise<void>
  list(path: string): Promise<string[]>
  read(path: string): Promise<Buffer>
  mode(path: string): Promise<number>
  /** A new file with mode 0600; fails where there is one. */
  create(path: string): Promise<OpenFile>
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
  /** Makes renames and removals in a folder survive a power cut. */
  syncFolder(path: string): Promise<void>
}

export interface OpenFile {
  write(content: string | Uint8Array): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}

// Of callbacks, not those of `node:fs/promises`: their handles cost twice the time, which counts where thousands of
// credentials are renewed at once.
const disk = {
  open: promisify(open),
  read: promisify(readFile),
  write: promisify(writeFile),
  sync: promisify(fsync),
  rename: promisify(rename),
  remove: promisify(unlink),
}

/** Files that were read or written last. */
const lately = new Set<string>()
const mostLately = 1000

function remember(path: string): void {
  lately.delete(path)
  lately.add(path)
  if (lately.size > mostLately) lately.delete(lately.values().next().value ?? '')
}

/**
 * What may wait for the disk is done elsewhere. What was read or written a moment ago is in memory: to read it again
 * takes less than the way to another thread and back, and so does closing a file that was synced.
 */
export const diskFiles: Files = {
  async makeFolder(path) {
    await mkdir(path, { recursive: true, mode: 0o700 })
  },
  list: path => readdir(path),
  async read(path) {
    if (lately.has(path)) return readFileSync(path)
    const content = await disk.read(path)
    remember(path)
    return content
  },
  mode: async path => (await stat(path)).mode & 0o777,
  async create(path) {
    const file = await disk.open(path, 'wx', 0o600)
    return {
      write: content => disk.write(file, content),
      sync: () => disk.sync(file),
      async close() {
        closeSync(file)
      },
    }
  },
  async rename(from, to) {
    await disk.rename(from, to)
    remember(to)
  },
  async remove(path) {
    lately.delete(path)
    await disk.remove(path)
  },
  async syncFolder(path) {
    // Windows opens no folders; NTFS journals renames by itself.
    if (process.platform === 'win32') return
    const folder = await disk.open(path, constants.O_RDONLY | constants.O_DIRECTORY)
    try {
      await disk.sync(folder)
    } finally {
      closeSync(folder)
    }
  },
}

/** The system's name of an error, such as `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
}
