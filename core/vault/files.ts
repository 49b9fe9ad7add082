/** The few file operations the vault needs, passed in so that tests can break each of them. */
import { constants } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises'

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

export const diskFiles: Files = {
  async makeFolder(path) {
    await mkdir(path, { recursive: true, mode: 0o700 })
  },
  list: path => readdir(path),
  read: path => readFile(path),
  mode: async path => (await stat(path)).mode & 0o777,
  async create(path) {
    const handle = await open(path, 'wx', 0o600)
    return {
      write: content => handle.writeFile(content),
      sync: () => handle.sync(),
      close: () => handle.close(),
    }
  },
  rename: (from, to) => rename(from, to),
  remove: path => unlink(path),
  async syncFolder(path) {
    // Windows opens no folders; NTFS journals renames by itself.
    if (process.platform === 'win32') return
    const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY)
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  },
}

/** The system's name of an error, such as `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
}
