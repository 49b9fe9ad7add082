/** Server-sent events (WHATWG HTML, section 9.2), read from `fetch`, and asked for again when they break off. */
import { InletError } from './problem.ts'
import { type Connection, send } from './request.ts'
import type { Sleep } from './sleep.ts'

export interface StreamEvent {
  event: string
  id: string | undefined
  data: string
}

export interface StreamOptions {
  signal?: AbortSignal | undefined
  /** The id of the last event that was seen: what came after it comes first. */
  after?: string | undefined
}

const firstWaitMs = 500
const longestWaitMs = 30_000

/**
 * The events at the path, through restarts of the daemon and broken connections, until the server says that there are
 * no more (204), the caller breaks the loop, or the signal.
 * @throws InletError where asking again would not help; what `fetch` throws, if inlet was never reached; the signal's reason
 */
export async function* followStream(
  connection: Connection,
  sleep: Sleep,
  path: string,
  { signal, after }: StreamOptions,
): AsyncGenerator<StreamEvent, void, undefined> {
  let last = after
  let wasReached = false
  let waitMs = firstWaitMs
  for (;;) {
    try {
      const headers = { Accept: 'text/event-stream', ...(last === undefined ? {} : { 'Last-Event-ID': last }) }
      const answer = await send(connection, path, { headers, signal })
      wasReached = true
      if (answer.status === 204) return
      for await (const event of readEvents(answer)) {
        last = event.id ?? last
        waitMs = firstWaitMs
        yield event
      }
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof InletError ? !isPassing(error) : !wasReached) throw error
      if (error instanceof InletError) waitMs = Math.max(waitMs, error.retryAfterMs ?? 0)
    }
    await sleep(waitMs, signal)
    waitMs = Math.min(waitMs * 2, longestWaitMs)
  }
}

function isPassing({ status }: InletError): boolean {
  return status === 408 || status === 429 || status >= 500
}

/** The events of one answer, until it ends. */
export async function* readEvents(answer: Response): AsyncGenerator<StreamEvent, void, undefined> {
  if (!answer.body) return
  let event = { name: '', id: undefined as string | undefined, data: [] as string[] }
  for await (const line of readLines(answer.body)) {
    if (line === '') {
      if (event.data.length > 0) yield { event: event.name || 'message', id: event.id, data: event.data.join('\n') }
      event = { name: '', id: undefined, data: [] }
      continue
    }
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
    if (field === 'event') event.name = value
    else if (field === 'data') event.data.push(value)
    else if (field === 'id' && !value.includes('\0')) event.id = value
  }
}

async function* readLines(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const lines = (rest + decoder.decode(value, { stream: true })).split(/\r\n|\n|\r(?!$)/)
      rest = lines.pop() ?? ''
      yield* lines
    }
  } finally {
    // Whoever stops listening lets the server know.
    await reader.cancel().catch(() => {})
  }
}
