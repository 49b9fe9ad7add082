/**
 * The keys of a data folder, and how one takes the place of another.
 *
 * `keyring.json` names the keys and says which one seals. Each sealed file names its key, so that credentials move from
 * one to the next while the daemon serves. A rotation is:
 *
 * 1. The new key is safe where it belongs: a generated one in `master.key.next`; one that was given is the operator's.
 * 2. `keyring.json` is written once: the new key seals, and the old one is in it, _sealed with the new one_. From here
 *    on whoever has the new key has both, and nothing but this file says that a rotation is half-way.
 * 3. A generated key moves from `master.key.next` to `master.key`.
 * 4. Every credential is sealed anew, each in its connection's turn (`rotation.ts`).
 * 5. When all of them open with the new key, `keyring.json` is written without the old one. A file that does not open
 *    keeps the old key where it is.
 *
 * It may be cut short anywhere. Before 2, nothing was sealed with the new key, and the old one opens everything. After
 * it, the next start goes on with the new key alone. A start that has only the old one is served as long as no file is
 * sealed with the new one, which ends the rotation; else the vault is locked, and says which key is wanted. The new key
 * is never sealed with the old one: that would be of no use against someone who has the old one.
 */
import type { Adapter } from 'lowdb'
import type { Clock } from '../clock.ts'
import { Failure } from '../errors.ts'
import type { Log } from '../log.ts'
import type { GeneratedKey } from './generated-key.ts'
import {
  deriveKey,
  keyBytes,
  keyIdOf,
  type NewKey,
  newDerivation,
  parseKey,
  type SourceType,
  sealingKeyOf,
  wipe,
} from './key-source.ts'
import { unwrapKey, wrapKey } from './key-wrap.ts'
import type { KeyEntry, KeyringFile } from './keyring-file.ts'

export interface Keyring {
  /** The key that seals. */
  readonly activeId: string
  /** Where the next start finds it. */
  readonly source: SourceType
  /** Sealing keys at hand, by key id. */
  readonly keys: ReadonlyMap<string, Uint8Array>
  /** Ids of the keys that seal no more, but may still be needed for opening. */
  readonly oldIds: readonly string[]
  /**
   * Steps 1 to 3: seals with another key from here on.
   * @throws Failure `invalid` for a key that is malformed or seals already; `data_folder`: the old key still seals then
   */
  turnTo(next: NewKey): Promise<void>
  /** Step 5, when nothing needs the old keys any more. @throws Failure `data_folder` */
  dropOld(): Promise<void>
  /** Overwrites the keys in memory. */
  wipe(): void
}

export interface KeyringParts {
  stored: Adapter<KeyringFile>
  own: GeneratedKey
  clock: Pick<Clock, 'now'>
  log: Log
}

/** @returns `undefined` when an old key in the file does not open: then the file was edited or damaged */
export function createKeyring(
  { stored, own, clock, log }: KeyringParts,
  initial: KeyringFile,
  activeKey: Uint8Array,
): Keyring | undefined {
  let file = initial
  const keys = new Map([[file.active, activeKey]])
  for (const { id, wrapped } of file.keys) {
    if (wrapped === undefined || id === file.active) continue
    const key = unwrapKey(wrapped, activeKey, { id, withId: file.active })
    if (!key) {
      wipeAll()
      return undefined
    }
    keys.set(id, key)
  }

  return {
    get activeId() {
      return file.active
    },
    get source() {
      return entryOf(file)?.source ?? 'environment'
    },
    keys,
    get oldIds() {
      return [...keys.keys()].filter(id => id !== file.active)
    },
    async turnTo(next) {
      // Its file would be taken for the next key's otherwise.
      await own.promote(file.active)
      const { key, ...entry } = await keyOf(next)
      const id = keyIdOf(key)
      const sealingKey = sealingKeyOf(key)
      wipe(key)
      if (id === file.active) {
        wipe(sealingKey)
        throw new Failure('invalid', 'this is the key that seals already: give another one')
      }
      const turned = { v: 1 as const, active: id, keys: [{ id, ...entry }, ...oldEntries(id, sealingKey)] }
      try {
        await stored.write(turned)
      } catch (error) {
        wipe(sealingKey)
        throw error
      }
      const before = keys.get(id)
      keys.set(id, sealingKey)
      if (before) wipe(before)
      log.info({ keyId: id, oldKeyId: file.active, source: entry.source }, 'credentials are sealed with a new key')
      file = turned
      if (entry.source === 'generated') await own.promote(id)
    },
    async dropOld() {
      const old = file.keys.filter(({ id }) => id !== file.active)
      if (entryOf(file)?.source === 'generated') await own.promote(file.active)
      await own.remove((id, isNext) => id !== file.active && (isNext || old.some(entry => entry.id === id)))
      const rest = { ...file, keys: file.keys.filter(({ id }) => id === file.active) }
      await stored.write(rest)
      file = rest
      for (const { id } of old) {
        const key = keys.get(id)
        if (key) wipe(key)
        keys.delete(id)
      }
      log.info({ keyId: file.active, dropped: old.map(({ id }) => id) }, 'old keys were dropped')
    },
    wipe: wipeAll,
  }

  function oldEntries(withId: string, withKey: Uint8Array): KeyEntry[] {
    return [...keys].flatMap(([id, key]) => {
      if (id === withId) return []
      const known = file.keys.find(entry => entry.id === id) ?? { id, source: 'environment' as const }
      return [{ ...known, wrapped: wrapKey(key, withKey, { id, withId }) }]
    })
  }

  async function keyOf(next: NewKey): Promise<{ key: Uint8Array } & Omit<KeyEntry, 'id'>> {
    const createdAt = new Date(clock.now()).toISOString()
    if ('generate' in next) return { key: await own.makeNext(), source: 'generated', createdAt }
    if ('passphrase' in next) {
      const derivation = newDerivation()
      const key = await deriveKey(next.passphrase.reveal(), derivation)
      return { key, source: 'passphrase', createdAt, derivation }
    }
    const key = parseKey(next.key.reveal())
    if (!key) throw malformedKey('the new key')
    return { key, source: next.keptIn ?? 'environment', createdAt }
  }

  function wipeAll(): void {
    for (const key of keys.values()) wipe(key)
  }
}

export function entryOf(file: KeyringFile): KeyEntry | undefined {
  return file.keys.find(({ id }) => id === file.active)
}

export function malformedKey(name: string): Failure {
  return new Failure('invalid', `${name} is not a key: it takes ${keyBytes} bytes in base64`)
}
