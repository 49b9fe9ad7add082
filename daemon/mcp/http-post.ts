/** One message to an inlet that runs, and what it answers. */
import { Agent, type IncomingMessage, request } from 'node:http'
import {
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResponse,
  type JSONRPCMessage,
} from '@modelcontextprotocol/server'
import { Failure } from '../../core/errors.ts'
import { isJsonObject, type JsonObject } from '../../core/json.ts'

/** @throws Failure `unavailable` in words for the person whose assistant it is */
export type Post = (
  message: JSONRPCMessage,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => AsyncIterable<JSONRPCMessage>

export interface PostOptions {
  url: URL
  /** Asked for at each message, since a daemon that starts later may have made it meanwhile. */
  key(): Promise<string>
  /** What to say where nobody answers. */
  unanswered(error: unknown): Failure
}

export function createPost({ url, key, unanswered }: PostOptions): Post {
  return async function* (message, headers, signal) {
    const all = { ...headers, 'X-API-Key': await key() }
    const response = await send(url, all, JSON.stringify(message), signal).catch((error: unknown) => {
      throw unanswered(error)
    })
    const type = response.headers['content-type'] ?? ''
    if (type.startsWith('text/event-stream')) {
      for await (const data of eventsOf(response)) yield messageOf(data)
      return
    }
    const text = await textOf(response)
    const status = response.statusCode ?? 0
    if (status === 202) return
    // The protocol's own errors have a body of its own, whatever their status.
    if (type.startsWith('application/json')) return yield messageOf(text)
    throw new Failure('unavailable', detailOf(text) ?? `inlet answered ${status} at ${url.origin}`)
  }
}

/** Not `fetch`: an agent of its own goes through no proxy, whatever the environment says. */
function send(
  url: URL,
  headers: Readonly<Record<string, string>>,
  content: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const all = {
      ...headers,
      Accept: 'application/json, text/event-stream',
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(content),
    }
    const asking = request(url, { method: 'POST', headers: all, agent: new Agent(), signal })
    asking.once('response', resolve)
    asking.once('error', reject)
    asking.end(content)
  })
}

/** The data of each server-sent event (WHATWG HTML, section 9.2). */
async function* eventsOf(response: IncomingMessage): AsyncGenerator<string, void, undefined> {
  let buffer = ''
  for await (const chunk of decoded(response)) {
    const events = `${buffer}${chunk}`.split(/\r?\n\r?\n/)
    buffer = events.pop() ?? ''
    for (const event of events) {
      const lines = event.split(/\r?\n/).filter(line => line.startsWith('data:'))
      if (lines.length > 0) yield lines.map(line => line.slice('data:'.length).replace(/^ /, '')).join('\n')
    }
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of decoded(response)) text += chunk
  return text
}

async function* decoded(response: IncomingMessage): AsyncGenerator<string, void, undefined> {
  response.setEncoding('utf8')
  try {
    for await (const chunk of response) yield String(chunk)
  } catch (error) {
    throw new Failure('unavailable', 'inlet stopped before it had answered: ask again', { cause: error })
  }
}

function messageOf(text: string): JSONRPCMessage {
  const value = parsed(text)
  // Servers that could not read a request's id say null, which is no id.
  const message = isJsonObject(value) && value.id === null ? withoutId(value) : value
  if (isJSONRPCResponse(message) || isJSONRPCNotification(message) || isJSONRPCRequest(message)) return message
  throw new Failure('unavailable', 'what answers is no inlet: set INLET_PORT to where inlet listens')
}

function withoutId({ id: _id, ...message }: JsonObject): JsonObject {
  return message
}

function detailOf(text: string): string | undefined {
  const problem = parsed(text)
  return isJsonObject(problem) && typeof problem.detail === 'string' ? problem.detail : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
