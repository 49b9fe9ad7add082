import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../errors.ts'
import { readIfThere } from './adapter.ts'
import { diskFiles, type Files, systemCode } from './files.ts'
import { generatedKey } from './generated-key.ts'
import type { SourceType } from './given-key.ts'
import { keyIdOf, wipe } from './key-source.ts'
import { entryOf } from './keyring.ts'
import { type KeyringFile, keyringFile } from './keyring-file.ts'

export interface CopyOptions {
  dataDir: string
  /** An empty folder of ours, which looks like a data folder afterwards. */
  to: string
  /** Whether `master.key` is copied too, where there is one. */
  includeKey: boolean
}

const mostAttempts = 10

/**
 * Copies the vault's sealed files and its keyring, which open with each other, while they are in use or locked. A key
 * rotation is under way, or ends, between two reads of the keyring that differ: then everything is read again.
 * Credentials are only ever replaced by newer ones, so that a copy is as new as its beginning at least. The caller sees
 * to it that no rotation begins meanwhile (`Vault.withoutRotations`): one after the other would leave no time to copy.
 * @throws Failure `data_folder`
 */
export async function copyVault({ dataDir, to, includeKey }: CopyOptions): Promise<void> {
  const files = diskFiles
  await files.makeFolder(join(to, 'vault'))
  for (let attempt = 1; attempt <= mostAttempts; attempt++) {
    const before = await readIfThere(files, join(dataDir, 'keyring.json'))
    for (const name of await namesIn(join(to, 'vault'))) await files.remove(join(to, 'vault', name))
    for (const name of await namesIn(join(dataDir, 'vault'))) {
      if (!name.endsWith('.tmp')) await copy(files, join('vault', name), dataDir, to)
    }
    // In this order: a key that is put into its place meanwhile is found there.
    if (includeKey) for (const name of ['master.key.next', 'master.key']) await copy(files, name, dataDir, to)
    await copy(files, 'keyring.json', dataDir, to)
    const after = await readIfThere(files, join(dataDir, 'keyring.json'))
    if (before === after || (before && after?.equals(before))) return
  }
  throw new Failure('data_folder', 'the keyring changes all the time: try again when the key is not being rotated')
}

/** Where the vault of a data folder has its key from; `undefined` before its first start. @throws Failure `data_folder` */
export async function keySourceOf(dataDir: string): Promise<SourceType | undefined> {
  const file = await keyringFile(diskFiles, dataDir).read()
  return file ? entryOf(file)?.source : undefined
}

/**
 * Copies `master.key` from one data folder into another whose keyring names it, where that has none of its own.
 * @returns whether the keyring's key is in place now
 */
export async function bringKey(from: string, to: string): Promise<boolean> {
  const file = await keyringFile(diskFiles, to).read()
  if (!file) return true
  if (await holdsKey(to, file)) return true
  if (!(await holdsKey(from, file))) return false
  for (const name of ['master.key.next', 'master.key']) await copy(diskFiles, name, from, to)
  return true
}

async function holdsKey(dataDir: string, { active }: KeyringFile): Promise<boolean> {
  const { keys } = await generatedKey(diskFiles, dataDir)
    .read()
    .catch(() => ({ keys: [] }))
  const fits = keys.some(key => keyIdOf(key) === active)
  for (const key of keys) wipe(key)
  return fits
}

/** Whole or not at all: what is copied is replaced by renaming alone. */
async function copy(files: Files, name: string, from: string, to: string): Promise<void> {
  const content = await readIfThere(files, join(from, name))
  await files.remove(join(to, name)).catch(error => {
    if (systemCode(error) !== 'ENOENT') throw error
  })
  if (!content) return
  const file = await files.create(join(to, name))
  try {
    await file.write(content)
  } finally {
    await file.close()
  }
}

async function namesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(error => {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  })
  return entries.filter(entry => entry.isFile()).map(({ name }) => name)
}
