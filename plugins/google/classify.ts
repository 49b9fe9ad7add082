/**
 * What Google's error answers mean where the status alone does not tell: 403 is a quota, a missing scope, an API that
 * is not switched on, or one item that this person may not read.
 * https://developers.google.com/workspace/gmail/api/guides/handle-errors,
 * https://developers.google.com/workspace/drive/api/guides/handle-errors
 */
import { type Classification, type Code, isJsonObject } from '../../core/plugin.ts'

export function classify(status: number, body: unknown): Code | Classification | undefined {
  // A method or route that a server does not have stays missing, however often it is asked for.
  if (status === 501) return 'bad_response'
  if (status < 400 || status >= 500) return undefined
  const reasons = reasonsOf(body)
  for (const reason of reasons) {
    const meaning = status === 400 || status === 403 || status === 429 ? meanings[reason] : undefined
    if (meaning) return { ...meaning, providerError: reason }
  }
  if (status === 401) return { code: 'unauthorized', providerError: reasons[0] }
  return status === 403 && reasons[0] ? { code: 'item_forbidden', providerError: reasons[0] } : undefined
}

const overLimit: Classification = { code: 'rate_limited' }
const scopeMissing: Classification = {
  code: 'scope_missing',
  message: 'the token lacks a scope that this source needs; sign in again and grant it',
}
const notSwitchedOn: Classification = {
  code: 'client_invalid',
  message: 'this API is not enabled for the OAuth client; enable it in the Google Cloud console',
}

const meanings: Readonly<Record<string, Classification>> = {
  rateLimitExceeded: overLimit,
  userRateLimitExceeded: overLimit,
  quotaExceeded: overLimit,
  dailyLimitExceeded: overLimit,
  concurrentLimitExceeded: overLimit,
  sharingRateLimitExceeded: overLimit,
  servingLimitExceeded: overLimit,
  variableTermLimitExceeded: overLimit,
  RATE_LIMIT_EXCEEDED: overLimit,
  RESOURCE_EXHAUSTED: overLimit,
  backendError: { code: 'unavailable' },
  insufficientPermissions: scopeMissing,
  insufficientScopes: scopeMissing,
  ACCESS_TOKEN_SCOPE_INSUFFICIENT: scopeMissing,
  accessNotConfigured: notSwitchedOn,
  SERVICE_DISABLED: notSwitchedOn,
  dailyLimitExceededUnreg: notSwitchedOn,
  domainPolicy: {
    code: 'scope_missing',
    message: "the domain's administrator does not allow this app; ask for it to be allowed, then sign in again",
  },
}

/** Reasons from the most telling to the least: `details[].reason`, `errors[].reason`, then `status`. */
function reasonsOf(body: unknown): string[] {
  const error = isJsonObject(body) ? body.error : undefined
  if (!isJsonObject(error)) return []
  const listed = [error.details, error.errors].flatMap(list => (Array.isArray(list) ? list : []))
  return [...listed.map(item => (isJsonObject(item) ? item.reason : undefined)), error.status].filter(
    reason => typeof reason === 'string',
  )
}
