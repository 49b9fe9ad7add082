import type { z } from 'zod'
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
  const message = 'asks for the browser sign-in, which is not available in this version: give access_token'
  issue(context, ['authentication'], message)
  return undefined
}

function issue(context: z.RefinementCtx, path: string[], message: string): void {
  context.addIssue({ code: 'custom', path, message })
}
