/** What routes answer: JSON, in the type that the API's description has for it. */
import type { TypedResponse } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { JSONParsed } from 'hono/utils/types'
import { type JsonText, toJsonText } from '../json-text.ts'
import { TextResponse } from '../text-response.ts'

export type JsonAnswer<Body, Status extends ContentfulStatusCode> = Response &
  TypedResponse<JSONParsed<Body>, Status, 'json'>

/** The same answer as Hono's `context.json(body, status)`, without the headers that were set on the context. */
export function answerJson<Body, Status extends ContentfulStatusCode>(body: Body, status: Status) {
  return answerJsonText(toJsonText(body), status)
}

/** For bodies that are the same again and again. */
export function answerJsonText<Body, Status extends ContentfulStatusCode>(text: JsonText<Body>, status: Status) {
  const answer: Response = new TextResponse(text, { status, headers: { 'Content-Type': 'application/json' } })
  return answer as JsonAnswer<Body, Status>
}
