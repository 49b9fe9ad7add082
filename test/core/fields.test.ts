import { describe, expect, it } from 'vitest'
import { Failure } from '../../core/errors.ts'
import { closest, readFields } from '../../core/fields.ts'
import type { Field } from '../../core/plugin.ts'

const fields: Field[] = [
  { name: 'access_token', title: 'Token', description: '', type: 'string', required: true, secret: true },
  { name: 'refresh_token', title: 'Refresh', description: '', type: 'string', secret: true },
  { name: 'labels', title: 'Labels', description: '', type: 'strings' },
  { name: 'after_date', title: 'After', description: '', type: 'date' },
  { name: 'expires_at', title: 'Expires', description: '', type: 'datetime' },
  { name: 'days', title: 'Days', description: '', type: 'integer', minimum: 1 },
  { name: 'shared', title: 'Shared', description: '', type: 'boolean' },
]

function refusal(input: Record<string, unknown>): Failure {
  try {
    readFields(fields, input, 'auth_fields')
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
  throw new Error(`taken: ${JSON.stringify(input)}`)
}

describe('readFields', () => {
  it('gives back exactly what is declared and present', () => {
    const input = { access_token: 'a', labels: ['x'], after_date: '2026-02-28', days: 3, shared: false }
    expect(readFields(fields, { ...input, refresh_token: undefined }, 'auth_fields')).toEqual(input)
  })

  const wrong: [string, Record<string, unknown>, string, string][] = [
    ['a missing required field', {}, 'access_token', 'missing'],
    ['an unknown field', { access_token: 'a', color: 'red' }, 'color', 'unknown'],
    ['a misspelt field', { access_token: 'a', refreshToken: 'r' }, 'refreshToken', 'unknown'],
    ['an empty string', { access_token: '' }, 'access_token', 'invalid'],
    ['a blank string', { access_token: '   ' }, 'access_token', 'invalid'],
    ['white space around', { access_token: ' a' }, 'access_token', 'invalid'],
    ['a line end at the end', { access_token: 'a\n' }, 'access_token', 'invalid'],
    ['a control character', { access_token: 'a\u0000b' }, 'access_token', 'invalid'],
    ['a secret that no header can carry', { access_token: 'schlüssel' }, 'access_token', 'invalid'],
    ['a number for a string', { access_token: 5 }, 'access_token', 'invalid'],
    ['null for a string', { access_token: null }, 'access_token', 'invalid'],
    ['a string for a list', { access_token: 'a', labels: 'x' }, 'labels', 'invalid'],
    ['a number in a list', { access_token: 'a', labels: ['x', 1] }, 'labels', 'invalid'],
    ['a day that does not exist', { access_token: 'a', after_date: '2026-02-30' }, 'after_date', 'invalid'],
    ['a time without an offset', { access_token: 'a', expires_at: '2026-02-20T10:00:00' }, 'expires_at', 'invalid'],
    ['a fraction', { access_token: 'a', days: 1.5 }, 'days', 'invalid'],
    ['a number that is too small', { access_token: 'a', days: 0 }, 'days', 'invalid'],
    ['a word for a boolean', { access_token: 'a', shared: 'yes' }, 'shared', 'invalid'],
    ['a member of the prototype', { access_token: 'a', constructor: 'x' }, 'constructor', 'unknown'],
  ]

  it.each(wrong)('refuses %s, naming it and listing what it takes', (_what, input, name, type) => {
    const failure = refusal(input)
    expect(failure.code).toBe('invalid')
    expect(failure.problem).toBe('invalid-auth-fields')
    expect(failure.fields).toMatchObject([{ location: ['auth_fields', name], type }])
    expect(failure.message).toContain(name)
    expect(failure.message).toContain('access_token (required), refresh_token, labels')
  })

  it('names every wrong field at once', () => {
    expect(refusal({ labels: 1, days: 'x' }).fields.map(({ location }) => location[1])).toEqual([
      'access_token',
      'labels',
      'days',
    ])
  })

  it('never repeats a value', () => {
    expect(refusal({ access_token: 'top-secret\n', refresh_token: ' canary ' }).message).not.toMatch(
      /top-secret|canary/,
    )
  })
})

describe('closest', () => {
  it('takes a swap in a short name for one mistake', () => {
    expect(closest('nmae', ['name', 'cron'])).toBe('name')
    expect(closest('prot', ['port'])).toBe('port')
  })

  it.each([
    ['refreshToken', 'refresh_token'],
    ['acess_token', 'access_token'],
    ['Access-Token', 'access_token'],
    ['acecss_token', 'access_token'],
    ['token', undefined],
  ])('takes %s for %s', (name, meant) => {
    expect(closest(name, ['access_token', 'refresh_token'])).toBe(meant)
  })
})
