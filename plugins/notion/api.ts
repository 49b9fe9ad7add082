/** Notion's requests: single objects that may be out of reach, and listings with opaque cursors. */
import {
  Failure,
  type IdentifyContext,
  isFailure,
  isSkippable,
  type JsonObject,
  listAt,
  objectAt,
  type Query,
  type RequestOptions,
  textAt,
} from '../../core/plugin.ts'

/** The most that Notion gives at once. */
const pageSize = 100
/** A cursor dies when Notion forgets it; then the listing begins again, this often. */
const mostTries = 3

export interface Listing {
  /** Below `/v1/`. */
  path: string
  query?: Query
  /** Asks by POST with this body. */
  json?: JsonObject
  /** It is of one page or database, which can be done without. */
  isOfItem?: boolean
}

export interface ListingEnd {
  /** Notion gives 10,000 results of a query at most, and says so. */
  isCut: boolean
}

/** One object. @throws Failure as `classify` says */
export function get(context: IdentifyContext, path: string): Promise<JsonObject> {
  return context.api.get<JsonObject>(address(context, path), { expect: ['object'] })
}

/** One object, or why it cannot be had: gone, not shared, a lasting fault, or a kind that the server does not have. */
export async function look(context: IdentifyContext, path: string): Promise<JsonObject | Failure> {
  try {
    return await context.api.get<JsonObject>(address(context, path), { expect: ['object'], item: true })
  } catch (error) {
    if (isOutOfReach(error)) return error
    throw error
  }
}

/**
 * Every object of a listing, empty pages passed over. A refused cursor begins the listing again: `take` may see an
 * object twice, and `restart` is told so.
 * @throws Failure as `classify` says; `bad_response` for a listing that does not get on
 */
export async function eachOf(
  context: IdentifyContext,
  listing: Listing,
  take: (object: JsonObject) => void,
  restart: () => void = () => {},
): Promise<ListingEnd> {
  for (let tries = 1; ; tries++) {
    const place: { cursor?: string } = {}
    try {
      return await drain(context, listing, take, place)
    } catch (error) {
      const isCursorRefused = isFailure(error) && error.status === 400 && place.cursor !== undefined
      if (!isCursorRefused || tries === mostTries) throw error
      restart()
    }
  }
}

/** Whether the failure is about what was asked for alone; a 400 is how Notion says that it does not support a kind. */
export function isOutOfReach(error: unknown): error is Failure {
  return isSkippable(error) || (isFailure(error, 'bad_response') && [400, 405, 501].includes(error.status ?? 0))
}

/** Whether the server has no such route at all: no word of Notion's own that the object is not there. */
export function isNoRoute({ status, providerError }: Failure): boolean {
  return status === 405 || status === 501 || (status === 404 && providerError !== 'object_not_found')
}

/** A failure that `skip` takes. */
export function skippable(failure: Failure): Failure {
  if (isSkippable(failure)) return failure
  const { message, status, providerError } = failure
  return new Failure('item_unreadable', message, { status, providerError, cause: failure })
}

async function drain(
  context: IdentifyContext,
  listing: Listing,
  take: (object: JsonObject) => void,
  place: { cursor?: string },
): Promise<ListingEnd> {
  const seen = new Set<string>()
  for (;;) {
    const answer = await context.api.get<JsonObject>(address(context, listing.path), turn(listing, place.cursor))
    if (!Array.isArray(answer.results)) throw unfit(listing, 'gave no list of results')
    for (const object of listAt(answer, 'results')) take(object)
    const next = answer.has_more === false ? undefined : textAt(answer, 'next_cursor')
    if (next === undefined) {
      if (answer.has_more === true) throw unfit(listing, 'has more and gave no cursor for it')
      return { isCut: textAt(objectAt(answer, 'request_status'), 'type') === 'incomplete' }
    }
    if (seen.has(next)) throw unfit(listing, 'gave the same cursor twice')
    seen.add(next)
    place.cursor = next
  }
}

function turn({ query, json, isOfItem: item }: Listing, cursor: string | undefined): RequestOptions {
  const paging = { page_size: pageSize, ...(cursor === undefined ? {} : { start_cursor: cursor }) }
  return {
    expect: ['results'],
    item,
    ...(json ? { json: { ...json, ...paging } } : { query: { ...query, ...paging } }),
  }
}

function unfit({ path, json }: Listing, what: string): Failure {
  return new Failure('bad_response', `${json ? 'POST' : 'GET'} /v1/${path} ${what}`)
}

function address({ endpoints }: IdentifyContext, path: string): string {
  const base = endpoints.api?.replace(/\/+(v1\/*)?$/, '')
  if (!base) throw new Failure('bad_config', 'endpoints.api of notion is missing: give the URL of the API')
  return `${base}/v1/${path}`
}
