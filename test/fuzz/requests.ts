/**
 * Random requests at every route: made from what the daemon's own description says of it, then bent. Ids are places in
 * what is known when a request is sent, so that a request reaches things that earlier ones made.
 */
import fc from 'fast-check'
import { bent, fromSchema, headerText, type Schemas, wildText } from './values.ts'

export interface Operation {
  method: string
  /** Parameters as `{name}`. */
  path: string
  query: readonly { name: string; schema: object }[]
  body: object | undefined
}

export interface FuzzRequest {
  method: string
  /** Segments: text, or a number that chooses among the ids that are known. */
  segments: readonly (string | number)[]
  query: string
  slash: boolean
  headers: Readonly<Record<string, string>>
  /** How the caller shows the key. */
  key: 'right' | 'bearer' | 'wrong' | 'none'
  body: string | Uint8Array<ArrayBuffer> | undefined
}

interface OpenApi {
  paths: Record<string, Record<string, Described>>
  components: { schemas: Schemas }
}

interface Described {
  parameters?: { in: string; name: string; schema: object }[]
  requestBody?: { content: Readonly<Record<string, { schema: object }>> }
}

/** What a description says can be asked, and the schemas that it refers to. */
export function readDescription(description: unknown): { operations: Operation[]; schemas: Schemas } {
  const { paths, components } = description as OpenApi
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]) => ({
      method: method.toUpperCase(),
      path,
      query: parameters.filter(parameter => parameter.in === 'query'),
      body: Object.values(requestBody?.content ?? {})[0]?.schema,
    })),
  )
  return { operations, schemas: components.schemas }
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'SEARCH', 'X']

/** Keys of the vault are derived at great expense on purpose: those routes get few requests. */
function weightOf({ path }: Operation): number {
  if (path === '/vault/lock' || path === '/vault/unlock' || path === '/vault/rotate') return 1
  return path === '/openapi.json' ? 5 : 100
}

const encode = (value: unknown): string => JSON.stringify(value) ?? ''

const strayBody: fc.Arbitrary<string | Uint8Array<ArrayBuffer>> = fc.oneof(
  wildText,
  fc.uint8Array({ maxLength: 200 }).map(bytes => new Uint8Array(bytes)),
  fc.json({ maxDepth: 5 }),
  fc.json().map(text => text.slice(0, Math.floor(text.length / 2))),
  fc.nat(150).map(depth => `${'{"must":'.repeat(depth)}[]${'}'.repeat(depth)}`),
  fc.constantFrom('{"__proto__":{"a":1}}', '{"name":"a","name":"b"}', '\uFEFF{}', '{"name":1e999}', '{"limit":-0}'),
)

/** What every request may have besides its address and body. */
const surroundings = {
  key: fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom('right' as const, 'bearer' as const) },
    { weight: 1, arbitrary: fc.constantFrom('wrong' as const, 'none' as const) },
  ),
  type: fc.oneof(
    { weight: 12, arbitrary: fc.constant<string | undefined>('application/json') },
    { weight: 1, arbitrary: fc.constantFrom('text/plain', 'application/json; charset=utf-16', 'a/b+json', undefined) },
    { weight: 1, arbitrary: headerText },
  ),
  headers: fc.dictionary(
    fc.constantFrom(
      'accept',
      'last-event-id',
      'if-none-match',
      'range',
      'content-encoding',
      'x-forwarded-for',
      'te',
      'x-a',
    ),
    headerText,
    { maxKeys: 2 },
  ),
  host: fc.oneof(
    { weight: 30, arbitrary: fc.constant('localhost:8001') },
    { weight: 1, arbitrary: fc.oneof(headerText, fc.domain()) },
  ),
  origin: fc.oneof(
    { weight: 20, arbitrary: fc.constant<string | undefined>(undefined) },
    { weight: 1, arbitrary: fc.oneof(headerText, fc.webUrl(), fc.constant('http://localhost:8001')) },
  ),
  site: fc.oneof(
    { weight: 20, arbitrary: fc.constant<string | undefined>(undefined) },
    { weight: 1, arbitrary: fc.oneof(headerText, fc.constantFrom('same-origin', 'cross-site', 'none')) },
  ),
}

interface Parts extends Pick<FuzzRequest, 'method' | 'segments' | 'query' | 'slash' | 'key'> {
  headers: Readonly<Record<string, string>>
  type: string | undefined
  host: string
  origin: string | undefined
  site: string | undefined
  content: string | Uint8Array<ArrayBuffer> | undefined
}

function complete({ type, host, origin, site, content, headers, ...parts }: Parts): FuzzRequest {
  const hasBody = parts.method !== 'GET' && parts.method !== 'HEAD'
  const all = {
    ...headers,
    host,
    ...(origin !== undefined && { origin }),
    ...(site !== undefined && { 'sec-fetch-site': site }),
    ...(hasBody && type !== undefined && { 'content-type': type }),
  }
  return { ...parts, headers: all, body: hasBody ? content : undefined }
}

function escaped(text: string): string {
  return encodeURIComponent(wellFormed(text))
}

function wellFormed(text: string): string {
  return text.toWellFormed()
}

/** A live id, or something else in its place. */
const identifier: fc.Arbitrary<string | number> = fc.oneof(
  { weight: 8, arbitrary: fc.nat(1_000_000) },
  { weight: 1, arbitrary: fc.uuid() },
  { weight: 2, arbitrary: wildText },
  {
    weight: 1,
    arbitrary: fc.constantFrom('..', '%2e%2e%2f', '%00', '%', '%ff', '%zz', 'null', '__proto__', '\\', '//'),
  },
)

const strayRequest: fc.Arbitrary<FuzzRequest> = fc
  .record({
    method: fc.constantFrom(...methods),
    segments: fc.array(identifier, { maxLength: 6 }),
    query: wildText.map(escaped),
    slash: fc.boolean(),
    ...surroundings,
    content: fc.option(fc.oneof(fc.jsonValue().map(encode), strayBody), { nil: undefined }),
  })
  .map(complete)

export function fuzzRequests(operations: readonly Operation[], schemas: Schemas): fc.Arbitrary<FuzzRequest> {
  const known = operations.map(operation => ({ weight: weightOf(operation), arbitrary: requestTo(operation, schemas) }))
  const total = known.reduce((sum, { weight }) => sum + weight, 0)
  return fc.oneof(...known, { weight: Math.ceil(total / 12), arbitrary: strayRequest })
}

function requestTo(operation: Operation, schemas: Schemas): fc.Arbitrary<FuzzRequest> {
  const segments = operation.path
    .split('/')
    .slice(1)
    .map(segment => (segment.startsWith('{') ? identifier : fc.constant<string | number>(segment)))
  const schema = operation.body
  const json: fc.Arbitrary<unknown> = schema === undefined ? fc.constant({}) : fromSchema(schema, schemas)
  return fc
    .record({
      method: fc.oneof(
        { weight: 15, arbitrary: fc.constant(operation.method) },
        { weight: 1, arbitrary: fc.constantFrom(...methods) },
      ),
      segments: fc.tuple(...segments),
      query: queryOf(operation, schemas),
      slash: fc.boolean(),
      ...surroundings,
      content: fc.oneof(
        { weight: 12, arbitrary: bent(json).map(encode) },
        { weight: 1, arbitrary: fc.constant(undefined) },
        { weight: 2, arbitrary: strayBody },
      ),
    })
    .map(complete)
}

function queryOf({ query }: Operation, schemas: Schemas): fc.Arbitrary<string> {
  const given = query.map(({ name, schema }) =>
    fc.option(bent(fromSchema(schema, schemas)), { nil: undefined, freq: 2 }).map(value => [name, value] as const),
  )
  const strays = fc.array(
    fc.tuple(fc.oneof(wildText, fc.constantFrom(...query.map(({ name }) => name), 'x')), wildText),
    {
      maxLength: 2,
    },
  )
  return fc.oneof(
    {
      weight: 9,
      arbitrary: fc
        .tuple(fc.tuple(...given), fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, strays))
        .map(([own, other]) =>
          [...own.filter(([, value]) => value !== undefined), ...other]
            .map(
              ([name, value]) =>
                `${escaped(name)}=${escaped(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))}`,
            )
            .join('&'),
        ),
    },
    {
      weight: 1,
      arbitrary: fc.string({ unit: 'binary-ascii', maxLength: 40 }).map(text => encodeURI(wellFormed(text))),
    },
  )
}
