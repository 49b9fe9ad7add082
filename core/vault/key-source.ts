/** Where a master key comes from: 32 bytes given as they are, or made from a passphrase. */
import { argon2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import sodium from 'libsodium-wrappers'
import { isJsonObject } from '../json.ts'
import type { Files } from './files.ts'
import type { SourceType } from './given-key.ts'

export type { GivenKey, NewKey, SourceType } from './given-key.ts'

await sodium.ready

export const keyBytes = sodium.crypto_aead_xchacha20poly1305_ietf_KEYBYTES

/** How a key was made from a passphrase: Argon2id, RFC 9106. */
export interface Derivation {
  algorithm: 'argon2id'
  /** Base64. */
  salt: string
  memoryKiB: number
  passes: number
  parallelism: number
}

export type KeySource =
  | { type: 'environment'; text: string }
  | { type: 'file'; path: string }
  | { type: 'passphrase'; text: string }
  | { type: 'generated'; path: string }

/** The first one given counts; the others are not tried, so that a wrong key is noticed and not worked around. */
export function chooseSource(
  environment: Readonly<Record<string, string | undefined>>,
  generatedPath: string,
): KeySource {
  const { INLET_MASTER_KEY: text, INLET_MASTER_KEY_FILE: path, INLET_PASSPHRASE: passphrase } = environment
  if (text) return { type: 'environment', text }
  if (path) return { type: 'file', path }
  if (passphrase) return { type: 'passphrase', text: passphrase }
  return { type: 'generated', path: generatedPath }
}

export const sourceNames: Readonly<Record<SourceType, string>> = {
  environment: 'INLET_MASTER_KEY',
  file: 'INLET_MASTER_KEY_FILE',
  passphrase: 'INLET_PASSPHRASE',
  generated: 'the key file in the data folder',
}

export function isSourceType(value: unknown): value is SourceType {
  return typeof value === 'string' && Object.hasOwn(sourceNames, value)
}

/** A key as base64 text, of either alphabet, with or without padding. `undefined` for anything but 32 bytes. */
export function parseKey(text: string): Uint8Array | undefined {
  const compact = text.trim().replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '')
  const bytes = Buffer.from(compact, 'base64')
  return bytes.length === keyBytes && bytes.toString('base64').replace(/=+$/, '') === compact ? bytes : undefined
}

/** A key file holds base64 text or the 32 bytes themselves. Rejects where it cannot be read. */
export async function readKeyFile(files: Files, path: string): Promise<Uint8Array | undefined> {
  const content = await files.read(path)
  return content.length === keyBytes ? content : parseKey(content.toString('latin1'))
}

/** The second recommended option of RFC 9106, section 4, for machines with little memory. */
export function newDerivation(): Derivation {
  return {
    algorithm: 'argon2id',
    salt: randomBytes(16).toString('base64'),
    memoryKiB: 64 * 1024,
    passes: 3,
    parallelism: 4,
  }
}

/** Whether a stored derivation is one that may be run: an edited file must not make the start take all memory. */
export function isDerivation(value: unknown): value is Derivation {
  if (!isJsonObject(value) || value.algorithm !== 'argon2id' || typeof value.salt !== 'string') return false
  return (
    Buffer.from(value.salt, 'base64').length >= 16 &&
    isBetween(value.parallelism, 1, 16) &&
    isBetween(value.passes, 1, 64) &&
    isBetween(value.memoryKiB, 8 * 16, 4 * 1024 * 1024)
  )
}

function isBetween(value: unknown, lowest: number, highest: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= lowest && value <= highest
}

const derive = promisify(argon2)

/** Takes about a tenth of a second and 64 MiB, by design. The passphrase counts as typed on any keyboard (NFKC). */
export async function deriveKey(passphrase: string, derivation: Derivation): Promise<Uint8Array> {
  return derive(derivation.algorithm, {
    message: passphrase.normalize('NFKC'),
    nonce: Buffer.from(derivation.salt, 'base64'),
    memory: derivation.memoryKiB,
    passes: derivation.passes,
    parallelism: derivation.parallelism,
    tagLength: keyBytes,
  })
}

/**
 * Names a key and checks it: a keyed BLAKE2b, which tells nothing of the key. Keys of one data folder never share a
 * name, and a wrong key never has the name that the keyring expects.
 */
export function keyIdOf(key: Uint8Array): string {
  return Buffer.from(sodium.crypto_generichash(16, 'inlet key id', key)).toString('hex')
}

/** What seals is made from the master key, so that its name and its sealing have nothing in common. */
export function sealingKeyOf(key: Uint8Array): Uint8Array {
  return sodium.crypto_generichash(keyBytes, 'inlet sealing key', key)
}

export function wipe(bytes: Uint8Array): void {
  sodium.memzero(bytes)
}
