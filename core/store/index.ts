/** The store on this machine: SQLite, one thread that writes, a few that read, and short reads where they are asked for. */
import { resolve } from 'node:path'
import { type Clock, systemClock } from '../clock.ts'
import type { readerCalls, writerCalls } from './calls.ts'
import type { ChoreId } from './chores.ts'
import type { LastEvent } from './events.ts'
import { toHit } from './found.ts'
import { prepareFile } from './inspect.ts'
import { toKnown } from './known.ts'
import { createPointReads, type PointReads } from './point-reads.ts'
import { createReaders } from './readers.ts'
import type { SpareThreads } from './spare.ts'
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
  const write: typeof writer.call = (name, input) => writer.call(name, input).finally(points.forget)
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
    for (const chore of await write('listChores', undefined)) await finish(chore)
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
    while (!(await write('continueChore', { id: chore, now })));
  }

  return {
    insertCollection: collection => write('insertCollection', collection),
    updateCollection: (readableId, changes) => write('updateCollection', { readableId, changes }),
    deleteCollection: async (readableId, deleteData) =>
      finish(await write('deleteCollection', { readableId, deleteData })),
    collection: readableId => point('findCollection', readableId),
    collections: page => fewOrMany(page)('listCollections', page),

    insertConnection: connection => write('insertConnection', connection),
    async updateConnection(id, changes, happenings = []) {
      const { chore, last } = await write('updateConnection', { id, changes, happenings, now: timestamp() })
      told(last)
      await finish(chore)
    },
    deleteConnection: async (id, deleteData) => finish(await write('deleteConnection', { id, deleteData })),
    connection: id => point('findConnection', id),
    connections: page => fewOrMany(page)('listConnections', page),
    dueRuns: input => point('listDueRuns', input),
    moveNextRun: input => write('moveNextRun', input),
    needyConnections: (time, limit) => point('listNeedyConnections', { time, limit }),
    nextDue: after => point('findNextDue', after),
    connectionStates: collection => point('countStates', collection),
    entityCounts: connectionId => point('listEntityCounts', connectionId),

    insertWhiteLabel: whiteLabel => write('insertWhiteLabel', whiteLabel),
    updateWhiteLabel: (id, changes) => write('updateWhiteLabel', { id, changes }),
    deleteWhiteLabel: id => write('deleteWhiteLabel', id),
    whiteLabel: id => point('findWhiteLabel', id),
    whiteLabels: page => readers.quick('listWhiteLabels', page),

    insertApiKey: key => write('insertApiKey', key),
    updateApiKey: (id, changes) => write('updateApiKey', { id, changes }),
    deleteApiKey: id => write('deleteApiKey', id),
    apiKeys: () => point('listApiKeys', undefined),

    insertJob: job => write('insertJob', job),
    updateJob: (id, changes) => write('updateJob', { id, changes }),
    endJob: async end => told(await write('endJob', { ...end, now: timestamp() })),
    job: id => point('findJob', id),
    jobs: (connectionId, page) => readers.quick('listJobs', { ...page, connectionId }),
    latestJobs: connectionIds => point('listLatestJobs', connectionIds),
    pruneJobs: input => write('pruneJobs', input),
    openJobs: () => point('listOpenJobs', undefined),

    addEvents: async happenings => told(await write('addEvents', { happenings, now: timestamp() })),
    events: input => readers.quick('listEvents', input),
    pruneEvents: input => write('pruneEvents', input),
    lastEvent: () => point('findLastEvent', undefined),
    onEvents: listener => void listeners.push(listener),

    insertWebhook: webhook => write('insertWebhook', webhook),
    updateWebhook: (id, changes) => write('updateWebhook', { id, changes }),
    deleteWebhook: id => write('deleteWebhook', id),
    webhook: id => point('findWebhook', id),
    webhooks: page => readers.quick('listWebhooks', page),
    busyWebhooks: () => point('listBusyWebhooks', undefined),

    deliveries: (webhookId, page) => readers.quick('listDeliveries', { ...page, webhookId }),
    delivery: id => readers.quick('findDelivery', id),
    deliveryCounts: webhookIds => readers.quick('countDeliveries', webhookIds),
    pendingDeliveries: input => readers.quick('listPendingDeliveries', input),
    nextDelivery: webhookId => point('findNextDelivery', webhookId),
    recordAttempt: async record => told(await write('recordAttempt', { ...record, now: timestamp() })),
    askAnew: input => write('askAnew', input),
    hastenDeliveries: input => write('hastenDeliveries', input),

    commit: batch => write('commit', batch),
    sweep: input => write('sweep', input),
    async known(connectionId, scope, after, limit) {
      // The place alone: all of an entity would be parsed for the way.
      const place = after && { entityType: after.entityType, id: after.id }
      const rows = await readers.quick('listKnown', { connectionId, scope, after: place, limit })
      return rows.map(toKnown)
    },

    fileText: (connectionId, entityType, entityId) =>
      readers.quick('findFileText', { connectionId, entityType, entityId }),
    entity: id => readers.quick('findEntity', id),
    changes: input => readers.quick('listChanges', input),
    search: async input => (await readers.slow('search', input)).map(toHit),

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
