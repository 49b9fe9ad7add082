/** The few file operations the vault needs, passed in so that tests can break each of them. */
import { close, constants, fsync, open, readFile, rename, unlink, writeFile } from 'node:fs'
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
  close: promisify(close),
  read: promisify(readFile),
  write: promisify(writeFile),
  sync: promisify(fsync),
  rename: promisify(rename),
  remove: promisify(unlink),
}

export const diskFiles: Files = {
  async makeFolder(path) {
    await mkdir(path, { recursive: true, mode: 0o700 })
  },
  list: path => readdir(path),
  read: path => disk.read(path),
  mode: async path => (await stat(path)).mode & 0o777,
  async create(path) {
    const file = await disk.open(path, 'wx', 0o600)
    return {
      write: content => disk.write(file, content),
      sync: () => disk.sync(file),
      close: () => disk.close(file),
    }
  },
  rename: (from, to) => disk.rename(from, to),
  remove: path => disk.remove(path),
  async syncFolder(path) {
    // Windows opens no folders; NTFS journals renames by itself.
    if (process.platform === 'win32') return
    const folder = await disk.open(path, constants.O_RDONLY | constants.O_DIRECTORY)
    try {
      await disk.sync(folder)
    } finally {
      await disk.close(folder)
    }
  },
}

/** The system's name of an error, such as `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
}
