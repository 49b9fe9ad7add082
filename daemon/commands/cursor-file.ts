/** Where a reader of the feed has got to, kept in a file: a JSON object from a collection's readable id to its cursor. */
import { open, readFile, rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Failure } from '../../core/errors.ts'
import { jsonObjectIn } from '../../core/json.ts'

export type Cursors = Map<string, string>

/** None where the file is not there yet. @throws Failure `bad_config` where it is something else */
export async function readCursors(file: string, folder: string): Promise<Cursors> {
  const path = resolve(folder, file)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}'
    throw new Failure('bad_config', `${path} cannot be read (${error.code})`)
  })
  const entries = Object.entries(jsonObjectIn(text) ?? { '': null })
  if (entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) return new Map(entries)
  throw new Failure('bad_config', `${path} is no cursor file: delete it to begin anew, or name another one`)
}

/** A crash leaves the old file or the new one, never half of one. @throws Failure `bad_config` */
export async function writeCursors(file: string, folder: string, cursors: Cursors): Promise<void> {
  const path = resolve(folder, file)
  const beside = `${path}.new`
  try {
    const handle = await open(beside, 'w', 0o600)
    try {
      await handle.writeFile(`${JSON.stringify(Object.fromEntries(cursors), null, 2)}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(beside, path)
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined)
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    throw new Failure('bad_config', `${path} cannot be written (${code})`)
  }
}
