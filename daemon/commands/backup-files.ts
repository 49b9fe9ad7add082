/** Backups as they lie in a folder: named after their time, so that they sort by it. */
import { readdir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../../core/errors.ts'

const dated = /^inlet-\d{8}T\d{6}Z\.tar(?:\.gz)?$/

/** @param time in milliseconds since 1970 */
export function datedName(time: number): string {
  return `inlet-${new Date(time).toISOString().replace(/[-:]|\.\d+/g, '')}.tar.gz`
}

/** Newest first. */
export async function backupsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder)
  return names
    .filter(name => dated.test(name))
    .sort()
    .reverse()
    .map(name => join(folder, name))
}

/** The file itself, or the newest backup of a folder. @throws Failure `bad_config` */
export async function backupAt(path: string): Promise<string> {
  if (!(await isFolder(path))) return path
  const [newest] = await onFiles(path, () => backupsIn(path))
  if (newest !== undefined) return newest
  throw new Failure('bad_config', `${path} has no backup in it that inlet has named`)
}

/** Removes all but the newest; tells which. */
export async function removeOlder(folder: string, keep: number): Promise<string[]> {
  const older = (await backupsIn(folder)).slice(keep)
  for (const path of older) await unlink(path)
  return older
}

/** Removes what backups into a folder have left that were killed. */
export async function removeDrafts(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, finished = ''] = /^(.+)\.[0-9a-f]{12}\.tmp$/.exec(name) ?? []
    if (dated.test(finished)) await unlink(join(folder, name))
  }
}

export async function isFolder(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined)
  return stats?.isDirectory() ?? false
}

/** @throws Failure `data_folder` in place of the system's errors */
export async function onFiles<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Failure || !(error instanceof Error && 'syscall' in error && 'code' in error)) throw error
    throw new Failure('data_folder', `${path} cannot be read or written (${error.code})`, { cause: error })
  }
}
