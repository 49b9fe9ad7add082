import { expect, it } from 'vitest'
import type { ApiClient } from '../support/api-client.ts'
import { createFollower, type FeedEntity } from './follower.ts'

function entity(id: string, change: FeedEntity['change'], text = 'text'): FeedEntity {
  const names = { id: `uuid-${id}`, entity_id: id, entity_type: 'note', source_connection_id: 'one', name: id }
  return { ...names, text, change, synced_at: '2026-01-01T00:00:00.000Z' }
}

/** Gives each list as a page, then empty ones; an error in place of one where a kill comes. */
function feed(pages: (FeedEntity[] | Error)[]): { api: ApiClient; asked: string[] } {
  const asked: string[] = []
  const api = {
    async call(_method: string, path: string) {
      asked.push(new URL(path, 'http://feed').searchParams.get('after') ?? '')
      const page = pages.shift() ?? []
      if (page instanceof Error) throw page
      return { entities: page, next_cursor: `cursor-${asked.length}` }
    },
    async *events() {},
  }
  return { api: api as ApiClient, asked }
}

const cases: [string, FeedEntity[], string][] = [
  ['an entity that is told twice', [entity('a', 'inserted'), entity('a', 'inserted')], 'was told twice'],
  [
    'an entity that is inserted again',
    [entity('a', 'inserted'), entity('a', 'inserted', 'new')],
    'was inserted though',
  ],
  ['a deletion of what the provider has', [entity('a', 'inserted'), entity('a', 'deleted')], 'was deleted though'],
]

it.each(cases)('the follower of the soak notices %s', async (_what, told, complaint) => {
  const follower = createFollower('all', () => true)
  await follower.follow(feed([told]).api)
  expect(follower.misdeeds).toContainEqual(expect.stringContaining(complaint))
})

it('the follower of the soak goes on where it was after a kill, and finds nothing wrong in what is right', async () => {
  const follower = createFollower('all', () => false)
  const { api, asked } = feed([
    [entity('a', 'inserted'), entity('b', 'inserted')],
    new Error('killed'),
    [entity('a', 'updated', 'new'), entity('b', 'deleted')],
  ])
  await expect(follower.follow(api)).rejects.toThrow('killed')
  await follower.follow(api)
  expect(asked).toEqual(['', 'cursor-1', 'cursor-1', 'cursor-3'])
  expect([...follower.held('one').values()].map(({ text }) => text)).toEqual(['new'])
  expect(follower.heard).toBe(4)
  expect(follower.misdeeds).toEqual([])
})
