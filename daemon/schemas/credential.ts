import type { z } from 'zod'
import type { GivenClient } from '../../core/inlet.ts'
import { canonicalJson, isJsonObject } from '../../core/json.ts'

/** What a response shows in place of each value of a credential. */
export const masked = '********'

interface Given {
  auth_fields?: Record<string, unknown> | null | undefined
  authentication?: Record<string, unknown> | null | undefined
}

/**
 * The credential, from `auth_fields` or from today's `authentication`, to be checked against the source's fields by
 * core; `undefined` when none was given. What cannot be one is an issue.
 */
export function credentialOf(given: Given, context: z.RefinementCtx): Record<string, unknown> | undefined {
  const first = given.auth_fields ?? undefined
  const second = given.authentication ? fromAuthentication(given.authentication, context) : undefined
  if (first && second && canonicalJson(first) !== canonicalJson(second)) {
    issue(context, ['authentication'], 'says another thing than auth_fields: give one of the two')
  }
  const fields = first ?? second
  const place = first ? ['auth_fields'] : ['authentication']
  for (const [name, value] of Object.entries(fields ?? {})) {
    if (value === masked)
      issue(
        context,
        [...place, name],
        'is the mask that responses show: give the value itself, or leave the credential out',
      )
  }
  return fields
}

function fromAuthentication(
  given: Record<string, unknown>,
  context: z.RefinementCtx,
): Record<string, unknown> | undefined {
  if ('credentials' in given) {
    for (const other of Object.keys(given).filter(name => name !== 'credentials')) {
      issue(context, ['authentication', other], 'has no place beside credentials: put it inside')
    }
    if (isJsonObject(given.credentials)) return given.credentials
    issue(context, ['authentication', 'credentials'], 'must be an object')
    return undefined
  }
  if ('access_token' in given) {
    return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null))
  }
  if ('provider_readable_id' in given) {
    issue(
      context,
      ['authentication', 'provider_readable_id'],
      'names an auth provider, which inlet has none of: give access_token',
    )
    return undefined
  }
  return undefined
}

/** Names in `authentication` that have a meaning of their own; others are auth fields such as `tenant`. */
const notFields = ['client_id', 'client_secret', 'redirect_uri']
const ofOAuth1 = ['consumer_key', 'consumer_secret']

/**
 * The OAuth client of a browser sign-in, from an `authentication` that has no token in it; `undefined` where it names
 * none, and the configured one is used.
 */
export function clientOf({ authentication }: Given, context: z.RefinementCtx): GivenClient | undefined {
  if (!authentication || Object.keys(authentication).some(name => tokenNames.includes(name))) return undefined
  const texts: Record<string, string> = {}
  for (const [name, value] of Object.entries(authentication)) {
    if (typeof value === 'string') texts[name] = value
    else if (value !== null) issue(context, ['authentication', name], 'must be a string')
  }
  const { client_id: clientId, client_secret: clientSecret, redirect_uri: redirectUri } = texts
  // Newer clients have them beside these, for sources of OAuth 1: there is none here.
  if (clientId !== undefined) for (const name of ofOAuth1) delete texts[name]
  const fields = Object.fromEntries(Object.entries(texts).filter(([name]) => !notFields.includes(name)))
  if (Object.keys(texts).length > 0) return { clientId, clientSecret, redirectUri, fields }
  return undefined
}

/** A connection that exists is signed in again through the client that it has. */
export function refuseClient({ authentication }: Given, context: z.RefinementCtx): void {
  if (!authentication || Object.keys(authentication).some(name => tokenNames.includes(name))) return
  issue(context, ['authentication'], 'has no token in it: sign in again at auth.auth_url, or give access_token')
}

const tokenNames = ['access_token', 'credentials', 'provider_readable_id']

function issue(context: z.RefinementCtx, path: string[], message: string): void {
  context.addIssue({ code: 'custom', path, message })
}
