/** Copies a data folder that is in use: first into a folder beside the files, then out of it as an archive. */
import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { chmod, copyFile, mkdir, readdir, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../clock.ts'
import { Failure } from '../errors.ts'
import type { Store } from '../store/store.ts'
import { copyVault, keySourceOf } from '../vault/copy.ts'
import { onDisk as inPlaceOfErrors } from '../vault/folder.ts'
import type { Vault } from '../vault/vault.ts'
import { aboutFile, type BackupAbout, databaseName, isBackedUp, keyFiles, summed, sumsFile } from './format.ts'
import { type TarFile, writeTar } from './tar.ts'

export interface Backup {
  about: BackupAbout
  /** A tar archive. What was made for it is removed when it was read to its end, or is no longer wanted. */
  content: AsyncIterable<Uint8Array>
}

export interface BackupMaker {
  /**
   * Copies everything as it is now, while everything goes on.
   * @throws Failure `data_folder` when there is no room for a copy of the database, or the disk refuses; `conflict`
   *   while another backup is being made
   */
  make(options?: { includeKey?: boolean | undefined }): Promise<Backup>
}

export interface BackupParts {
  dataDir: string
  store: Store
  vault: Pick<Vault, 'withoutRotations'>
  clock: Pick<Clock, 'now'>
}

const staging = /^\.backup-[0-9a-f]{12}$/

/** What must stay free beside a copy of the database. */
const roomBytes = 64 * 1024 * 1024

export function createBackupMaker({ dataDir, store, vault, clock }: BackupParts): BackupMaker {
  let isBusy = false

  return {
    async make({ includeKey = false } = {}) {
      if (isBusy) throw new Failure('conflict', 'a backup is being made: wait for its end')
      isBusy = true
      const folder = join(dataDir, `.backup-${randomBytes(6).toString('hex')}`)
      const end = async () => {
        isBusy = false
        await rm(folder, { recursive: true, force: true })
      }
      try {
        await onDisk(() => mkdir(folder, { mode: 0o700 }))
        const about = await copyAll(folder, includeKey)
        return { about, content: archive(folder, about, end) }
      } catch (error) {
        await end()
        throw error
      }
    },
  }

  async function copyAll(folder: string, includeKey: boolean): Promise<BackupAbout> {
    const { schemaVersion, bytes } = await store.status()
    const { bavail, bsize } = await onDisk(() => statfs(dataDir))
    if (bavail * bsize < bytes + roomBytes) {
      const message = `there is no room for a copy of the database beside it (${Math.ceil(bytes / 1024 ** 2)} MiB): free some space`
      throw new Failure('data_folder', message)
    }
    const createdAt = new Date(clock.now()).toISOString()
    // The database first: a credential in the backup is never older than what the database in it knows.
    await store.copyTo(join(folder, databaseName))
    await vault.withoutRotations(() => copyVault({ dataDir, to: folder, includeKey }))
    const done = new Set(['keyring.json', databaseName, ...keyFiles])
    for (const entry of await onDisk(() => readdir(dataDir, { withFileTypes: true }))) {
      if (!entry.isFile() || done.has(entry.name) || !isBackedUp(entry.name)) continue
      await onDisk(() => copyFile(join(dataDir, entry.name), join(folder, entry.name)))
      await onDisk(() => chmod(join(folder, entry.name), 0o600))
    }
    const names = new Set(await onDisk(() => readdir(folder)))
    const keySource = (await keySourceOf(folder)) ?? null
    return { format: 1, createdAt, schemaVersion, keySource, hasKey: keyFiles.some(name => names.has(name)) }
  }
}

function archive(folder: string, about: BackupAbout, end: () => Promise<void>): AsyncIterable<Uint8Array> {
  const bytes = writeTar(filesOf(folder, about), Date.parse(about.createdAt))
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        try {
          const step = await bytes.next()
          if (step.done) await end()
          return step
        } catch (error) {
          await end()
          throw error
        }
      },
      // Not left to a `finally` of the generator's: one that was never begun would not come to it.
      async return() {
        await bytes.return(undefined)
        await end()
        return { done: true, value: undefined }
      },
    }),
  }
}

async function* filesOf(folder: string, about: BackupAbout): AsyncGenerator<TarFile> {
  const sums = new Map<string, string>()
  const take = async function* (file: TarFile): AsyncGenerator<TarFile> {
    const counted = summed(file)
    yield counted
    sums.set(file.name, counted.sum())
  }
  yield* take(aboutFile(about))
  const entries = await onDisk(() => readdir(folder, { recursive: true, withFileTypes: true }))
  const paths = entries
    .filter(entry => entry.isFile())
    .map(entry => (entry.parentPath === folder ? entry.name : `vault/${entry.name}`))
    .filter(isBackedUp)
    .sort()
  for (const name of paths) {
    const path = join(folder, name)
    yield* take({ name, size: (await onDisk(() => stat(path))).size, content: bytesIn(path) })
  }
  yield sumsFile(sums)
}

/** Opened when it is read: an error before that would have nobody to hear it. */
export async function* bytesIn(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path)
}

/** Removes what backups that were cut short have left. The folder's lock must be held. */
export async function removeStaging(dataDir: string): Promise<void> {
  for (const name of await onDisk(() => readdir(dataDir))) {
    if (staging.test(name)) await onDisk(() => rm(join(dataDir, name), { recursive: true, force: true }))
  }
}

/** @throws Failure `data_folder` in place of the system's errors */
export function onDisk<Result>(work: () => Promise<Result>): Promise<Result> {
  return inPlaceOfErrors(work, 'the data folder')
}
