/** What every answer of Notion's has in common: errors, bodies with known members only, pages with bound cursors. */
import type { JsonObject } from '../../core/plugin.ts'
import type { FakeRequest, FakeResponse } from './fake-server.ts'

export interface Pager {
  /** Every cursor given so far becomes invalid. */
  expire(): void
  /** One page of what is asked for in the query, if that has allowed members only. */
  list(request: FakeRequest, items: { id: string }[], allowed: readonly string[]): FakeResponse
  /** One page; the second one may be empty, as a page is when all of it was filtered away. */
  page<Item extends { id: string }>(
    request: FakeRequest,
    given: JsonObject,
    items: readonly Item[],
    show: (item: Item) => object,
    type: string,
    more?: JsonObject,
  ): FakeResponse
}

/** @param pageSize the most that one answer holds, whatever `page_size` asks for */
export function createPager(pageSize: number, hasEmptyPages: boolean, reads: () => number): Pager {
  let era = 0
  const pager: Pager = {
    expire() {
      era++
    },
    list(request, items, allowed) {
      if ([...request.query.keys()].some(key => !allowed.includes(key))) return invalid()
      const size = request.query.get('page_size')
      const given = { ...Object.fromEntries(request.query), ...(size === null ? {} : { page_size: Number(size) }) }
      return pager.page(request, given, items, item => item, 'block')
    },
    page(request, { start_cursor: cursor, page_size: size = 100, ...rest }, items, show, type, more = {}) {
      if (!Number.isInteger(size) || Number(size) < 1 || Number(size) > 100) return invalid()
      const bound = JSON.stringify([era, request.path, rest])
      const most = Math.min(Number(size), pageSize)
      let start = 0
      let isAfterEmpty = false
      if (cursor !== undefined) {
        const [sealed, from, mark] = decode(String(cursor))
        if (sealed !== bound) return invalid()
        // By place, not by count, so that what comes and goes meanwhile shifts nothing.
        start = items.findIndex(({ id }) => id === from)
        if (start < 0) start = items.length
        isAfterEmpty = mark === 'empty'
      }
      const isEmpty = hasEmptyPages && cursor !== undefined && start === most && !isAfterEmpty
      const shown = isEmpty ? [] : items.slice(start, start + most)
      const next = isEmpty ? items[start] : items[start + most]
      const following = next ? encode([bound, next.id, isEmpty ? 'empty' : '']) : null
      const results = shown.map(show)
      return {
        body: {
          object: 'list',
          results,
          next_cursor: following,
          has_more: following !== null,
          type,
          [type]: {},
          ...more,
          request_id: String(reads()),
        },
      }
    },
  }
  return pager
}

export function bodyOf(request: FakeRequest, allowed: readonly string[]): JsonObject | undefined {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) return undefined
  const body = JSON.parse(request.body) as JsonObject
  return Object.keys(body).every(key => allowed.includes(key)) ? body : undefined
}

export function error(status: number, code: string): FakeResponse {
  return { status, body: { object: 'error', status, code, message: `${code} at the fake`, request_id: 'request' } }
}

export function invalid(code = 'validation_error'): FakeResponse {
  return error(400, code)
}

export function missing(): FakeResponse {
  return error(404, 'object_not_found')
}

export function restricted(): FakeResponse {
  return error(403, 'restricted_resource')
}

function encode(parts: readonly string[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

function decode(cursor: string): string[] {
  try {
    return (JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[]).map(String)
  } catch {
    return []
  }
}
