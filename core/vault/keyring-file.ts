/** `keyring.json`: names the keys of a data folder, and says which one seals. */
import { join } from 'node:path'
import type { Adapter } from 'lowdb'
import { Failure } from '../errors.ts'
import { isJsonObject } from '../json.ts'
import { durableFile } from './adapter.ts'
import type { Files } from './files.ts'
import { type Derivation, isDerivation, isSourceType, type SourceType } from './key-source.ts'

export interface KeyringFile {
  v: 1
  /** Id of the key that seals. An id is also the check value of its key: see `keyIdOf`. */
  active: string
  keys: KeyEntry[]
}

export interface KeyEntry {
  id: string
  source: SourceType
  /** ISO 8601; absent where a lost keyring was written again. */
  createdAt?: string
  /** How the key is made from its passphrase. */
  derivation?: Derivation
  /** A key that seals no more: what it sealed with is in here, sealed with the active key. */
  wrapped?: string
}

/** `read` throws `data_folder` for a file that is damaged. */
export function keyringFile(files: Files, dataDir: string): Adapter<KeyringFile> {
  return durableFile(files, join(dataDir, 'keyring.json'), { encode, decode })
}

function encode(file: KeyringFile): string {
  return `${JSON.stringify(file, undefined, 2)}\n`
}

function decode(content: Buffer): KeyringFile {
  let value: unknown
  try {
    value = JSON.parse(content.toString('utf8'))
  } catch {
    throw damagedKeyring()
  }
  if (!isJsonObject(value) || value.v !== 1 || typeof value.active !== 'string') throw damagedKeyring()
  if (!Array.isArray(value.keys)) throw damagedKeyring()
  return { v: 1, active: value.active, keys: value.keys.map(decodeEntry) }
}

function decodeEntry(value: unknown): KeyEntry {
  if (!isJsonObject(value) || typeof value.id !== 'string' || !isSourceType(value.source)) throw damagedKeyring()
  const { id, source, createdAt, derivation, wrapped } = value
  if (derivation !== undefined && !isDerivation(derivation)) throw damagedKeyring()
  return {
    id,
    source,
    ...(typeof createdAt === 'string' && { createdAt }),
    ...(derivation !== undefined && { derivation }),
    ...(typeof wrapped === 'string' && { wrapped }),
  }
}

export function damagedKeyring(): Failure {
  return new Failure('data_folder', 'keyring.json is damaged, and is kept as it is: put it back from a backup')
}
