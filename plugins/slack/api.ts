/**
 * Slack's methods as pages of objects. Every parameter goes as a form by POST, and each method waits for its own
 * `Retry-After`: Slack limits by method (https://docs.slack.dev/apis/web-api/rate-limits).
 */
import {
  type Context,
  Failure,
  type IdentifyContext,
  isFailure,
  isJsonObject,
  type JsonObject,
  objectAt,
  type Query,
  textAt,
} from '../../core/plugin.ts'

/** Slack takes limits under 1000, and answers fewer than asked for as it likes. */
export const largestPage = 999

export interface SlackPage {
  items: JsonObject[]
  /** False too where there is more and Slack gave no cursor for it. */
  isLast: boolean
}

/** One answer of a method. @throws Failure as `classify` says */
export function call(context: IdentifyContext, method: string, expect: readonly string[]): Promise<JsonObject> {
  return context.api.get<JsonObject>(address(context, method), { form: {}, expect, lane: method })
}

/** What they list belongs to one channel: trouble with it must not hold up the others. */
const ofOneChannel = new Set(['conversations.history', 'conversations.replies'])

/**
 * The pages of a method whose objects are in `member`, empty ones included.
 * @throws Failure as `classify` says; `bad_response` without the list; `invalid_cursor` as its `providerError` when
 *   Slack no longer knows a cursor it gave: see `isInvalidCursor`
 */
export async function* pages(
  context: Context,
  method: string,
  form: Query,
  member: string,
  ahead = false,
): AsyncGenerator<SlackPage, void, undefined> {
  const answers = context.api.pages<JsonObject>(address(context, method), {
    form,
    expect: [member],
    lane: method,
    item: ofOneChannel.has(method),
    parameter: 'cursor',
    next: nextCursor,
    ahead,
  })
  for await (const answer of answers) {
    const list = answer[member]
    if (!Array.isArray(list))
      throw new Failure('bad_response', `POST ${address(context, method)} gave no list of ${member}`)
    yield { items: list.filter(isJsonObject), isLast: !nextCursor(answer) && answer.has_more !== true }
  }
}

/**
 * All objects of a method, from the start again where a cursor died on the way, so that an object may come twice.
 * @throws Failure as `pages`, when a cursor dies in each of a few tries
 */
export async function* objects(
  context: Context,
  method: string,
  form: Query,
  member: string,
): AsyncGenerator<JsonObject, void, undefined> {
  for (let tries = 1; ; tries++) {
    try {
      for await (const page of pages(context, method, form, member)) yield* page.items
      return
    } catch (error) {
      if (!isInvalidCursor(error) || tries === 3) throw error
    }
  }
}

export function isInvalidCursor(error: unknown): boolean {
  return isFailure(error) && error.providerError === 'invalid_cursor'
}

function nextCursor(answer: JsonObject): string | undefined {
  return textAt(objectAt(answer, 'response_metadata'), 'next_cursor')
}

function address({ endpoints }: IdentifyContext, method: string): string {
  return `${endpoints.api}/${method}`
}
