/** A webhook's secrets as the bytes that are sealed. Only here do they leave their `Secret`. */
import { isJsonObject } from '../json.ts'
import { Secret } from '../secret.ts'
import { stringsOf } from './credential-codec.ts'
import type { WebhookSecrets } from './vault.ts'

export function encodeWebhook({ url, secret, previous, headers }: WebhookSecrets): Uint8Array {
  return Buffer.from(
    JSON.stringify({
      url,
      secret: secret.reveal(),
      previous: previous.map(old => ({ secret: old.secret.reveal(), until: old.until })),
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.reveal()])),
    }),
  )
}

/** @returns `undefined` for what `encodeWebhook` would not have written */
export function decodeWebhook(plaintext: Uint8Array): WebhookSecrets | undefined {
  const value: unknown = JSON.parse(Buffer.from(plaintext).toString('utf8'))
  if (!isJsonObject(value) || typeof value.url !== 'string' || typeof value.secret !== 'string') return undefined
  const previous = Array.isArray(value.previous) ? value.previous.map(stringsOf) : []
  const headers = Object.entries(stringsOf(value.headers)).map(([name, text]) => [name, new Secret(text)] as const)
  return {
    url: value.url,
    secret: new Secret(value.secret),
    previous: previous.map(({ secret = '', until = '' }) => ({ secret: new Secret(secret), until })),
    headers: Object.fromEntries(headers),
  }
}
