import { expect, it } from 'vitest'
import { Failure } from '../../../core/errors.ts'
import { databaseFailure, decodeFailure, encodeFailure } from '../../../core/store/failures.ts'

it('a failure survives the way between threads whole, causes included', () => {
  const cause = new Failure('offline', 'inner', { cause: new RangeError('root') })
  const options = {
    status: 418,
    retryAfterMs: 5,
    providerError: 'e',
    problem: 'p',
    fields: [{ location: ['a', 0], message: 'm', type: 'missing' as const }],
    connectionId: 'c',
    jobId: 'j',
    cause,
  }
  const failure = new Failure('invalid', 'outer', options)
  const arrived = decodeFailure(structuredClone(encodeFailure(failure)))
  expect(arrived).toBeInstanceOf(Failure)
  expect(arrived.stack).toBe(failure.stack)
  expect({ ...arrived, message: arrived.message }).toEqual({ ...failure, message: 'outer' })
  expect(arrived.cause).toBeInstanceOf(Failure)
  expect(arrived.cause).toMatchObject({ code: 'offline', message: 'inner' })
  expect((arrived.cause as Failure).cause).toMatchObject({ name: 'RangeError', message: 'root' })
})

it('errors of the file are the data folder’s, in one sentence; the rest are bugs', () => {
  const sqlite = (errcode: number) => Object.assign(new Error('database disk image is malformed'), { errcode })
  let told = 0
  for (const errcode of [5, 8, 10, 11, 13, 14, 26, 267, 522, 3850]) {
    const failure = databaseFailure(sqlite(errcode), '/data/inlet.db')
    expect(failure).toMatchObject({ code: 'data_folder' })
    expect(failure.message).toMatch(/^the database \/data\/inlet\.db [^\n.]+$/)
    told += 1
  }
  expect(told).toBe(10)
  expect(databaseFailure(sqlite(1), 'x')).toMatchObject({ code: 'internal' })
  expect(databaseFailure(new TypeError('x'), 'x')).toMatchObject({ code: 'internal' })
  expect(databaseFailure(new Failure('invalid', 'x'), 'x')).toMatchObject({ code: 'invalid' })
})
