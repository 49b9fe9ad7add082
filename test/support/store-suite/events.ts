import { describe, expect, it } from 'vitest'
import type { Happening } from '../../../core/events.ts'
import type { Store } from '../../../core/store/store.ts'
import type { Subject } from '../store-suite.ts'
import { furnish, later, storeTime } from './fixtures.ts'

const refused = (message: string): Happening => ({ type: 'client.refused', provider: 'google', message })
const about = { connectionId: 'one', connectionName: 'One', source: 'notes', collection: 'home', jobId: 'job-one' }
const completed: Happening = { type: 'job.completed', ...about, inserted: 1, updated: 2, deleted: 3 }

async function all(store: Store, after: number | string = 0) {
  return (await store.events({ after, limit: 100 })).events
}

export function eventPromises(subject: Subject): void {
  describe('events', () => {
    it('are given back whole and in order, a page at a time, from after a place or an id', async () => {
      const { store } = subject
      expect(await store.events({ after: 0, limit: 2 })).toEqual({ events: [], last: 0 })
      expect(await store.lastEvent()).toEqual({ sequence: 0, id: undefined })
      await store.addEvents([completed, refused('b')])
      await store.addEvents([refused('c')])
      const [first, second, third] = await all(store)
      expect(first).toEqual({ ...completed, id: expect.stringMatching(/^evt_[0-9a-f]{24}$/), at: storeTime })
      expect([second, third]).toMatchObject([refused('b'), refused('c')])
      const page = await store.events({ after: 0, limit: 2 })
      expect(page.events).toEqual([first, second])
      expect(await all(store, page.last)).toEqual([third])
      expect(await all(store, second?.id)).toEqual([third])
      const { last: sequence } = await store.events({ after: 0, limit: 100 })
      expect(await store.lastEvent()).toEqual({ sequence, id: third?.id })
      expect(new Set([first, second, third].map(event => event?.id)).size).toBe(3)
    })

    it('begin at the oldest one kept for an id that there is not', async () => {
      const { store } = subject
      await store.addEvents([refused('a')])
      const [event] = await all(store)
      for (const id of ['', 'evt_', '1', `evt_${'0'.repeat(24)}`, `${event?.id}0`, 'x'.repeat(5000)]) {
        expect(await all(store, id)).toEqual([event])
      }
    })

    it('wake whoever listens once they can be read', async () => {
      const { store } = subject
      await furnish(store)
      const heard: number[] = []
      store.onEvents(last => void heard.push(last))
      await store.addEvents([refused('a'), refused('b')])
      await store.updateConnection('one', { name: 'Other' })
      await store.updateConnection('one', { name: 'One' }, [refused('c')])
      await store.endJob({ id: 'job-one', connectionId: 'one', job: {}, connection: {}, happenings: [completed] })
      expect(heard).toEqual([2, 3, 4])
    })

    it('are written with the change of a connection that they tell of, or not at all', async () => {
      const { store } = subject
      await furnish(store)
      await store.updateConnection('one', { authState: 'needs_reauth' }, [refused('with it')])
      expect(await store.connection('one')).toMatchObject({ authState: 'needs_reauth' })
      await expect(store.updateConnection('none', { name: 'x' }, [refused('lost')])).rejects.toThrow()
      await expect(store.updateConnection('one', { collection: 'none' }, [refused('lost')])).rejects.toThrow()
      expect(await all(store)).toMatchObject([refused('with it')])
    })

    it('are written with the end of a job and its connection, or not at all', async () => {
      const { store } = subject
      await furnish(store)
      const job = { status: 'completed', completedAt: later } as const
      const end = { id: 'job-one', connectionId: 'one', job, connection: { totalRuns: 1 }, happenings: [completed] }
      await expect(store.endJob({ ...end, id: 'none' })).rejects.toMatchObject({ problem: 'unknown-job' })
      expect(await all(store)).toEqual([])
      expect(await store.connection('one')).toMatchObject({ totalRuns: 0 })
      await store.endJob(end)
      expect(await store.job('job-one')).toMatchObject(job)
      expect(await store.connection('one')).toMatchObject({ totalRuns: 1 })
      expect(await all(store)).toMatchObject([completed])
    })
  })
}
