/** What the fake Google APIs have in common: error bodies, page tokens bound to their query, partial responses. */
import type { FakeRequest, FakeResponse } from './fake-server.ts'

/** An answer that a fake's handler gives up with. */
export class Refusal extends Error {
  readonly response: FakeResponse

  constructor(response: FakeResponse) {
    super(`answered ${response.status}`)
    this.response = response
  }
}

export function googleError(status: number, reason: string, message = reason): FakeResponse {
  return { status, body: { error: { code: status, message, errors: [{ domain: 'global', reason, message }] } } }
}

/** What Google answers to a token that is not good (any more). */
export const unauthenticated: FakeResponse = {
  status: 401,
  body: {
    error: {
      code: 401,
      message: 'Request had invalid authentication credentials. Expected OAuth 2 access token.',
      errors: [
        {
          message: 'Invalid Credentials',
          domain: 'global',
          reason: 'authError',
          location: 'Authorization',
          locationType: 'header',
        },
      ],
      status: 'UNAUTHENTICATED',
    },
  },
}

export function refuse(status: number, reason: string, message?: string): never {
  throw new Refusal(googleError(status, reason, message))
}

/** Gmail's refusals name the code of google.rpc too, which Drive's and Calendar's do not. */
export function withCanonicalCode(response: FakeResponse): FakeResponse {
  const { error } = { ...(response.body as { error?: { code?: number } } | undefined) }
  const status = canonicalCodes[error?.code ?? 0]
  return status === undefined ? response : { ...response, body: { error: { status, ...error } } }
}

const canonicalCodes: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
}

/**
 * A handler whose refusals become answers, and that takes the given query parameters and no other, each once but for
 * the repeated ones.
 */
export function handle(
  parameters: readonly string[],
  handler: (request: FakeRequest) => FakeResponse,
  repeated: readonly string[] = [],
) {
  return (request: FakeRequest): FakeResponse => {
    try {
      for (const name of request.query.keys()) {
        if (!parameters.includes(name)) refuse(400, 'invalidParameter', `unknown parameter ${name}`)
        const isTwice = !repeated.includes(name) && request.query.getAll(name).length > 1
        if (isTwice) refuse(400, 'invalidParameter', `${name} is given twice`)
      }
      return handler(request)
    } catch (error) {
      if (error instanceof Refusal) return error.response
      throw error
    }
  }
}

/** A token that means something to the fake alone. */
export function seal(value: unknown): string {
  return `~${Buffer.from(JSON.stringify(value)).toString('base64url')}`
}

/** @throws Refusal 400 for what `seal` has not made */
export function unseal(token: string): unknown {
  try {
    if (token.startsWith('~')) return JSON.parse(Buffer.from(token.slice(1), 'base64url').toString())
  } catch {
    // Falls through to the refusal.
  }
  return refuse(400, 'invalid', 'invalid page token')
}

/** The query without its page token: what such a token is bound to. */
export function boundTo(query: URLSearchParams): string {
  const rest = new URLSearchParams(query)
  rest.delete('pageToken')
  rest.sort()
  return `${rest}`
}

/** Keeps of `value` what a `fields` selector names, such as `nextPageToken,files(id,owners(displayName))`. */
export function project(value: unknown, fields: string): unknown {
  const selected = parseFields(fields)
  return keep(value, selected)
}

type Selection = Map<string, Selection | undefined>

function keep(value: unknown, selection: Selection | undefined): unknown {
  if (!selection || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(item => keep(item, selection))
  const entries = Object.entries(value).filter(([name]) => selection.has(name))
  return Object.fromEntries(entries.map(([name, member]) => [name, keep(member, selection.get(name))]))
}

function parseFields(fields: string): Selection {
  let at = 0
  const selection = parse()
  if (at < fields.length) refuse(400, 'invalidParameter', 'invalid field selection')
  return selection

  function parse(): Selection {
    const found: Selection = new Map()
    for (;;) {
      const name = /^\w+/.exec(fields.slice(at))?.[0]
      if (!name) return refuse(400, 'invalidParameter', 'invalid field selection')
      at += name.length
      if (fields[at] === '(') {
        at++
        found.set(name, parse())
        if (fields[at++] !== ')') refuse(400, 'invalidParameter', 'invalid field selection')
      } else {
        found.set(name, undefined)
      }
      if (fields[at] !== ',') return found
      at++
    }
  }
}
