/** Looks at a database file before anything may write to it. */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Failure } from '../errors.ts'
import { databaseFailure } from './failures.ts'
import { applicationId, schemaVersion } from './schema.ts'

const sidecars = ['-wal', '-shm', '-journal']

/**
 * Makes sure that `file` is ours to open, and that only its owner can read it. A refused file is left as it was, byte
 * for byte, and so are the files beside it.
 * @throws Failure `data_folder`: a newer inlet wrote it, it is no database, or another program's, or cannot be reached
 */
export function prepareFile(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    const header = readHeader(file)
    if (header) {
      refuseForeign(file, header)
      if (sizeOf(`${file}-wal`) > 0) refuseForeign(file, readThroughLog(file))
      else if (header.cutShort)
        throw notOurs(file, 'is damaged; move it away and sync again, or put a backup in its place')
    }
    closeSync(openSync(file, 'a', 0o600))
    for (const path of [file, ...sidecars.map(suffix => file + suffix)]) if (existsSync(path)) chmodSync(path, 0o600)
  } catch (error) {
    if (error instanceof Failure) throw error
    if (error instanceof Error && 'errcode' in error) throw databaseFailure(error, file)
    throw new Failure('data_folder', `the database ${file} cannot be opened; check its folder and permissions`, {
      cause: error,
    })
  }
}

interface Header {
  version: number
  application: number
  empty: boolean
  /** Smaller than it says it is. */
  cutShort: boolean
}

function notOurs(file: string, why: string): Failure {
  return new Failure('data_folder', `the database ${file} ${why}`)
}

function refuseForeign(file: string, header: Header): void {
  if (header.version > schemaVersion) {
    const formats = `format ${header.version}, this one knows ${schemaVersion}`
    throw notOurs(file, `was written by a newer inlet (${formats}); start that one, or choose another data folder`)
  }
  if (header.application !== applicationId && !header.empty) {
    throw notOurs(file, 'belongs to another program; move it away or choose another data folder')
  }
}

/** The database header (https://www.sqlite.org/fileformat2.html#the_database_header); nothing for a new file. */
function readHeader(file: string): Header | undefined {
  const size = sizeOf(file)
  if (size === 0) return undefined
  const bytes = Buffer.alloc(100)
  const descriptor = openSync(file, 'r')
  try {
    readSync(descriptor, bytes, 0, bytes.length, 0)
  } finally {
    closeSync(descriptor)
  }
  if (size < bytes.length || bytes.toString('latin1', 0, 16) !== 'SQLite format 3\0') {
    throw notOurs(file, 'is no SQLite database; move it away or choose another data folder')
  }
  const pages = bytes.readUInt32BE(28)
  return {
    version: bytes.readUInt32BE(60),
    application: bytes.readUInt32BE(68),
    // One page is what a creation that was interrupted leaves behind: no table fits beside the schema.
    empty: pages <= 1,
    cutShort: pages * bytes.readUInt16BE(16) > size,
  }
}

/** What holds once the write-ahead log of a crashed process is counted in. */
function readThroughLog(file: string): Header {
  const made = sidecars.map(suffix => file + suffix).filter(path => !existsSync(path))
  const connection = new DatabaseSync(file, { readOnly: true })
  try {
    return {
      version: Number(connection.prepare('pragma user_version').get()?.user_version),
      application: Number(connection.prepare('pragma application_id').get()?.application_id),
      empty: connection.prepare('select 1 from sqlite_schema limit 1').get() === undefined,
      cutShort: false,
    }
  } finally {
    connection.close()
    for (const path of made) rmSync(path, { force: true })
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
