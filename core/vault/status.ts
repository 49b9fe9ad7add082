/** What is in the vault's folder, and with which keys it is sealed. */
import { join } from 'node:path'
import type { Adapter } from 'lowdb'
import { Failure, isFailure, toFailure } from '../errors.ts'
import { mapInOrder } from '../parallel.ts'
import { readIfThere } from './adapter.ts'
import type { SealState } from './credentials.ts'
import { decodeEnvelope } from './envelope.ts'
import type { Files } from './files.ts'
import { listIds } from './folder.ts'
import type { KeyEntry, KeyringFile } from './keyring-file.ts'
import type { VaultStatus } from './vault.ts'

export interface StatusOptions {
  files: Files
  folder: string
  stored: Adapter<KeyringFile>
  /** Whether a rotation is at work. */
  isRunning: boolean
  /** Opens a file; absent while there is no key. */
  inspect: ((connectionId: string) => Promise<SealState>) | undefined
}

const atOnce = 16

export async function readStatus(options: StatusOptions): Promise<Omit<VaultStatus, 'locked' | 'lockedBecause'>> {
  const { files, folder, isRunning } = options
  const file = await options.stored.read().catch(error => {
    // A damaged keyring is why the vault is locked, and told there.
    if (isFailure(error, 'data_folder')) return null
    throw error
  })
  const active = file?.keys.find(({ id }) => id === file.active)
  const oldKeys = file?.keys.filter(entry => entry !== active) ?? []
  const found = { credentials: 0, sealedWithOldKey: 0, unreadable: [] as VaultStatus['unreadable'] }
  const inspect = options.inspect ?? (id => look(id, file))
  const ids = await listIds(files, folder)
  for await (const { id, seal } of mapInOrder(ids, atOnce, async id => ({ id, seal: await inspect(id) }))) {
    if (seal.state === 'gone') continue
    found.credentials++
    if (seal.state === 'old') found.sealedWithOldKey++
    if (seal.state === 'unreadable') found.unreadable.push({ connectionId: id, reason: seal.failure.message })
  }
  return {
    ...found,
    key: active && keyOf(active),
    oldKeys: oldKeys.map(keyOf),
    rotation: isRunning ? 'running' : oldKeys.length > 0 ? 'unfinished' : 'none',
  }

  /** As far as a file tells without its key. */
  async function look(id: string, ring: KeyringFile | null): Promise<SealState> {
    try {
      const content = await readIfThere(files, join(folder, `${id}.json`))
      if (!content) return { state: 'gone' }
      const envelope = decodeEnvelope(content)
      if (!envelope) return { state: 'unreadable', failure: notOurs(id) }
      return { state: ring && envelope.keyId !== ring.active ? 'old' : 'current' }
    } catch (error) {
      return { state: 'unreadable', failure: toFailure(error) }
    }
  }
}

function keyOf({ id, source, createdAt }: KeyEntry): {
  id: string
  source: KeyEntry['source']
  createdAt: string | undefined
} {
  return { id, source, createdAt }
}

function notOurs(connectionId: string): Failure {
  const message = `vault/${connectionId}.json is not what this program wrote: it was edited or damaged`
  return new Failure('data_folder', message, { connectionId })
}
