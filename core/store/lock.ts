import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Failure } from '../errors.ts'

export interface FolderLock {
  /** Lets another process in; more than once does nothing. */
  release(): Promise<void>
}

/** A lock whose handle were collected as garbage would be gone. */
const held = new Set<DatabaseSync>()

/**
 * Holds `<dataDir>/lock.db` until released or until the process ends, however it ends: the lock is the operating
 * system's, so that nothing stale is ever left. The file must not be opened by other means meanwhile: closing any
 * handle of it would drop the lock (https://www.sqlite.org/howtocorrupt.html#posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
 * @throws Failure `data_folder` when another process holds it, or it cannot be made
 */
export async function lockFolder(dataDir: string): Promise<FolderLock> {
  const connection = acquire(dataDir)
  held.add(connection)
  return {
    async release() {
      if (held.delete(connection)) connection.close()
    },
  }
}

/** Whether an inlet runs on the folder. Looking changes nothing, and makes nothing. */
export function isFolderLocked(dataDir: string): boolean {
  const file = join(dataDir, 'lock.db')
  if (!existsSync(file)) return false
  let connection: DatabaseSync | undefined
  try {
    connection = new DatabaseSync(file, { readOnly: true })
    connection.exec('begin; select count(*) from sqlite_master; rollback')
    return false
  } catch (error) {
    return isBusy(error)
  } finally {
    connection?.close()
  }
}

/** Who only looks whether the folder is locked holds it for no longer than this; an inlet that starts then waits. */
const lookMs = 200

function acquire(dataDir: string): DatabaseSync {
  const file = join(dataDir, 'lock.db')
  let connection: DatabaseSync | undefined
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    makePrivate(file)
    connection = new DatabaseSync(file, { timeout: lookMs })
    connection.exec('begin exclusive')
    return connection
  } catch (error) {
    connection?.close()
    const message = isBusy(error)
      ? `another inlet is already running on ${dataDir}; stop it, or choose another data folder`
      : `the data folder ${dataDir} cannot be locked; check that it exists and may be written`
    throw new Failure('data_folder', message, { cause: error })
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 5
}

/** Creates the file, and only then opens it: never when this very process might hold its lock. */
function makePrivate(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    chmodSync(file, 0o600)
  }
}
