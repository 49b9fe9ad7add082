/** How requests to a provider are written and its answers read: pure, so that `api.ts` is left with what to do about them. */
import { holdsSecret } from './echo.ts'
import { type Code, Failure } from './errors.ts'
import { isJsonObject, type Json } from './json.ts'
import type { Query, RequestOptions } from './plugin.ts'
import type { HttpAnswer } from './transport.ts'

export function malformation(json: unknown, expect: readonly string[] = [], where: string): Failure | undefined {
  if (json === undefined) return new Failure('bad_response', `${where} answered something that is not JSON`)
  const missing = expect.find(name => !isJsonObject(json) || json[name] === undefined)
  return missing === undefined
    ? undefined
    : new Failure('bad_response', `${where} answered without the member "${missing}"`)
}

/** What a status means when the plugin does not know better. */
export function codeOf(status: number): Code | undefined {
  if (status >= 200 && status < 300) return undefined
  if (status === 401) return 'unauthorized'
  if (status === 403) return 'item_forbidden'
  if (status === 404 || status === 410) return 'item_missing'
  if (status === 429) return 'rate_limited'
  if (status >= 500 || status === 408 || status === 425) return 'unavailable'
  return 'bad_response'
}

export const hints: Partial<Record<Code, string>> = {
  unauthorized: ': the token was refused',
  rate_limited: ': too many requests',
  unavailable: ': the provider has a problem of its own',
}

/** How failures name a request: without its query, in which there may be anything. */
export function describe(address: URL | null, request: RequestOptions): string {
  return `${methodOf(request)} ${address ? address.origin + address.pathname : 'an unreadable address'}`
}

export function methodOf({ body, json, form }: RequestOptions): 'GET' | 'POST' {
  return body || json !== undefined || form ? 'POST' : 'GET'
}

export function bodyOf(request: RequestOptions): [string | Uint8Array | undefined, string | undefined] {
  if (request.body) return [request.body.content, request.body.contentType]
  if (request.json !== undefined) return [JSON.stringify(request.json), 'application/json']
  if (request.form) return [toParameters(request.form), 'application/x-www-form-urlencoded']
  return [undefined, undefined]
}

/** https://url.spec.whatwg.org/#concept-urlencoded-serializer */
function toParameters(query: Query): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue
    for (const one of Array.isArray(value) ? value : [value]) parameters.append(name, String(one))
  }
  return parameters.toString()
}

/** The address with the query after what it has of one. */
export function withQuery(url: string, query: Query | undefined): string {
  const parameters = query ? toParameters(query) : ''
  if (parameters === '') return url
  const [address = '', ...fragment] = url.trim().split('#')
  const between = !address.includes('?') ? '?' : /[?&]$/.test(address) ? '' : '&'
  return [`${address}${between}${parameters}`, ...fragment].join('#')
}

export function withParameter(request: RequestOptions, name: string, value: string): RequestOptions {
  if (request.form) return { ...request, form: { ...request.form, [name]: value } }
  return { ...request, query: { ...request.query, [name]: value } }
}

/** Whether `classify` may find something in the body: an error, or Slack's `ok: false` with a good status. */
export function isWorthParsing(answer: HttpAnswer): boolean {
  return answer.status >= 400 || (answer.headers['content-type']?.includes('json') ?? false)
}

export function parseJson(bytes: Uint8Array): Json | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Json
  } catch {
    return undefined
  }
}

export function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308
}

export function isLoopback({ hostname }: URL): boolean {
  return /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(hostname)
}

/** A provider or gateway that repeats the token in its answer must not bring it into a message. */
export function withoutSecret(failure: Failure, secret: string, where: string): Failure {
  const { code, message, status, retryAfterMs, providerError } = failure
  // The address is ours, and may share a word with a token of few signs.
  if (!holdsSecret(message.replaceAll(where, ' '), secret) && !holdsSecret(providerError ?? '', secret)) return failure
  return new Failure(code, `${where} answered ${status ?? 'with an error'}${hints[code] ?? ''}`, {
    status,
    retryAfterMs,
  })
}
