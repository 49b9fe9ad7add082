/** What an inlet stands on: a data folder that is ours alone, what is open in it, and that all of it is closed again. */
import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { finishRestore } from './backup/restore.ts'
import { removeStaging } from './backup/snapshot.ts'
import type { Clock } from './clock.ts'
import { type Content, createContent } from './content/index.ts'
import { Failure } from './errors.ts'
import { createDownloads, type Downloads, removeDownloads } from './files/downloads.ts'
import type { Log } from './log.ts'
import { openStore } from './store/index.ts'
import { lockFolder } from './store/lock.ts'
import type { SpareThreads } from './store/spare.ts'
import type { Store } from './store/store.ts'
import { createTransport, type StreamTransport } from './transport.ts'
import { createTurns, type Turns } from './turns.ts'
import { openVault } from './vault/index.ts'
import type { Vault } from './vault/vault.ts'

export interface Foundation {
  store: Store
  vault: Vault
  transport: StreamTransport
  content: Content
  downloads: Downloads
  turns: Turns
}

export interface FoundationOptions {
  dataDir: string
  environment: Readonly<Record<string, string | undefined>>
  clock: Clock
  log: Log
  spareThreads: SpareThreads | undefined
}

/** What is to be closed, in the reverse of the order it was opened. */
export interface Closers {
  add(close: () => Promise<void>): void
  /** Closes every part, even when one fails. */
  closeAll(): Promise<void>
}

/**
 * Locks the data folder, finishes a restore that was begun, and opens store and vault.
 * @throws Failure `data_folder`; what is open by then is among the closers
 */
export async function layFoundation(options: FoundationOptions, closers: Closers): Promise<Foundation> {
  const { dataDir, environment, clock, log, spareThreads: spare } = options
  await makeFolder(dataDir)
  const lock = await lockFolder(dataDir)
  closers.add(() => lock.release())
  await finishRestore(dataDir)
  await removeStaging(dataDir)
  const downloadsFolder = join(dataDir, 'downloads')
  await removeDownloads(downloadsFolder)
  const store = await openStore({ file: join(dataDir, 'inlet.db'), clock, spare })
  closers.add(() => store.close())
  const vault = await openVault({ dataDir, environment, log, clock })
  closers.add(() => vault.close())
  const transport = createTransport()
  closers.add(() => transport.close())
  const turns = createTurns(clock)
  const content = createContent({ clock, turns })
  closers.add(() => content.close())
  return { store, vault, transport, content, downloads: createDownloads(downloadsFolder), turns }
}

export function createClosers(log: Log): Closers {
  const closers: (() => Promise<void>)[] = []
  return {
    add: close => void closers.unshift(close),
    async closeAll() {
      for (const close of closers.splice(0)) {
        await close().catch(error => log.error({ err: error }, 'a part could not be closed'))
      }
    },
  }
}

async function makeFolder(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    await chmod(dataDir, 0o700)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Failure('data_folder', `the data folder ${dataDir} cannot be made or is not ours (${code})`, {
      cause: error,
    })
  }
}
