import type { Clock } from '../core/clock.ts'

export interface ServerSentEvent {
  event: string
  id: string
  data: unknown
}

export interface EventStreamOptions {
  /** Runs until it ends or the signal, which tells that nobody listens any more, is aborted. */
  events(signal: AbortSignal): AsyncIterable<ServerSentEvent>
  /** The id of the event before the first one, so that a client that has heard nothing yet can come back, too. */
  begin?: string | undefined
  clock: Clock
  /** Ends the stream when the daemon stops. */
  closing: AbortSignal
}

/** Proxies and clients give up on a connection that is silent for a minute or less. */
const keepAliveMs = 15_000

/** Of events that a client has not taken in: one that does not read would have us keep them all. */
const mostWaiting = 1000

/** A body of `text/event-stream` (WHATWG HTML, section 9.2): the events, and comments while there are none. */
export function eventStream({ events, begin, clock, closing }: EventStreamOptions): ReadableStream<Uint8Array> {
  const gone = new AbortController()
  const signal = AbortSignal.any([gone.signal, closing])
  const encoder = new TextEncoder()
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (text: string) => {
        if (!gone.signal.aborted) controller.enqueue(encoder.encode(text))
      }
      // At once, so that the client knows that it is connected.
      send(': connected\n\n')
      // Without data it is no event, but is remembered as the last id.
      if (begin !== undefined) send(`id: ${begin}\n\n`)
      void keepAlive(send)
      const isBehind = () => -(controller.desiredSize ?? 0) > mostWaiting
      void pump(send, isBehind).finally(() => {
        if (!gone.signal.aborted) controller.close()
        gone.abort()
      })
    },
    cancel() {
      gone.abort()
    },
  })

  /** A failure, or falling far behind, ends the stream without an `end` event: the client asks again, and goes on. */
  async function pump(send: (text: string) => void, isBehind: () => boolean): Promise<void> {
    try {
      for await (const { event, id, data } of events(signal)) {
        if (signal.aborted || isBehind()) return
        send(`event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`)
      }
    } catch {
      return
    }
  }

  async function keepAlive(send: (text: string) => void): Promise<void> {
    try {
      while (!signal.aborted) {
        await clock.sleep(keepAliveMs, signal)
        send(': keep-alive\n\n')
      }
    } catch {
      return
    }
  }
}
