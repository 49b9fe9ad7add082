import { describe, expect, it } from 'vitest'
import { eventStream, type ServerSentEvent } from '../../daemon/server-sent-events.ts'
import { fakeClock, settle } from '../support/fake-clock.ts'

function event(id: string): ServerSentEvent {
  return { event: 'progress', id, data: { text: 'two\nlines' } }
}

/** A source of events that goes on until it is ended or nobody listens. */
function source() {
  const waiting: (() => void)[] = []
  const pending: ServerSentEvent[] = []
  let ended = false
  const state = { signal: undefined as AbortSignal | undefined, over: false }
  const wake = () => {
    for (const resolve of waiting.splice(0)) resolve()
  }
  return {
    state,
    push(next: ServerSentEvent) {
      pending.push(next)
      wake()
    },
    end() {
      ended = true
      wake()
    },
    async *events(signal: AbortSignal) {
      state.signal = signal
      signal.addEventListener('abort', wake)
      try {
        while (!signal.aborted) {
          const next = pending.shift()
          if (next) yield next
          else if (ended) return
          else await new Promise<void>(resolve => waiting.push(resolve))
        }
      } finally {
        state.over = true
      }
    },
  }
}

function open(events: (signal: AbortSignal) => AsyncIterable<ServerSentEvent>) {
  const clock = fakeClock()
  const closing = new AbortController()
  const reader = eventStream({ events, clock, closing: closing.signal }).getReader()
  const read = async () => {
    const { done, value } = await reader.read()
    return done ? undefined : new TextDecoder().decode(value)
  }
  return { clock, closing, reader, read }
}

describe('a stream of events', () => {
  it('begins at once, carries each event in lines of its own, and ends with its source', async () => {
    const events = source()
    const { read } = open(events.events)
    expect(await read()).toBe(': connected\n\n')
    events.push(event('1'))
    expect(await read()).toBe('event: progress\nid: 1\ndata: {"text":"two\\nlines"}\n\n')
    events.end()
    expect(await read()).toBeUndefined()
    expect(events.state.over).toBe(true)
  })

  it('says something every fifteen seconds, so that nobody gives it up', async () => {
    const events = source()
    const { read, clock } = open(events.events)
    await read()
    await clock.advance(15_000)
    expect(await read()).toBe(': keep-alive\n\n')
    await clock.advance(15_000)
    expect(await read()).toBe(': keep-alive\n\n')
    events.end()
    expect(await read()).toBeUndefined()
    await settle()
    expect(clock.sleeping).toBe(0)
  })

  it('lets go of its source when the client has gone', async () => {
    const events = source()
    const { reader, read, clock } = open(events.events)
    await read()
    await reader.cancel()
    await settle()
    expect([events.state.signal?.aborted, events.state.over, clock.sleeping]).toEqual([true, true, 0])
  })

  it('ends when the daemon stops', async () => {
    const events = source()
    const { closing, read, clock } = open(events.events)
    await read()
    closing.abort()
    expect(await read()).toBeUndefined()
    await settle()
    expect([events.state.over, clock.sleeping]).toEqual([true, 0])
  })

  it('ends quietly when its source fails', async () => {
    const { read } = open(async function* () {
      yield event('1')
      throw new Error('no more')
    })
    expect([await read(), (await read())?.slice(0, 15), await read()]).toEqual([
      ': connected\n\n',
      'event: progress',
      undefined,
    ])
  })

  it('ends for a client that takes nothing in, instead of keeping everything for it', async () => {
    let given = 0
    const over = Promise.withResolvers<void>()
    const { read } = open(async function* (signal) {
      try {
        while (!signal.aborted && given < 10_000) yield event(String(++given))
      } finally {
        over.resolve()
      }
    })
    await over.promise
    expect(given).toBeGreaterThan(1000)
    expect(given).toBeLessThan(1010)
    let taken = 0
    while ((await read()) !== undefined) taken++
    expect(taken).toBeGreaterThan(1000)
  })
})
