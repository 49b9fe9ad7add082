/**
 * Slack answers errors with status 200 and `ok: false`; `error` says which.
 * Sources: https://docs.slack.dev/apis/web-api/#errors and the error lists of the methods used here.
 */
import { type Classification, type Code, isJsonObject } from '../../core/plugin.ts'

/** What an answer means; `undefined` leaves it to the status. An `ok: false` never passes for a good answer. */
export function classify(status: number, body: unknown): Classification | undefined {
  if (!isJsonObject(body) || body.ok !== false) return undefined
  if (status === 429) return { code: 'rate_limited', providerError: 'ratelimited' }
  const providerError = typeof body.error === 'string' ? body.error : undefined
  if (providerError === 'missing_scope' || providerError === 'not_allowed_token_type') {
    return { code: 'scope_missing', providerError, message: scopeMessage(body.needed, providerError) }
  }
  const code = providerError !== undefined && Object.hasOwn(codes, providerError) ? codes[providerError] : undefined
  if (code !== undefined) return { code, providerError, message: messages[code] }
  // Words that are not known say less than a status does.
  if (status >= 400) return undefined
  return { code: 'bad_response', providerError, message: `Slack refused the request${said(providerError)}` }
}

const codes: Readonly<Record<string, Code>> = {
  invalid_auth: 'unauthorized',
  not_authed: 'unauthorized',
  token_revoked: 'unauthorized',
  token_expired: 'unauthorized',
  account_inactive: 'unauthorized',
  user_removed_from_team: 'unauthorized',
  team_access_not_granted: 'unauthorized',
  two_factor_setup_required: 'unauthorized',
  ratelimited: 'rate_limited',
  rate_limited: 'rate_limited',
  message_limit_exceeded: 'rate_limited',
  internal_error: 'unavailable',
  fatal_error: 'unavailable',
  service_unavailable: 'unavailable',
  request_timeout: 'unavailable',
  // The workspace moves into an Enterprise organization; its data is out of reach until that is over.
  team_added_to_org: 'unavailable',
  not_in_channel: 'item_forbidden',
  is_archived: 'item_forbidden',
  access_denied: 'item_forbidden',
  no_permission: 'item_forbidden',
  ekm_access_denied: 'item_forbidden',
  restricted_action: 'item_forbidden',
  method_not_supported_for_channel_type: 'item_forbidden',
  channel_is_limited_access: 'item_forbidden',
  channel_not_found: 'item_missing',
  thread_not_found: 'item_missing',
  message_not_found: 'item_missing',
  user_not_found: 'item_missing',
  file_not_found: 'item_missing',
  file_deleted: 'item_missing',
}

const messages: Readonly<Partial<Record<Code, string>>> = {
  unauthorized: 'Slack refuses the token; sign in again or give a new access_token',
  rate_limited: 'Slack asks to slow down',
  unavailable: 'Slack has a problem of its own',
  item_forbidden: 'Slack does not let this token read it',
  item_missing: 'Slack does not find it',
}

function scopeMessage(needed: unknown, providerError: string): string {
  if (typeof needed !== 'string' || !/^[\w.:, -]{1,300}$/.test(needed)) {
    return providerError === 'missing_scope'
      ? 'a scope was not granted to the token; sign in again and grant every scope of the source'
      : 'Slack does not accept this type of token here; give a bot or user token'
  }
  return `the token lacks the scope ${needed}; grant it to the Slack app and sign in again`
}

function said(providerError: string | undefined): string {
  return providerError !== undefined && /^\w{1,64}$/.test(providerError) ? ` (${providerError})` : ''
}
