/**
 * What Graph's error answers mean where the status alone does not tell. The code in `error.code` is a general one; the
 * nested `innerError` (or `innererror`) objects hold the telling ones.
 * https://learn.microsoft.com/graph/errors, https://learn.microsoft.com/onedrive/developer/rest-api/concepts/errors
 */
import { type Classification, type Code, isJsonObject } from '../../core/plugin.ts'

export function classify(status: number, body: unknown): Code | Classification | undefined {
  // A method or route that a server does not have stays missing, however often it is asked for.
  if (status === 501) return 'bad_response'
  if (status < 400) return undefined
  const codes = codesOf(body)
  for (const providerError of codes) {
    const meaning = meanings.get(providerError.toLowerCase())
    if (meaning?.statuses.includes(status)) return { ...meaning.means, providerError }
  }
  const code = statuses[status]
  const providerError = codes[0]
  if (code) return { code, providerError }
  return providerError === undefined ? undefined : standard(status, providerError)
}

/** Statuses that Graph uses in a way of its own. */
const statuses: Readonly<Record<number, Code>> = {
  // Locked, or withheld for legal reasons: this item, and perhaps not for ever.
  423: 'item_forbidden',
  451: 'item_forbidden',
  // Bandwidth limit exceeded.
  509: 'rate_limited',
}

interface Meaning {
  statuses: readonly number[]
  means: Classification
}

const expired: Meaning = { statuses: [400, 404, 409, 410], means: { code: 'cursor_expired' } }
const overLimit: Meaning = { statuses: [403, 429, 500, 503, 504, 509], means: { code: 'rate_limited' } }
const refused: Meaning = { statuses: [400, 401, 403], means: { code: 'unauthorized' } }
const scopeMissing: Meaning = {
  statuses: [401, 403],
  means: {
    code: 'scope_missing',
    message: 'the token lacks a permission that this source needs; sign in again and grant it',
  },
}

/** In lower case: their spelling differs between the services. */
const meanings: ReadonlyMap<string, Meaning> = new Map([
  ...of(expired, 'resyncRequired', 'resyncChangesApplyDifferences', 'resyncChangesUploadDifferences'),
  ...of(expired, 'resyncApplyDifferences', 'resyncUploadDifferences', 'fullSyncRequired'),
  ...of(expired, 'syncStateNotFound', 'syncStateInvalid', 'errorInvalidSyncStateData', 'syncStateNotFoundException'),
  ...of(overLimit, 'activityLimitReached', 'throttledRequest', 'tooManyRequests', 'applicationThrottled'),
  ...of(overLimit, 'errorServerBusy', 'errorExceededConnectionCount', 'errorTooManyObjectsOpened'),
  ...of(overLimit, 'mailboxConcurrency', 'requestThrottled'),
  ...of(refused, 'invalidAuthenticationToken', 'unauthenticated', 'tokenExpired', 'authenticationError'),
  ...of(scopeMissing, 'authorization_RequestDenied', 'errorInsufficientPermissionsInAccessToken'),
  ...of(scopeMissing, 'insufficientScopes', 'insufficient_scope'),
])

function of(meaning: Meaning, ...codes: string[]): [string, Meaning][] {
  return codes.map(code => [code.toLowerCase(), meaning])
}

/** What the status says, with Graph's own word for it. */
function standard(status: number, providerError: string): Classification | undefined {
  if (status === 401) return { code: 'unauthorized', providerError }
  if (status === 403) return { code: 'item_forbidden', providerError }
  if (status === 404 || status === 410) return { code: 'item_missing', providerError }
  if (status === 429) return { code: 'rate_limited', providerError }
  if (status >= 500 || status === 408 || status === 425) return { code: 'unavailable', providerError }
  return { code: 'bad_response', providerError }
}

/** Codes from the most telling to the least: the innermost first. */
function codesOf(body: unknown): string[] {
  const codes: string[] = []
  let error = isJsonObject(body) ? body.error : undefined
  for (let depth = 0; isJsonObject(error) && depth < 10; depth++) {
    if (typeof error.code === 'string' && error.code !== '') codes.unshift(error.code)
    error = error.innerError ?? error.innererror
  }
  return codes
}
