/**
 * Pages by cursor, as small and as awkward as Slack's may be: before the first item comes an empty page, as Slack gives
 * when it filters after paging, and a cursor is good for its method and parameters only.
 */
import type { JsonObject } from '../../core/plugin.ts'
import type { FakeResponse } from './fake-server.ts'
import { failure } from './fake-slack-protocol.ts'

export interface SlackPages {
  /** One page, in an answer; or why there is none. */
  page<Item extends JsonObject>(list: PagedList<Item>): FakeResponse
  /** Every cursor given so far becomes invalid. */
  expire(): void
}

export interface PagedList<Item extends JsonObject> {
  method: string
  form: ReadonlyMap<string, string>
  items: readonly Item[]
  /** The member of the answer that holds them. */
  member: string
  show(item: Item): JsonObject
  /** Further members of the answer. */
  rest?: JsonObject
  /** What every page begins with. */
  repeated?: readonly JsonObject[]
  /** The most that one page holds, whatever `limit` asks for. */
  mostItems: number
}

export function createSlackPages(): SlackPages {
  let era = 0
  return {
    page: list => pageOf(list, era),
    expire() {
      era++
    },
  }
}

function pageOf<Item extends JsonObject>(list: PagedList<Item>, era: number): FakeResponse {
  const { method, form, items, member, show, rest = {}, repeated = [], mostItems } = list
  const limit = Number(form.get('limit') ?? '100')
  if (!Number.isInteger(limit) || limit < 1 || limit > 999) return failure('invalid_limit')
  const bound = JSON.stringify([era, method, ...[...form].filter(([key]) => key !== 'cursor').sort()])
  const cursor = form.get('cursor') || undefined
  let start = 0
  if (cursor !== undefined) {
    const [sealed, from] = decode(cursor)
    if (sealed !== bound) return failure('invalid_cursor')
    // By place, not by count, so that what comes and goes meanwhile shifts nothing; a cursor's own item may be gone.
    start = from === '' ? 0 : items.findIndex(item => keyOf(item) === from)
    if (start < 0) start = placeOf(items, from ?? '')
  }
  const size = Math.min(limit, mostItems)
  const isEmptyFirst = cursor === undefined && items.length > size
  const shown = isEmptyFirst ? [] : items.slice(start, start + size)
  const following = isEmptyFirst ? items[0] : items[start + size]
  const next = following ? encode([bound, isEmptyFirst ? '' : keyOf(following)]) : ''
  const more = member === 'messages' ? { has_more: next !== '' } : {}
  const answer = { [member]: [...repeated, ...shown.map(show)], ...more, ...rest }
  return { body: { ok: true, ...answer, response_metadata: { next_cursor: next } } }
}

/**
 * Where an item that is gone would be. The cursor of messages is a time (`next_ts:…` in base64), so that they go on
 * behind it: https://docs.slack.dev/apis/web-api/pagination
 */
function placeOf(items: readonly JsonObject[], key: string): number {
  const first = keyOf(items[0] ?? {})
  const isNewestFirst = first > keyOf(items.at(-1) ?? {})
  const place = items.findIndex(item => (isNewestFirst ? keyOf(item) < key : keyOf(item) > key))
  return place < 0 ? items.length : place
}

function keyOf(item: JsonObject): string {
  return String(item.ts ?? item.id)
}

function encode(parts: readonly string[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

function decode(cursor: string): string[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(parts) ? parts.map(String) : []
  } catch {
    return []
  }
}
