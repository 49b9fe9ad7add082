/** Signatures of Standard Webhooks 1.0.0 (https://www.standardwebhooks.com), symmetric ones: HMAC-SHA256. */
import { createHmac, randomBytes } from 'node:crypto'

const prefix = 'whsec_'
const newSecretBytes = 32
const fewestBytes = 24
const mostBytes = 64

/** A secret as its owner is shown it, once. */
export function newSigningSecret(): string {
  return prefix + randomBytes(newSecretBytes).toString('base64')
}

/** What keeps a text from being a secret, if anything. */
export function problemOfSigningSecret(secret: string): string | undefined {
  const key = keyOf(secret)
  const isWritten = secret.startsWith(prefix) && prefix + key.toString('base64') === secret
  if (!isWritten) return `must be ${prefix} and the base64 of its bytes`
  const fits = key.length >= fewestBytes && key.length <= mostBytes
  return fits ? undefined : `must be of ${fewestBytes} to ${mostBytes} bytes`
}

/** One element of the header `webhook-signature`. @param timestamp seconds since 1970 */
export function sign(secret: string, { id, timestamp, body }: { id: string; timestamp: number; body: string }): string {
  return `v1,${createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64')}`
}

function keyOf(secret: string): Buffer {
  return Buffer.from(secret.slice(prefix.length), 'base64')
}
