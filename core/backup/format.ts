/**
 * What a backup is: a tar archive, gzip around it or not. First `inlet-backup.json`, which says what it is; then the
 * files of the data folder under their own names; last `SHA256SUMS`, as `sha256sum -c` takes it, with a line for each
 * file before it. An archive that ends before that file is not whole.
 */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { isJsonObject } from '../json.ts'
import { notOurs, readTar, type TarFile } from './tar.ts'

export const aboutName = 'inlet-backup.json'
export const sumsName = 'SHA256SUMS'

export interface BackupAbout {
  format: 1
  /** ISO 8601, when the database was copied. */
  createdAt: string
  /** Of the database. */
  schemaVersion: number
  /** Where the key of the vault comes from; null where the vault has none yet. */
  keySource: 'environment' | 'file' | 'passphrase' | 'generated' | null
  /** Whether the key itself is in the backup. */
  hasKey: boolean
}

/** Files that hold a key of the vault in clear. */
export const keyFiles: readonly string[] = ['master.key', 'master.key.next']

export const databaseName = 'inlet.db'

/** Made by the next start, or of no use elsewhere. */
const leftOut = new Set([aboutName, sumsName, ...['-wal', '-shm', '-journal'].map(end => databaseName + end)])

/**
 * Whether a backup may hold a file of this name, whoever wrote it: nothing that is hidden, temporary, or leads out of
 * the folder.
 */
export function isBackedUp(name: string): boolean {
  return (
    /^(?:vault\/)?[A-Za-z0-9][A-Za-z0-9._-]{0,90}$/.test(name) && !/^lock\.db|\.tmp$/.test(name) && !leftOut.has(name)
  )
}

export interface BackedUpFile extends TarFile {
  /** The SHA-256 in hexadecimal, once the content was read. */
  sum(): string
}

/** A file that takes its own sum while it is read. */
export function summed(file: TarFile): BackedUpFile {
  const hash = createHash('sha256')
  let sum: string | undefined
  return {
    ...file,
    content: (async function* () {
      for await (const chunk of file.content) {
        hash.update(chunk)
        yield chunk
      }
      sum = hash.digest('hex')
    })(),
    sum: () => sum ?? '',
  }
}

export function smallFile(name: string, text: string): TarFile {
  const bytes = Buffer.from(text)
  return {
    name,
    size: bytes.length,
    content: (async function* () {
      yield bytes
    })(),
  }
}

export function aboutFile({ createdAt, schemaVersion, keySource, hasKey }: BackupAbout): TarFile {
  const members = {
    format: 1,
    created_at: createdAt,
    schema_version: schemaVersion,
    key_source: keySource,
    has_key: hasKey,
  }
  return smallFile(aboutName, `${JSON.stringify(members, undefined, 2)}\n`)
}

export function sumsFile(sums: ReadonlyMap<string, string>): TarFile {
  return smallFile(sumsName, [...sums].map(([name, sum]) => `${sum}  ${name}\n`).join(''))
}

/** Descriptions and sums are read into memory: no true ones are larger. */
const mostSmallBytes = 64 * 1024 * 1024

export interface BackupContents {
  about: BackupAbout
  files: number
  bytes: number
}

/**
 * Reads a backup from its beginning to its end and holds every file against its sum.
 * @param take is given each file of the data folder, and must read it to its end
 * @throws Failure `item_unreadable` for what is no backup, damaged, cut short, or of a format that this inlet does not know
 */
export async function readBackup(
  source: AsyncIterable<Uint8Array>,
  take: (file: TarFile) => Promise<void>,
): Promise<BackupContents> {
  const sums = new Map<string, string>()
  let about: BackupAbout | undefined
  let listed: string | undefined
  let bytes = 0
  for await (const entry of readTar(decompress(source))) {
    if (listed !== undefined) throw notOurs(`something follows ${sumsName}`)
    if (sums.has(entry.name)) throw notOurs(`${entry.name} is in it twice`)
    if (entry.name === sumsName) {
      listed = await textOf(entry)
      continue
    }
    const file = summed(entry)
    if (!about) {
      if (file.name !== aboutName) throw notOurs(`it does not begin with ${aboutName}`)
      about = readAbout(await textOf(file))
    } else {
      if (!isBackedUp(file.name)) throw notOurs(`it has a file that no backup has (${JSON.stringify(file.name)})`)
      bytes += file.size
      await take(file)
    }
    sums.set(file.name, file.sum())
  }
  if (!about || listed === undefined) throw notOurs(`it ends before ${sumsName}`)
  compareSums(sums, listed)
  if (!sums.has(databaseName)) throw notOurs('it has no database')
  return { about, files: sums.size - 1, bytes }
}

function compareSums(found: ReadonlyMap<string, string>, text: string): void {
  const lines = text.split('\n').filter(line => line !== '')
  if (lines.length !== found.size) throw notOurs('files are missing, or are too many')
  for (const line of lines) {
    const [, sum = '', name = ''] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? []
    if (found.get(name) !== sum) throw notOurs(`${name || 'a file'} is not what it was when it was backed up`)
  }
}

function readAbout(text: string): BackupAbout {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw notOurs(`${aboutName} is damaged`)
  }
  if (!isJsonObject(value) || typeof value.format !== 'number') throw notOurs(`${aboutName} is damaged`)
  if (value.format !== 1) throw notOurs(`it was made by a newer inlet (format ${value.format}, this one knows 1)`)
  const { created_at: createdAt, schema_version: schemaVersion, key_source: keySource, has_key: hasKey } = value
  if (typeof createdAt !== 'string' || typeof schemaVersion !== 'number' || typeof hasKey !== 'boolean') {
    throw notOurs(`${aboutName} is damaged`)
  }
  const sources = ['environment', 'file', 'passphrase', 'generated'] as const
  return { format: 1, createdAt, schemaVersion, keySource: sources.find(one => one === keySource) ?? null, hasKey }
}

async function textOf({ name, size, content }: TarFile): Promise<string> {
  if (size > mostSmallBytes) throw notOurs(`${name} is too large`)
  const chunks: Uint8Array[] = []
  for await (const chunk of content) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** The archive itself, whether there is gzip around it or not (RFC 1952: it begins with 1f 8b). */
async function* decompress(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]()
  let first = Buffer.alloc(0)
  let isOver = false
  while (first.length < 2 && !isOver) {
    const { value, done } = await iterator.next()
    isOver = done ?? false
    if (value) first = Buffer.concat([first, value])
  }
  const whole = (async function* () {
    yield first
    if (!isOver) yield* { [Symbol.asyncIterator]: () => iterator }
  })()
  if (first[0] !== 0x1f || first[1] !== 0x8b) {
    yield* whole
    return
  }
  const readable = Readable.from(whole)
  const gunzip = createGunzip()
  readable.once('error', error => gunzip.destroy(error))
  try {
    yield* readable.pipe(gunzip)
  } catch (error) {
    // zlib's own errors have codes such as Z_DATA_ERROR and Z_BUF_ERROR.
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code.startsWith('Z_')) throw notOurs(code === 'Z_BUF_ERROR' ? 'it ends too early' : 'it is damaged')
    throw error
  } finally {
    readable.destroy()
    gunzip.destroy()
  }
}
