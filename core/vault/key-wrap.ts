/** A key sealed with another one, so that `keyring.json` may hold it: base64 of nonce and ciphertext. */
import { randomBytes } from 'node:crypto'
import sodium from 'libsodium-wrappers'

await sodium.ready

const nonceBytes = sodium.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES

/** Which key is sealed with which: neither can be exchanged. */
export interface Wrapping {
  id: string
  withId: string
}

export function wrapKey(key: Uint8Array, withKey: Uint8Array, wrapping: Wrapping): string {
  const nonce = randomBytes(nonceBytes)
  const ciphertext = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(
    key,
    associatedData(wrapping),
    null,
    nonce,
    withKey,
  )
  return Buffer.concat([nonce, ciphertext]).toString('base64')
}

/** @returns `undefined` when it was wrapped with another key, as another key, or changed since */
export function unwrapKey(wrapped: string, withKey: Uint8Array, wrapping: Wrapping): Uint8Array | undefined {
  const bytes = Buffer.from(wrapped, 'base64')
  try {
    return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
      null,
      bytes.subarray(nonceBytes),
      associatedData(wrapping),
      bytes.subarray(0, nonceBytes),
      withKey,
    )
  } catch {
    return undefined
  }
}

function associatedData({ id, withId }: Wrapping): Uint8Array {
  return Buffer.from(JSON.stringify(['inlet wrapped key', 1, id, withId]))
}
