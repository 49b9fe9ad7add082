/** The promises of `Store`, for any implementation of it to keep. */
import { afterEach, beforeEach, describe } from 'vitest'
import type { Store } from '../../core/store/store.ts'
import { bookkeepingPromises } from './store-suite/bookkeeping.ts'
import { commitPromises } from './store-suite/commit.ts'
import { deliveryPromises } from './store-suite/deliveries.ts'
import { eventPromises } from './store-suite/events.ts'
import { feedPromises } from './store-suite/feed.ts'
import { filterPromises } from './store-suite/filter.ts'
import { knownPromises } from './store-suite/known.ts'
import { searchPromises } from './store-suite/search.ts'
import { searchPassagePromises } from './store-suite/search-passages.ts'
import { sweepPromises } from './store-suite/sweep.ts'

export interface OpenedStore {
  store: Store
  /** Closes and removes it; may check what it left. */
  dispose(): Promise<void>
}

/** What a test finds: a fresh, empty store. */
export interface Subject {
  readonly store: Store
}

/** Runs every promise against stores that `open` makes, each test with its own; `now` is what the store's clock must say. */
export function storeSuite(name: string, open: (now: () => number) => Promise<OpenedStore>): void {
  describe(name, () => {
    let opened: OpenedStore | undefined
    const subject: Subject = {
      get store() {
        if (!opened) throw new Error('no store is open')
        return opened.store
      },
    }
    beforeEach(async () => {
      opened = await open(() => Date.parse('2026-02-02T00:00:00.000Z'))
    })
    afterEach(async () => {
      const last = opened
      opened = undefined
      await last?.dispose()
    })
    bookkeepingPromises(subject)
    eventPromises(subject)
    deliveryPromises(subject)
    commitPromises(subject)
    sweepPromises(subject)
    knownPromises(subject)
    feedPromises(subject)
    searchPromises(subject)
    searchPassagePromises(subject)
    filterPromises(subject)
  })
}
