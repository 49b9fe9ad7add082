/**
 * Finds the key of a data folder, or says in one sentence why there is none and what to do. Nothing is ever made anew
 * or overwritten while there are credentials that the key at hand may not open.
 */
import { type Clock, systemClock } from '../clock.ts'
import { isFailure } from '../errors.ts'
import type { Log } from '../log.ts'
import { type Files, systemCode } from './files.ts'
import { type GeneratedKey, generatedKey } from './generated-key.ts'
import {
  chooseSource,
  deriveKey,
  type GivenKey,
  type KeySource,
  keyIdOf,
  newDerivation,
  parseKey,
  readKeyFile,
  type SourceType,
  sealingKeyOf,
  sourceNames,
  wipe,
} from './key-source.ts'
import { createKeyring, entryOf, type Keyring, malformedKey } from './keyring.ts'
import { damagedKeyring, type KeyEntry, type KeyringFile, keyringFile } from './keyring-file.ts'

export interface KeyringOptions {
  dataDir: string
  /** Where the key is looked for, unless it is given. */
  environment: Readonly<Record<string, string | undefined>>
  given?: GivenKey | undefined
  files: Files
  log: Log
  clock?: Pick<Clock, 'now'> | undefined
  /** Ids of the keys that the sealed files name; asked only where it decides. Empty when there are no files at all. */
  usedKeyIds(): Promise<ReadonlySet<string>>
  /**
   * - `start` makes a first key, or takes another one, while nothing is sealed.
   * - `unlock` takes none but the right one where the keyring names one, as `look` does for a key that was given.
   * - `look` writes nothing at all.
   */
  purpose?: 'start' | 'unlock' | 'look' | undefined
}

export type Locked = { lockedBecause: string }

/** @throws Failure `data_folder` when a new keyring or key file cannot be written */
export async function openKeyring(options: KeyringOptions): Promise<Keyring | Locked> {
  const { dataDir, files, log, clock = systemClock, purpose = 'start' } = options
  const own = generatedKey(files, dataDir)
  const stored = keyringFile(files, dataDir)
  const source = sourceOf(options, own)
  let file: KeyringFile | null
  try {
    file = await stored.read()
  } catch (error) {
    if (!isFailure(error)) throw error
    return { lockedBecause: error.message }
  }
  const read = await readKeys(source, file, options, own)
  if ('lockedBecause' in read) return read
  const { keys } = read
  try {
    return (await openKnown()) ?? (await openAnew())
  } finally {
    for (const key of keys) wipe(key)
  }

  async function openKnown(): Promise<Keyring | Locked | undefined> {
    const key = keys.find(candidate => keyIdOf(candidate) === file?.active)
    if (!file || !key) return undefined
    const ring = ringOf(file, key)
    if ('lockedBecause' in ring || purpose === 'look') return ring
    // What was renamed and not yet fsynced must be safe before anything relies on it.
    await files.syncFolder(dataDir)
    if (ring.source === 'generated') await own.promote(ring.activeId)
    // Made for a rotation that never began.
    await own.remove((id, isNext) => isNext && !ring.keys.has(id))
    return ring
  }

  async function openAnew(): Promise<Keyring | Locked> {
    const used = await options.usedKeyIds()
    const opens = (key: Uint8Array) => used.has(keyIdOf(key)) && (!file || used.size === 1)
    const right = keys.find(opens)
    if (right) return begin(right, entryOfKey(right))
    if (used.size > 0 || (file && (purpose === 'unlock' || options.given))) {
      return { lockedBecause: explain(source.type, nameOf(source, options), file, keys) }
    }
    if (purpose === 'look')
      return { lockedBecause: file ? unneeded : 'there is no key yet: it is made at the next start' }
    return beginFirst()
  }

  /** A first key. A key file is safe on disk before anything is sealed with it. */
  async function beginFirst(): Promise<Keyring | Locked> {
    const createdAt = new Date(clock.now()).toISOString()
    if (source.type === 'passphrase') {
      const derivation = newDerivation()
      const key = await deriveKey(source.text, derivation)
      keys.push(key)
      return begin(key, { source: source.type, createdAt, derivation })
    }
    const [found] = keys
    if (found) return begin(found, { source: source.type, createdAt })
    const key = await own.make()
    keys.push(key)
    log.info({ path: own.path }, 'a new master key was made: keep a copy of it apart from this folder')
    return begin(key, { source: source.type, createdAt })
  }

  async function begin(key: Uint8Array, entry: Omit<KeyEntry, 'id'>): Promise<Keyring | Locked> {
    const id = keyIdOf(key)
    const content: KeyringFile = { v: 1, active: id, keys: [{ id, ...entry }] }
    if (purpose !== 'look') {
      await stored.write(content)
      log.info({ keyId: id, source: entry.source }, 'a keyring was written for this data folder')
    }
    return ringOf(content, key)
  }

  function entryOfKey(key: Uint8Array): Omit<KeyEntry, 'id'> {
    const { createdAt, derivation } = file?.keys.find(({ id }) => id === keyIdOf(key)) ?? {}
    return { source: source.type, ...(createdAt && { createdAt }), ...(derivation && { derivation }) }
  }

  function ringOf(content: KeyringFile, key: Uint8Array): Keyring | Locked {
    const ring = createKeyring({ stored, own, clock, log }, content, sealingKeyOf(key))
    return ring ?? { lockedBecause: damagedKeyring().message }
  }
}

/** What the key comes from; one that was given stands for the variable that it will be kept in. */
type Source = KeySource | { type: 'environment' | 'file'; text: string }

function sourceOf({ given, environment }: KeyringOptions, own: GeneratedKey): Source {
  if (!given) return chooseSource(environment, own.path)
  if ('passphrase' in given) return { type: 'passphrase', text: given.passphrase.reveal() }
  return { type: given.keptIn ?? 'environment', text: given.key.reveal() }
}

/** The keys that the source gives now; none where it has yet to be made. */
async function readKeys(
  source: Source,
  file: KeyringFile | null,
  options: KeyringOptions,
  own: GeneratedKey,
): Promise<{ keys: Uint8Array[] } | Locked> {
  const name = nameOf(source, options)
  const malformed = { lockedBecause: malformedKey(name).message }
  if (source.type === 'passphrase') return { keys: await deriveKnown(source.text, file) }
  if ('text' in source) {
    const key = parseKey(source.text)
    return key ? { keys: [key] } : malformed
  }
  try {
    if (source.type === 'file') {
      const key = await readKeyFile(options.files, source.path)
      if (!key) return malformed
      await warnOfOpenMode(source.path, options)
      return { keys: [key] }
    }
    const found = await own.read()
    if (found.keys.length > 0) await warnOfOpenMode(own.path, options)
    return found.keys.length === 0 && found.malformed > 0 ? malformed : { keys: found.keys }
  } catch (error) {
    return { lockedBecause: `${name} cannot be read (${systemCode(error) ?? 'unknown'})` }
  }
}

/** The key that a passphrase makes of the derivations known; of a wrong one, what it makes of the active key's. */
async function deriveKnown(passphrase: string, file: KeyringFile | null): Promise<Uint8Array[]> {
  const active = file && entryOf(file)
  const entries = [...(active ? [active] : []), ...(file?.keys ?? []).filter(entry => entry !== active)]
  const made: Uint8Array[] = []
  for (const { id, derivation } of entries) {
    if (!derivation) continue
    const key = await deriveKey(passphrase, derivation)
    made.push(key)
    if (keyIdOf(key) === id) break
  }
  return made
}

async function warnOfOpenMode(path: string, { files, log }: KeyringOptions): Promise<void> {
  const mode = await files.mode(path).catch(() => 0)
  if (process.platform === 'win32' || (mode & 0o077) === 0) return
  log.warn({ path, mode: mode.toString(8) }, 'the master key file can be read by others: give it mode 600')
}

const unneeded = 'this is another key than before, and nothing is sealed yet: the next start takes it'

function nameOf({ type }: Source, { given }: KeyringOptions): string {
  return given ? 'what was given' : sourceNames[type]
}

function explain(source: SourceType, name: string, file: KeyringFile | null, keys: readonly Uint8Array[]): string {
  if (!file && source === 'passphrase') {
    return 'keyring.json is missing, and the passphrase is of no use without it: put it back from a backup'
  }
  const active = file ? entryOf(file) : undefined
  if (active && keys.some(key => file?.keys.some(({ id }) => id === keyIdOf(key)))) {
    return `the credentials are half-way to a new key, and ${name} is the old one: give the new key of ${sourceNames[active.source]}, which opens all of them`
  }
  if (active && active.source !== source) {
    return `the credentials were sealed with the key of ${sourceNames[active.source]}: give that one`
  }
  if (keys.length === 0) return 'the key file is missing: put master.key back into the data folder'
  return `${name} is not the key that sealed the credentials: give the right one`
}
