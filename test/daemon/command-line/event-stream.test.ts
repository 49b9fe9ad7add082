import { describe, expect, it } from 'vitest'
import { readEvents } from '../../../daemon/commands/event-stream.ts'

async function read(...pieces: (string | Uint8Array)[]) {
  async function* bytes() {
    for (const piece of pieces) yield typeof piece === 'string' ? new TextEncoder().encode(piece) : piece
  }
  const events = []
  for await (const event of readEvents(bytes())) events.push(event)
  return events
}

describe('a stream of events', () => {
  it('is read however its bytes are cut, also inside a character', async () => {
    const stream = new TextEncoder().encode(': connected\n\nevent: progress\nid: 1\ndata: {"name":"Zürich 東京"}\n\n')
    const expected = [{ event: 'progress', id: '1', data: { name: 'Zürich 東京' } }]
    for (let size = 1; size < 12; size++) {
      const pieces = []
      for (let at = 0; at < stream.length; at += size) pieces.push(stream.slice(at, at + size))
      expect(await read(...pieces)).toEqual(expected)
    }
  })

  it('has comments and half events in it that are none', async () => {
    const first = { event: 'message', id: '', data: [1, 2] }
    expect(await read(': keep-alive\n\ndata: [1,\ndata: 2]\n\n', 'event: end\ndata: {}\n')).toEqual([first])
  })
})
