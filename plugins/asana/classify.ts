/**
 * What Asana's error answers mean where the status alone does not tell.
 * Source: https://developers.asana.com/docs/errors
 */
import { type Classification, type Code, isJsonObject } from '../../core/plugin.ts'

export function classify(status: number, body: unknown): Code | Classification | undefined {
  switch (status) {
    case 401:
      return { code: 'unauthorized', message: 'Asana refuses the token; sign in again or give a new access_token' }
    case 402:
      return { code: 'item_forbidden', message: 'Asana gives this to paid plans only' }
    case 403:
      // An app with granular scopes that lacks one is told so in words alone.
      return /\bscopes?\b/i.test(messagesOf(body)) ? scopeMissing : undefined
    // A method or route that a gateway does not have stays missing, however often it is asked for.
    case 405:
    case 501:
      return 'item_missing'
    default:
      return undefined
  }
}

const scopeMissing: Classification = {
  code: 'scope_missing',
  message: 'the token lacks a scope that this source needs; sign in again with full permissions',
}

function messagesOf(body: unknown): string {
  if (!isJsonObject(body) || !Array.isArray(body.errors)) return ''
  return body.errors.map(error => (isJsonObject(error) ? String(error.message ?? '') : '')).join('\n')
}
