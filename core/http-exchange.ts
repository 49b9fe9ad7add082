/**
 * One HTTP exchange whose answer is wanted whole: the chunks are taken as the parser gives them, without a stream in
 * between, which costs as much as all the rest of a small exchange.
 */
import type { Dispatcher } from 'undici'
import { tooLarge } from './http-body.ts'
import type { HttpAnswer } from './transport.ts'

/** A chunk is a part of what came from the wire, and keeps all of that: smaller ones are joined, so many at once. */
const smallBytes = 1024
const mostSmall = 512

/** @throws Failure `item_unreadable` beyond `maxBytes`; the signal's reason; what undici tells of a lost connection */
export function exchange(
  dispatcher: Dispatcher,
  message: Dispatcher.DispatchOptions,
  { maxBytes, signal, where }: { maxBytes: number; signal?: AbortSignal | undefined; where: string },
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const chunks: Uint8Array[] = []
    let length = 0
    /** How many of the last ones are small. */
    let small = 0
    let status = 0
    let headers: Record<string, string> = {}
    let controller: Dispatcher.DispatchController | undefined
    /** Whether nobody waits any more. */
    let isOver = false
    signal?.addEventListener('abort', abort)
    dispatcher.dispatch(message, {
      onRequestStart(started) {
        controller = started
        if (isOver) started.abort(new Error('given up before it began'))
      },
      onResponseStart(_controller, statusCode, fields) {
        // 1xx tell that the answer is still to come.
        if (statusCode < 200) return
        status = statusCode
        headers = flatten(fields)
      },
      onResponseData(_controller, chunk) {
        length += chunk.length
        if (length > maxBytes) return end(tooLarge(maxBytes, where))
        chunks.push(chunk)
        small = chunk.length < smallBytes ? small + 1 : 0
        if (small < mostSmall) return
        chunks.push(Buffer.concat(chunks.splice(-small)))
        small = 0
      },
      onResponseEnd() {
        if (!leave()) return
        const [first] = chunks
        resolve({ status, headers, body: chunks.length === 1 && first ? first : Buffer.concat(chunks, length) })
      },
      onResponseError(_controller, error) {
        if (leave()) reject(error)
      },
    })

    function abort(): void {
      end(signal?.reason)
    }

    function end(reason: Error): void {
      if (!leave()) return
      reject(reason)
      controller?.abort(reason)
    }

    /** Whether somebody was still waiting. */
    function leave(): boolean {
      if (isOver) return false
      isOver = true
      signal?.removeEventListener('abort', abort)
      return true
    }
  })
}

/** Names in lower case; what came more than once is joined. */
export function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : (value ?? '')
  }
  return flat
}
