/**
 * Carries the protocol from a program's standard input and output to the streamable HTTP transport of an inlet that
 * runs, message by message: what is answered is said there, in one place.
 */
import type { Readable, Writable } from 'node:stream'
import type { JSONRPCMessage, JSONRPCRequest, RequestId } from '@modelcontextprotocol/server'
import {
  isJSONRPCErrorResponse,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
} from '@modelcontextprotocol/server'
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio'
import { Failure, toFailure } from '../../core/errors.ts'
import { createHeaders } from './http-headers.ts'
import type { Post } from './http-post.ts'

export interface BridgeOptions {
  input: Readable
  output: Writable
  post: Post
  /** For people, who read what assistants log of the standard error. */
  complain(line: string): void
}

/** JSON-RPC 2.0's internal error: what a client shows is the message. */
const internalError = -32603

/** Resolves when the input has ended and everything that was asked is answered, or nobody reads answers any more. */
export function bridge({ input, output, post, complain }: BridgeOptions): Promise<void> {
  const transport = new StdioServerTransport(input, output)
  const headers = createHeaders()
  const underWay = new Map<RequestId, AbortController>()
  const { promise, resolve } = Promise.withResolvers<void>()
  let lastTrouble: string | undefined
  let hasEnded = false

  transport.onmessage = message => {
    if (isJSONRPCRequest(message)) return void ask(message)
    // Over HTTP a request is cancelled by letting go of its answer.
    if (isJSONRPCNotification(message) && message.method === 'notifications/cancelled') {
      underWay.get(message.params?.requestId as RequestId)?.abort()
      return
    }
    void tell(message)
  }
  transport.onerror = () => complain('inlet mcp: a line came that is no message of the protocol, and was left out')
  // The transport writes nothing once its input has ended, but what was asked by then wants its answers.
  transport.onclose = () => {
    hasEnded = true
    settle()
  }
  output.on('error', () => {
    for (const asking of underWay.values()) asking.abort()
  })
  void transport.start()
  return promise

  async function ask(request: JSONRPCRequest): Promise<void> {
    const { id } = request
    const abort = new AbortController()
    underWay.set(id, abort)
    let isAnswered = false
    try {
      for await (const message of post(request, headers.of(request), abort.signal)) {
        const answer = answersOf(message, id)
        headers.learn(request, answer)
        isAnswered ||= isJSONRPCResultResponse(answer) || isJSONRPCErrorResponse(answer)
        await write(answer)
      }
      if (!isAnswered) throw new Failure('unavailable', 'inlet stopped before it had answered: ask again')
      lastTrouble = undefined
    } catch (error) {
      if (abort.signal.aborted || isAnswered) return
      await answerTrouble(id, toFailure(error))
    } finally {
      underWay.delete(id)
      settle()
    }
  }

  function settle(): void {
    if (hasEnded && underWay.size === 0) resolve()
  }

  function write(message: JSONRPCMessage): Promise<void> {
    return new Promise((written, failed) => {
      output.write(`${JSON.stringify(message)}\n`, error => (error ? failed(error) : written()))
    })
  }

  /** Nobody waits for an answer to a notification. */
  async function tell(message: JSONRPCMessage): Promise<void> {
    try {
      for await (const _answer of post(message, headers.of(message), new AbortController().signal));
    } catch (error) {
      report(toFailure(error).message)
    }
  }

  async function answerTrouble(id: RequestId, { message }: Failure): Promise<void> {
    report(message)
    // The client may have gone meanwhile.
    await write({ jsonrpc: '2.0', id, error: { code: internalError, message } }).catch(() => {})
  }

  /** Once, until it is over. */
  function report(message: string): void {
    if (message !== lastTrouble) complain(`inlet mcp: ${message}`)
    lastTrouble = message
  }
}

/** An error that could not name its request is about the one that was sent. */
function answersOf(message: JSONRPCMessage, id: RequestId): JSONRPCMessage {
  return isJSONRPCErrorResponse(message) ? { ...message, id } : message
}
