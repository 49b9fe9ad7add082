/**
 * Reads of a few rows by key, in the thread that asks: they take microseconds, and the way to another thread and back
 * takes many times that. In WAL mode a reader waits for no writer.
 */
import { Failure } from '../errors.ts'
import { listApiKeys } from './api-keys.ts'
import type { Calls } from './calls.ts'
import { findCollection, listCollections } from './collections.ts'
import {
  findConnection,
  findNextDue,
  listConnections,
  listDueConnections,
  listEntityCounts,
  listNeedyConnections,
} from './connections.ts'
import { type Database, openDatabase } from './database.ts'
import { findNextDelivery } from './deliveries.ts'
import { findLastEvent } from './events.ts'
import { databaseFailure, isBusy } from './failures.ts'
import { findJob, listLatestJobs, listOpenJobs } from './jobs.ts'
import { findWebhook, listBusyWebhooks } from './webhooks.ts'
import { findWhiteLabel } from './white-labels.ts'
import type { WorkerClient } from './worker-client.ts'

/** Bounded by their keys, by a limit of their callers', or by what is open at the moment; none reads an entity. */
export const pointCalls = {
  findCollection,
  listCollections,
  findConnection,
  listConnections,
  findNextDue,
  listDueConnections,
  listNeedyConnections,
  listEntityCounts,
  findWhiteLabel,
  listApiKeys,
  findJob,
  listLatestJobs,
  listOpenJobs,
  findLastEvent,
  findWebhook,
  listBusyWebhooks,
  findNextDelivery,
} satisfies Calls

export interface PointReads {
  /**
   * Reads here; with a thread where another program holds the file: the thread that asks must not wait for one.
   * @throws Failure `data_folder`, `internal`; `closing`
   */
  read: WorkerClient<typeof pointCalls>['call']
  close(): void
}

/** Opened by the first read. @param file of a database that has its tables by then */
export function createPointReads(file: string, elsewhere: PointReads['read']): PointReads {
  let database: Database | undefined
  let isClosed = false
  return {
    async read(name, input) {
      if (isClosed) throw new Failure('closing', 'the store is closed')
      const call = pointCalls[name] as (database: Database, input: unknown) => never
      try {
        database ??= openDatabase(file, 'reader', 0)
        return call(database, input)
      } catch (error) {
        if (isBusy(error)) return elsewhere(name, input)
        throw databaseFailure(error, file)
      }
    },
    close() {
      if (!isClosed) database?.close()
      isClosed = true
    },
  }
}
