/** A request to a token endpoint: who asks, how it is written, and where it goes. */
import { Failure } from './errors.ts'
import type { OAuth2Quirks } from './oauth.ts'
import type { Endpoints, TokenRequest } from './plugin.ts'

export interface Asker {
  clientId: string
  /** Absent for public clients. */
  clientSecret?: string | undefined
  endpoints: Endpoints
  fields: Readonly<Record<string, string>>
}

/** RFC 6749, section 2.3.1. @throws Failure `bad_config` */
export function tokenRequest(
  quirks: OAuth2Quirks,
  grant: Readonly<Record<string, string>>,
  asker: Asker,
): TokenRequest {
  const parameters = { ...grant }
  const headers: Record<string, string> = { accept: 'application/json', ...quirks.headers }
  if (quirks.client === 'basic' && asker.clientSecret !== undefined) {
    headers.authorization = basic(asker.clientId, asker.clientSecret)
  } else {
    parameters.client_id = asker.clientId
    if (asker.clientSecret !== undefined) parameters.client_secret = asker.clientSecret
  }
  const json = quirks.body === 'json'
  headers['content-type'] = json ? 'application/json' : 'application/x-www-form-urlencoded'
  const body = json ? JSON.stringify(parameters) : new URLSearchParams(parameters).toString()
  return { url: endpointOf(quirks, 'token', asker), headers, body }
}

/** Both parts are form-encoded before they are joined. */
function basic(clientId: string, clientSecret: string): string {
  const encode = (part: string) => new URLSearchParams({ '': part }).toString().slice(1)
  return `Basic ${Buffer.from(`${encode(clientId)}:${encode(clientSecret)}`).toString('base64')}`
}

/** The endpoint with its places filled. @throws Failure `bad_config` */
export function endpointOf(
  quirks: OAuth2Quirks,
  name: 'token' | 'authorize',
  { endpoints, fields }: Pick<Asker, 'endpoints' | 'fields'>,
): string {
  const endpoint = endpoints[name]
  if (!endpoint) throw new Failure('bad_config', `endpoints.${name} is missing: give the URL of the ${name} endpoint`)
  return endpoint.replace(/\{(\w+)\}/g, (_match, place: string) => {
    const value = fields[place] ?? quirks.fields?.find(field => field.name === place)?.default
    if (typeof value === 'string' && /^\w[\w.-]*$/.test(value)) return value
    throw new Failure(
      'bad_config',
      `the ${name} endpoint has a place for ${place}, which is missing or has other characters than letters, digits, dots and hyphens: give it in auth_fields or in the configuration`,
    )
  })
}
