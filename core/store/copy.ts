/** A database copied while it is in use, and one that was put back. */
import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { Failure } from '../errors.ts'
import type { Database } from './database.ts'
import { databaseFailure } from './failures.ts'
import { prepareFile } from './inspect.ts'
import { problemsOfDatabase } from './integrity.ts'

/**
 * One read of everything, which holds up nobody; the file is made with mode 0600 and must not be there
 * (https://www.sqlite.org/lang_vacuum.html#vacuuminto).
 */
export function copyTo(database: Database, path: string): void {
  closeSync(openSync(path, 'wx', 0o600))
  // It forbids writing to any file, not to this one alone.
  database.script('pragma query_only = off')
  try {
    database.run('vacuum into ?', path)
  } finally {
    database.script('pragma query_only = on')
  }
}

/**
 * Makes a copy that was put back ready to be used in the place of its original: it must be sound and none of a newer
 * inlet's, and it becomes another store than the original. A follower's cursor from there is refused from then on, as
 * it may be ahead of the copy and would miss what comes next; without one everything is listed again.
 * @throws Failure `data_folder`
 */
export function adoptCopy(file: string): void {
  prepareFile(file)
  const [problem] = problemsOfDatabase(file)
  if (problem !== undefined) throw new Failure('data_folder', `the database in it is damaged: ${problem}`)
  try {
    const connection = new DatabaseSync(file)
    try {
      connection.exec('pragma synchronous = extra; update feed set store_id = lower(hex(randomblob(16)))')
    } finally {
      connection.close()
    }
  } catch (error) {
    throw databaseFailure(error, file)
  }
}
