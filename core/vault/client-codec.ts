/** An OAuth client as the bytes that are sealed. Only here does its secret leave its `Secret`. */
import { isJsonObject } from '../json.ts'
import { Secret } from '../secret.ts'
import { stringsOf } from './credential-codec.ts'
import type { OAuthClient } from './vault.ts'

export function encodeClient(client: OAuthClient): Uint8Array {
  return Buffer.from(JSON.stringify({ ...client, clientSecret: client.clientSecret?.reveal() }))
}

/** @returns `undefined` for what `encodeClient` would not have written */
export function decodeClient(plaintext: Uint8Array): OAuthClient | undefined {
  const value: unknown = JSON.parse(Buffer.from(plaintext).toString('utf8'))
  if (!isJsonObject(value) || typeof value.clientId !== 'string') return undefined
  const { clientId, clientSecret, redirectUri, fields } = value
  return {
    clientId,
    fields: stringsOf(fields),
    ...(typeof clientSecret === 'string' && { clientSecret: new Secret(clientSecret) }),
    ...(typeof redirectUri === 'string' && { redirectUri }),
  }
}
