import { randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type BackupContents, readBackup } from '../../core/backup/format.ts'
import { bytesIn } from '../../core/backup/snapshot.ts'
import { Failure, isFailure } from '../../core/errors.ts'
import { diskFiles } from '../../core/vault/files.ts'
import type { CommandContext } from '../command-line/context.ts'
import { misuse } from '../command-line/parse.ts'
import { backupAt, datedName, isFolder, onFiles, removeDrafts, removeOlder } from './backup-files.ts'
import { atDesk, type Desk } from './desk.ts'
import { interruption } from './patience.ts'

export interface BackupCall {
  path: string
  keep: number | undefined
  withKey: boolean
}

export async function makeBackup(call: BackupCall, context: CommandContext): Promise<void> {
  const path = resolve(context.folder, call.path)
  const toFolder = call.path !== '-' && (/[/\\]$/.test(call.path) || (await isFolder(path)))
  if (call.keep !== undefined && !toFolder) throw misuse('inlet backup --keep takes a folder', 'backup')
  await atDesk(context, async desk => {
    desk.requireLoopback()
    if (call.path === '-') return toOutput(desk, call, context)
    if (toFolder) await onFiles(path, () => mkdir(path, { recursive: true, mode: 0o700 }))
    const file = toFolder ? join(path, datedName(context.clock.now())) : path
    const contents = await onFiles(file, () => toFile(desk, file, call, context))
    if (toFolder) await onFiles(path, () => removeDrafts(path))
    const removed = call.keep === undefined ? [] : await onFiles(path, () => removeOlder(path, call.keep ?? 1))
    const lines = [
      `The backup is in ${file}: ${described(contents)}. It was read again, and is whole.`,
      ...aboutKey(contents, desk.dataDir),
      ...(removed.length > 0 ? [`Older ones were removed: ${removed.length}.`] : []),
    ]
    await context.answer({ path: file, ...documentOf(contents), removed }, lines)
  })
}

export async function checkBackup(given: string, context: CommandContext): Promise<void> {
  const path = await backupAt(resolve(context.folder, given))
  const contents = await onFiles(path, () => readThrough(path))
  await context.answer({ path, ...documentOf(contents) }, [
    `${path} is whole: ${described(contents)}, made ${contents.about.createdAt}.`,
  ])
}

async function toOutput(desk: Desk, { withKey }: BackupCall, context: CommandContext): Promise<void> {
  for await (const chunk of bytesOf(desk, withKey, true)) await context.writeBytes(chunk)
}

/** Under another name until it was read again; a file that is there stays until then. */
async function toFile(
  desk: Desk,
  path: string,
  { withKey }: BackupCall,
  context: CommandContext,
): Promise<BackupContents> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      let bytes = 0
      for await (const chunk of bytesOf(desk, withKey, !path.endsWith('.tar'))) {
        if (context.signal.aborted) throw interruption()
        await file.writeFile(chunk)
        bytes += chunk.byteLength
        context.draw?.(`${megabytes(bytes)} written`)
      }
      await file.sync()
    } finally {
      await file.close()
    }
    context.draw?.('reading it again')
    const contents = await readThrough(draft)
    await rename(draft, path)
    await diskFiles.syncFolder(dirname(path))
    return contents
  } finally {
    context.draw?.(undefined)
    await rm(draft, { force: true })
  }
}

async function* bytesOf(desk: Desk, withKey: boolean, compressed: boolean): AsyncGenerator<Uint8Array> {
  const stream = await desk.stream('POST', '/backup', { include_key: withKey, compressed })
  try {
    yield* stream
  } catch (error) {
    if (isFailure(error)) throw error
    throw new Failure('unavailable', 'the backup broke off: the log of inlet says why', { cause: error })
  }
}

function readThrough(path: string): Promise<BackupContents> {
  return readBackup(bytesIn(path), async ({ content }) => {
    for await (const _chunk of content);
  })
}

const keptIn = {
  environment: 'in INLET_MASTER_KEY',
  file: 'in the file that INLET_MASTER_KEY_FILE names',
  passphrase: 'made from your passphrase',
} as const

function aboutKey({ about: { keySource, hasKey } }: BackupContents, dataDir: string): string[] {
  if (hasKey) {
    return ['The key of the vault is in it: whoever has the file has your tokens. Keep it where only you can read it.']
  }
  if (keySource === null) return []
  if (keySource !== 'generated') return [`The key that opens the tokens in it is ${keptIn[keySource]}, and not in it.`]
  return [
    `The key that opens the tokens in it is not in it: keep a copy of ${join(dataDir, 'master.key')} apart from it, or use --with-key.`,
  ]
}

function described({ files, bytes }: BackupContents): string {
  return `${files} files, ${megabytes(bytes)}`
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`
}

function documentOf({ about, files, bytes }: BackupContents): object {
  const { createdAt, schemaVersion, keySource, hasKey } = about
  return { created_at: createdAt, schema_version: schemaVersion, key_source: keySource, has_key: hasKey, files, bytes }
}
