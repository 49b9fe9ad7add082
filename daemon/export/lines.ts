/** `inlet export --format jsonl`: an entity a line. */
import { randomBytes } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Failure } from '../../core/errors.ts'
import { diskFiles } from '../../core/vault/files.ts'
import { toJson } from '../command-line/text.ts'
import type { CollectionBody } from '../schemas/collection.ts'
import { type ExportApi, type ResolvedFilter, readFeed } from './feed.ts'

export interface LinesExportOptions {
  api: ExportApi
  collections: readonly Pick<CollectionBody, 'readable_id'>[]
  filter: ResolvedFilter
  includeRaw: boolean
  /** Takes whole lines, without the last line's end; resolves when there is room for more. */
  write(lines: string): Promise<void>
  onProgress(entities: number): void
  signal: AbortSignal
}

/**
 * Every entity as it is when its page is read. One that changes while the export runs may come twice: the later line
 * counts. Memory holds a page, whatever there is.
 * @returns how many lines
 * @throws Failure `cancelled` by the signal
 */
export async function exportLines(options: LinesExportOptions): Promise<number> {
  const { api, collections, filter, includeRaw, write, onProgress, signal } = options
  let count = 0
  for (const { readable_id: collection } of collections) {
    for await (const { entities } of readFeed(api, { collection, filter, includeRaw, includeDeleted: false })) {
      if (signal.aborted) throw new Failure('cancelled', 'interrupted')
      if (entities.length === 0) continue
      await write(entities.map(entity => toJson(includeRaw ? entity : withoutRaw(entity))).join('\n'))
      count += entities.length
      onProgress(count)
    }
  }
  return count
}

function withoutRaw<Entity extends { raw: unknown }>({ raw: _raw, ...entity }: Entity): Omit<Entity, 'raw'> {
  return entity
}

/**
 * Lets `work` write lines into a file that takes the place of the one at `path` when all of them are on the disk: until
 * then, and when `work` fails, what was there stays.
 * @throws Failure `data_folder` when it cannot be written
 */
export async function writeFileWhole<Result>(
  path: string,
  work: (write: (lines: string) => Promise<void>) => Promise<Result>,
): Promise<Result> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    // Only for whoever runs this: it holds what they keep at their providers.
    const file = await open(draft, 'wx', 0o600)
    let result: Result
    try {
      result = await work(lines => file.writeFile(`${lines}\n`))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
    await diskFiles.syncFolder(dirname(path))
    return result
  } catch (error) {
    await rm(draft, { force: true })
    if (error instanceof Failure || !(error instanceof Error && 'code' in error)) throw error
    throw new Failure('data_folder', `${path} cannot be written (${error.code})`, { cause: error })
  }
}
