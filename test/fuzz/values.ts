/** Random values that fit a JSON schema, and values that nearly do. */
import fc from 'fast-check'
import { anyCharacter } from '../support/any-character.ts'
import { canary } from '../support/canary.ts'

export type Schemas = Readonly<Record<string, object>>

interface Schema {
  $ref?: string
  type?: string | readonly string[]
  format?: string
  const?: unknown
  enum?: readonly unknown[]
  anyOf?: readonly object[]
  oneOf?: readonly object[]
  allOf?: readonly object[]
  properties?: Readonly<Record<string, object>>
  required?: readonly string[]
  additionalProperties?: boolean | object
  items?: object
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
}

/** Text as nobody types it, as somebody does, and of every alphabet. */
export const wildText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.string({ unit: anyCharacter, maxLength: 30 }),
  fc.string({ maxLength: 200 }),
  fc.constantFrom(
    '',
    ' ',
    '0',
    '-1',
    'null',
    '"',
    "'",
    '\\',
    '*',
    '%',
    'NEAR(',
    'a OR',
    '"a" AND (',
    '-',
    '^',
    'a*',
    '\0',
    '😀',
  ),
  fc.constantFrom(
    "'; DROP TABLE connections; --",
    '$(x)',
    '{{x}}',
    '../../x',
    '<script>',
    '\u202e',
    '\ud800',
    'x'.repeat(5000),
  ),
  fc.constantFrom(
    '* * * * *',
    '*/15 * * * *',
    '0 0 31 2 *',
    '61 * * * *',
    '* * * * * *',
    '@hourly',
    'Europe/Berlin',
    'UTC+99',
  ),
  fc.date({ noInvalidDate: true }).map(date => date.toISOString()),
)

/** What a header can carry. */
export const headerText: fc.Arbitrary<string> = fc
  .string({ unit: fc.integer({ min: 0x20, max: 0xff }).map(code => String.fromCharCode(code)), maxLength: 60 })
  .map(text => text.replaceAll('\x7f', '').trim())

const number: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: -5, max: 2000 }),
  fc.double({ noNaN: true }),
  fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MIN_VALUE, 1e21, -0, 2 ** 31, 2 ** 53),
)

const anything: fc.Arbitrary<unknown> = fc.oneof(
  wildText,
  number,
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(null, true, [], {}),
)

/** Members that hold secrets: what comes back must not have them. */
const secrets = /^(auth_fields|authentication|access_token|refresh_token|client_secret|passphrase)$/

const credentials: fc.Arbitrary<unknown> = fc.record(
  {
    access_token: fc.constant(null).map(() => canary('fuzz')),
    refresh_token: fc.constant(null).map(() => canary('fuzz')),
    client_id: fc.constant('a-client'),
    client_secret: fc.constant(null).map(() => canary('fuzz')),
    expires_at: fc.constantFrom('2020-01-01T00:00:00Z', '2099-01-01T00:00:00Z', 'never'),
  },
  { requiredKeys: ['access_token'] },
)

const deepest = 6

/** A value that fits a schema, but for what patterns and refinements ask for beyond it. */
export function fromSchema(schema: object, schemas: Schemas, depth = 0): fc.Arbitrary<unknown> {
  const { $ref, type, anyOf, oneOf, allOf, ...rest }: Schema = schema
  if (depth > deepest) return fc.constantFrom(null, [], {}, 'x')
  const within = (inner: object) => fromSchema(inner, schemas, depth + 1)
  if ($ref !== undefined) return within(schemas[$ref.slice($ref.lastIndexOf('/') + 1)] ?? {})
  const either = anyOf ?? oneOf
  if (either) return fc.oneof(...either.map(within))
  if (allOf) return within(Object.assign({}, ...allOf))
  if (rest.const !== undefined) return fc.constant(rest.const)
  if (rest.enum) return fc.constantFrom(...rest.enum)
  if (Array.isArray(type)) return fc.oneof(...type.map(one => within({ ...rest, type: one })))
  return typed(String(type), rest, within)
}

function typed(type: string, schema: Schema, within: (schema: object) => fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const { minimum = -10, maximum = 2000, minLength = 0, maxLength = 60, items = {}, format } = schema
  switch (type) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.integer({ min: Math.max(minimum, -1e9), max: Math.min(maximum, 1e9) })
    case 'number':
      return number
    case 'array':
      return fc.array(within(items), { maxLength: 4 })
    case 'object':
      return object(schema, within)
    case 'string':
      if (format === 'uuid') return fc.uuid()
      if (format === 'date-time') return fc.date({ noInvalidDate: true }).map(date => date.toISOString())
      return fc.oneof(
        { weight: 2, arbitrary: fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, 60) }) },
        { weight: 1, arbitrary: wildText },
        {
          weight: 2,
          arbitrary: fc.constantFrom(
            'slack',
            'gmail',
            'notion',
            'all',
            'author',
            'entity_type',
            'created_at',
            '0 * * * *',
          ),
        },
      )
    default:
      return anything
  }
}

function object(
  { properties = {}, required = [], additionalProperties }: Schema,
  within: (schema: object) => fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> {
  const names = Object.keys(properties)
  if (names.length === 0 && typeof additionalProperties === 'object') {
    return fc.dictionary(fc.string({ maxLength: 20 }), within(additionalProperties), { maxKeys: 3 })
  }
  const optional = names.filter(name => !required.includes(name))
  return fc.subarray(optional, { maxLength: Math.min(3, optional.length) }).chain(chosen => {
    const present = [...required, ...chosen].map((name): [string, fc.Arbitrary<unknown>] => [
      name,
      memberOf(name, properties[name] ?? {}, within),
    ])
    return fc.record(Object.fromEntries(present))
  })
}

const ordinary: Readonly<Record<string, readonly string[]>> = {
  short_name: ['slack', 'gmail', 'notion', 'onedrive', 'asana', 'scripted', 'scripted', 'scripted', 'nothing'],
  cron_schedule: ['0 * * * *', '*/15 9-17 * * 1-5', '0 0 31 2 *', '61 * * * *'],
  cron: ['0 * * * *', '0 0 1 1 *', 'never'],
  timezone: ['Europe/Berlin', 'UTC', 'Mars/Olympus'],
  // Nobody listens there.
  url: ['http://127.0.0.1:1/hook', 'http://localhost:1/topic', 'http://example.com/hook', 'ftp://x'],
  name: ['a name', 'another name', '😀😀😀😀', 'x'],
  key: ['author', 'entity_type', 'created_at', 'source_name', 'breadcrumbs.name', 'nonsense'],
}

function memberOf(name: string, schema: object, within: (schema: object) => fc.Arbitrary<unknown>) {
  if (name === 'auth_fields') return credentials
  if (name === 'authentication')
    return fc.oneof(
      credentials,
      credentials.map(given => ({ credentials: given })),
    )
  if (name === 'headers')
    return fc.constant(null).map((): Record<string, string> => ({ Authorization: `Bearer ${canary('fuzz')}` }))
  if (secrets.test(name)) return fc.constant(null).map(() => canary('fuzz'))
  const usual = ordinary[name]
  if (usual) return fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...usual) }, within(schema))
  return within(schema)
}

/** Mostly as it is; else with one of its places made into something else, left out, or more than it should be. */
export function bent(values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const bends = fc.record({
    place: fc.nat(30),
    how: fc.constantFrom('replace', 'drop', 'add', 'wrap'),
    other: anything,
    name: wildText,
  })
  return fc.oneof(
    { weight: 2, arbitrary: values },
    {
      weight: 2,
      arbitrary: fc
        .tuple(values, fc.array(bends, { minLength: 1, maxLength: 2 }))
        .map(([value, list]) => list.reduce((result, bend) => bendAt(result, bend.place, bend), value)),
    },
    { weight: 1, arbitrary: anything },
  )
}

interface Bend {
  how: string
  other: unknown
  name: string
}

/** Walks down to a place, members chosen by the number. */
function bendAt(value: unknown, place: number, bend: Bend): unknown {
  if (typeof value !== 'object' || value === null) return bend.how === 'wrap' ? [value] : bend.other
  const entries: [string, unknown][] = Object.entries(value)
  const [name, inner] = entries[place % Math.max(1, entries.length)] ?? []
  if (name === undefined || bend.how === 'add') return rebuilt(value, [...entries, [bend.name, bend.other]])
  const isDeep = typeof inner === 'object' && inner !== null && place > entries.length
  if (isDeep)
    return rebuilt(
      value,
      entries.map(entry => (entry[0] === name ? [name, bendAt(inner, place >> 1, bend)] : entry)),
    )
  if (bend.how === 'drop')
    return rebuilt(
      value,
      entries.filter(entry => entry[0] !== name),
    )
  const other = bend.how === 'wrap' ? { [bend.name]: inner } : bend.other
  return rebuilt(
    value,
    entries.map(entry => (entry[0] === name ? [name, other] : entry)),
  )
}

function rebuilt(value: object, entries: readonly [string, unknown][]): unknown {
  return Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries)
}
