/** What is in the vault's folder, and with which keys it is sealed. */
import { join } from 'node:path'
import type { Adapter } from 'lowdb'
import type { Clock } from '../clock.ts'
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
  clock: Pick<Clock, 'monotonic'>
}

export interface Moment {
  /** Whether a rotation is at work. */
  isRunning: boolean
  /** Opens a file; absent while there is no key. */
  inspect: ((connectionId: string) => Promise<SealState>) | undefined
}

export interface StatusReader {
  read(moment: Moment): Promise<Omit<VaultStatus, 'locked' | 'lockedBecause'>>
  /** To be called when what was found may not hold any more: after a rotation, locking, unlocking. */
  forget(): void
}

type Found = Pick<VaultStatus, 'credentials' | 'sealedWithOldKey' | 'unreadable'>

const atOnce = 16
/** Only opening a file tells whether it opens: seven seconds for 100,000. What took this long is remembered. */
const longMs = 1000
/** For so many times as long as it took, so that asking again and again takes a tenth of the time at most. */
const rememberTimes = 9

/** Opens every file, once for all who ask meanwhile. */
export function createStatusReader({ files, folder, stored, clock }: StatusOptions): StatusReader {
  let looking: Promise<Found> | undefined
  let last: { found: Found; untilMs: number } | undefined
  return {
    async read(moment) {
      const ring = await stored.read().catch(error => {
        // A damaged keyring is why the vault is locked, and told there.
        if (isFailure(error, 'data_folder')) return null
        throw error
      })
      const found = await findOnce(moment, ring)
      const active = ring?.keys.find(({ id }) => id === ring.active)
      const oldKeys = ring?.keys.filter(entry => entry !== active) ?? []
      return {
        ...found,
        key: active && keyOf(active),
        oldKeys: oldKeys.map(keyOf),
        rotation: moment.isRunning ? 'running' : oldKeys.length > 0 ? 'unfinished' : 'none',
      }
    },
    forget() {
      looking = undefined
      last = undefined
    },
  }

  async function findOnce(moment: Moment, ring: KeyringFile | null): Promise<Found> {
    if (last && !moment.isRunning && clock.monotonic() < last.untilMs) return last.found
    const startMs = clock.monotonic()
    const mine = looking ?? find(moment, ring)
    looking = mine
    try {
      const found = await mine
      const tookMs = clock.monotonic() - startMs
      if (looking === mine && tookMs >= longMs) last = { found, untilMs: clock.monotonic() + rememberTimes * tookMs }
      return found
    } finally {
      if (looking === mine) looking = undefined
    }
  }

  async function find({ inspect }: Moment, ring: KeyringFile | null): Promise<Found> {
    const found = { credentials: 0, sealedWithOldKey: 0, unreadable: [] as VaultStatus['unreadable'] }
    const see = inspect ?? (id => look(id, ring))
    const ids = await listIds(files, folder)
    for await (const { id, seal } of mapInOrder(ids, atOnce, async id => ({ id, seal: await see(id) }))) {
      if (seal.state === 'gone') continue
      found.credentials++
      if (seal.state === 'old') found.sealedWithOldKey++
      if (seal.state === 'unreadable') found.unreadable.push({ connectionId: id, reason: seal.failure.message })
    }
    return found
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
