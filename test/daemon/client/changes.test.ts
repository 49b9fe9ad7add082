import { createClient } from 'inlet/client'
import { describe, expect, it } from 'vitest'

/** A feed that answers each time with so many entities, and how often it was waited for. */
function feed(...counts: number[]) {
  const asked: string[] = []
  const slept: number[] = []
  const stop = new AbortController()
  const client = createClient({
    baseUrl: 'http://inlet.example/base/',
    fetch: async input => {
      asked.push(String(input))
      const count = counts.shift() ?? 0
      const page = { entities: Array.from({ length: count }, () => ({})), next_cursor: String(asked.length) }
      return Response.json(page)
    },
    sleep: async (ms, signal) => {
      slept.push(ms)
      if (counts.length === 0) stop.abort(new Error('enough'))
      signal?.throwIfAborted()
    },
  })
  return { client, asked, slept, signal: stop.signal }
}

describe('the changes of a collection', () => {
  it('are followed as they come; a page without any tells once that all is there', async () => {
    const { client, asked, slept, signal } = feed(2, 0, 0, 3, 0)
    const sizes: number[] = []
    const follow = async () => {
      for await (const { entities } of client.changes('a b', { follow: true, pollMs: 70, limit: 2, signal }))
        sizes.push(entities.length)
    }
    await expect(follow()).rejects.toThrow('enough')
    expect(sizes).toEqual([2, 0, 3, 0])
    expect(slept).toEqual([70, 70, 70])
    const base = 'http://inlet.example/base/collections/a%20b/entities'
    expect(asked.map(url => url.replace(base, ''))).toEqual([
      '?limit=2',
      '?after=1&limit=2',
      '?after=2&limit=2',
      '?after=3&limit=2',
      '?after=4&limit=2',
    ])
  })

  it('end where nobody waits for more', async () => {
    const { client, slept } = feed(1, 1, 0)
    const cursors: string[] = []
    for await (const { next_cursor } of client.changes('a', { after: 'x', include_raw: false }))
      cursors.push(next_cursor)
    expect(cursors).toEqual(['1', '2', '3'])
    expect(slept).toEqual([])
  })
})
