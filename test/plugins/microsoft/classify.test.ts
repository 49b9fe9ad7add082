import { expect, test } from 'vitest'
import { classify } from '../../../plugins/microsoft/classify.ts'

function body(code: string, ...inner: string[]): object {
  const innerError = inner.reduceRight<object | undefined>(
    (below, name) => ({ code: name, ...(below ? { innererror: below } : {}) }),
    undefined,
  )
  return { error: { code, message: 'no', ...(innerError ? { innerError } : {}) } }
}

test.each([
  [410, body('resyncRequired')],
  [410, body('gone', 'resyncChangesApplyDifferences')],
  [410, body('resyncRequired', 'resyncChangesUploadDifferences')],
  [410, body('SyncStateNotFound')],
  [404, body('ErrorItemNotFound', 'syncStateNotFound')],
  [400, body('SyncStateInvalid')],
])('a position that is lost is told by its code: %i %j', (status, answer) => {
  expect(classify(status, answer)).toMatchObject({ code: 'cursor_expired' })
})

test.each([
  [429, body('activityLimitReached')],
  [429, body('TooManyRequests', 'ApplicationThrottled')],
  [429, body('UnknownError')],
  [503, body('activityLimitReached')],
  [403, body('accessDenied', 'throttledRequest')],
  [509, undefined],
])('a limit is one to wait for: %i %j', (status, answer) => {
  expect(classify(status, answer)).toMatchObject({ code: 'rate_limited' })
})

test.each([
  [401, body('InvalidAuthenticationToken'), 'unauthorized'],
  [401, body('unauthenticated', 'expiredToken'), 'unauthorized'],
  [403, body('Authorization_RequestDenied'), 'scope_missing'],
  [403, body('accessDenied'), 'item_forbidden'],
  [423, body('resourceLocked'), 'item_forbidden'],
  [404, body('itemNotFound'), 'item_missing'],
  [410, body('itemNotFound'), 'item_missing'],
  [503, body('serviceNotAvailable'), 'unavailable'],
  [400, body('invalidRequest'), 'bad_response'],
] as const)('%i %j is %s', (status, answer, code) => {
  expect(classify(status, answer)).toMatchObject({ code })
})

test("Graph's own word goes along, the most telling one", () => {
  expect(classify(404, body('itemNotFound', 'fileNotFound'))).toEqual({
    code: 'item_missing',
    providerError: 'fileNotFound',
  })
})

test.each([undefined, null, 'text', [], {}, { error: 'text' }, { error: { code: 7, innerError: null } }])(
  'a body of another shape says nothing: %j',
  answer => {
    expect(classify(403, answer)).toBeUndefined()
    expect(classify(500, answer)).toBeUndefined()
    expect(classify(200, answer)).toBeUndefined()
  },
)

test('a good answer is never an error, whatever is in it', () => {
  expect(classify(200, body('activityLimitReached'))).toBeUndefined()
})

test('a method that the server does not have is not asked for again', () => {
  expect(classify(501, undefined)).toBe('bad_response')
})
