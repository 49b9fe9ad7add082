/** How this bench's fakes answer: prepared bytes, and no more work than that. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { accessToken } from './peers-token.ts'

export interface Answer {
  status: number
  type: string
  body: Buffer
}

export function json(body: unknown, status = 200): Answer {
  return { status, type: 'application/json; charset=UTF-8', body: Buffer.from(JSON.stringify(body)) }
}

/** An error of Google's, as far as programs look at it. */
export function refusal(status: number): Answer {
  return json({ error: { code: status, message: 'refused' } }, status)
}

export function isKnown(request: IncomingMessage): boolean {
  return request.headers.authorization === `Bearer ${accessToken}`
}

export function send(response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': body.length }).end(body)
}
