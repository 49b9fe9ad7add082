/** What can go wrong with pages, done to any provider's answers by their description alone. */
import type { HttpAnswer, HttpRequest } from '../../../core/transport.ts'
import type { Paging } from './fixture.ts'
import type { WireRequest } from './wire.ts'

/** Marks the token of a page that the suite has put in front of the real one. */
const mark = 'after-an-empty-page.'

type Members = Record<string, unknown>

export function pagingOf(pagings: readonly Paging[], { url }: { url: URL }): Paging | undefined {
  return pagings.find(({ path }) => path.test(url.pathname))
}

/** The token or link of the next page, if there is one. Where there is no more it is where the next sync goes on. */
export function nextOf(answer: HttpAnswer, { next, more = [] }: Paging): string | undefined {
  const body = parse(answer)
  if (more.some(name => body[name] !== true)) return undefined
  const value = at(body, next)
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Which page a request asks for: its token, `undefined` for the first one. A link is its own token. */
export function tokenOf({ url, body }: Pick<WireRequest, 'url' | 'body'>, { parameter }: Paging): string | undefined {
  if (parameter === undefined) return url.href
  const query = url.searchParams.get(parameter)
  if (query !== null || body === '') return query ?? undefined
  if (!body.startsWith('{')) return new URLSearchParams(body).get(parameter) ?? undefined
  const member = (JSON.parse(body) as Members)[parameter]
  return typeof member === 'string' ? member : undefined
}

export function isAfterEmpty(request: Pick<WireRequest, 'url' | 'body'>, paging: Paging): boolean {
  return tokenOf(request, paging)?.includes(mark) ?? false
}

/** The same answer without its items, and with a next page: the one that was asked for. */
export function emptied(answer: HttpAnswer, request: WireRequest, paging: Paging): HttpAnswer {
  const { parameter, items, next, more = [], last = [] } = paging
  const body = parse(answer)
  if (!Array.isArray(at(body, items))) return answer
  const token = mark + (tokenOf(request, paging) ?? '')
  set(body, items, [])
  set(body, next, parameter === undefined ? marked(request.url) : token)
  for (const name of more) body[name] = true
  for (const name of last) delete body[name]
  return unparse(answer, body)
}

/** The same answer with another next page. */
export function redirected(answer: HttpAnswer, { next }: Paging, token: string): HttpAnswer {
  const body = parse(answer)
  set(body, next, token)
  return unparse(answer, body)
}

/** A request as the provider knows it, without the marks of `emptied`. */
export function unmarked(request: HttpRequest): HttpRequest {
  const { body } = request
  const url = request.url.includes(mark) ? withoutMarks(request.url) : request.url
  if (typeof body !== 'string' || !body.includes(mark)) return { ...request, url }
  return { ...request, url, body: body.startsWith('{') ? plainJson(body) : withoutMarks(`?${body}`).slice(1) }
}

/** A member that had nothing but the mark was not there at first. */
function withoutMarks(url: string): string {
  const [path = '', query = ''] = url.split('?')
  const pairs = query.split('&').filter(pair => !pair.endsWith(`=${mark}`))
  return pairs.length === 0 ? path : `${path}?${pairs.join('&').replaceAll(mark, '')}`
}

function plainJson(body: string): string {
  const members = Object.entries(JSON.parse(body) as Members).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.replace(mark, '') : value,
  ])
  return JSON.stringify(Object.fromEntries(members.filter(([, value]) => value !== '')))
}

function marked(url: URL): string {
  return `${url.href}${url.search === '' ? '?' : '&'}suite=${mark}`
}

function parse({ body }: HttpAnswer): Members {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body))
    return typeof value === 'object' && value !== null ? (value as Members) : {}
  } catch {
    return {}
  }
}

function unparse(answer: HttpAnswer, body: Members): HttpAnswer {
  return { ...answer, body: new TextEncoder().encode(JSON.stringify(body)) }
}

function at(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return value
  return typeof value === 'object' && value !== null ? at((value as Members)[name], rest) : undefined
}

function set(value: Members, [name = '', ...rest]: readonly string[], member: unknown): void {
  if (rest.length === 0) value[name] = member
  else {
    const inner = value[name]
    const next = typeof inner === 'object' && inner !== null ? (inner as Members) : {}
    value[name] = next
    set(next, rest, member)
  }
}
