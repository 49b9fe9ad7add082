/**
 * Requests and answers compared with Slack's published specification (its provenance is in the file), and, where that
 * is older than today's API, with what Slack's SDK declares.
 */
import type { FakeRequest, FakeResponse } from './fake-server.ts'
import { problemsOf, type Schema } from './slack-schema.ts'
import { type Method, sdkArguments, sdkMembers } from './slack-sdk.ts'
import specification from './specs/slack.json' with { type: 'json' }

interface Parameter {
  name: string
  in: string
  type: string
  required?: boolean
}

interface Operation {
  consumes: readonly string[]
  scopes: readonly string[]
  parameters: readonly Parameter[]
  success: Schema
  failure: Schema
}

const paths: Readonly<Record<Method, Operation>> = {
  'auth.test': specification.paths['/auth.test'],
  'users.list': specification.paths['/users.list'],
  'conversations.list': specification.paths['/conversations.list'],
  'conversations.history': specification.paths['/conversations.history'],
  'conversations.replies': specification.paths['/conversations.replies'],
  'oauth.v2.access': specification.paths['/oauth.v2.access'],
}
const definitions: Readonly<Record<string, Schema>> = specification.definitions

/** "Must be an integer with a max value of 999": the SDK on `CursorPaginationEnabled`. */
const largestLimit = 999

/** Errors that the methods' pages have learnt since (https://docs.slack.dev/reference/methods). */
const laterErrors: ReadonlySet<string> = new Set([
  ...['ratelimited', 'token_expired', 'access_denied', 'not_in_channel', 'is_archived'],
  ...['invalid_cursor', 'invalid_limit', 'invalid_types', 'invalid_arguments', 'missing_argument'],
  ...['invalid_client_id', 'bad_client_secret', 'invalid_grant_type', 'invalid_refresh_token'],
])

/** Where all methods are. */
export const publishedAddress = `${specification.schemes[0]}://${specification.host}${specification.basePath}`

export function scopesOf(method: Method): string[] {
  return paths[method].scopes.filter(scope => scope !== 'none')
}

export function methodOf(path: string): Method | undefined {
  return (Object.keys(paths) as Method[]).find(method => path === `${specification.basePath}/${method}`)
}

/** The names of all that a method takes, by the specification or by the SDK. */
export function parametersOf(method: Method): Set<string> {
  return new Set([...paths[method].parameters.map(({ name }) => name), ...Object.keys(sdkArguments[method])])
}

/** What is wrong with a request, a sentence each. */
export function checkRequest(request: FakeRequest): string[] {
  const method = methodOf(request.path)
  if (!method) return [`there is no ${request.path}`]
  return [...problemsOfTransport(method, request), ...problemsOfForm(method, request)].map(
    problem => `${method}: ${problem}`,
  )
}

/** What is wrong with an answer, a sentence each. */
export function checkAnswer(method: Method, { status = 200, body }: FakeResponse): string[] {
  const isGood = typeof body === 'object' && body !== null && 'ok' in body && body.ok === true
  const { success, failure } = paths[method]
  const tables = sdkMembers[method]
  const problems = problemsOf(
    { definitions, also: place => tables[place], instead },
    isGood ? success : withoutEnum(failure),
    body,
    '',
  )
  if (!isGood) problems.push(...problemsOfError(status, body))
  // The only two that Slack's clients tell apart: "doesn't use meaningful status codes besides 429 and 200", the SDK.
  if (status !== 200 && status !== 429) problems.push(`there is no status ${status}`)
  return problems.map(problem => `${method}: ${problem}`)
}

function problemsOfTransport(method: Method, { method: verb, query, headers }: FakeRequest): string[] {
  const problems: string[] = []
  // The specification has GET for all of them; every one takes a form by POST, which is what the SDK sends.
  if (verb !== 'POST') problems.push(`${verb} instead of POST`)
  if (query.size > 0) problems.push('parameters in the address')
  const type = headers['content-type']?.split(';')[0] ?? ''
  if (!paths[method].consumes.includes(type)) problems.push(`it takes no ${type || 'body without a type'}`)
  const scheme = headers.authorization?.split(' ')[0] ?? ''
  // The client's own name and secret belong into the header, too, but may be parameters.
  const schemes = method === 'oauth.v2.access' ? ['', 'Basic'] : ['Bearer']
  if (!schemes.includes(scheme)) problems.push(`authorization by ${scheme || 'nothing'}`)
  return problems
}

function problemsOfForm(method: Method, { body, headers }: FakeRequest): string[] {
  const form = new URLSearchParams(body)
  const problems: string[] = []
  for (const name of new Set(form.keys())) {
    const value = form.get(name) ?? ''
    const argument = sdkArguments[method][name]
    const types = [paths[method].parameters.find(parameter => parameter.name === name)?.type, argument?.kind]
    if (form.getAll(name).length > 1) problems.push(`${name} is given twice`)
    if (name === 'token') problems.push('the token is a parameter')
    else if (types.every(type => type === undefined)) problems.push(`there is no parameter ${name}`)
    else if (!types.every(type => fits(value, type))) problems.push(`${name} has a value of another type`)
    else if (argument?.values && !argument.values.includes(value)) problems.push(`${name} cannot be ${value}`)
    else if (name === 'limit' && !(Number(value) >= 1 && Number(value) <= largestLimit))
      problems.push(`limit cannot be ${value}`)
  }
  // Since `oauth.v2.access` refreshes, too, it is the SDK that knows what must be there.
  for (const [name, { required }] of Object.entries(sdkArguments[method])) {
    const isInHeader = name.startsWith('client_') && headers.authorization?.startsWith('Basic ') === true
    if (required && !form.has(name) && !isInHeader) problems.push(`${name} is missing`)
  }
  return problems
}

function problemsOfError(status: number, body: unknown): string[] {
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined
  const known = Object.values(paths).flatMap(({ failure }) => failure.properties?.error?.enum ?? [])
  if (typeof error !== 'string' || !(known.includes(error) || laterErrors.has(error)))
    return [`no error ${String(error)}`]
  return (status === 429) === (error === 'ratelimited') ? [] : [`${error} with status ${status}`]
}

/** Which errors there are is asked of all methods together: each lists but those that come to mind. */
function withoutEnum(failure: Schema): Schema {
  return { ...failure, properties: { ...failure.properties, error: { type: 'string' } } }
}

/** Where the specification is silent, or Slack's documentation says otherwise. */
function instead(place: string, schema: Schema | undefined, value: unknown): Schema | undefined {
  switch (place) {
    case '.messages':
    case '.members':
      // Pages may hold fewer than asked for, none included: https://docs.slack.dev/apis/web-api/pagination
      return schema && { ...schema, minItems: 0 }
    case '.messages[]':
      // "If there are no replies then just the single message will return": the specification itself, on `ts`.
      return isThreaded(value) ? schema : definitions.objs_message
    case '.messages[].root':
      return definitions.objs_message
    case '.messages[].files':
      return definitions.objs_message?.properties?.files
    case '.messages[].blocks':
      return definitions.objs_message?.properties?.blocks
    case '.response_metadata':
      return definitions.objs_response_metadata
    default:
      return schema
  }
}

function isThreaded(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'thread_ts' in message
}

function fits(value: string, type: string | undefined): boolean {
  if (type === 'boolean') return value === 'true' || value === 'false'
  if (type === 'integer') return /^\d+$/.test(value)
  if (type === 'number') return /^\d+(\.\d+)?$/.test(value)
  return type === undefined || value !== ''
}
