import { describe, expect, it } from 'vitest'
import type { ConnectionRow } from '../../../core/store/store.ts'
import type { Subject } from '../store-suite.ts'
import {
  collectionRow,
  commit,
  connect,
  connectionRow,
  furnish,
  jobRow,
  later,
  note,
  time,
  upsert,
} from './fixtures.ts'

const everything = { skip: 0, limit: 100 }

export function bookkeepingPromises(subject: Subject): void {
  describe('collections', () => {
    it('gives back what was inserted, oldest first and page by page', async () => {
      const { store } = subject
      const young = collectionRow('young', { createdAt: later, name: 'Jüng "" \'' })
      await store.insertCollection(young)
      await store.insertCollection(collectionRow('old'))
      expect(await store.collection('young')).toEqual(young)
      expect(await store.collection('none')).toBeUndefined()
      const ids = async (page: typeof everything) => (await store.collections(page)).map(row => row.readableId)
      expect(await ids(everything)).toEqual(['old', 'young'])
      expect(await ids({ skip: 1, limit: 1 })).toEqual(['young'])
    })

    it('takes a readable id once', async () => {
      await subject.store.insertCollection(collectionRow('home'))
      await expect(subject.store.insertCollection(collectionRow('home', { id: 'x' }))).rejects.toMatchObject({
        code: 'conflict',
        problem: 'readable-id-exists',
      })
    })

    it('changes the given members only, and says when there is none to change', async () => {
      const { store } = subject
      await store.insertCollection(collectionRow('home'))
      await store.updateCollection('home', { name: 'Home', modifiedAt: later })
      expect(await store.collection('home')).toEqual(collectionRow('home', { name: 'Home', modifiedAt: later }))
      await expect(store.updateCollection('none', { name: 'x' })).rejects.toMatchObject({ code: 'not_found' })
      await expect(store.deleteCollection('none', true)).rejects.toMatchObject({ code: 'not_found' })
    })

    it('is not deleted while it has connections', async () => {
      await furnish(subject.store)
      await expect(subject.store.deleteCollection('home', true)).rejects.toMatchObject({ code: 'conflict' })
      expect(await subject.store.collection('home')).toBeDefined()
    })
  })

  describe('connections', () => {
    it('gives back every member as it was inserted', async () => {
      const { store } = subject
      await store.insertCollection(collectionRow('home'))
      const full = connectionRow('full', {
        description: 'd',
        config: { after_date: '2026-01-01', labels: ['a', 'b'] },
        cronSchedule: '* * * * *',
        timezone: 'Europe/Berlin',
        nextRunAt: later,
        authState: 'needs_reauth',
        account: { id: 'u1', name: 'User' },
        cursor: { token: ['x', 1, null] },
        cursorKey: 'k',
        listing: { generation: 3, skips: [{ parent: 'p' }], sweepable: true },
        generation: 3,
      })
      await store.insertConnection(full)
      expect(await store.connection('full')).toEqual(full)
      expect(await store.connection('none')).toBeUndefined()
    })

    it('belongs to a collection that exists', async () => {
      const insertion = subject.store.insertConnection(connectionRow('one'))
      await expect(insertion).rejects.toMatchObject({ code: 'not_found', problem: 'unknown-collection' })
    })

    it('changes the given members only, null included', async () => {
      const { store } = subject
      await furnish(store)
      await store.updateConnection('one', { cursor: { page: 2 }, nextRunAt: later })
      await store.updateConnection('one', { nextRunAt: null })
      expect(await store.connection('one')).toEqual(connectionRow('one', { cursor: { page: 2 } }))
      await expect(store.updateConnection('none', { name: 'x' })).rejects.toMatchObject({
        code: 'not_found',
        connectionId: 'none',
      })
    })

    it('lists oldest first, of one collection if asked', async () => {
      const { store } = subject
      await furnish(store)
      await store.insertConnection(connectionRow('two', { collection: 'work', createdAt: '2025-01-01T00:00:00.000Z' }))
      const ids = async (collection?: string) =>
        (await store.connections({ ...everything, collection })).map(connection => connection.id)
      expect(await ids()).toEqual(['two', 'one'])
      expect(await ids('home')).toEqual(['one'])
    })

    it('is due at its time and not before, earliest first', async () => {
      const { store } = subject
      await furnish(store)
      expect(await store.nextDue()).toBeUndefined()
      await store.insertConnection(connectionRow('two', { nextRunAt: later }))
      await store.insertConnection(connectionRow('three', { nextRunAt: time }))
      expect(await store.nextDue()).toBe(time)
      expect(await store.nextDue(time)).toBe(later)
      expect(await store.nextDue(later)).toBeUndefined()
      const due = async (time: string, limit: number) => (await store.dueRuns({ time, limit })).map(({ id }) => id)
      expect(await due('2025-12-31T23:59:59.999Z', 10)).toEqual([])
      expect(await due(time, 10)).toEqual(['three'])
      expect(await due(later, 10)).toEqual(['three', 'two'])
      expect(await due(later, 1)).toEqual(['three'])
    })

    it('is due page by page, with what a run needs to know', async () => {
      const { store } = subject
      await furnish(store)
      const schedule = { cronSchedule: '0 * * * *', timezone: 'UTC', nextRunAt: time }
      await store.insertConnection(connectionRow('two', { ...schedule, cursor: 'here' }))
      await store.insertConnection(connectionRow('three', { ...schedule, authState: 'needs_reauth' }))
      await store.insertConnection(
        connectionRow('four', { ...schedule, cursor: 'half', listing: { generation: 1, skips: [], sweepable: true } }),
      )
      const first = await store.dueRuns({ time: later, limit: 2 })
      expect(first).toMatchObject([
        { id: 'two', ...schedule, authState: 'ready', isListed: true },
        { id: 'three', authState: 'needs_reauth', isListed: false },
      ])
      const rest = await store.dueRuns({ time: later, after: first[1], limit: 2 })
      expect(rest).toMatchObject([{ id: 'four', isListed: false }])
      expect(await store.dueRuns({ time: later, after: rest[0], limit: 2 })).toEqual([])
    })

    it('counts in its collection as one that is well or in trouble, as long as it does not run', async () => {
      const { store } = subject
      await furnish(store)
      expect(await store.connectionStates('work')).toEqual({ usable: 0, broken: 0 })
      const states: [string, Partial<ConnectionRow>][] = [
        ['well', {}],
        ['failing', { lastErrorCategory: 'offline' }],
        ['waiting', { authState: 'needs_reauth' }],
        ['new', { authState: 'pending_auth' }],
      ]
      for (const [id, changes] of states) {
        await store.insertConnection(connectionRow(id, { collection: 'work', ...changes }))
      }
      expect(await store.connectionStates('work')).toEqual({ usable: 3, broken: 2 })
      await store.insertJob(jobRow('again', 'failing', { status: 'in_progress' }))
      await store.insertJob(jobRow('first', 'new', { status: 'pending' }))
      await store.insertJob(jobRow('over', 'waiting', { status: 'failed' }))
      expect(await store.connectionStates('work')).toEqual({ usable: 4, broken: 1 })
    })

    it('moves its next run on, unless it was changed meanwhile', async () => {
      const { store } = subject
      await furnish(store)
      await store.updateConnection('one', { nextRunAt: time })
      await store.moveNextRun({ id: 'one', from: later, to: null })
      expect(await store.connection('one')).toMatchObject({ nextRunAt: time })
      await store.moveNextRun({ id: 'one', from: time, to: later })
      expect(await store.connection('one')).toMatchObject({ nextRunAt: later })
      await store.moveNextRun({ id: 'none', from: time, to: later })
    })

    it('is found when its need of a person is to be told, earliest first, until it was', async () => {
      const { store } = subject
      await furnish(store)
      const need = { needsPersonAt: later, needsPersonBecause: 'refresh_token_ends' } as const
      await store.insertConnection(connectionRow('two', { ...need, needTellAt: later }))
      await store.insertConnection(connectionRow('three', { ...need, needTellAt: time }))
      const needy = async (at: string) => (await store.needyConnections(at, 10)).map(({ id }) => id)
      expect(await needy('2025-12-31T23:59:59.999Z')).toEqual([])
      expect(await needy(later)).toEqual(['three', 'two'])
      await store.updateConnection('three', { needTellAt: null })
      expect(await needy(later)).toEqual(['two'])
      expect(await store.connection('three')).toMatchObject(need)
    })

    it('is deleted with its jobs, and keeps its entities unless told otherwise', async () => {
      const { store } = subject
      await furnish(store)
      await commit(store, upsert(note('a')))
      await store.deleteConnection('one', false)
      expect(await store.connection('one')).toBeUndefined()
      expect(await store.job('job-one')).toBeUndefined()
      const { entities } = await store.changes({ collection: 'home', limit: 10 })
      expect(entities).toMatchObject([{ entityId: 'a', sourceName: 'notes', connectionId: 'one' }])
      await expect(store.deleteConnection('one', false)).rejects.toMatchObject({ code: 'not_found' })
    })
  })

  describe('jobs', () => {
    it('refuses a second open job of a connection and names the first', async () => {
      const { store } = subject
      await furnish(store)
      await expect(store.insertJob(jobRow('second', 'one', { status: 'pending' }))).rejects.toMatchObject({
        code: 'conflict',
        jobId: 'job-one',
        connectionId: 'one',
      })
      await store.updateJob('job-one', { status: 'completed', completedAt: later })
      await store.insertJob(jobRow('second', 'one', { status: 'pending' }))
      expect((await store.openJobs()).map(job => job.id)).toEqual(['second'])
    })

    it('belongs to a connection that exists', async () => {
      await expect(subject.store.insertJob(jobRow('x', 'none'))).rejects.toMatchObject({ code: 'not_found' })
      await expect(subject.store.updateJob('x', { requests: 1 })).rejects.toMatchObject({ code: 'not_found' })
    })

    it('lists newest first, the last one inserted first among equals, and finds the newest of many connections', async () => {
      const { store } = subject
      await furnish(store)
      await connect(store, 'two')
      await store.updateJob('job-one', { status: 'failed', error: 'e', encountered: { note: 2 } })
      await store.insertJob(jobRow('b', 'one', { status: 'completed' }))
      await store.insertJob(jobRow('a', 'one', { status: 'completed', createdAt: later }))
      const ids = async (page: typeof everything) => (await store.jobs('one', page)).map(job => job.id)
      expect(await ids(everything)).toEqual(['a', 'b', 'job-one'])
      expect(await ids({ skip: 1, limit: 1 })).toEqual(['b'])
      expect(await store.job('job-one')).toEqual(
        jobRow('job-one', 'one', { status: 'failed', error: 'e', encountered: { note: 2 } }),
      )
      const latest = await store.latestJobs(['one', 'two', 'none'])
      expect(Object.entries(latest).map(([id, job]) => [id, job.id])).toEqual(
        expect.arrayContaining([
          ['one', 'a'],
          ['two', 'job-two'],
        ]),
      )
      expect(Object.keys(latest)).toHaveLength(2)
    })

    it('are forgotten once they are old and over, but for the newest of each connection', async () => {
      const { store } = subject
      await furnish(store)
      await connect(store, 'two')
      await store.updateJob('job-one', { status: 'completed' })
      const day = (number: number) => `2026-01-${String(number).padStart(2, '0')}T00:00:00.000Z`
      for (let number = 2; number <= 9; number++) {
        await store.insertJob(jobRow(`one-${number}`, 'one', { status: 'failed', createdAt: day(number) }))
      }
      await store.insertJob(jobRow('two-2', 'two', { status: 'completed', createdAt: day(2) }))
      const prune = (limit: number) => store.pruneJobs({ before: day(8), keep: 3, limit })
      expect([await prune(4), await prune(4), await prune(4)]).toEqual([4, 2, 0])
      const ids = async (id: string) => (await store.jobs(id, everything)).map(job => job.id)
      expect(await ids('one')).toEqual(['one-9', 'one-8', 'one-7'])
      // One that is open, and the newest two.
      expect(await ids('two')).toEqual(['two-2', 'job-two'])
      expect(await store.pruneJobs({ before: later, keep: 0, limit: 9 })).toBe(0)
      expect(await store.pruneJobs({ before: day(3), keep: 0, limit: 9 })).toBe(1)
      expect(await ids('two')).toEqual(['job-two'])
    })
  })
}
