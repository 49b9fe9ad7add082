/** What happens, for whoever listens: jobs, connections that need a person, clients that are refused. */
import type { Clock } from './clock.ts'
import type { NeedReason } from './need.ts'

interface OfConnection {
  connectionId: string
  /** The source's short name. */
  source: string
  /** The collection's readable id. */
  collection: string
}

interface OfJob extends OfConnection {
  jobId: string
}

export type Happening =
  | ({ type: 'job.started'; trigger: string } & OfJob)
  | ({ type: 'job.completed'; inserted: number; updated: number; deleted: number } & OfJob)
  | ({ type: 'job.failed'; category: string; message: string } & OfJob)
  | ({ type: 'job.cancelled' } & OfJob)
  /** Nothing goes on until a person gives it a new credential. */
  | ({ type: 'connection.needs_reauth'; category: string; message: string } & OfConnection)
  /** It will, at `endsAt` (ISO 8601). */
  | ({ type: 'connection.expiring'; endsAt: string; reason: NeedReason; message: string } & OfConnection)
  /** An OAuth client is refused, and so every connection made with it: told once, not for each. */
  | { type: 'client.refused'; provider: string; message: string }

export type Event = Happening & {
  /** Names it for whoever comes back for what followed. */
  id: string
  /** ISO 8601. */
  at: string
}

export type Emit = (happening: Happening) => void

export interface Events {
  emit: Emit
  /**
   * From the one after the one with the id `after`, as far back as they are kept, until the signal; from now on without
   * it. An id of before a restart, or of none, gives all that there was since the start.
   */
  follow(signal: AbortSignal, after?: string): AsyncGenerator<Event, void, undefined>
}

/** So many are kept for listeners that come back. */
const kept = 1000

export function createEvents(clock: Pick<Clock, 'now'>): Events {
  const start = clock.now().toString(36)
  const log: Event[] = []
  let number = 0
  let changed = Promise.withResolvers<void>()

  return {
    emit(happening) {
      log.push({ ...happening, id: `${start}-${++number}`, at: new Date(clock.now()).toISOString() } as Event)
      if (log.length > kept) log.shift()
      const before = changed
      changed = Promise.withResolvers<void>()
      before.resolve()
    },
    async *follow(signal, after) {
      let last = after === undefined ? number : numberOf(after)
      const left = new Promise<void>(resolve => {
        if (signal.aborted) resolve()
        else signal.addEventListener('abort', () => resolve(), { once: true })
      })
      while (!signal.aborted) {
        const next = changed.promise
        for (const event of log.filter(({ id }) => numberOf(id) > last)) {
          if (signal.aborted) return
          yield event
          last = numberOf(event.id)
        }
        await Promise.race([next, left])
      }
    },
  }

  function numberOf(id: string): number {
    const [, of, text] = /^(\w+)-(\d{1,15})$/.exec(id) ?? []
    return of === start ? Number(text) : 0
  }
}
