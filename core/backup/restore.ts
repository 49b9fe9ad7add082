/**
 * Puts a backup back. Everything is unpacked and checked in a folder inside of the data folder, then written down as
 * what is to be done (`.restore.json`), and only then moved into place. Killed before that line is on the disk, the
 * folder is as it was; killed after it, the next start goes on. Nothing is moved out of the data folder, which may be
 * a file system of its own.
 */
import { randomBytes } from 'node:crypto'
import { chmod, lstat, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Clock } from '../clock.ts'
import { Failure } from '../errors.ts'
import { isJsonObject } from '../json.ts'
import { adoptCopy } from '../store/copy.ts'
import { removeDurably, writeDurably } from '../vault/adapter.ts'
import { bringKey } from '../vault/copy.ts'
import { diskFiles, systemCode } from '../vault/files.ts'
import { type BackupAbout, databaseName, isBackedUp, readBackup } from './format.ts'
import { onDisk } from './snapshot.ts'
import type { TarFile } from './tar.ts'

export interface RestoreOptions {
  /** Its lock must be held. */
  dataDir: string
  source: AsyncIterable<Uint8Array>
  /** Moves what is there aside; without it, a folder that holds anything of inlet's is refused. */
  force?: boolean | undefined
  clock: Pick<Clock, 'now'>
  /** How a file or folder is moved; passed in so that a test can end at each move. */
  move?: Move | undefined
}

type Move = (from: string, to: string) => Promise<void>

export interface Restored {
  about: BackupAbout
  files: number
  bytes: number
  /** Where what was there before is now. */
  movedTo: string | undefined
  /** Whether the key that the vault was sealed with has to be given before it opens. */
  needsKey: boolean
}

const journalName = '.restore.json'
const staging = /^\.restore-[0-9a-f]{12}$/
const aside = /^before-restore-[0-9TZ]+(?:-\d+)?$/

/**
 * @throws Failure `conflict` when the folder is not empty; `item_unreadable` for what is no backup, damaged or cut short;
 *   `data_folder` when a newer inlet made it, its database is damaged, or the disk refuses. The folder is as before then.
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { dataDir, source, force = false, clock, move = rename } = options
  await finishRestore(dataDir, move)
  const present = await ownNames(dataDir)
  if (present.length > 0 && !force) {
    const message = `${dataDir} is not empty (${present[0]}): nothing was restored. With --force, what is there is moved aside, and kept`
    throw new Failure('conflict', message)
  }
  const name = `.restore-${randomBytes(6).toString('hex')}`
  const folder = join(dataDir, name)
  try {
    await onDisk(() => mkdir(join(folder, 'vault'), { recursive: true, mode: 0o700 }))
    const { about, files, bytes } = await readBackup(source, file => unpack(folder, file))
    adoptCopy(join(folder, databaseName))
    const hasKey = await bringKey(dataDir, folder)
    await syncAll(folder)
    const to = present.length > 0 ? await asideName(dataDir, clock) : undefined
    const plan: Plan = { from: name, to, away: present, into: await onDisk(() => readdir(folder)) }
    await writeDurably(diskFiles, join(dataDir, journalName), `${JSON.stringify(plan)}\n`)
    await carryOut(dataDir, plan, move)
    const needsKey = about.keySource === 'generated' ? !hasKey : about.keySource !== null
    return { about, files, bytes, movedTo: to && join(dataDir, to), needsKey }
  } catch (error) {
    // After the line was written, it is for the next start.
    if (!(await exists(join(dataDir, journalName)))) await rm(folder, { recursive: true, force: true })
    throw error
  }
}

/**
 * Ends a restore that was cut short: what was written down is done, and what was not is removed. The folder's lock must
 * be held. @throws Failure `data_folder`
 */
export async function finishRestore(dataDir: string, move: Move = rename): Promise<void> {
  const text = await onDisk(() => readFile(join(dataDir, journalName), 'utf8').catch(absent))
  if (text !== undefined) await carryOut(dataDir, readPlan(text), move)
  for (const name of (await onDisk(() => readdir(dataDir).catch(absent))) ?? []) {
    if (staging.test(name)) await onDisk(() => rm(join(dataDir, name), { recursive: true, force: true }))
  }
}

interface Plan {
  /** The folder that holds what comes, and the one that takes what goes. */
  from: string
  to: string | undefined
  away: string[]
  into: string[]
}

/** Each step does nothing where it was done before. */
async function carryOut(dataDir: string, { from, to, away, into }: Plan, move: Move): Promise<void> {
  const moveIfThere = (source: string, target: string) => move(source, target).catch(absent)
  await onDisk(async () => {
    const isComing = new Set(await readdir(join(dataDir, from)).catch(absent))
    if (to !== undefined) {
      await mkdir(join(dataDir, to), { recursive: true, mode: 0o700 })
      for (const name of away) {
        // What has come already is not what is to go.
        if (into.includes(name) && !isComing.has(name)) continue
        await moveIfThere(join(dataDir, name), join(dataDir, to, name))
      }
      await diskFiles.syncFolder(join(dataDir, to))
    }
    for (const name of into) await moveIfThere(join(dataDir, from, name), join(dataDir, name))
    await diskFiles.syncFolder(dataDir)
    await rm(join(dataDir, from), { recursive: true, force: true })
  })
  await removeDurably(diskFiles, join(dataDir, journalName))
}

function readPlan(text: string): Plan {
  const isNames = (value: unknown): value is string[] =>
    Array.isArray(value) && value.every(name => typeof name === 'string' && (name === 'vault' || isOwn(name)))
  try {
    const value: unknown = JSON.parse(text)
    if (isJsonObject(value) && typeof value.from === 'string' && staging.test(value.from)) {
      const { from, to, away, into } = value
      const isAside = to === undefined || (typeof to === 'string' && aside.test(to))
      if (isAside && isNames(away) && isNames(into)) return { from, to, away, into }
    }
  } catch {
    // Said below.
  }
  throw new Failure('data_folder', `${journalName} in the data folder is damaged: restore the backup again`)
}

/** What a restore would put something in the place of. */
async function ownNames(dataDir: string): Promise<string[]> {
  const entries = await onDisk(() => readdir(dataDir, { withFileTypes: true }))
  const own = entries.filter(entry => (entry.isDirectory() ? entry.name === 'vault' : isOwn(entry.name)))
  return own.map(({ name }) => name).sort()
}

function isOwn(name: string): boolean {
  return isBackedUp(name) || /^inlet\.db-(wal|shm|journal)$/.test(name)
}

async function unpack(folder: string, { name, content }: TarFile): Promise<void> {
  const path = join(folder, name)
  const file = await onDisk(() => open(path, 'wx', 0o600))
  try {
    for await (const chunk of content) await onDisk(() => file.writeFile(chunk))
  } finally {
    await file.close()
  }
}

async function syncAll(folder: string): Promise<void> {
  await onDisk(async () => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    for (const entry of entries.filter(candidate => candidate.isFile())) {
      const path = join(entry.parentPath, entry.name)
      await chmod(path, 0o600)
      const file = await open(path, 'r+')
      try {
        await file.sync()
      } finally {
        await file.close()
      }
    }
    await diskFiles.syncFolder(join(folder, 'vault'))
    await diskFiles.syncFolder(folder)
    await diskFiles.syncFolder(dirname(folder))
  })
}

async function asideName(dataDir: string, clock: Pick<Clock, 'now'>): Promise<string> {
  const time = new Date(clock.now()).toISOString().replace(/[-:]|\.\d+/g, '')
  for (let number = 1; ; number++) {
    const name = `before-restore-${time}${number === 1 ? '' : `-${number}`}`
    if (!(await exists(join(dataDir, name)))) return name
  }
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(absent)) !== undefined
}

/** For what may not be there. */
function absent(error: unknown): undefined {
  if (systemCode(error) === 'ENOENT') return undefined
  throw error
}
