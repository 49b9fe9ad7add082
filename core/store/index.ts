/** The store on this machine: SQLite, one thread that writes, a few that read, and short reads where they are asked for. */
import { resolve } from 'node:path'
import { type Clock, systemClock } from '../clock.ts'
import type { readerCalls, writerCalls } from './calls.ts'
import type { ChoreId } from './chores.ts'
import type { LastEvent } from './events.ts'
import { prepareFile } from './inspect.ts'
import { createPointReads, type PointReads } from './point-reads.ts'
import { createReaders } from './readers.ts'
import type { SpareThreads } from './spare-threads.ts'
import type { Page, Store } from './store.ts'
import { createWorkerClient } from './worker-client.ts'

export interface StoreOptions {
  /** The database; made, with its folder, when absent. The folder's lock is the caller's (`lockFolder`). */
  file: string
  /** Reading threads, 2 by default; with one, a long search holds up other reads. */
  readers?: number | undefined
  /** Dates deletions, moves and events. */
  clock?: Pick<Clock, 'now'> | undefined
  /** Threads that were started ahead; what is left of them is ended. */
  spare?: SpareThreads | undefined
}

/** Rows of a page that are read in the thread that asks. */
const mostHere = 100

/**
 * Opens the store, migrates it, and finishes deletions and moves that a crash cut short.
 * @throws Failure `data_folder` when the file is damaged, foreign or written by a newer inlet; it is left untouched then
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { file: path, readers: count = 2, clock = systemClock, spare } = options
  const file = resolve(path)
  prepareFile(file)
  const writer = createWorkerClient<typeof writerCalls>({ file, role: 'writer' }, { spare })
  const clients = Array.from({ length: Math.max(1, count) }, () =>
    createWorkerClient<typeof readerCalls>({ file, role: 'reader' }, { spare }),
  )
  const readers = createReaders(clients)
  const points = createPointReads(file, readers.quick as PointReads['read'])
  const point = points.read
  let closed: Promise<void> | undefined

  const close = (): Promise<void> => {
    // The writer last: it empties the log, which no reader may hold on to.
    closed ??= readers.close().then(() => {
      points.close()
      return writer.close()
    })
    return closed
  }

  try {
    // It may have to make the tables. Threads that read are started when there is something to read that takes long.
    await writer.open()
    spare?.end()
    for (const chore of await writer.call('listChores', undefined)) await finish(chore)
  } catch (error) {
    await close()
    throw error
  }

  const listeners: ((last: number) => void)[] = []
  function told(last: LastEvent): void {
    if (last !== null) for (const listener of listeners) listener(last)
  }

  async function finish(chore: ChoreId | null): Promise<void> {
    if (chore === null) return
    const now = timestamp()
    while (!(await writer.call('continueChore', { id: chore, now })));
  }

  return {
    insertCollection: collection => writer.call('insertCollection', collection),
    updateCollection: (readableId, changes) => writer.call('updateCollection', { readableId, changes }),
    deleteCollection: async (readableId, deleteData) =>
      finish(await writer.call('deleteCollection', { readableId, deleteData })),
    collection: readableId => point('findCollection', readableId),
    collections: page => fewOrMany(page)('listCollections', page),

    insertConnection: connection => writer.call('insertConnection', connection),
    async updateConnection(id, changes, happenings = []) {
      const { chore, last } = await writer.call('updateConnection', { id, changes, happenings, now: timestamp() })
      told(last)
      await finish(chore)
    },
    deleteConnection: async (id, deleteData) => finish(await writer.call('deleteConnection', { id, deleteData })),
    connection: id => point('findConnection', id),
    connections: page => fewOrMany(page)('listConnections', page),
    dueConnections: (time, limit) => point('listDueConnections', { time, limit }),
    needyConnections: (time, limit) => point('listNeedyConnections', { time, limit }),
    nextDue: () => point('findNextDue', undefined),
    entityCounts: connectionId => point('listEntityCounts', connectionId),

    insertWhiteLabel: whiteLabel => writer.call('insertWhiteLabel', whiteLabel),
    updateWhiteLabel: (id, changes) => writer.call('updateWhiteLabel', { id, changes }),
    deleteWhiteLabel: id => writer.call('deleteWhiteLabel', id),
    whiteLabel: id => point('findWhiteLabel', id),
    whiteLabels: page => readers.quick('listWhiteLabels', page),

    insertApiKey: key => writer.call('insertApiKey', key),
    updateApiKey: (id, changes) => writer.call('updateApiKey', { id, changes }),
    deleteApiKey: id => writer.call('deleteApiKey', id),
    apiKeys: () => point('listApiKeys', undefined),

    insertJob: job => writer.call('insertJob', job),
    updateJob: (id, changes) => writer.call('updateJob', { id, changes }),
    endJob: async end => told(await writer.call('endJob', { ...end, now: timestamp() })),
    job: id => point('findJob', id),
    jobs: (connectionId, page) => readers.quick('listJobs', { ...page, connectionId }),
    latestJobs: connectionIds => point('listLatestJobs', connectionIds),
    pruneJobs: input => writer.call('pruneJobs', input),
    openJobs: () => point('listOpenJobs', undefined),

    addEvents: async happenings => told(await writer.call('addEvents', { happenings, now: timestamp() })),
    events: input => readers.quick('listEvents', input),
    pruneEvents: input => writer.call('pruneEvents', input),
    lastEvent: () => point('findLastEvent', undefined),
    onEvents: listener => void listeners.push(listener),

    insertWebhook: webhook => writer.call('insertWebhook', webhook),
    updateWebhook: (id, changes) => writer.call('updateWebhook', { id, changes }),
    deleteWebhook: id => writer.call('deleteWebhook', id),
    webhook: id => point('findWebhook', id),
    webhooks: page => readers.quick('listWebhooks', page),
    busyWebhooks: () => point('listBusyWebhooks', undefined),

    deliveries: (webhookId, page) => readers.quick('listDeliveries', { ...page, webhookId }),
    delivery: id => readers.quick('findDelivery', id),
    deliveryCounts: webhookIds => readers.quick('countDeliveries', webhookIds),
    pendingDeliveries: input => readers.quick('listPendingDeliveries', input),
    nextDelivery: webhookId => point('findNextDelivery', webhookId),
    updateDelivery: (id, changes) => writer.call('updateDelivery', { id, changes }),
    recordAttempt: async record => told(await writer.call('recordAttempt', { ...record, now: timestamp() })),
    hastenDeliveries: input => writer.call('hastenDeliveries', input),

    commit: batch => writer.call('commit', batch),
    sweep: input => writer.call('sweep', input),
    known: (connectionId, scope, after, limit) => readers.quick('listKnown', { connectionId, scope, after, limit }),

    entity: id => readers.quick('findEntity', id),
    changes: input => readers.quick('listChanges', input),
    search: input => readers.slow('search', input),

    async copyTo(path) {
      const copier = createWorkerClient<typeof readerCalls>({ file, role: 'reader' })
      try {
        await copier.call('copyTo', path)
      } finally {
        await copier.close()
      }
    },

    tally: () => readers.slow('tally', undefined),
    status: () => readers.quick('measure', undefined),
    close,
  }

  /** A long page is not worth holding up the thread that asks. */
  function fewOrMany({ limit }: Page): PointReads['read'] {
    return limit > mostHere ? (readers.quick as PointReads['read']) : point
  }

  function timestamp(): string {
    return new Date(clock.now()).toISOString()
  }
}
