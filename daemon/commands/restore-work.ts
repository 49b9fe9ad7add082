import { existsSync } from 'node:fs'
import { rm, rmdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { databaseName } from '../../core/backup/format.ts'
import { type Restored, restoreBackup } from '../../core/backup/restore.ts'
import { bytesIn } from '../../core/backup/snapshot.ts'
import { Failure } from '../../core/errors.ts'
import { openStore } from '../../core/store/index.ts'
import type { ConnectionRow } from '../../core/store/store.ts'
import { plugins } from '../../plugins/index.ts'
import type { CommandContext } from '../command-line/context.ts'
import { clean } from '../command-line/text.ts'
import { loadPlace } from '../config.ts'
import { backupAt, onFiles } from './backup-files.ts'
import { lockUnlessRunning } from './client.ts'

export async function putBack(call: { path: string; force: boolean }, context: CommandContext): Promise<void> {
  const { dataDir } = loadPlace(context)
  const file = await backupAt(resolve(context.folder, call.path))
  const isNew = !existsSync(dataDir)
  const lock = await lockUnlessRunning(dataDir)
  if (!lock) throw new Failure('conflict', `an inlet runs on ${dataDir}: stop it, and restore then`)
  let restored: Restored | undefined
  try {
    const options = { dataDir, force: call.force, clock: context.clock }
    restored = await onFiles(file, () => restoreBackup({ ...options, source: bytesIn(file) }))
    const place = { file, dataDir, ...(await lookInto(join(dataDir, databaseName))) }
    await context.answer(documentOf(restored, place), linesOf(restored, place))
  } finally {
    await lock.release()
    if (isNew && !restored) await removeAgain(dataDir)
  }
}

interface Place {
  file: string
  dataDir: string
  /** Connections that may have used up the refresh token in the backup since it was made. */
  lost: ConnectionRow[]
  hasKeys: boolean
}

async function lookInto(database: string): Promise<Pick<Place, 'lost' | 'hasKeys'>> {
  const store = await openStore({ file: database, readers: 1 })
  try {
    const lost: ConnectionRow[] = []
    for (let skip = 0; ; skip += atOnce) {
      const page = await store.connections({ skip, limit: atOnce })
      lost.push(...page.filter(usesUpTokens))
      if (page.length < atOnce) return { lost, hasKeys: (await store.apiKeys()).length > 0 }
    }
  } finally {
    await store.close()
  }
}

const atOnce = 1000

function usesUpTokens({ shortName, authFieldNames }: ConnectionRow): boolean {
  const plugin = plugins.find(({ sources }) => sources.some(source => source.shortName === shortName))
  return plugin?.auth.repeatable === false && authFieldNames.includes('refresh_token')
}

function linesOf({ about, files, movedTo, needsKey }: Restored, { file, dataDir, lost, hasKeys }: Place): string[] {
  const names = lost.map(({ name }) => JSON.stringify(clean(name))).join(', ')
  return [
    `${dataDir} is as it was at ${about.createdAt}: ${files} files from ${file}.`,
    ...(movedTo === undefined ? [] : [`What was there before is in ${movedTo}.`]),
    ...(needsKey ? [keyWanted(about.keySource, dataDir)] : []),
    ...(names === ''
      ? []
      : [`${names}: their provider takes each refresh token once, so where one was refreshed since, sign in again.`]),
    ...(hasKeys ? ['Named API keys that were revoked since are there again: inlet keys list shows them.'] : []),
    'After the start, inlet doctor tells how everything is.',
  ]
}

function keyWanted(source: Restored['about']['keySource'], dataDir: string): string {
  if (source === 'generated') {
    return `The vault stays locked until its key is there: put master.key into ${dataDir}.`
  }
  const names = { environment: 'INLET_MASTER_KEY', file: 'INLET_MASTER_KEY_FILE', passphrase: 'INLET_PASSPHRASE' }
  return `The vault opens with the key of its time: give it in ${names[source ?? 'environment']}.`
}

function documentOf(restored: Restored, { file, dataDir, lost }: Place): object {
  const { about, files, bytes, movedTo, needsKey } = restored
  return {
    path: file,
    data_dir: dataDir,
    created_at: about.createdAt,
    ...{ files, bytes, moved_to: movedTo ?? null, needs_key: needsKey },
    sign_in_again_if_refreshed_since: lost.map(({ id, name, shortName }) => ({ id, name, short_name: shortName })),
  }
}

/** The folder as it was: not there. */
async function removeAgain(dataDir: string): Promise<void> {
  for (const name of ['lock.db', 'lock.db-journal']) await rm(join(dataDir, name), { force: true })
  await rmdir(dataDir).catch(() => undefined)
}
