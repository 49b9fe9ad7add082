/** A data folder with so many connections, as they are after their first sync. */
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { silentLog } from '../../../core/log.ts'
import { mapInOrder } from '../../../core/parallel.ts'
import { Secret } from '../../../core/secret.ts'
import { openStore } from '../../../core/store/index.ts'
import type { ConnectionRow } from '../../../core/store/store.ts'
import { diskFiles, type Files } from '../../../core/vault/files.ts'
import { openVault } from '../../../core/vault/index.ts'
import { connectionRow } from '../../support/store-suite/fixtures.ts'

export interface Seeded {
  dataDir: string
  /** Holds the vault's key. */
  environment: Readonly<Record<string, string>>
  ids: readonly string[]
}

interface SeedOptions {
  /** When a connection runs, by its number. */
  timing(index: number): { cronSchedule: string; timezone: string; nextRunAt: string }
  /** Whether each has a credential, whose access token has died. */
  withCredentials: boolean
}

const collection = 'bench'
const atOnce = 64

export async function seedConnections(folder: string, count: number, options: SeedOptions): Promise<Seeded> {
  const dataDir = join(folder, 'data')
  const environment = { INLET_MASTER_KEY: randomBytes(32).toString('base64') }
  const ids = Array.from({ length: count }, () => randomUUID())
  await mkdir(dataDir, { recursive: true })
  const store = await openStore({ file: join(dataDir, 'inlet.db') })
  const at = '2026-01-01T00:00:00.000Z'
  await store.insertCollection({
    id: randomUUID(),
    readableId: collection,
    name: 'Bench',
    createdAt: at,
    modifiedAt: at,
  })
  if (options.withCredentials) await seedCredentials(dataDir, environment, ids)
  const rows = ids.map((id, index) => ({ ...rowOf(id, index, at), ...options.timing(index) }))
  for await (const _stored of mapInOrder(rows, atOnce, row => store.insertConnection(row)));
  await store.close()
  return { dataDir, environment, ids }
}

async function seedCredentials(
  dataDir: string,
  environment: Readonly<Record<string, string>>,
  ids: readonly string[],
): Promise<void> {
  const vault = await openVault({ dataDir, environment, log: silentLog, files: unsyncedFiles })
  const put = (id: string) =>
    vault.put(id, {
      generation: 1,
      accessToken: new Secret(`access-${id}-1`),
      refreshToken: new Secret(`refresh-${id}-1`),
      clientId: 'bench',
      clientSecret: new Secret('bench-secret'),
      fields: {},
      obtainedAt: '2026-01-01T00:00:00.000Z',
      expiresAt: '2026-01-01T01:00:00.000Z',
    })
  for await (const _stored of mapInOrder(ids, 16, put));
  await vault.close()
}

/** What is seeded need not survive a power cut. */
const unsyncedFiles: Files = {
  ...diskFiles,
  async create(path) {
    return { ...(await diskFiles.create(path)), async sync() {} }
  },
  async syncFolder() {},
}

function rowOf(id: string, index: number, at: string): ConnectionRow {
  const account = `account-${index}`
  return connectionRow(id, {
    ...{ name: `Connection ${index}`, shortName: 'scale', collection, createdAt: at, modifiedAt: at },
    ...{ authState: 'ready', authenticatedAt: at, expiresAt: '2026-01-01T01:00:00.000Z' },
    authFieldNames: ['access_token', 'refresh_token', 'client_id', 'client_secret'],
    account: { id: account, name: `Account ${index}` },
    ...{ cursor: 'position-1', cursorKey: JSON.stringify(['scale', account, {}]), generation: 1 },
    ...{ totalRuns: 1, successfulRuns: 1 },
  })
}
