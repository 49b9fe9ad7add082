/** Notion names each error by a `code` in the body. Source: https://developers.notion.com/reference/status-codes */
import { type Classification, type Code, isJsonObject } from '../../core/plugin.ts'

/** What an answer means; `undefined` leaves it to the status. */
export function classify(status: number, body: unknown): Code | Classification | undefined {
  if (status < 400) return undefined
  const providerError = isJsonObject(body) && typeof body.code === 'string' ? body.code : undefined
  const named = providerError !== undefined && Object.hasOwn(codes, providerError) ? codes[providerError] : undefined
  // A route that a server does not have stays missing, however often it is asked for.
  const code = status === 501 ? 'bad_response' : (named ?? byStatus[status])
  return code && { code, providerError, message: messages[code] }
}

const byStatus: Readonly<Record<number, Code>> = {
  401: 'unauthorized',
  403: 'item_forbidden',
  404: 'item_missing',
  409: 'unavailable',
  429: 'rate_limited',
  529: 'unavailable',
}

const codes: Readonly<Record<string, Code>> = {
  unauthorized: 'unauthorized',
  restricted_resource: 'item_forbidden',
  object_not_found: 'item_missing',
  conflict_error: 'unavailable',
  rate_limited: 'rate_limited',
  internal_server_error: 'unavailable',
  bad_gateway: 'unavailable',
  service_unavailable: 'unavailable',
  service_overload: 'unavailable',
  database_connection_unavailable: 'unavailable',
  gateway_timeout: 'unavailable',
  validation_error: 'bad_response',
  invalid_json: 'bad_response',
  invalid_request: 'bad_response',
  invalid_request_url: 'bad_response',
  missing_version: 'bad_response',
}

const messages: Readonly<Partial<Record<Code, string>>> = {
  unauthorized: 'Notion refuses the token; sign in again or give a new access_token',
  rate_limited: 'Notion asks to slow down',
  unavailable: 'Notion has a problem of its own',
  item_forbidden: 'Notion does not let this token read it; check the capabilities of the integration',
  item_missing: 'Notion does not find it, or it is not shared with the integration',
  bad_response: 'Notion refused the request',
}
