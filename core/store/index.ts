/** The store on this machine: SQLite, one thread that writes and a few that read. */
import { resolve } from 'node:path'
import { type Clock, systemClock } from '../clock.ts'
import type { readerCalls, writerCalls } from './calls.ts'
import type { ChoreId } from './chores.ts'
import type { LastEvent } from './events.ts'
import { prepareFile } from './inspect.ts'
import { createReaders } from './readers.ts'
import type { Store } from './store.ts'
import { createWorkerClient } from './worker-client.ts'

export interface StoreOptions {
  /** The database; made, with its folder, when absent. The folder's lock is the caller's (`lockFolder`). */
  file: string
  /** Reading threads, 2 by default; with one, a long search holds up other reads. */
  readers?: number | undefined
  /** Dates deletions, moves and events. */
  clock?: Pick<Clock, 'now'> | undefined
}

/**
 * Opens the store, migrates it, and finishes deletions and moves that a crash cut short.
 * @throws Failure `data_folder` when the file is damaged, foreign or written by a newer inlet; it is left untouched then
 */
export async function openStore({ file: path, readers: count = 2, clock = systemClock }: StoreOptions): Promise<Store> {
  const file = resolve(path)
  prepareFile(file)
  const writer = createWorkerClient<typeof writerCalls>({ file, role: 'writer' })
  const clients = Array.from({ length: Math.max(1, count) }, () =>
    createWorkerClient<typeof readerCalls>({ file, role: 'reader' }),
  )
  const readers = createReaders(clients)
  let closed: Promise<void> | undefined

  const close = (): Promise<void> => {
    // The writer last: it empties the log, which no reader may hold on to.
    closed ??= readers.close().then(() => writer.close())
    return closed
  }

  try {
    // The writer first: it may have to make the tables.
    await writer.open()
    await Promise.all(clients.map(client => client.open()))
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
    collection: readableId => readers.quick('findCollection', readableId),
    collections: page => readers.quick('listCollections', page),

    insertConnection: connection => writer.call('insertConnection', connection),
    async updateConnection(id, changes, happenings = []) {
      const { chore, last } = await writer.call('updateConnection', { id, changes, happenings, now: timestamp() })
      told(last)
      await finish(chore)
    },
    deleteConnection: async (id, deleteData) => finish(await writer.call('deleteConnection', { id, deleteData })),
    connection: id => readers.quick('findConnection', id),
    connections: page => readers.quick('listConnections', page),
    dueConnections: (time, limit) => readers.quick('listDueConnections', { time, limit }),
    needyConnections: (time, limit) => readers.quick('listNeedyConnections', { time, limit }),
    nextDue: () => readers.quick('findNextDue', undefined),
    entityCounts: connectionId => readers.quick('listEntityCounts', connectionId),

    insertWhiteLabel: whiteLabel => writer.call('insertWhiteLabel', whiteLabel),
    updateWhiteLabel: (id, changes) => writer.call('updateWhiteLabel', { id, changes }),
    deleteWhiteLabel: id => writer.call('deleteWhiteLabel', id),
    whiteLabel: id => readers.quick('findWhiteLabel', id),
    whiteLabels: page => readers.quick('listWhiteLabels', page),

    insertApiKey: key => writer.call('insertApiKey', key),
    updateApiKey: (id, changes) => writer.call('updateApiKey', { id, changes }),
    deleteApiKey: id => writer.call('deleteApiKey', id),
    apiKeys: () => readers.quick('listApiKeys', undefined),

    insertJob: job => writer.call('insertJob', job),
    updateJob: (id, changes) => writer.call('updateJob', { id, changes }),
    endJob: async end => told(await writer.call('endJob', { ...end, now: timestamp() })),
    job: id => readers.quick('findJob', id),
    jobs: (connectionId, page) => readers.quick('listJobs', { ...page, connectionId }),
    latestJobs: connectionIds => readers.quick('listLatestJobs', connectionIds),
    pruneJobs: input => writer.call('pruneJobs', input),
    openJobs: () => readers.quick('listOpenJobs', undefined),

    addEvents: async happenings => told(await writer.call('addEvents', { happenings, now: timestamp() })),
    events: input => readers.quick('listEvents', input),
    pruneEvents: input => writer.call('pruneEvents', input),
    lastEvent: () => readers.quick('findLastEvent', undefined),
    onEvents: listener => void listeners.push(listener),

    insertWebhook: webhook => writer.call('insertWebhook', webhook),
    updateWebhook: (id, changes) => writer.call('updateWebhook', { id, changes }),
    deleteWebhook: id => writer.call('deleteWebhook', id),
    webhook: id => readers.quick('findWebhook', id),
    webhooks: page => readers.quick('listWebhooks', page),
    busyWebhooks: () => readers.quick('listBusyWebhooks', undefined),

    deliveries: (webhookId, page) => readers.quick('listDeliveries', { ...page, webhookId }),
    delivery: id => readers.quick('findDelivery', id),
    deliveryCounts: webhookIds => readers.quick('countDeliveries', webhookIds),
    pendingDeliveries: input => readers.quick('listPendingDeliveries', input),
    nextDelivery: webhookId => readers.quick('findNextDelivery', webhookId),
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
  function timestamp(): string {
    return new Date(clock.now()).toISOString()
  }
}
