/** Streams that break off, as networks and restarts have it; the daemon's own are in client.test.ts. */
import { createClient, type Event, InletError } from 'inlet/client'
import { describe, expect, it } from 'vitest'
import { readEvents } from '../../../daemon/client/event-stream.ts'

const event = (id: string) => `event: job.cancelled\nid: ${id}\ndata: {"type":"job.cancelled","id":"${id}"}\n\n`

type Step = string | number | Error | { status: number; retryAfter: string }

/** A server that answers each time with the next step: a body, a status, or none at all. */
function scripted(...steps: Step[]) {
  const asked: (string | undefined)[] = []
  const slept: number[] = []
  const stop = new AbortController()
  const client = createClient({
    fetch: async (_url, init) => {
      asked.push(new Headers(init?.headers).get('last-event-id') ?? undefined)
      const step = steps.shift()
      if (step === undefined) stop.abort(new Error('no more steps'))
      init?.signal?.throwIfAborted()
      if (step instanceof Error) throw step
      if (typeof step === 'string') return new Response(step, { headers: { 'content-type': 'text/event-stream' } })
      const { status, retryAfter } = typeof step === 'object' ? step : { status: step ?? 500, retryAfter: undefined }
      return new Response(null, { status, headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter } })
    },
    sleep: async ms => void slept.push(ms),
  })
  return { client, asked, slept, signal: stop.signal }
}

async function idsOf(events: AsyncIterable<Event>): Promise<string[]> {
  const ids: string[] = []
  try {
    for await (const { id } of events) ids.push(id)
  } catch (error) {
    ids.push(error instanceof InletError ? String(error.status) : String((error as Error).message))
  }
  return ids
}

describe('a stream of events', () => {
  it('is asked for again from the last event when it breaks off, and waits longer each time that there is nothing', async () => {
    const { client, asked, slept, signal } = scripted(
      event('1') + event('2'),
      new TypeError('fetch failed'),
      503,
      { status: 503, retryAfter: '20' },
      event('3'),
    )
    expect(await idsOf(client.events({ signal }))).toEqual(['1', '2', '3', 'no more steps'])
    expect(asked).toEqual([undefined, '2', '2', '2', '2', '3'])
    expect(slept).toEqual([500, 1000, 2000, 20_000, 500])
  })

  it('never waits longer than half a minute by itself', async () => {
    const { client, slept, signal } = scripted(event('1'), ...Array.from({ length: 9 }, () => 502))
    await idsOf(client.events({ signal }))
    expect(slept.at(-1)).toBe(30_000)
    expect(Math.max(...slept)).toBe(30_000)
  })

  it('ends where asking again would not help', async () => {
    expect(await idsOf(scripted(event('1'), 401).client.events())).toEqual(['1', '401'])
    expect(await idsOf(scripted(404).client.events())).toEqual(['404'])
    expect(await idsOf(scripted(new TypeError('fetch failed')).client.events())).toEqual(['fetch failed'])
    expect(await idsOf(scripted(event('1'), 204).client.events())).toEqual(['1'])
  })

  it('goes on after an event that was seen before', async () => {
    const { client, asked, signal } = scripted(event('8'))
    expect(await idsOf(client.events({ after: '7', signal }))).toEqual(['8', 'no more steps'])
    expect(asked[0]).toBe('7')
  })

  it('of a job ends with it, and does not tell the end twice', async () => {
    const progress = (name: string, status: string) => `event: ${name}\nid: 1\ndata: {"status":"${status}"}\n\n`
    const { client } = scripted(
      progress('progress', 'in_progress'),
      progress('progress', 'completed') + progress('end', 'completed'),
    )
    const seen: string[] = []
    for await (const { status } of client.jobEvents('a', 'b')) seen.push(status)
    expect(seen).toEqual(['in_progress', 'completed'])
  })
})

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = []
  for await (const item of items) found.push(item)
  return found
}

describe('the format of events', () => {
  const read = async (...chunks: string[]) => {
    const bytes = chunks.map(chunk => new TextEncoder().encode(chunk))
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const chunk of bytes) controller.enqueue(chunk)
        controller.close()
      },
    })
    return all(readEvents(new Response(body)))
  }

  it('is read however it is cut and however its lines end', async () => {
    const wanted = [{ event: 'a', id: '1', data: 'x\ny' }]
    const text = ': hello\n\nevent: a\nid: 1\ndata: x\ndata:y\n\n'
    expect(await read(text)).toEqual(wanted)
    expect(await read(...text)).toEqual(wanted)
    expect(await read(...text.replaceAll('\n', '\r\n'))).toEqual(wanted)
    expect(await read(text.replaceAll('\n', '\r'), '\r')).toEqual(wanted)
  })

  it('gives no event that was cut off, nor one without data', async () => {
    expect(await read('event: a\n\ndata: 1\n\ndata: 2\n')).toEqual([{ event: 'message', id: undefined, data: '1' }])
  })

  it('keeps what is more than one byte whole', async () => {
    const bytes = new TextEncoder().encode('data: 🍎\n\n')
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(new Uint8Array([byte]))
        controller.close()
      },
    })
    expect((await all(readEvents(new Response(body)))).map(({ data }) => data)).toEqual(['🍎'])
  })
})
