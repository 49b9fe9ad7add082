/** A credential as the bytes that are sealed. Only here do its secrets leave their `Secret`. */
import { isJsonObject, type JsonObject } from '../json.ts'
import { Secret } from '../secret.ts'
import type { Credential, Intent } from './vault.ts'

export function encodeCredential(credential: Credential): Uint8Array {
  return Buffer.from(
    JSON.stringify({
      ...credential,
      accessToken: credential.accessToken.reveal(),
      refreshToken: credential.refreshToken?.reveal(),
      clientSecret: credential.clientSecret?.reveal(),
    }),
  )
}

/** @returns `undefined` for what `encodeCredential` would not have written */
export function decodeCredential(plaintext: Uint8Array): Credential | undefined {
  const value: unknown = JSON.parse(Buffer.from(plaintext).toString('utf8'))
  if (!isJsonObject(value)) return undefined
  const { generation, accessToken, refreshToken, clientId, clientSecret, obtainedAt, expiresAt, fields } = value
  if (typeof generation !== 'number' || typeof accessToken !== 'string' || typeof obtainedAt !== 'string')
    return undefined
  return {
    generation,
    accessToken: new Secret(accessToken),
    obtainedAt,
    fields: stringsOf(fields),
    ...(typeof refreshToken === 'string' && { refreshToken: new Secret(refreshToken) }),
    ...(typeof clientId === 'string' && { clientId }),
    ...(typeof clientSecret === 'string' && { clientSecret: new Secret(clientSecret) }),
    ...(typeof expiresAt === 'string' && { expiresAt }),
    ...(typeof value.refreshTokenExpiresAt === 'string' && { refreshTokenExpiresAt: value.refreshTokenExpiresAt }),
    ...(isJsonObject(value.intent) && { intent: intentOf(value.intent) }),
  }
}

function intentOf({ startedAt, repeats, refused }: JsonObject): Intent {
  return {
    startedAt: String(startedAt),
    ...(repeats === true && { repeats }),
    ...(refused === true && { refused }),
  }
}

export function stringsOf(value: unknown): Record<string, string> {
  if (!isJsonObject(value)) return {}
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}
