import { expect, test } from 'vitest'
import { classify } from '../../../plugins/google/classify.ts'

function body(code: number, reason: string, more: object = {}) {
  return { error: { code, message: 'no', errors: [{ domain: 'global', reason }], ...more } }
}

test.each(['rateLimitExceeded', 'userRateLimitExceeded', 'quotaExceeded', 'dailyLimitExceeded'])(
  'a 403 for %s is a limit and not a missing right',
  reason => {
    expect(classify(403, body(403, reason))).toEqual({ code: 'rate_limited', providerError: reason })
  },
)

test('a missing scope is told by either spelling', () => {
  expect(classify(403, body(403, 'insufficientPermissions'))).toMatchObject({ code: 'scope_missing' })
  const details = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT' }]
  const answer = body(403, 'forbidden', { status: 'PERMISSION_DENIED', details })
  expect(classify(403, answer)).toMatchObject({
    code: 'scope_missing',
    providerError: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
  })
})

test('an API that is not enabled is the fault of the OAuth client', () => {
  expect(classify(403, body(403, 'accessNotConfigured'))).toMatchObject({ code: 'client_invalid' })
})

test('a 403 for one item keeps the word that tells whether it will ever pass', () => {
  expect(classify(403, body(403, 'insufficientFilePermissions'))).toEqual({
    code: 'item_forbidden',
    providerError: 'insufficientFilePermissions',
  })
  expect(classify(403, body(403, 'exportSizeLimitExceeded'))).toMatchObject({
    providerError: 'exportSizeLimitExceeded',
  })
})

test.each([undefined, null, 'text', [], {}, { error: 'text' }, { error: { errors: 7, details: [null] } }])(
  'a body of another shape says nothing: %j',
  answer => {
    expect(classify(403, answer)).toBeUndefined()
    expect(classify(500, answer)).toBeUndefined()
    expect(classify(200, answer)).toBeUndefined()
  },
)

test('a good answer is never an error, whatever is in it', () => {
  expect(classify(200, body(403, 'rateLimitExceeded'))).toBeUndefined()
})

test('a method that the server does not have is not asked for again', () => {
  expect(classify(501, undefined)).toBe('bad_response')
})
