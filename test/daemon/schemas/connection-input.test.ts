import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { createConnectionBody, updateConnectionBody } from '../../../daemon/schemas/connection-input.ts'
import { fieldErrors } from '../../../daemon/schemas/strict.ts'

function read<Schema extends z.ZodType>(schema: Schema, given: object): z.output<Schema> {
  return schema.parse(given)
}

function errors(schema: z.ZodType, given: unknown): { at: string; message: string; type: string }[] {
  const result = schema.safeParse(given)
  if (result.success) throw new Error('it was accepted')
  return fieldErrors(result.error).map(({ location, message, type }) => ({ at: location.join('.'), message, type }))
}

const create = (given: object) => read(createConnectionBody, { short_name: 'gmail', ...given }).input
const update = (given: object) => read(updateConnectionBody, given).changes
const refused = (given: object) => errors(createConnectionBody, { short_name: 'gmail', ...given })

/** First name, second name, what core calls it, a value, and another one. */
const aliases: [first: object, second: object, member: string, value: unknown, disagreeing: object, at: string][] = [
  [
    { collection: 'a' },
    { readable_collection_id: 'a' },
    'collection',
    'a',
    { readable_collection_id: 'b' },
    'readable_collection_id',
  ],
  [{ config_fields: { x: 1 } }, { config: { x: 1 } }, 'config', { x: 1 }, { config: { x: 2 } }, 'config'],
  [
    { cron_schedule: '0 * * * *' },
    { schedule: { cron: '0 * * * *' } },
    'cronSchedule',
    '0 * * * *',
    { schedule: { cron: '1 * * * *' } },
    'schedule.cron',
  ],
  [
    { timezone: 'UTC' },
    { schedule: { timezone: 'UTC' } },
    'timezone',
    'UTC',
    { schedule: { timezone: 'Asia/Tokyo' } },
    'schedule.timezone',
  ],
  [
    { auth_fields: { access_token: 'a' } },
    { authentication: { access_token: 'a' } },
    'authFields',
    { access_token: 'a' },
    { authentication: { access_token: 'b' } },
    'authentication',
  ],
]

describe('a field with two names', () => {
  it.each(aliases)('may have either: %j or %j', (first, second, member, value) => {
    expect(create(first)).toMatchObject({ [member]: value })
    expect(create(second)).toMatchObject({ [member]: value })
    expect(create({ ...first, ...second })).toMatchObject({ [member]: value })
    expect(update(first)).toMatchObject({ [member]: value })
    expect(update({ ...first, ...second })).toMatchObject({ [member]: value })
  })

  it.each(aliases)('must not say two things: %j', (first, _second, _member, _value, disagreeing, at) => {
    expect(refused({ ...first, ...disagreeing })).toMatchObject([{ at, type: 'invalid' }])
    expect(errors(updateConnectionBody, { ...first, ...disagreeing })).toMatchObject([{ at, type: 'invalid' }])
  })

  it('agrees with itself in any order of members', () => {
    expect(create({ config_fields: { a: 1, b: 2 }, config: { b: 2, a: 1 } }).config).toEqual({ a: 1, b: 2 })
  })

  it('takes the given one where the other is null', () => {
    expect(create({ collection: null, readable_collection_id: 'a' }).collection).toBe('a')
  })
})

describe('the credential', () => {
  it.each([
    [{ auth_fields: { access_token: 'a', client_id: 'c' } }, { access_token: 'a', client_id: 'c' }],
    [{ authentication: { credentials: { access_token: 'a' } } }, { access_token: 'a' }],
    [
      { authentication: { access_token: 'a', refresh_token: 'r', expires_at: '2026-01-01T00:00:00Z' } },
      { access_token: 'a', refresh_token: 'r', expires_at: '2026-01-01T00:00:00Z' },
    ],
    [{ authentication: { access_token: 'a', refresh_token: null } }, { access_token: 'a' }],
    [{ authentication: null, auth_fields: null }, undefined],
    [{}, undefined],
  ])('is read from %j', (given, expected) => {
    expect(create(given).authFields).toEqual(expected)
  })

  it.each([
    [{ authentication: { client_id: 7 } }, 'authentication.client_id', /must be a string/],
    [{ authentication: { provider_readable_id: 'x' } }, 'authentication.provider_readable_id', /auth provider/],
    [{ authentication: { credentials: 'x' } }, 'authentication.credentials', /must be an object/],
    [{ authentication: { credentials: {}, client_id: 'x' } }, 'authentication.client_id', /put it inside/],
    [{ authentication: 'x' }, 'authentication', /must be an object/],
    [{ auth_fields: '********' }, 'auth_fields', /must be an object/],
    [{ auth_fields: { access_token: '********' } }, 'auth_fields.access_token', /the mask that responses show/],
    [{ authentication: { access_token: '********' } }, 'authentication.access_token', /the mask/],
  ])('cannot be %j', (given, at, message) => {
    const [first, ...others] = refused(given)
    expect(first).toMatchObject({ at })
    expect(first?.message).toMatch(message)
    expect(others).toEqual([])
  })
})

describe('a browser sign-in', () => {
  it.each([
    [{ authentication: {} }, undefined],
    [{ authentication: { access_token: 'a', client_id: 'c' } }, undefined],
    [{ authentication: { redirect_uri: 'https://app.example' } }, { redirectUri: 'https://app.example', fields: {} }],
    [
      { authentication: { client_id: 'c', client_secret: 's', tenant: 't', redirect_uri: null } },
      { clientId: 'c', clientSecret: 's', fields: { tenant: 't' } },
    ],
  ])('goes through the client of %j', (given, expected) => {
    expect(create(given).client).toEqual(expected)
    expect(create(given).authFields).toEqual('access_token' in given.authentication ? given.authentication : undefined)
  })

  it.each([{}, { client_id: 'c' }])('is nothing that a change asks for: %j', authentication => {
    expect(errors(updateConnectionBody, { authentication })).toMatchObject([
      { at: 'authentication', message: expect.stringContaining('auth.auth_url') },
    ])
  })
})

describe('a member', () => {
  it.each([
    ['{"nme": "Mail"}', 'nme', /did you mean "name"\?/],
    ['{"shedule": {}}', 'shedule', /did you mean "schedule"\?/],
    ['{"auth_field": {}}', 'auth_field', /did you mean "auth_fields"\?/],
    ['{"schedule": {"chron": "x"}}', 'schedule.chron', /did you mean "cron"\?/],
    ['{"completely_different": 1}', 'completely_different', /it takes .*short_name/],
    ['{"__proto__": 1}', '__proto__', /is not known here/],
    ['{"constructor": 1}', 'constructor', /is not known here/],
  ])('that is unknown is named, with what was meant: %s', (text, at, message) => {
    const all = errors(createConnectionBody, JSON.parse(text))
    const found = all.find(error => error.at === at)
    expect(found).toMatchObject({ type: 'unknown' })
    expect(found?.message).toMatch(message)
    expect(all).toContainEqual(expect.objectContaining({ at: 'short_name', type: 'missing' }))
  })

  it('that is unknown and long is not repeated: it may be a misplaced token', () => {
    const token = `ya29.${'x'.repeat(60)}`
    expect(JSON.stringify(refused({ [token]: 1 }))).not.toContain('ya29')
  })

  it('that the clients declare and that means nothing here is ignored', () => {
    const { input } = read(createConnectionBody, {
      short_name: 'gmail',
      redirect_url: 'https://x',
      schedule: { continuous: true, cursor_field: 'x' },
    })
    expect(JSON.stringify(input)).toBe('{"shortName":"gmail"}')
    expect(JSON.stringify(update({ connection_id: 'x' }))).toBe('{}')
  })

  it.each([
    [{ name: 'abc' }, 'name', /4 to 42 characters/],
    [{ name: 'x'.repeat(43) }, 'name', /4 to 42 characters/],
    [{ name: 1 }, 'name', /must be a string/],
    [{ sync_immediately: 'yes' }, 'sync_immediately', /must be a boolean/],
    [{ config_fields: [] }, 'config_fields', /must be an object/],
    [{ short_name: 5 }, 'short_name', /must be a string/],
  ])('of the wrong kind is named: %j', (given, at, message) => {
    const [first, ...others] = refused(given)
    expect(first).toMatchObject({ at, type: 'invalid' })
    expect(first?.message).toMatch(message)
    expect(others).toEqual([])
  })

  it('counts characters as people do', () => {
    expect(create({ name: '📧📧📧📧' }).name).toBe('📧📧📧📧')
    expect(refused({ name: '📧📧' })).toMatchObject([{ at: 'name' }])
  })

  it('that is wrong is named together with every other', () => {
    const all = errors(createConnectionBody, { nam: 1, name: 'x', sync_immediately: 1, schedule: { crn: 1 } })
    expect(all.map(({ at }) => at).sort()).toEqual(['nam', 'name', 'schedule.crn', 'short_name', 'sync_immediately'])
  })
})

describe('an update', () => {
  it.each([{ cron_schedule: null }, { schedule: { cron: null } }, { schedule: null }])(
    'ends the schedule with %j',
    given => {
      expect(update(given).cronSchedule).toBeNull()
    },
  )

  it('leaves alone what it does not name', () => {
    expect(JSON.stringify(update({ name: 'Other' }))).toBe('{"name":"Other"}')
    expect(update({ schedule: {} }).cronSchedule).toBeUndefined()
    expect(update({ description: null }).description).toBeNull()
  })
})
