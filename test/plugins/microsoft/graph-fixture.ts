/** What the fixtures of Graph's sources share: how its errors are worded, and its pages. */
import type { Paging, ProviderAnswers } from '../../support/source-suite/index.ts'

/** @param missing the service's own code for what is not there */
export function graphAnswers(missing: string, forbidden: string): Partial<ProviderAnswers> {
  return {
    unauthorized: graphError(401, 'InvalidAuthenticationToken'),
    rateLimited: seconds => ({
      ...graphError(429, 'TooManyRequests'),
      headers: { 'retry-after': String(seconds) },
    }),
    forbidden: graphError(403, forbidden),
    missing: graphError(404, missing),
  }
}

/** A collection that is paged by links; the last page of a delta has a link of its own. */
export function graphPaging(path: RegExp): Paging {
  return { path, items: ['value'], next: ['@odata.nextLink'], last: ['@odata.deltaLink'] }
}

function graphError(status: number, code: string) {
  return { status, body: { error: { code, message: 'No.', innerError: { date: '2026-01-01T00:00:00' } } } }
}
