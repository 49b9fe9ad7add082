/**
 * The key that is kept in the data folder: `master.key`, and beside it `master.key.next` while a rotation has yet to
 * put it in the place of the old one.
 */
import { randomBytes } from 'node:crypto'
import { dirname, join } from 'node:path'
import { diskFailure, removeDurably, writeDurably } from './adapter.ts'
import { type Files, systemCode } from './files.ts'
import { keyBytes, keyIdOf, readKeyFile, wipe } from './key-source.ts'

export interface GeneratedKey {
  readonly path: string
  /** The keys there are, and how many files hold none. Rejects with the system's error where one cannot be read. */
  read(): Promise<{ keys: Uint8Array[]; malformed: number }>
  /** A first key, safe on disk. @throws Failure `data_folder` */
  make(): Promise<Uint8Array>
  /** The next key, safe on disk: one that a failed attempt has left, else a new one. @throws Failure `data_folder` */
  makeNext(): Promise<Uint8Array>
  /** Puts the next key in its place if it is the one with this id. @throws Failure `data_folder` */
  promote(id: string): Promise<void>
  /** Removes the files that hold a key with an id that `isDone` accepts. @throws Failure `data_folder` */
  remove(isDone: (id: string, isNext: boolean) => boolean): Promise<void>
}

export function generatedKey(files: Files, dataDir: string): GeneratedKey {
  const path = join(dataDir, 'master.key')
  const nextPath = `${path}.next`

  async function readOne(from: string): Promise<Uint8Array | 'malformed' | undefined> {
    try {
      return (await readKeyFile(files, from)) ?? 'malformed'
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined
      throw error
    }
  }

  async function idIn(from: string): Promise<string | undefined> {
    let key: Uint8Array | 'malformed' | undefined
    try {
      key = await readOne(from)
    } catch (error) {
      throw diskFailure('read', from, error)
    }
    if (key === undefined || key === 'malformed') return undefined
    const id = keyIdOf(key)
    wipe(key)
    return id
  }

  async function write(to: string): Promise<Uint8Array> {
    const key = randomBytes(keyBytes)
    await writeDurably(files, to, `${key.toString('base64')}\n`)
    return key
  }

  return {
    path,
    async read() {
      const found = [await readOne(path), await readOne(nextPath)]
      const keys = found.filter(key => key instanceof Uint8Array)
      return { keys, malformed: found.filter(key => key === 'malformed').length }
    },
    make: () => write(path),
    async makeNext() {
      const left = await readOne(nextPath).catch(error => {
        throw diskFailure('read', nextPath, error)
      })
      return left instanceof Uint8Array ? left : write(nextPath)
    },
    async promote(id) {
      if ((await idIn(nextPath)) !== id) return
      try {
        await files.rename(nextPath, path)
        await files.syncFolder(dirname(path))
      } catch (error) {
        throw diskFailure('write', path, error)
      }
    },
    async remove(isDone) {
      for (const file of [path, nextPath]) {
        const id = await idIn(file)
        if (id !== undefined && isDone(id, file === nextPath)) await removeDurably(files, file)
      }
    },
  }
}
