import { describe, expect, it } from 'vitest'
import { Failure } from '../../../core/errors.ts'
import type { Condition, Filter, Store } from '../../../core/store/store.ts'
import type { Subject } from '../store-suite.ts'
import { commit, connect, furnish, note, upsert } from './fixtures.ts'

async function prepare(store: Store): Promise<void> {
  await furnish(store)
  await connect(store, 'two', { shortName: 'tasks' })
  const work = { entityId: 'w', name: 'Work', entityType: 'folder' }
  await commit(
    store,
    upsert(
      note('a', {
        author: 'Ann',
        createdAt: '2026-01-01T01:00:00+02:00',
        breadcrumbs: [work, { entityId: 'p', name: 'Projekt Ä', entityType: 'project' }],
        raw: {
          size: 10,
          done: true,
          tags: ['x', 'y'],
          owner: { name: 'Ann' },
          items: [{ n: 1 }, { n: 5 }],
          when: '2026-01-01',
          'a\\': 1,
          'back\\slash': 'in it',
        },
      }),
      note('b', {
        author: 'Bob',
        updatedAt: '2026-03-01T00:00:00.000Z',
        breadcrumbs: [work],
        raw: { size: 2.5, done: false, tags: [], nothing: null, size_text: '10', when: '2026-02-01T00:00:00+01:00' },
      }),
    ),
  )
  await commit(store, upsert(note('7', { entityType: 'task', url: 'https://tasks.example/7' })), {
    connectionId: 'two',
  })
}

async function filtered(store: Store, filter: Filter): Promise<string> {
  const hits = await store.search({ collection: 'home', query: '', limit: 10, offset: 0, filter })
  return hits
    .map(hit => hit.entity.entityId)
    .sort()
    .join(' ')
}

export function filterPromises(subject: Subject): void {
  describe('filter', () => {
    it('tests every kind of key', async () => {
      const { store } = subject
      await prepare(store)
      const cases: [Condition, string][] = [
        [{ key: 'source_name', match: { value: 'tasks' } }, '7'],
        [{ key: 'entity_type', match: { any: ['note', 'none'] } }, 'a b'],
        [{ key: 'entity_type', match: { except: ['note'] } }, '7'],
        [{ key: 'source_connection_id', match: { value: 'one' } }, 'a b'],
        [{ key: 'connection_id', match: { value: 'two' } }, '7'],
        [{ key: 'entity_id', match: { value: 7 } }, '7'],
        [{ key: 'name', match: { text: 'NOTE' } }, '7 a b'],
        [{ key: 'name', match: { text: 'a note' } }, 'a'],
        [{ key: 'name', match: { text: 'note a' } }, 'a'],
        [{ key: 'name', match: { phrase: 'NOTE  a' } }, 'a'],
        [{ key: 'name', match: { phrase: 'a note' } }, ''],
        [{ key: 'breadcrumbs.name', match: { phrase: 'projekt a' } }, 'a'],
        [{ key: 'url', match: { text: 'tasks.example' } }, '7'],
        [{ key: 'author', match: { value: "Ann' or 1=1 --" } }, ''],
        [{ key: 'author', match: { except: ['Ann'] } }, 'b'],
        [{ is_null: { key: 'author' } }, '7'],
        [{ is_empty: { key: 'author' } }, '7'],
        [{ key: 'created_at', match: { value: '2025-12-31T23:00:00Z' } }, 'a'],
        [{ key: 'created_at', range: { gte: '2025-12-31T23:00:00Z', lt: '2026-01-01' } }, 'a'],
        [{ key: 'created_at', range: { gt: '2025-12-31T23:00:00.000Z' } }, ''],
        [{ key: 'updated_at', range: { lte: '2026-03-01' } }, 'b'],
        [{ key: 'synced_at', range: { gte: '2026-01-01T00:00:00Z', lte: null } }, '7 a b'],
        [{ key: 'breadcrumbs.name', match: { value: 'Work' } }, 'a b'],
        [{ key: 'breadcrumbs[].entity_id', match: { any: ['p'] } }, 'a'],
        [{ key: 'breadcrumbs.entity_type', match: { except: ['folder'] } }, 'a'],
        [{ key: 'breadcrumbs.name', match: { text: 'projekt a' } }, 'a'],
        [{ is_empty: { key: 'breadcrumbs.name' } }, '7'],
        [{ key: 'raw.size', match: { value: 10 } }, 'a'],
        [{ key: 'raw.size_text', match: { value: '10' } }, 'b'],
        [{ key: 'raw.size_text', match: { value: 10 } }, ''],
        [{ key: 'raw.size', range: { gt: 2, lt: 3 } }, 'b'],
        [{ key: 'raw.a\\', match: { value: 1 } }, 'a'],
        [{ key: 'raw.back\\slash', match: { value: 'in it' } }, 'a'],
        [{ key: 'raw.back\\\\slash', match: { value: 'in it' } }, ''],
        [{ key: 'raw.done', match: { value: false } }, 'b'],
        [{ key: 'raw.done', match: { value: 1 } }, ''],
        [{ key: 'raw.tags', match: { value: 'y' } }, 'a'],
        [{ key: 'raw.tags[1]', match: { value: 'x' } }, ''],
        [{ key: 'raw.owner.name', match: { text: 'ann' } }, 'a'],
        [{ key: 'raw.owner', match: { value: 'Ann' } }, ''],
        [{ key: 'raw.items[].n', range: { gte: 5 } }, 'a'],
        [{ key: 'raw.items[].n', range: { gt: 1, lt: 5 } }, ''],
        [{ key: 'raw.when', range: { lt: '2026-01-31T23:30:00Z' } }, 'a b'],
        [{ key: 'raw.when', range: { gte: '2026-01-15' } }, 'b'],
        [{ is_null: { key: 'raw.nothing' } }, 'b'],
        [{ is_empty: { key: 'raw.tags' } }, '7 b'],
        [{ is_empty: { key: 'raw.owner' } }, '7 b'],
      ]
      let tested = 0
      for (const [condition, expected] of cases) {
        expect(await filtered(store, { must: condition }), JSON.stringify(condition)).toBe(expected)
        const others = ['7', 'a', 'b'].filter(id => !expected.split(' ').includes(id)).join(' ')
        expect(await filtered(store, { must_not: [condition] }), `not ${JSON.stringify(condition)}`).toBe(others)
        tested += 1
      }
      expect(tested).toBe(47)
    })

    it('combines conditions as must, should, must_not and nested filters', async () => {
      const { store } = subject
      await prepare(store)
      const note = { key: 'entity_type', match: { value: 'note' } }
      const ann = { key: 'author', match: { value: 'Ann' } }
      const task = { key: 'entity_type', match: { value: 'task' } }
      expect(await filtered(store, {})).toBe('7 a b')
      expect(await filtered(store, { must: [], should: null })).toBe('7 a b')
      expect(await filtered(store, { must: [note, ann] })).toBe('a')
      expect(await filtered(store, { should: [ann, task] })).toBe('7 a')
      expect(await filtered(store, { must: note, must_not: ann })).toBe('b')
      expect(await filtered(store, { must: [{ should: [ann, { must: [task] }] }, { must_not: [task] }] })).toBe('a')
    })

    it('takes so many of several conditions', async () => {
      const { store } = subject
      await prepare(store)
      const note = { key: 'entity_type', match: { value: 'note' } }
      const ann = { key: 'author', match: { value: 'Ann' } }
      const small = { key: 'raw.size', range: { lt: 5 } }
      const atLeast = (count: number): Filter => ({ min_should: { conditions: [note, ann, small], min_count: count } })
      expect(await filtered(store, atLeast(0))).toBe('7 a b')
      expect(await filtered(store, atLeast(1))).toBe('a b')
      expect(await filtered(store, atLeast(2))).toBe('a b')
      expect(await filtered(store, atLeast(3))).toBe('')
      expect(await filtered(store, { ...atLeast(2), must_not: ann })).toBe('b')
      expect(await filtered(store, { must_not: atLeast(2) })).toBe('7')
      expect(await filtered(store, { min_should: { conditions: [], min_count: 1 } })).toBe('')
    })

    it('finds by id, and narrows a search', async () => {
      const { store } = subject
      await prepare(store)
      const [first] = await store.search({ collection: 'home', query: 'note b', limit: 1, offset: 0 })
      expect(await filtered(store, { must: { has_id: [first?.entity.id ?? '', 'none'] } })).toBe('b')
      const filter = { must: { key: 'author', match: { value: 'Ann' } } }
      const hits = await store.search({ collection: 'home', query: 'note', limit: 10, offset: 0, filter })
      expect(hits.map(hit => hit.entity.entityId)).toEqual(['a'])
    })

    it('refuses what it does not understand, and names the place', async () => {
      const { store } = subject
      await prepare(store)
      let deep: unknown = {}
      for (let depth = 0; depth < 50; depth++) deep = { must: [deep] }
      const wrong: [unknown, (string | number)[]][] = [
        [{ must: [{ key: 'nope', match: { value: 1 } }] }, ['filter', 'must', 0, 'key']],
        [{ must: { key: 'constructor', match: { value: 1 } } }, ['filter', 'must', 'key']],
        [{ must: { key: 'breadcrumbs.x', match: { value: 1 } } }, ['filter', 'must', 'key']],
        [{ must: { key: 'raw', match: { value: 1 } } }, ['filter', 'must', 'key']],
        [{ must: { key: 'raw.a"b', match: { value: 1 } } }, ['filter', 'must', 'key']],
        [{ must: { key: 1, match: { value: 1 } } }, ['filter', 'must', 'key']],
        [{ must: { key: 'name' } }, ['filter', 'must']],
        [{ must: { key: 'name', match: {} } }, ['filter', 'must', 'match']],
        [{ must: { key: 'name', match: { value: {} } } }, ['filter', 'must', 'match', 'value']],
        [{ must: { key: 'name', match: { any: 'x' } } }, ['filter', 'must', 'match', 'any']],
        [{ must: { key: 'name', match: { any: [{}] } } }, ['filter', 'must', 'match', 'any', 0]],
        [{ must: { key: 'name', range: { gt: 1 } } }, ['filter', 'must', 'range']],
        [{ should: [{ key: 'created_at', range: { gt: 'soon' } }] }, ['filter', 'should', 0, 'range', 'gt']],
        [{ must_not: { key: 'created_at', range: { above: 1 } } }, ['filter', 'must_not', 'range', 'above']],
        [{ must: { geo_radius: {} } }, ['filter', 'must', 'geo_radius']],
        [{ must: ['x'] }, ['filter', 'must', 0]],
        [{ musst: [] }, ['filter', 'musst']],
        [{ must: { key: 'name', match: { phrase: 1 } } }, ['filter', 'must', 'match', 'phrase']],
        [{ min_should: [] }, ['filter', 'min_should']],
        [{ min_should: { conditions: [] } }, ['filter', 'min_should', 'min_count']],
        [{ min_should: { conditions: [], min_count: -1 } }, ['filter', 'min_should', 'min_count']],
        [{ min_should: { conditions: ['x'], min_count: 1 } }, ['filter', 'min_should', 'conditions', 0]],
        [{ must: { has_id: 'x' } }, ['filter', 'must', 'has_id']],
        [{ must: Array.from({ length: 300 }, () => ({ is_null: { key: 'name' } })) }, ['filter', 'must', 200]],
      ]
      let refused = 0
      for (const [filter, location] of wrong) {
        const failure = await filtered(store, filter as Filter).catch((error: unknown) => error)
        expect(failure, JSON.stringify(filter).slice(0, 100)).toBeInstanceOf(Failure)
        expect(failure).toMatchObject({ code: 'invalid', fields: [{ location }] })
        refused += 1
      }
      expect(refused).toBe(24)
      await expect(filtered(store, deep as Filter)).rejects.toMatchObject({ code: 'invalid' })
      await expect(filtered(store, { must: { key: 'nope', match: { value: 1 } } })).rejects.toThrow(
        /breadcrumbs\.entity_id/,
      )
    })
  })
}
