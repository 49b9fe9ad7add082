/**
 * Reads of a few rows by key, in the thread that asks: they take microseconds, and the way to another thread and back
 * takes many times that. In WAL mode a reader waits for no writer. What was read is kept until something is written:
 * this process alone writes, as the lock of the data folder has it.
 */
import { Failure } from '../errors.ts'
import { listApiKeys } from './api-keys.ts'
import type { Calls } from './calls.ts'
import { findCollection, listCollections } from './collections.ts'
import {
  countStates,
  findConnection,
  findNextDue,
  listConnections,
  listDueRuns,
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
  countStates,
  findNextDue,
  listDueRuns,
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
  /** To be called when anything may have been written, before whoever wrote hears of it. */
  forget(): void
  close(): void
}

/** Answers that are kept at most; beyond it, all of them are forgotten. */
const mostKept = 1000

/** Opened by the first read. @param file of a database that has its tables by then */
export function createPointReads(file: string, elsewhere: PointReads['read']): PointReads {
  let database: Database | undefined
  let isClosed = false
  const kept = new Map<string, unknown>()

  function look(database: Database, name: keyof typeof pointCalls, input: unknown): unknown {
    const key = keyOf(name, input)
    const known = kept.get(key)
    if (known !== undefined || kept.has(key)) return known
    const answer = deepFreeze((pointCalls[name] as (database: Database, input: unknown) => unknown)(database, input))
    if (kept.size >= mostKept) kept.clear()
    kept.set(key, answer)
    return answer
  }

  return {
    async read(name, input) {
      if (isClosed) throw new Failure('closing', 'the store is closed')
      try {
        database ??= openDatabase(file, 'reader', 0)
        return look(database, name, input) as never
      } catch (error) {
        if (isBusy(error)) return elsewhere(name, input)
        throw databaseFailure(error, file)
      }
    },
    forget: () => kept.clear(),
    close() {
      if (!isClosed) database?.close()
      isClosed = true
    },
  }
}

/** An id is most of what is asked for, and is told from anything written as JSON by what comes before it. */
function keyOf(name: string, input: unknown): string {
  return typeof input === 'string' ? `${name}=${input}` : `${name} ${JSON.stringify(input)}`
}

/** Whoever were to change an answer would change it for all that are given it next. */
function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value
  for (const member of Object.values(value)) deepFreeze(member)
  return Object.freeze(value)
}
