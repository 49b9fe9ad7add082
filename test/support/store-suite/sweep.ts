import { describe, expect, it } from 'vitest'
import type { Scope } from '../../../core/plugin.ts'
import type { Store } from '../../../core/store/store.ts'
import type { Subject } from '../store-suite.ts'
import { brief, commit, connect, follow, furnish, later, note, upsert } from './fixtures.ts'

async function sweepAll(store: Store, generation: number, skips: Scope[] = [], limit = 2): Promise<number[]> {
  const steps: number[] = []
  for (;;) {
    const step = { connectionId: 'one', jobId: 'job-one', generation, skips, limit, now: later }
    const deleted = await store.sweep(step)
    if (deleted === 0) return steps
    steps.push(deleted)
  }
}

export function sweepPromises(subject: Subject): void {
  describe('sweep', () => {
    it('deletes what the listing has not seen, in steps, with tombstones and counted in the job', async () => {
      const { store } = subject
      await furnish(store)
      await connect(store, 'two')
      await commit(store, upsert(note('other')), { connectionId: 'two', generation: 1 })
      await commit(store, upsert(note('a'), note('b'), note('c'), note('d')), { generation: 1 })
      await commit(store, upsert(note('delta')))
      const { cursor } = await follow(store)
      await commit(store, upsert(note('b'), note('e', { text: 'new' })), { generation: 2 })
      await commit(store, upsert(note('e', { text: 'newer' })), { generation: 2 })
      expect(await sweepAll(store, 2)).toEqual([2, 2])
      expect(brief((await follow(store)).entities).sort()).toEqual(['inserted b', 'inserted other', 'updated e'])
      const { entities } = await follow(store, cursor)
      expect(brief(entities).sort()).toEqual(['deleted a', 'deleted c', 'deleted d', 'deleted delta', 'updated e'])
      expect(entities.find(entity => entity.entityId === 'a')).toMatchObject({ syncedAt: later, text: '', raw: null })
      expect(await store.job('job-one')).toMatchObject({ deleted: 4, modifiedAt: later })
    })

    it('takes a mark of a later listing for seen', async () => {
      const { store } = subject
      await furnish(store)
      await commit(store, upsert(note('a')), { generation: 5 })
      await commit(store, upsert(note('a')), { generation: 4 })
      expect(await sweepAll(store, 5)).toEqual([])
    })

    it('leaves alone what a skipped scope covers', async () => {
      const { store } = subject
      await furnish(store)
      const inFolder = { breadcrumbs: [{ entityId: 'folder', name: 'F', entityType: 'folder' }] }
      const entities = [
        note('deep', inFolder),
        note('folder/x'),
        note('folder', {}),
        note('folders/x'),
        note('lone'),
        note('lone', { entityType: 'page' }),
        note('p', { entityType: 'page' }),
        note('z', { entityType: 'page', ...inFolder }),
      ]
      await commit(store, upsert(...entities), { generation: 1 })
      const skips = [{ parent: 'folder', entityType: 'note' }, { id: 'lone' }, { entityType: 'page', id: 'p' }]
      await sweepAll(store, 2, skips, 1)
      const left = (await follow(store)).entities.map(entity => `${entity.entityType} ${entity.entityId}`)
      expect(left.sort()).toEqual(['note deep', 'note folder/x', 'note lone', 'page lone', 'page p'])
    })

    it('deletes nothing that a skip of everything covers', async () => {
      const { store } = subject
      await furnish(store)
      await commit(store, upsert(note('a')), { generation: 1 })
      expect(await sweepAll(store, 2, [{}])).toEqual([])
    })

    it('deletes long texts a few at a time, so that other writes come between, and loses none', async () => {
      const { store } = subject
      await furnish(store)
      const text = `${'x'.repeat(199)} `.repeat(7500)
      const long = ['a', 'b', 'c', 'd', 'e'].map(id => note(id, { text }))
      await commit(store, upsert(...long, note('short')), { generation: 1 })
      const step = { connectionId: 'one', jobId: 'job-one', skips: [{ id: 'b' }], limit: 100, now: later }
      const steps: number[] = []
      for (let deleted = 1; deleted > 0; steps.push(deleted)) deleted = await store.sweep({ ...step, generation: 2 })
      expect(steps).toEqual([2, 3, 0])
      expect(brief((await follow(store)).entities)).toEqual(['inserted b'])
      await commit(store, upsert(...long), { generation: 3 })
      await store.deleteConnection('one', true)
      expect((await follow(store)).entities).toEqual([])
    })

    it('begins anew for another listing, and for a connection that is gone deletes nothing', async () => {
      const { store } = subject
      await furnish(store)
      const many = Array.from({ length: 9 }, (_, index) => note(`n${index}`))
      await commit(store, upsert(...many), { generation: 1 })
      const step = { connectionId: 'one', jobId: 'job-one', skips: [], limit: 5, now: later }
      expect(await store.sweep({ ...step, generation: 2 })).toBe(5)
      await commit(store, upsert(...many), { generation: 2 })
      expect(await store.sweep({ ...step, generation: 3 })).toBe(5)
      expect(await store.sweep({ ...step, generation: 3 })).toBe(4)
      await store.deleteConnection('one', false)
      await expect(store.sweep({ ...step, generation: 3 })).rejects.toMatchObject({ code: 'not_found' })
    })
  })
}
