import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Store } from '../../../core/store/store.ts'
import type { Subject } from '../store-suite.ts'
import {
  brief,
  collectionRow,
  commit,
  connect,
  connectionRow,
  follow,
  furnish,
  jobRow,
  later,
  note,
  remove,
  storeTime,
  upsert,
} from './fixtures.ts'

export function feedPromises(subject: Subject): void {
  describe('changes', () => {
    it('lists a collection in the order of its last change, then exactly what changed since', async () => {
      const { store } = subject
      await furnish(store)
      await commit(store, upsert(note('a'), note('b'), note('c')))
      await commit(store, upsert(note('a', { text: 'new' })), { now: later })
      const first = await follow(store)
      expect(brief(first.entities)).toEqual(['inserted b', 'inserted c', 'updated a'])
      await commit(store, [...upsert(note('d')), ...remove('b')], { now: later })
      const second = await follow(store, first.cursor)
      expect(brief(second.entities).sort()).toEqual(['deleted b', 'inserted d'])
      const third = await follow(store, second.cursor)
      expect(third.entities).toEqual([])
    })

    it('ends a page at a size, and goes on after it without a loss: never empty before the end', async () => {
      const { store } = subject
      await furnish(store)
      const sizes = [10, 3000, 10, 10, 500, 10]
      await commit(
        store,
        upsert(...sizes.map((size, index) => note(`n${index}`, { text: 'é'.repeat(size / 2), raw: { x: index } }))),
      )
      await commit(store, remove('n3'), { now: later })
      const seen: string[][] = []
      let after: string | undefined
      for (;;) {
        const input = { collection: 'home', after, limit: 4, maxBytes: 600, includeDeleted: true }
        const { entities, nextCursor } = await store.changes(input)
        if (entities.length === 0) break
        seen.push(entities.map(({ entityId }) => entityId))
        after = nextCursor
      }
      expect(seen).toEqual([['n0'], ['n1'], ['n2', 'n4', 'n5', 'n3']])
    })

    it('leaves raw out where it is not wanted, and out of the size of the page too', async () => {
      const { store } = subject
      await furnish(store)
      await commit(store, upsert(...['a', 'b'].map(id => note(id, { raw: { x: 'y'.repeat(900) } }))))
      const input = { collection: 'home', limit: 10, maxBytes: 600 }
      const { entities } = await store.changes({ ...input, includeRaw: false })
      expect(entities.map(({ entityId, text, raw }) => [entityId, text !== '', raw])).toEqual([
        ['a', true, null],
        ['b', true, null],
      ])
      expect((await store.changes(input)).entities).toMatchObject([{ entityId: 'a', raw: { x: expect.any(String) } }])
    })

    it('describes a deleted entity by what names it, and when it was deleted', async () => {
      const { store } = subject
      await furnish(store)
      await commit(store, upsert(note('a', { url: 'u', raw: { x: 1 } })))
      const listed = await follow(store)
      await commit(store, remove('a'), { now: later })
      expect((await follow(store, listed.cursor)).entities).toEqual([
        {
          id: listed.entities[0]?.id,
          connectionId: 'one',
          collection: 'home',
          sourceName: 'notes',
          entityType: 'note',
          entityId: 'a',
          name: 'note a',
          text: '',
          url: null,
          author: null,
          breadcrumbs: [],
          createdAt: null,
          updatedAt: null,
          syncedAt: later,
          change: 'deleted',
          raw: null,
          fileReason: null,
        },
      ])
    })

    it('shows no deletion from before the listing began, and those during it', async () => {
      const { store } = subject
      await furnish(store)
      await commit(store, upsert(note('a'), note('b'), note('c'), note('d')))
      await commit(store, remove('a'))
      const page = await store.changes({ collection: 'home', limit: 1 })
      expect(brief(page.entities)).toEqual(['inserted b'])
      await commit(store, remove('b', 'd'))
      const rest = await follow(store, page.nextCursor)
      expect(brief(rest.entities).sort()).toEqual(['deleted b', 'deleted d', 'inserted c'])
    })

    it('shows all deletions or none when told to', async () => {
      const { store } = subject
      await furnish(store)
      await commit(store, upsert(note('a'), note('b')))
      await commit(store, remove('a'))
      const all = await follow(store, undefined, { includeDeleted: true })
      expect(brief(all.entities)).toEqual(['inserted b', 'deleted a'])
      await commit(store, remove('b'))
      expect(brief((await follow(store, all.cursor, { includeDeleted: false })).entities)).toEqual([])
      expect(brief((await follow(store, all.cursor)).entities)).toEqual(['deleted b'])
    })

    it('goes on behind what a filter leaves out, without losing what comes later', async () => {
      const { store } = subject
      await furnish(store)
      await connect(store, 'two')
      await commit(store, upsert(note('a'), note('p', { entityType: 'page' })))
      await commit(store, upsert(note('x')), { connectionId: 'two' })
      const pages = await follow(store, undefined, { entityType: 'page' })
      expect(brief(pages.entities)).toEqual(['inserted p'])
      const none = await store.changes({ collection: 'home', limit: 5, entityType: 'none' })
      expect(none.entities).toEqual([])
      await commit(store, upsert(note('q', { entityType: 'page' }), note('r', { entityType: 'none' })))
      expect(brief((await follow(store, pages.cursor, { entityType: 'page' })).entities)).toEqual(['inserted q'])
      expect(brief((await follow(store, none.nextCursor, { entityType: 'none' })).entities)).toEqual(['inserted r'])
      expect(brief((await follow(store, undefined, { connectionId: 'two' })).entities)).toEqual(['inserted x'])
    })

    it('refuses a cursor that it did not give for this collection', async () => {
      const { store } = subject
      await furnish(store)
      await commit(store, upsert(note('a')))
      const { nextCursor } = await store.changes({ collection: 'home', limit: 1 })
      const changed = `${nextCursor.startsWith('A') ? 'B' : 'A'}${nextCursor.slice(1)}`
      const wrong = ['', 'x', '1', 'MA', changed, `${nextCursor}=`, ` ${nextCursor}`, nextCursor.slice(0, -1)]
      let refused = 0
      for (const after of wrong) {
        const failure = await store.changes({ collection: 'home', limit: 1, after }).catch((error: unknown) => error)
        expect(failure, JSON.stringify(after)).toMatchObject({ code: 'invalid', fields: [{ location: ['after'] }] })
        refused += 1
      }
      expect(refused).toBe(8)
      await expect(store.changes({ collection: 'work', limit: 1, after: nextCursor })).rejects.toMatchObject({
        code: 'invalid',
      })
    })

    it('refuses the cursor of an older collection of the same name', async () => {
      const { store } = subject
      await furnish(store)
      const { nextCursor } = await store.changes({ collection: 'work', limit: 1 })
      await store.deleteCollection('work', true)
      await store.insertCollection(collectionRow('work', { id: 'another' }))
      await expect(store.changes({ collection: 'work', limit: 1, after: nextCursor })).rejects.toMatchObject({
        code: 'invalid',
      })
    })

    it('moves the entities of a connection: deleted in the old collection, inserted in the new', async () => {
      const { store } = subject
      await furnish(store)
      await connect(store, 'two')
      const many = Array.from({ length: 1203 }, (_, index) => note(`n${index}`))
      await commit(store, upsert(...many))
      await commit(store, upsert(note('n0', { text: 'updated' })))
      await commit(store, upsert(note('stays')), { connectionId: 'two' })
      const home = await follow(store, undefined, { limit: 500 })
      const work = await follow(store, undefined, { collection: 'work' })
      await store.updateConnection('one', { collection: 'work', name: 'moved' })
      const left = await follow(store, home.cursor, { limit: 500 })
      const arrived = await follow(store, work.cursor, { collection: 'work', limit: 500 })
      expect(new Set(brief(left.entities))).toEqual(new Set(many.map(entity => `deleted ${entity.id}`)))
      expect(new Set(brief(arrived.entities))).toEqual(new Set(many.map(entity => `inserted ${entity.id}`)))
      expect(arrived.entities).toHaveLength(many.length)
      expect(left.entities[0]).toMatchObject({ collection: 'home', syncedAt: storeTime })
      expect(brief((await follow(store)).entities)).toEqual(['inserted stays'])
      expect(await store.search({ collection: 'work', query: 'n1202', limit: 5, offset: 0 })).toHaveLength(1)
      expect(await store.search({ collection: 'home', query: 'n1202', limit: 5, offset: 0 })).toHaveLength(0)

      await store.updateConnection('one', { collection: 'home' })
      const back = await follow(store, left.cursor, { limit: 500 })
      expect(new Set(brief(back.entities))).toEqual(new Set(many.map(entity => `inserted ${entity.id}`)))
      await expect(store.updateConnection('one', { collection: 'none' })).rejects.toMatchObject({ code: 'not_found' })
      expect(await store.connection('one')).toMatchObject({ collection: 'home', name: 'moved' })
    })

    it('shows the entities of a connection deleted with its data as deleted', async () => {
      const { store } = subject
      await furnish(store)
      const many = Array.from({ length: 1001 }, (_, index) => note(`n${index}`))
      await commit(store, upsert(...many))
      const { cursor } = await follow(store, undefined, { limit: 500 })
      await store.deleteConnection('one', true)
      const { entities } = await follow(store, cursor, { limit: 500 })
      expect(new Set(brief(entities))).toEqual(new Set(many.map(entity => `deleted ${entity.id}`)))
      expect(entities[0]).toMatchObject({ syncedAt: storeTime })
      expect(await store.entityCounts('one')).toEqual([])
      expect(await store.search({ collection: 'home', query: 'text', limit: 5, offset: 0 })).toEqual([])
    })

    it('forgets a collection deleted with its data entirely, and no other', async () => {
      const { store } = subject
      await furnish(store)
      await connect(store, 'two', { collection: 'work' })
      await commit(store, upsert(note('a'), note('b')))
      await commit(store, remove('b'))
      await commit(store, upsert(note('w')), { connectionId: 'two' })
      await store.deleteConnection('one', false)
      await store.deleteCollection('home', true)
      await store.insertCollection(collectionRow('home'))
      expect((await follow(store, undefined, { includeDeleted: true })).entities).toEqual([])
      expect(await store.search({ collection: 'home', query: 'note', limit: 5, offset: 0 })).toEqual([])
      expect(brief((await follow(store, undefined, { collection: 'work' })).entities)).toEqual(['inserted w'])
    })

    it('keeps a follower equal to the store, whatever happens between its calls', async () => {
      const { store } = subject
      await furnish(store)
      let runs = 0
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { minLength: 1, maxLength: 25 }),
          fc.integer({ min: 1, max: 4 }),
          async (steps, limit) => {
            runs += 1
            await followerStaysEqual(store, `run-${runs}`, steps, limit)
          },
        ),
        { numRuns: 40 },
      )
      expect(runs).toBeGreaterThanOrEqual(40)
    })
  })
}

type Step =
  | { kind: 'put'; id: number; text: number }
  | { kind: 'remove'; id: number }
  | { kind: 'poll' }
  | { kind: 'move' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('put' as const), id: fc.nat(6), text: fc.nat(2) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove' as const), id: fc.nat(6) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('poll' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('move' as const) }) },
)

/**
 * Runs the steps on a connection that moves between two collections, with a follower of the first who joins in at the
 * first poll and applies what it is told; a thing that nothing was done to must not be told twice.
 */
async function followerStaysEqual(store: Store, name: string, steps: readonly Step[], limit: number): Promise<void> {
  await store.insertCollection(collectionRow(name))
  await store.insertCollection(collectionRow(`${name}-other`))
  await store.insertConnection(connectionRow(name, { collection: name }))
  await store.insertJob(jobRow(`job-${name}`, name))
  const truth = new Map<string, string>()
  const copy = new Map<string, string>()
  const untouched = new Set<string>()
  let here = true
  let cursor: string | undefined

  const poll = async () => {
    const page = await store.changes({ collection: name, limit, after: cursor })
    cursor = page.nextCursor
    for (const { entityId, text, change } of page.entities) {
      expect(untouched, 'told twice').not.toContain(entityId)
      untouched.add(entityId)
      if (change === 'deleted') copy.delete(entityId)
      else copy.set(entityId, text)
    }
    return page.entities.length
  }

  for (const one of steps) {
    if (one.kind === 'poll') await poll()
    if (one.kind === 'put') {
      const id = String(one.id)
      const text = `v${one.text}`
      if (truth.get(id) !== text) untouched.delete(id)
      truth.set(id, text)
      await commit(store, upsert(note(id, { text })), { connectionId: name })
    }
    if (one.kind === 'remove') {
      const id = String(one.id)
      if (truth.delete(id)) untouched.delete(id)
      await commit(store, remove(id), { connectionId: name })
    }
    if (one.kind === 'move') {
      here = !here
      untouched.clear()
      await store.updateConnection(name, { collection: here ? name : `${name}-other` })
    }
  }
  while ((await poll()) > 0);
  expect(Object.fromEntries(copy)).toEqual(here ? Object.fromEntries(truth) : {})
}
