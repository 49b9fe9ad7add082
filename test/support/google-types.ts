/**
 * Google's own SDK as a judge. A route is a table of what may be asked and what is answered, which the type checker
 * holds against the SDK's types: a name that Google does not know, or another type of value, is a type error. What goes
 * over the wire is held against the tables, and against what the SDK itself sends for the same question.
 *
 * Tables are written out: the type checker does not look for unknown names in what is spread into a literal.
 */
import type { FakeRequest, FakeResponse, FakeRoute } from './fake-server.ts'

type Kind = 'text' | 'number' | 'boolean' | 'texts'

type KindOf<Value> = [Value] extends [string]
  ? 'text'
  : [Value] extends [number]
    ? 'number'
    : [Value] extends [boolean]
      ? 'boolean'
      : [Value] extends [string[]]
        ? 'texts'
        : never

/** Parameters of one of the SDK's methods with the type that it declares for each. */
export type QueryTable<Parameters> = { readonly [Name in keyof Parameters]?: KindOf<NonNullable<Parameters[Name]>> }

/** Members of one of the SDK's schemas; those of a list are in brackets. */
export type ShapeOf<Value> = [Value] extends [string]
  ? 'text'
  : [Value] extends [number]
    ? 'number'
    : [Value] extends [boolean]
      ? 'boolean'
      : Value extends readonly (infer Item)[]
        ? readonly [ShapeOf<NonNullable<Item>>]
        : Value extends object
          ? { readonly [Name in keyof Value]?: ShapeOf<NonNullable<Value[Name]>> }
          : never

type Shape = 'text' | 'number' | 'boolean' | 'bytes' | readonly [Shape] | { readonly [name: string]: Shape }

export interface Route {
  /** The path with `{name}` for what the SDK calls a parameter, too. */
  pattern: string
  query: Readonly<Record<string, Kind>>
  answer: Shape
  /** Lets the SDK ask. */
  ask(parameters: object): Promise<unknown>
}

/** One route; all tables are checked against what `ask` takes and gives. `bytes` is what has no schema. */
export function route<Parameters extends object, Answer>(
  pattern: string,
  ask: (parameters: Parameters) => Promise<{ data: Answer }>,
  query: QueryTable<NoInfer<Parameters>>,
  answer: ShapeOf<NoInfer<Answer>> | 'bytes',
): Route {
  const tables = { query, answer } as unknown as Pick<Route, 'query' | 'answer'>
  return { pattern, ...tables, ask: parameters => ask(parameters as Parameters) }
}

export type Question = Pick<FakeRequest, 'method' | 'path' | 'query'>

export interface Exchange extends Question {
  body: string
  answer: FakeResponse
}

/** The same routes, with a record of what they are asked and what they answer. */
export function observed(routes: readonly FakeRoute[]): { routes: FakeRoute[]; exchanges: Exchange[] } {
  const exchanges: Exchange[] = []
  const recording = routes.map(original => ({
    ...original,
    async handler(request: FakeRequest) {
      const answer = await original.handler(request)
      exchanges.push({ ...request, answer })
      return answer
    },
  }))
  return { routes: recording, exchanges }
}

export function routeOf(routes: readonly Route[], { method, path }: Question): Route | undefined {
  return method === 'GET' ? routes.find(({ pattern }) => expressionOf(pattern).test(path)) : undefined
}

/** What Google would not understand in a question: its path, a parameter, its value, a member in its `fields`. */
export function problemsOf(routes: readonly Route[], question: Question): string[] {
  const found = routeOf(routes, question)
  if (!found) return [`${question.method} ${question.path}`]
  const { pattern, query, answer } = found
  const wrong = [...new Set(question.query.keys())].filter(name => !isOfKind(query[name], question.query.getAll(name)))
  const mask = question.query.get('fields')
  const unknown = mask === null ? [] : pathsOf(mask).filter(path => !isIn(answer, path))
  return [...wrong, ...unknown.map(path => `fields ${path.join('/')}`)].map(problem => `${pattern} ${problem}`)
}

/** Members of an answer that are not in its table, and those whose value is of another type. */
export function strangersIn(value: unknown, shape: Shape, at = ''): string[] {
  if (shape === 'bytes') return typeof value === 'string' || value instanceof Uint8Array ? [] : [at]
  if (typeof shape === 'string') return typeof value === (shape === 'text' ? 'string' : shape) ? [] : [at]
  if (isList(shape)) {
    if (!Array.isArray(value)) return [at]
    return value.flatMap((item: unknown) => strangersIn(item, shape[0], `${at}[]`))
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [at]
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
    const known = shape[name]
    const place = at === '' ? name : `${at}.${name}`
    return known === undefined ? [place] : member === undefined ? [] : strangersIn(member, known, place)
  })
}

/** The SDK's parameters for a question: those in the path, and those in the query in the types it declares. */
export function parametersOf({ pattern, query }: Route, question: Question): Record<string, unknown> {
  const named = Object.entries(expressionOf(pattern).exec(question.path)?.groups ?? {})
  const parameters: Record<string, unknown> = {}
  for (const [name, value] of named) parameters[name] = decodeURIComponent(value)
  for (const [name, value] of question.query) {
    const kind = query[name]
    if (kind === 'texts') parameters[name] = question.query.getAll(name)
    else parameters[name] = kind === 'number' ? Number(value) : kind === 'boolean' ? value === 'true' : value
  }
  return parameters
}

/** A question in one spelling, however it was encoded. */
export function spelling({ method, path, query }: Question): string {
  const sorted = new URLSearchParams(query)
  sorted.sort()
  return `${method} ${path.split('/').map(decodeURIComponent).join('/')}?${sorted}`
}

function expressionOf(pattern: string): RegExp {
  return new RegExp(`^${pattern.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`)
}

function isOfKind(kind: Kind | undefined, values: readonly string[]): boolean {
  if (kind === undefined || (kind !== 'texts' && values.length > 1)) return false
  const expression = kind === 'number' ? /^\d+$/ : kind === 'boolean' ? /^(true|false)$/ : /./
  return values.every(value => expression.test(value))
}

/** What a `fields` parameter names, each with all that it is in. https://developers.google.com/workspace/drive/api/guides/fields-parameter */
function pathsOf(mask: string): string[][] {
  const paths: string[][] = []
  const within: string[] = []
  for (const [token] of mask.matchAll(/[^(),]+|[(),]/g)) {
    if (token === '(') within.push(paths.at(-1)?.at(-1) ?? '')
    else if (token === ')') within.pop()
    else if (token !== ',') paths.push([...within, token])
  }
  return paths
}

function isIn(shape: Shape | undefined, path: readonly string[]): boolean {
  if (shape === undefined) return false
  if (isList(shape)) return isIn(shape[0], path)
  const [name, ...rest] = path
  if (name === undefined) return true
  return typeof shape === 'object' && isIn(shape[name], rest)
}

function isList(shape: Shape): shape is readonly [Shape] {
  return Array.isArray(shape)
}
