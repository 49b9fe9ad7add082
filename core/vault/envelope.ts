/**
 * One sealed credential as text: `{ v, keyId, generation, nonce, ciphertext }`, XChaCha20-Poly1305 (IETF) with the
 * connection id, generation and key id as associated data. There is one way to write an envelope, so that any edit of
 * the file is noticed, also one that would leave its meaning as it is.
 */
import { randomBytes } from 'node:crypto'
import sodium from 'libsodium-wrappers'
import { isJsonObject } from '../json.ts'

await sodium.ready

export interface Envelope {
  keyId: string
  generation: number
  nonce: Uint8Array
  ciphertext: Uint8Array
}

const version = 1
const nonceBytes = sodium.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
const tagBytes = sodium.crypto_aead_xchacha20poly1305_ietf_ABYTES

export function encodeEnvelope({ keyId, generation, nonce, ciphertext }: Envelope): string {
  const members = { v: version, keyId, generation, nonce: base64(nonce), ciphertext: base64(ciphertext) }
  return `${JSON.stringify(members)}\n`
}

/** @returns `undefined` for anything that `encodeEnvelope` would not have written byte for byte */
export function decodeEnvelope(content: Buffer): Envelope | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(content.toString('utf8'))
  } catch {
    return undefined
  }
  if (!isJsonObject(parsed)) return undefined
  const { keyId, generation, nonce, ciphertext } = parsed
  if (typeof keyId !== 'string' || typeof generation !== 'number' || !Number.isSafeInteger(generation)) return undefined
  if (typeof nonce !== 'string' || typeof ciphertext !== 'string') return undefined
  const envelope = {
    keyId,
    generation,
    nonce: Buffer.from(nonce, 'base64'),
    ciphertext: Buffer.from(ciphertext, 'base64'),
  }
  if (envelope.nonce.length !== nonceBytes || envelope.ciphertext.length < tagBytes) return undefined
  return Buffer.from(encodeEnvelope(envelope)).equals(content) ? envelope : undefined
}

export interface Sealing {
  connectionId: string
  generation: number
  keyId: string
  key: Uint8Array
}

/** Seals with a fresh random nonce: 24 bytes are enough to never meet one twice. Overwrites `plaintext`. */
export function seal(plaintext: Uint8Array, sealing: Sealing): Envelope {
  // node:crypto, because libsodium's JavaScript build draws random bytes several times slower.
  const nonce = randomBytes(nonceBytes)
  const ciphertext = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(
    plaintext,
    associatedData(sealing),
    null,
    nonce,
    sealing.key,
  )
  sodium.memzero(plaintext)
  return { keyId: sealing.keyId, generation: sealing.generation, nonce, ciphertext }
}

/** @returns `undefined` when it was sealed with another key, for another connection, or changed since */
export function unseal(envelope: Envelope, connectionId: string, key: Uint8Array): Uint8Array | undefined {
  const { keyId, generation, nonce, ciphertext } = envelope
  try {
    return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
      null,
      ciphertext,
      associatedData({ connectionId, generation, keyId }),
      nonce,
      key,
    )
  } catch {
    return undefined
  }
}

function associatedData({ connectionId, generation, keyId }: Omit<Sealing, 'key'>): Uint8Array {
  return Buffer.from(JSON.stringify(['inlet credential', version, connectionId, generation, keyId]))
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
