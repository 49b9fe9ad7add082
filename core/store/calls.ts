/** What the threads can be asked: synchronous functions over one database connection each, with one input. */
import { statSync } from 'node:fs'
import { deleteApiKey, insertApiKey, listApiKeys, updateApiKey } from './api-keys.ts'
import { listChanges } from './changes.ts'
import { continueChore, listChores } from './chores.ts'
import { deleteCollection, findCollection, insertCollection, listCollections, updateCollection } from './collections.ts'
import { commit } from './commit.ts'
import {
  countStates,
  deleteConnection,
  findConnection,
  findNextDue,
  insertConnection,
  listConnections,
  listDueRuns,
  listEntityCounts,
  listNeedyConnections,
  moveNextRun,
  updateConnection,
} from './connections.ts'
import { copyTo } from './copy.ts'
import type { Database } from './database.ts'
import {
  askAnew,
  countDeliveries,
  findDelivery,
  findNextDelivery,
  hastenDeliveries,
  listDeliveries,
  listPendingDeliveries,
  recordAttempt,
} from './deliveries.ts'
import { findEntity } from './entities.ts'
import { addEvents, findLastEvent, listEvents } from './events.ts'
import { findFileText } from './file-text.ts'
import { pruneEvents, pruneJobs } from './history.ts'
import { endJob, findJob, insertJob, listJobs, listLatestJobs, listOpenJobs, updateJob } from './jobs.ts'
import { listKnown } from './known.ts'
import { search } from './search.ts'
import type { Batch } from './store.ts'
import { sweep } from './sweep.ts'
import { tally } from './tally.ts'
import { deleteWebhook, findWebhook, insertWebhook, listBusyWebhooks, listWebhooks, updateWebhook } from './webhooks.ts'
import {
  deleteWhiteLabel,
  findWhiteLabel,
  insertWhiteLabel,
  listWhiteLabels,
  updateWhiteLabel,
} from './white-labels.ts'

export const writerCalls = {
  insertCollection,
  updateCollection,
  deleteCollection,
  insertConnection,
  updateConnection,
  deleteConnection,
  moveNextRun,
  insertWhiteLabel,
  updateWhiteLabel,
  deleteWhiteLabel,
  insertApiKey,
  updateApiKey,
  deleteApiKey,
  insertJob,
  updateJob,
  endJob,
  addEvents,
  insertWebhook,
  updateWebhook,
  deleteWebhook,
  recordAttempt,
  askAnew,
  hastenDeliveries,
  pruneJobs,
  pruneEvents,
  commit,
  sweep,
  listChores,
  continueChore,
}

export const readerCalls = {
  findCollection,
  listCollections,
  findConnection,
  listConnections,
  listDueRuns,
  listNeedyConnections,
  countStates,
  findNextDue,
  listEntityCounts,
  findWhiteLabel,
  listWhiteLabels,
  listApiKeys,
  findJob,
  listJobs,
  listLatestJobs,
  listOpenJobs,
  listEvents,
  findLastEvent,
  findWebhook,
  listWebhooks,
  listBusyWebhooks,
  listDeliveries,
  findDelivery,
  listPendingDeliveries,
  findNextDelivery,
  countDeliveries,
  listKnown,
  findFileText,
  findEntity,
  listChanges,
  search,
  copyTo,
  measure,
  tally,
}

/** Those that may take long, and so hold up nobody's answer but their own. */
const longCalls: ReadonlySet<string> = new Set<keyof typeof writerCalls>([
  ...(['sweep', 'continueChore', 'pruneJobs', 'pruneEvents', 'deleteCollection', 'deleteConnection'] as const),
])
/** A batch of more is indexed for longer than the disk takes. */
const shortBatch = 20

/** Whether a write is done in no time, but for the disk. */
export function isShort({ call, input }: { call: string; input: unknown }): boolean {
  if (call === ('commit' satisfies keyof typeof writerCalls)) return (input as Batch).writes.length <= shortBatch
  return !longCalls.has(call)
}

/** Functions a thread serves, by name. */
export type Calls = Readonly<Record<string, (database: Database, input: never) => unknown>>

function measure(database: Database): { schemaVersion: number; bytes: number } {
  const version = database.get('pragma user_version')
  const sizes = ['', '-wal'].map(suffix => statSync(database.file + suffix, { throwIfNoEntry: false })?.size ?? 0)
  return { schemaVersion: Number(version?.user_version), bytes: sizes.reduce((sum, size) => sum + size, 0) }
}
