/**
 * The keys of a data folder. `keyring.json` names them and says which one seals; it holds no key. Because each sealed
 * file names its key, several can be at work at once while credentials move from one to the next.
 *
 * Nothing is ever made anew or overwritten while there are credentials that the key at hand may not open: then the
 * ring is locked, and says why.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { Failure, isFailure } from '../errors.ts'
import { isJsonObject } from '../json.ts'
import type { Log } from '../log.ts'
import { durableFile, writeDurably } from './adapter.ts'
import { type Files, systemCode } from './files.ts'
import {
  chooseSource,
  type Derivation,
  deriveKey,
  isDerivation,
  type KeySource,
  keyBytes,
  keyIdOf,
  newDerivation,
  parseKey,
  readKeyFile,
  sealingKeyOf,
  sourceNames,
  wipe,
} from './key-source.ts'

export interface Keyring {
  /** The key that seals. */
  activeId: string
  /** Sealing keys at hand, by key id. */
  keys: ReadonlyMap<string, Uint8Array>
  /** Overwrites the keys in memory. */
  wipe(): void
}

/** What `keyring.json` says. */
interface KeyringFile {
  v: 1
  /** Id of the key that seals. An id is also the check value of its key: see `keyIdOf`. */
  active: string
  keys: { id: string; source: KeySource['type']; derivation?: Derivation }[]
}

export interface KeyringOptions {
  dataDir: string
  environment: Readonly<Record<string, string | undefined>>
  files: Files
  log: Log
  /** Ids of the keys that the sealed files name; asked only where it decides. Empty when there are no files at all. */
  usedKeyIds(): Promise<ReadonlySet<string>>
}

/**
 * @returns the keys, or one sentence that says why there are none and what to do
 * @throws Failure `data_folder` when a new keyring or key file cannot be written
 */
export async function openKeyring(options: KeyringOptions): Promise<Keyring | { lockedBecause: string }> {
  const { dataDir, environment, files, log } = options
  const source = chooseSource(environment, join(dataDir, 'master.key'))
  const stored = durableFile(files, join(dataDir, 'keyring.json'), keyringCodec)
  let file: KeyringFile | null
  try {
    file = await stored.read()
  } catch (error) {
    if (!isFailure(error)) throw error
    return { lockedBecause: error.message }
  }
  const derivation = file?.keys.find(key => key.id === file.active)?.derivation
  const found = await readKey(source, derivation, options)
  if (found && 'lockedBecause' in found) return found
  if (found && file?.active === keyIdOf(found)) return ringOf(found)

  const used = await options.usedKeyIds()
  const knows = found && !file && used.has(keyIdOf(found))
  if (used.size > 0 && !knows) {
    if (found) wipe(found)
    return { lockedBecause: explain(source, file, found !== undefined) }
  }
  const { key, derivation: made } = await makeKey(source, found, options)
  const id = keyIdOf(key)
  await stored.write({ v: 1, active: id, keys: [{ id, source: source.type, ...(made && { derivation: made }) }] })
  log.info({ keyId: id, source: source.type }, 'a keyring was written for this data folder')
  return ringOf(key)
}

function ringOf(key: Uint8Array): Keyring {
  const activeId = keyIdOf(key)
  const keys = new Map([[activeId, sealingKeyOf(key)]])
  wipe(key)
  return {
    activeId,
    keys,
    wipe() {
      for (const sealingKey of keys.values()) wipe(sealingKey)
    },
  }
}

/** The key that the source gives now; `undefined` where it has yet to be made. */
async function readKey(
  source: KeySource,
  derivation: Derivation | undefined,
  { files, log }: KeyringOptions,
): Promise<Uint8Array | { lockedBecause: string } | undefined> {
  if (source.type === 'environment') return parseKey(source.text) ?? malformed(source)
  if (source.type === 'passphrase') return derivation && deriveKey(source.text, derivation)
  try {
    const key = await readKeyFile(files, source.path)
    if (key) await warnOfOpenMode(source.path, files, log)
    return key ?? malformed(source)
  } catch (error) {
    const code = systemCode(error) ?? 'unknown'
    if (source.type === 'generated' && code === 'ENOENT') return undefined
    return { lockedBecause: `${sourceNames[source.type]} cannot be read (${code})` }
  }
}

/** A first key. The key file is safe on disk before anything is sealed with it. */
async function makeKey(
  source: KeySource,
  found: Uint8Array | undefined,
  { files, log }: KeyringOptions,
): Promise<{ key: Uint8Array; derivation?: Derivation }> {
  if (source.type === 'passphrase') {
    if (found) wipe(found)
    const derivation = newDerivation()
    return { key: await deriveKey(source.text, derivation), derivation }
  }
  if (found) return { key: found }
  if (source.type !== 'generated') throw new Failure('internal', 'only a key file can be made')
  const key = randomBytes(keyBytes)
  await writeDurably(files, source.path, `${key.toString('base64')}\n`)
  log.info({ path: source.path }, 'a new master key was made: keep a copy of it apart from this folder')
  return { key }
}

async function warnOfOpenMode(path: string, files: Files, log: Log): Promise<void> {
  const mode = await files.mode(path)
  if (process.platform === 'win32' || (mode & 0o077) === 0) return
  log.warn({ path, mode: mode.toString(8) }, 'the master key file can be read by others: give it mode 600')
}

function malformed(source: KeySource): { lockedBecause: string } {
  return { lockedBecause: `${sourceNames[source.type]} is not a key: it takes ${keyBytes} bytes in base64` }
}

function explain(source: KeySource, file: KeyringFile | null, given: boolean): string {
  if (!file && source.type === 'passphrase') {
    return 'keyring.json is missing, and the passphrase is of no use without it: put it back from a backup'
  }
  const active = file?.keys.find(key => key.id === file.active)
  if (active && active.source !== source.type) {
    return `the credentials were sealed with the key of ${sourceNames[active.source]}: give that one`
  }
  if (!given) return 'the key file is missing: put master.key back into the data folder'
  return `${sourceNames[source.type]} is not the key that sealed the credentials: give the right one`
}

const keyringCodec = {
  encode: (file: KeyringFile) => `${JSON.stringify(file, undefined, 2)}\n`,
  decode(content: Buffer): KeyringFile {
    const damaged = () =>
      new Failure('data_folder', 'keyring.json is damaged, and is kept as it is: put it back from a backup')
    let value: unknown
    try {
      value = JSON.parse(content.toString('utf8'))
    } catch {
      throw damaged()
    }
    if (!isJsonObject(value) || value.v !== 1 || typeof value.active !== 'string') throw damaged()
    if (!Array.isArray(value.keys)) throw damaged()
    const keys = value.keys.map(key => {
      if (!isJsonObject(key) || typeof key.id !== 'string' || !isSourceType(key.source)) throw damaged()
      if (key.derivation === undefined) return { id: key.id, source: key.source }
      if (!isDerivation(key.derivation)) throw damaged()
      return { id: key.id, source: key.source, derivation: key.derivation }
    })
    return { v: 1, active: value.active, keys }
  },
}

function isSourceType(value: unknown): value is KeySource['type'] {
  return typeof value === 'string' && Object.hasOwn(sourceNames, value)
}
