/** A data folder of its own for each test, a vault in it, and ways to break its disk. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Clock } from '../../core/clock.ts'
import { type Log, silentLog } from '../../core/log.ts'
import { Secret } from '../../core/secret.ts'
import { diskFiles, type Files } from '../../core/vault/files.ts'
import { type Credential, openVault, type Vault } from '../../core/vault/index.ts'

export const masterKey = randomBytes(32).toString('base64')

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'inlet-vault-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export interface OpenOptions {
  environment?: Record<string, string>
  files?: Files
  log?: Log
  clock?: Clock
  readOnly?: boolean
}

export async function open(dataDir: string, options: OpenOptions = {}): Promise<Vault> {
  const { environment = { INLET_MASTER_KEY: masterKey }, files = diskFiles, log = silentLog } = options
  const { clock, readOnly } = options
  const vault = await openVault({ dataDir, environment, files, log, clock, readOnly })
  onTestFinished(() => vault.close())
  return vault
}

/** Resolves when a rotation that goes on in the background is at its end. */
export async function settled(vault: Vault): Promise<void> {
  while ((await vault.status()).rotation === 'running') await new Promise(resolve => setImmediate(resolve))
}

export function credential(generation: number, changes: Partial<Credential> = {}): Credential {
  return {
    generation,
    accessToken: new Secret(`access-${generation}`),
    refreshToken: new Secret(`refresh-${generation}`),
    clientId: 'client',
    clientSecret: new Secret('client-secret'),
    fields: {},
    obtainedAt: '2026-01-01T00:00:00.000Z',
    ...changes,
  }
}

/** A credential with its secrets in clear, for comparing. */
export function bare(value: Credential | undefined): unknown {
  if (!value) return undefined
  return {
    ...value,
    accessToken: value.accessToken.reveal(),
    refreshToken: value.refreshToken?.reveal(),
    clientSecret: value.clientSecret?.reveal(),
  }
}

/** Every file below a folder with its bytes. */
export async function snapshot(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    found.set(path, (await readFile(path)).toString('base64'))
  }
  return found
}

/**
 * Files that tell of each operation before it is done. What `before` throws takes the operation's place; an operation
 * on a path is named with it.
 */
export function watchedFiles(before: (operation: string, path: string) => void): Files {
  const first =
    <Rest extends unknown[], Result>(name: string, work: (path: string, ...rest: Rest) => Promise<Result>) =>
    async (path: string, ...rest: Rest) => {
      before(name, path)
      return work(path, ...rest)
    }
  return {
    makeFolder: first('makeFolder', diskFiles.makeFolder),
    list: first('list', diskFiles.list),
    read: first('read', diskFiles.read),
    mode: first('mode', diskFiles.mode),
    rename: first('rename', diskFiles.rename),
    remove: first('remove', diskFiles.remove),
    syncFolder: first('syncFolder', diskFiles.syncFolder),
    async create(path) {
      before('create', path)
      const file = await diskFiles.create(path)
      return {
        async write(content) {
          try {
            before('write', path)
          } catch (error) {
            // A disk that fills up takes the beginning.
            await file.write(content.slice(0, 40))
            throw error
          }
          await file.write(content)
        },
        async sync() {
          before('sync', path)
          await file.sync()
        },
        // Closed for real whatever is thrown: a process that dies closes its files.
        async close() {
          await file.close()
          before('close', path)
        },
      }
    },
  }
}

export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: as the system says it`), { code })
}
