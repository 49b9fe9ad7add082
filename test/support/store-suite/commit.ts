import { describe, expect, it } from 'vitest'
import type { Entity } from '../../../core/plugin.ts'
import type { Subject } from '../store-suite.ts'
import { brief, commit, follow, furnish, later, note, remove, time, upsert } from './fixtures.ts'

export function commitPromises(subject: Subject): void {
  describe('commit', () => {
    it('tells what a file says from the rest of the text, and why it says nothing', async () => {
      const { store } = subject
      await furnish(store)
      const file = { version: 'v1', text: 'what it says \u{1f600}' }
      const held = () => store.fileText('one', 'note', 'a')
      expect(await held()).toBeUndefined()
      await commit(store, upsert(note('a', { text: 'its description', file })))
      expect(await held()).toEqual(file)
      expect((await follow(store)).entities[0]).toMatchObject({
        ...{ text: 'its description\n\nwhat it says \u{1f600}', fileReason: null },
      })
      // The same text of another version is to be known as that.
      await commit(store, upsert(note('a', { text: '', file: { ...file, version: 'v2' } })))
      expect(await held()).toEqual({ ...file, version: 'v2' })
      expect((await follow(store)).entities[0]?.text).toBe(file.text)
      const counts = await commit(store, upsert(note('a', { text: '', file: { ...file, version: 'v2' } })))
      expect(counts).toMatchObject({ updated: 0, kept: 1 })
      await commit(
        store,
        upsert(note('a', { text: 'its description', file: { version: 'v3', reason: 'it is damaged' } })),
      )
      expect(await held()).toEqual({ version: 'v3', reason: 'it is damaged' })
      expect((await follow(store)).entities[0]).toMatchObject({ text: 'its description', fileReason: 'it is damaged' })
      await commit(store, upsert(note('a')))
      expect(await held()).toBeUndefined()
    })

    it('gives an entity back as it came', async () => {
      const { store } = subject
      await furnish(store)
      const entity: Entity = {
        entityType: 'note',
        id: 'a/1',
        name: 'Änderung "1"\u0000 \u{1f600}',
        text: '# Hi\n\u0000 after a null',
        url: 'https://notes.example/a',
        author: 'Author',
        breadcrumbs: [{ entityId: 'a', name: 'Folder', entityType: 'folder' }],
        createdAt: '2025-01-01T10:00:00+02:00',
        updatedAt: '2025-01-02',
        raw: { b: [1, { c: null }], a: 'x' },
      }
      await commit(store, upsert(entity))
      const [row] = (await follow(store)).entities
      const { id: entityId, ...content } = entity
      expect(row).toEqual({
        ...content,
        id: expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/),
        entityId,
        connectionId: 'one',
        collection: 'home',
        sourceName: 'notes',
        syncedAt: time,
        change: 'inserted',
        fileReason: null,
      })
      expect(await store.entity(row?.id ?? '')).toEqual(row)
      expect(await store.entity('none')).toBeUndefined()
    })

    it('keeps what has not changed, whatever the order of members, and does not show it again', async () => {
      const { store } = subject
      await furnish(store)
      await commit(store, upsert(note('a', { raw: { x: 1, y: 2 } }), note('b')))
      const { cursor } = await follow(store)
      const counts = await commit(store, upsert(note('a', { raw: { y: 2, x: 1 } }), note('b', { breadcrumbs: [] })), {
        now: later,
      })
      expect(counts).toEqual({ inserted: 0, updated: 0, deleted: 0, kept: 2, encountered: { note: 2 } })
      const { entities } = await follow(store, cursor)
      expect(entities).toEqual([])
    })

    it('notices a change of any member', async () => {
      const { store } = subject
      await furnish(store)
      const base = note('a', { url: 'u', author: 'x', createdAt: time, updatedAt: time, raw: {} })
      const variants: Partial<Entity>[] = [
        { name: 'n' },
        { text: 't' },
        { url: 'v' },
        { author: 'y' },
        { createdAt: later },
        { updatedAt: later },
        { raw: { a: 1 } },
        { breadcrumbs: [{ entityId: 'f', name: 'F', entityType: 'folder' }] },
      ]
      await commit(store, upsert(base))
      let checked = 0
      for (const variant of variants) {
        expect(await commit(store, upsert({ ...base, ...variant }), { now: later })).toMatchObject({ updated: 1 })
        const [row] = (await follow(store)).entities
        expect(row).toMatchObject({ ...variant, change: 'updated', syncedAt: later })
        expect(await commit(store, upsert(base))).toMatchObject({ updated: 1 })
        checked += 1
      }
      expect(checked).toBe(8)
    })

    it('lets the last change of an entity win and counts it once', async () => {
      const { store } = subject
      await furnish(store)
      await commit(store, upsert(note('stays'), note('goes')))
      const counts = await commit(store, [
        ...upsert(note('new', { text: 'first' }), note('flash')),
        ...remove('stays', 'goes', 'never'),
        ...upsert(note('new', { text: 'second' }), note('stays', { text: 'again' })),
        ...remove('flash'),
      ])
      expect(counts).toEqual({ inserted: 1, updated: 1, deleted: 1, kept: 0, encountered: { note: 2 } })
      const { entities } = await follow(store)
      expect(entities.map(({ entityId, text }) => [entityId, text]).sort()).toEqual([
        ['new', 'second'],
        ['stays', 'again'],
      ])
    })

    it('tells types with the same id apart', async () => {
      const { store } = subject
      await furnish(store)
      await commit(store, upsert(note('a'), note('a', { entityType: 'page' })))
      expect(await store.entityCounts('one')).toEqual([
        { entityType: 'note', count: 1, lastUpdated: time },
        { entityType: 'page', count: 1, lastUpdated: time },
      ])
      await commit(store, remove('a'), { now: later })
      expect(await store.entityCounts('one')).toEqual([{ entityType: 'page', count: 1, lastUpdated: time }])
    })

    it('adds its counters to the job, and takes the absolute ones as they are', async () => {
      const { store } = subject
      await furnish(store)
      await commit(store, upsert(note('a'), note('p', { entityType: '__proto__' })))
      await commit(store, [...upsert(note('a'), note('b')), ...remove('zzz')], {
        now: later,
        job: { requests: 7, skipped: 2, failed: 1 },
      })
      const job = await store.job('job-one')
      expect(job).toMatchObject({ inserted: 3, updated: 0, deleted: 0, kept: 1, modifiedAt: later })
      expect(job).toMatchObject({ requests: 7, skipped: 2, failed: 1 })
      expect(Object.entries(job?.encountered ?? {})).toEqual([
        ['note', 3],
        ['__proto__', 1],
      ])
    })

    it('saves the progress with the batch, and leaves it alone without one', async () => {
      const { store } = subject
      await furnish(store)
      const listing = { generation: 1, skips: [{ id: 'x' }], sweepable: true }
      await commit(store, [], { progress: { cursor: { page: 3 }, cursorKey: 'key', listing } })
      await commit(store, upsert(note('a')))
      expect(await store.connection('one')).toMatchObject({ cursor: { page: 3 }, cursorKey: 'key', listing })
    })

    it('writes nothing at all for a connection or a job that is gone', async () => {
      const { store } = subject
      await furnish(store)
      const progress = { cursor: 1, cursorKey: 'key', listing: null }
      await expect(commit(store, upsert(note('a')), { jobId: 'none', progress })).rejects.toMatchObject({
        code: 'not_found',
        jobId: 'none',
      })
      expect(await store.connection('one')).toMatchObject({ cursor: null })
      await store.deleteConnection('one', false)
      await expect(commit(store, upsert(note('a')))).rejects.toMatchObject({ code: 'not_found', connectionId: 'one' })
      expect((await follow(store)).entities).toEqual([])
    })

    it('gives a deleted entity the same id when it comes back, as inserted', async () => {
      const { store } = subject
      await furnish(store)
      await commit(store, upsert(note('a'), note('b')))
      const [before] = (await follow(store)).entities
      await commit(store, remove('a'))
      expect(await store.entity(before?.id ?? '')).toBeUndefined()
      await commit(store, upsert(note('a')))
      expect(await store.entity(before?.id ?? '')).toMatchObject({ entityId: 'a', change: 'inserted' })
      expect(brief((await follow(store, undefined, { includeDeleted: true })).entities)).toEqual([
        'inserted b',
        'inserted a',
      ])
    })

    it('is seen whole by reads that begin after it, and by those before not at all', async () => {
      const { store } = subject
      await furnish(store)
      let rounds = 0
      for (let round = 0; round < 10; round++) {
        const writes = upsert(...Array.from({ length: 20 }, (_, index) => note(`${round}-${index}`)))
        const [, beside] = await Promise.all([
          commit(store, writes),
          store.changes({ collection: 'home', limit: 1000 }),
        ])
        expect(beside.entities.length % 20).toBe(0)
        const after = await store.changes({ collection: 'home', limit: 1000 })
        expect(after.entities).toHaveLength((round + 1) * 20)
        rounds += 1
      }
      expect(rounds).toBe(10)
    })
  })
}
