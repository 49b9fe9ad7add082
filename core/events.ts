/**
 * What happens, for whoever listens: jobs, connections that need a person, clients that are refused. Each event is
 * written down in the transaction of what it tells of, so that none is lost by a crash, and none told of what was not.
 */
import type { NeedReason } from './need.ts'
import type { Store } from './store/store.ts'

interface OfConnection {
  connectionId: string
  /** As its owner named it. */
  connectionName: string
  /** The source's short name. */
  source: string
  /** The collection's readable id. */
  collection: string
}

interface OfJob extends OfConnection {
  jobId: string
}

interface Trouble {
  category: string
  message: string
}

export type Happening =
  | ({ type: 'job.started'; trigger: string } & OfJob)
  | ({ type: 'job.completed'; inserted: number; updated: number; deleted: number } & OfJob)
  | ({ type: 'job.failed' } & Trouble & OfJob)
  | ({ type: 'job.cancelled' } & OfJob)
  /** The first failure after a success; told once, until it has recovered. */
  | ({ type: 'connection.failing' } & Trouble & OfConnection)
  /** The first success after failures. */
  | ({ type: 'connection.recovered' } & OfConnection)
  /** Nothing goes on until a person gives it a new credential. */
  | ({ type: 'connection.needs_reauth' } & Trouble & OfConnection)
  /** It will, at `endsAt` (ISO 8601). */
  | ({ type: 'connection.expiring'; endsAt: string; reason: NeedReason; message: string } & OfConnection)
  /** An OAuth client is refused, and so every connection made with it: told once, not for each. */
  | { type: 'client.refused'; provider: string; message: string }
  /** Nothing is sent there any more until a person enables it. */
  | { type: 'webhook.disabled'; webhookId: string; reason: 'gone' | 'failing'; message: string }

export type EventType = Happening['type']

export const eventTypes = [
  'job.started',
  'job.completed',
  'job.failed',
  'job.cancelled',
  'connection.failing',
  'connection.recovered',
  'connection.needs_reauth',
  'connection.expiring',
  'client.refused',
  'webhook.disabled',
] as const satisfies readonly EventType[]

export type Event = Happening & {
  /** Names it for whoever comes back for what followed, and for whoever may hear of it twice. */
  id: string
  /** ISO 8601. */
  at: string
}

export interface Events {
  /**
   * From the one after the one with the id `after`, as far back as they are kept, until the signal; from now on without
   * it. An id that is no more, or never was, gives all that are kept.
   */
  follow(signal: AbortSignal, after?: string): AsyncGenerator<Event, void, undefined>
  /** What to give as `after` for what happens from now on, also to come back later when nothing has been heard yet. */
  position(): Promise<string>
}

const atOnce = 100

/** Follows the events of a store. */
export async function createEvents(store: Pick<Store, 'events' | 'lastEvent' | 'onEvents'>): Promise<Events> {
  let last = (await store.lastEvent()).sequence
  let changed = Promise.withResolvers<void>()
  store.onEvents(sequence => {
    last = Math.max(last, sequence)
    const before = changed
    changed = Promise.withResolvers<void>()
    before.resolve()
  })

  return {
    // Where there is none, all that will be kept is news.
    position: async () => (await store.lastEvent()).id ?? 'none',
    async *follow(signal, after) {
      let position = after === undefined ? last : after
      const left = new Promise<void>(resolve => {
        if (signal.aborted) resolve()
        else signal.addEventListener('abort', () => resolve(), { once: true })
      })
      while (!signal.aborted) {
        const next = changed.promise
        const page = await store.events({ after: position, limit: atOnce })
        for (const event of page.events) {
          if (signal.aborted) return
          yield event
        }
        position = page.last
        if (page.events.length === 0) await Promise.race([next, left])
      }
    },
  }
}
