import { describe, expect, it } from 'vitest'
import type { KnownScope } from '../../../core/plugin.ts'
import type { Store } from '../../../core/store/store.ts'
import type { Subject } from '../store-suite.ts'
import { commit, connect, furnish, note, remove, time, upsert } from './fixtures.ts'

/** Type and id of everything in the scope, read two at a time. */
async function names(store: Store, scope: KnownScope): Promise<string[]> {
  const found: { entityType: string; id: string }[] = []
  for (;;) {
    const page = await store.known('one', scope, found.at(-1), 2)
    found.push(...page)
    if (page.length === 0) return found.map(known => `${known.entityType} ${known.id}`)
  }
}

export function knownPromises(subject: Subject): void {
  describe('known', () => {
    it('tells what a source needs of an entity', async () => {
      const { store } = subject
      await furnish(store)
      const breadcrumbs = [{ entityId: 'f', name: 'F', entityType: 'folder' }]
      const updatedAt = '2025-12-31T23:00:00.1234567Z'
      await commit(store, upsert(note('a', { breadcrumbs, updatedAt, raw: { v: 1 } }), note('b')))
      expect(await store.known('one', {}, undefined, 10)).toEqual([
        {
          ...{ entityType: 'note', id: 'a', name: 'note a', breadcrumbs, updatedAt },
          ...{ raw: { v: 1 }, canonicalRaw: '{"v":1}' },
        },
        { entityType: 'note', id: 'b', name: 'note b', breadcrumbs: [] },
      ])
      expect(await store.known('none', {}, undefined, 10)).toEqual([])
    })

    it('lists by type and id in code unit order, the scope alone', async () => {
      const { store } = subject
      await furnish(store)
      await connect(store, 'two')
      const folder = (entityId: string) => ({ breadcrumbs: [{ entityId, name: 'x', entityType: 'folder' }] })
      await commit(store, upsert(note('foreign', folder('c1'))), { connectionId: 'two' })
      await commit(
        store,
        upsert(
          ...['c1/b', 'c1/a', 'c1', 'c10/a', 'c2/a', 'C1/a', 'é'].map(id => note(id)),
          note('far', folder('c1')),
          note('near', folder('"c1"')),
          note('c1/z', { entityType: 'file' }),
          note('gone'),
        ),
      )
      await commit(store, remove('gone'))
      const notes = ['C1/a', 'c1', 'c1/a', 'c1/b', 'c10/a', 'c2/a', 'far', 'near', 'é'].map(id => `note ${id}`)
      expect(await names(store, {})).toEqual(['file c1/z', ...notes])
      expect(await names(store, { entityType: 'note' })).toEqual(notes)
      expect(await names(store, { entityType: 'none' })).toEqual([])
      expect(await names(store, { id: 'c1' })).toEqual(['note c1'])
      expect(await names(store, { parent: 'c1' })).toEqual(['file c1/z', 'note c1/a', 'note c1/b', 'note far'])
      expect(await names(store, { parent: 'c1', entityType: 'note' })).toEqual(['note c1/a', 'note c1/b', 'note far'])
      expect(await names(store, { parent: '"c1"' })).toEqual(['note near'])
      expect(await names(store, { fromId: 'c1/a', toId: 'c10/a' })).toEqual([
        'file c1/z',
        'note c1/a',
        'note c1/b',
        'note c10/a',
      ])
      expect(await names(store, { fromId: 'c1/b', parent: 'c1', entityType: 'note' })).toEqual([
        'note c1/b',
        'note far',
      ])
    })

    it('shows what the run itself has written before', async () => {
      const { store } = subject
      await furnish(store)
      let rounds = 0
      for (const id of ['a', 'b', 'c']) {
        await commit(store, upsert(note(id, { updatedAt: time })))
        expect((await store.known('one', { id }, undefined, 1)).length).toBe(1)
        rounds += 1
      }
      expect(rounds).toBe(3)
    })
  })
}
