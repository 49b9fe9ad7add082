/**
 * Where everything is kept that could be synced again: collections, connections, jobs, cursors, entities, search.
 * Methods are batch-sized and asynchronous, so that a database on another machine can stand behind them. Credentials
 * are never here. Times are ISO 8601 in UTC. Every method throws `Failure`: `data_folder` where the file cannot be
 * read or written.
 */

import type { AccessScope } from '../access.ts'
import type { Event, EventType, Happening } from '../events.ts'
import type { JsonObject } from '../json.ts'
import type { NeedReason } from '../need.ts'
import type { Breadcrumb, Entity, FileText, Json, Known, KnownScope, Scope } from '../plugin.ts'

export interface Store {
  insertCollection(collection: CollectionRow): Promise<void>
  updateCollection(readableId: string, changes: Partial<Pick<CollectionRow, 'name' | 'modifiedAt'>>): Promise<void>
  /** Removes the collection and, with `deleteData`, its entities and tombstones. Its connections must be gone already. */
  deleteCollection(readableId: string, deleteData: boolean): Promise<void>
  collection(readableId: string): Promise<CollectionRow | undefined>
  /** Oldest first. */
  collections(page: Page): Promise<CollectionRow[]>

  insertConnection(connection: ConnectionRow): Promise<void>
  /**
   * Changes the given members only. A changed `collection` moves its entities too: the old collection's feed shows
   * them deleted, the new one's inserted. What is told of the change is stored with it.
   */
  updateConnection(
    id: string,
    changes: Partial<Omit<ConnectionRow, 'id' | 'createdAt'>>,
    happenings?: readonly Happening[],
  ): Promise<void>
  /** Removes the connection and its jobs; its entities too (as tombstones in the feed) with `deleteData`. */
  deleteConnection(id: string, deleteData: boolean): Promise<void>
  connection(id: string): Promise<ConnectionRow | undefined>
  /** Oldest first. */
  connections(
    page: Page & { collection?: string | undefined; whiteLabelId?: string | undefined },
  ): Promise<ConnectionRow[]>
  /** Connections whose `nextRunAt` is at or before `time`, earliest first, at most `limit`, from the one after `after`. */
  dueRuns(input: {
    time: string
    after?: Pick<DueRun, 'nextRunAt' | 'ordinal'> | undefined
    limit: number
  }): Promise<DueRun[]>
  /** Moves `nextRunAt` on, unless it is another one than `from` by now. */
  moveNextRun(input: { id: string; from: string; to: string | null }): Promise<void>
  /** The earliest `nextRunAt` of all, or of those after a time, if any. */
  nextDue(after?: string): Promise<string | undefined>
  /** Connections whose `needTellAt` is at or before `time`, earliest first, at most `limit`. */
  needyConnections(time: string, limit: number): Promise<ConnectionRow[]>
  /** How many connections of a collection run or could, and how many of those fail, or wait for a person. */
  connectionStates(collection: string): Promise<{ usable: number; broken: number }>
  /** Live entities of a connection by type. */
  entityCounts(connectionId: string): Promise<EntityCount[]>

  insertWhiteLabel(whiteLabel: WhiteLabelRow): Promise<void>
  /** @throws Failure `not_found` (`unknown-white-label`) */
  updateWhiteLabel(id: string, changes: Partial<Omit<WhiteLabelRow, 'id' | 'createdAt'>>): Promise<void>
  deleteWhiteLabel(id: string): Promise<void>
  whiteLabel(id: string): Promise<WhiteLabelRow | undefined>
  /** Oldest first. */
  whiteLabels(page: Page): Promise<WhiteLabelRow[]>

  /** @throws Failure `conflict` (`key-name-exists`) */
  insertApiKey(key: ApiKeyRow): Promise<void>
  updateApiKey(id: string, changes: Partial<Pick<ApiKeyRow, 'collections' | 'lastUsedAt'>>): Promise<void>
  deleteApiKey(id: string): Promise<void>
  /** All of them, oldest first. */
  apiKeys(): Promise<ApiKeyRow[]>

  /** @throws Failure `conflict` with `jobId` when the connection has a pending or running job */
  insertJob(job: JobRow): Promise<void>
  updateJob(id: string, changes: Partial<Omit<JobRow, 'id' | 'connectionId'>>): Promise<void>
  /** Everything in one transaction. @throws Failure `not_found` (`unknown-job`): nothing is written then */
  endJob(end: JobEnd): Promise<void>
  job(id: string): Promise<JobRow | undefined>
  /** Newest first. */
  jobs(connectionId: string, page: Page): Promise<JobRow[]>
  /** The newest job of each connection named, by connection id. */
  latestJobs(connectionIds: readonly string[]): Promise<Record<string, JobRow>>
  /**
   * Forgets at most `limit` jobs that are over and were made before a time, but for the newest ones of each connection,
   * `keep` of them; tells how many. Called until it tells 0.
   */
  pruneJobs(input: { before: string; keep: number; limit: number }): Promise<number>
  /** Every job `pending` or `in_progress`, oldest first. */
  openJobs(): Promise<JobRow[]>

  /** Written down in this order, with an id and the time for each. */
  addEvents(happenings: readonly Happening[]): Promise<void>
  /** In the order they were written. */
  events(input: EventsInput): Promise<EventsPage>
  /**
   * Forgets at most `limit` events, and as many deliveries, of before a time, and the oldest beyond `most`; not what is
   * still to be sent. Tells how many. Called until it tells 0.
   */
  pruneEvents(input: { before: string; most: number; limit: number }): Promise<number>
  /** The sequence of the last event there ever was, 0 before the first; its id, while it is kept. */
  lastEvent(): Promise<{ sequence: number; id: string | undefined }>
  /** Calls back, with the sequence of the last one, each time that events have been written by this process. */
  onEvents(listener: (last: number) => void): void

  insertWebhook(webhook: WebhookRow): Promise<void>
  /** @throws Failure `not_found` (`unknown-webhook`) */
  updateWebhook(id: string, changes: Partial<Omit<WebhookRow, 'id' | 'createdAt'>>): Promise<void>
  /** Its deliveries too. */
  deleteWebhook(id: string): Promise<void>
  webhook(id: string): Promise<WebhookRow | undefined>
  /** Oldest first. */
  webhooks(page: Page): Promise<WebhookRow[]>
  /** Of those that are enabled and have pending deliveries. */
  busyWebhooks(): Promise<string[]>
  /** How many deliveries of each webhook named are in which state. */
  deliveryCounts(webhookIds: readonly string[]): Promise<Record<string, DeliveryCounts>>

  /** Newest first. */
  deliveries(webhookId: string, page: Page & { state?: DeliveryState | undefined }): Promise<Delivery[]>
  delivery(id: string): Promise<Delivery | undefined>
  /**
   * Those that are to be sent: the oldest first, or the one that was tried the least.
   * @param dueAt where given, only those whose time it is by then
   */
  pendingDeliveries(input: PendingInput): Promise<Delivery[]>
  /** When the next delivery of a webhook is to be tried, if any. */
  nextDelivery(webhookId: string): Promise<string | undefined>
  /**
   * What came of an attempt, in one transaction. What was deleted meanwhile is left out. Where the delivery was asked
   * for anew meanwhile, it stays as that left it; where its webhook was, or was disabled, a failure counts against
   * neither, and what waits goes on waiting for the time that was asked for.
   */
  recordAttempt(record: AttemptRecord): Promise<void>
  /**
   * Changes a webhook, and has what waits for it tried at `now`, whatever comes of an attempt that is under way; with
   * a delivery, that one too, whatever its state. In one transaction.
   * @throws Failure `not_found` (`unknown-webhook`)
   */
  askAnew(input: {
    webhookId: string
    changes?: Partial<Omit<WebhookRow, 'id' | 'createdAt'>>
    deliveryId?: string
    now: string
  }): Promise<void>
  /**
   * What waits for a time later than `beyond` (default `now`) is to be tried at `now`: of one webhook, but for one
   * delivery, or of all of them.
   */
  hastenDeliveries(input: { webhookId?: string; except?: string; beyond?: string; now: string }): Promise<void>

  /** Everything in one transaction. @throws Failure `not_found` when the connection is gone: nothing is written then */
  commit(batch: Batch): Promise<CommitCounts>
  /**
   * Deletes, in one transaction, at most `limit` entities of the connection that the full listing `generation` has
   * not seen and that no skipped scope covers; returns how many. Called until it returns 0.
   */
  sweep(input: {
    connectionId: string
    jobId: string
    generation: number
    skips: readonly Scope[]
    limit: number
    now: string
  }): Promise<number>
  /** What is held of an entity's file; `undefined` where nothing is. */
  fileText(connectionId: string, entityType: string, entityId: string): Promise<FileText | undefined>
  /** Live entities of a connection within a scope, ordered by type and id, after the one given, at most `limit`. */
  known(
    connectionId: string,
    scope: KnownScope,
    after: { entityType: string; id: string } | undefined,
    limit: number,
  ): Promise<Known[]>

  entity(id: string): Promise<EntityRow | undefined>
  /** A collection in the order of its last change. */
  changes(input: ChangesInput): Promise<ChangesPage>
  search(input: SearchInput): Promise<SearchHit[]>

  /** How many there are of what, from counts that are kept anyway. */
  tally(): Promise<Tally>
  /** Rows, bytes and state for health checks. */
  /**
   * Writes a copy of everything as it is at one moment to a new file, in a thread of its own: reads and writes go on.
   * @throws Failure `data_folder` when the disk refuses
   */
  copyTo(path: string): Promise<void>

  status(): Promise<{ schemaVersion: number; bytes: number }>
  close(): Promise<void>
}

export interface Page {
  skip: number
  limit: number
}

export interface CollectionRow {
  id: string
  readableId: string
  name: string
  createdAt: string
  modifiedAt: string
}

export interface WhiteLabelRow {
  id: string
  name: string
  shortName: string
  redirectUrl: string
  /** Its secret is in the vault. */
  clientId: string
  allowedOrigins: string[]
  createdAt: string
  modifiedAt: string
}

export interface ApiKeyRow {
  id: string
  name: string
  /** SHA-256 in hexadecimal; the key itself is nowhere. */
  hash: string
  /** Its last characters, to tell it by. */
  hint: string
  scope: AccessScope
  /** Readable ids; null for everything. */
  collections: string[] | null
  createdAt: string
  expiresAt: string | null
  lastUsedAt: string | null
}

export interface ConnectionRow {
  id: string
  name: string
  description: string | null
  shortName: string
  /** The collection's `readableId`. */
  collection: string
  config: JsonObject
  /** Names of the auth fields that the vault holds; never a value. */
  authFieldNames: string[]
  whiteLabelId: string | null
  cronSchedule: string | null
  timezone: string | null
  nextRunAt: string | null
  createdAt: string
  modifiedAt: string
  /** `ready` runs; `pending_auth` has no credential yet; `needs_reauth` waits for a person. */
  authState: 'ready' | 'pending_auth' | 'needs_reauth'
  authenticatedAt: string | null
  /** When the access token dies, or the refresh token if that is nearer and known. */
  expiresAt: string | null
  /** When it will need a person, as far as that is known, and why. */
  needsPersonAt: string | null
  needsPersonBecause: NeedReason | null
  /** When that is to be told; null once it was. */
  needTellAt: string | null
  account: { id: string; name: string } | null
  /** Generation of the credential that the vault holds, to notice an older file put back. */
  credentialGeneration: number
  /** The source's last checkpoint; of no use unless `cursorKey` fits. */
  cursor: Json
  /** What the cursor was taken under: the filters, in canonical form. Another one forces a full listing. */
  cursorKey: string | null
  /** The full listing under way or interrupted; null between listings. */
  listing: Listing | null
  /** Number of the last full listing begun. */
  generation: number
  totalRuns: number
  successfulRuns: number
  failedRuns: number
  lastErrorCategory: string | null
  lastErrorMessage: string | null
}

/** What is needed of a connection to begin its run. */
export interface DueRun extends Pick<ConnectionRow, 'id' | 'cronSchedule' | 'timezone' | 'authState'> {
  nextRunAt: string
  /** Tells apart those of one moment. */
  ordinal: number
  /** Whether a listing came to its end before, so that the run brings only what has changed. */
  isListed: boolean
}

export interface Listing {
  generation: number
  /** What could not be read so far: never swept. */
  skips: Scope[]
  /** False when nothing may be swept after it. */
  sweepable: boolean
}

export type JobStatus = 'pending' | 'in_progress' | 'completed' | 'failed' | 'cancelled'
export type JobTrigger = 'create' | 'manual' | 'override' | 'schedule'

export interface JobRow {
  id: string
  connectionId: string
  status: JobStatus
  trigger: JobTrigger
  createdAt: string
  modifiedAt: string
  startedAt: string | null
  completedAt: string | null
  failedAt: string | null
  inserted: number
  updated: number
  deleted: number
  kept: number
  skipped: number
  failed: number
  /** Upserts seen, by entity type. */
  encountered: Record<string, number>
  requests: number
  error: string | null
  errorCategory: string | null
  providerError: string | null
}

/** What the end of a job changes. */
export interface JobEnd {
  id: string
  connectionId: string
  job: Partial<Omit<JobRow, 'id' | 'connectionId'>>
  /** Of its connection, if it is still there. */
  connection: Partial<Omit<ConnectionRow, 'id' | 'createdAt' | 'collection'>>
  happenings: readonly Happening[]
}

export type WebhookFormat = 'standard' | 'ntfy'

export interface WebhookRow {
  id: string
  description: string | null
  /** All that is known outside the vault of where it goes. */
  origin: string
  format: WebhookFormat
  /** Only these types; none for all. */
  events: EventType[]
  /** Only what concerns these collections (readable ids) or connections (ids); none for all. */
  collections: string[]
  connections: string[]
  headerNames: string[]
  /** Null while it is enabled. */
  disabledBecause: 'asked' | 'gone' | 'failing' | null
  createdAt: string
  modifiedAt: string
  /** How often in a row it was tried in vain, since when, and when it is tried again. */
  failures: number
  failingSince: string | null
  lastAttemptAt: string | null
  nextAttemptAt: string | null
  lastError: string | null
  lastDeliveredAt: string | null
  /** How often it was asked for anew: it tells whether that was since an attempt began. */
  timesAsked: number
}

export type DeliveryState = 'pending' | 'delivered' | 'failed'
export type DeliveryCounts = Record<DeliveryState, number>

export interface DeliveryRow {
  id: string
  webhookId: string
  eventSequence: number
  state: DeliveryState
  createdAt: string
  attempts: number
  firstAttemptAt: string | null
  lastAttemptAt: string | null
  /** Null once it is over. */
  nextAttemptAt: string | null
  lastStatus: number | null
  lastError: string | null
  /** As of the webhook, for this one alone. */
  timesAsked: number
}

export interface Delivery extends DeliveryRow {
  event: Event
}

export type DeliveryChanges = Partial<Omit<DeliveryRow, 'id' | 'webhookId' | 'eventSequence'>>

export interface PendingInput {
  webhookId: string
  order: 'oldest' | 'least_tried'
  dueAt?: string | undefined
  /** Left out. */
  except?: string | undefined
  limit: number
}

export interface AttemptRecord {
  attempt: { at: string; status: number | null; error: string | null }
  /** `timesAsked` as they were when it began. */
  delivery: { id: string; timesAsked: number; changes: DeliveryChanges }
  webhook: { id: string; timesAsked: number; changes: Partial<Omit<WebhookRow, 'id' | 'createdAt'>> }
  happenings: readonly Happening[]
}

export interface EventsInput {
  /**
   * A `last`, or the id of an event, to begin after it. An id that is no more (it was pruned, or is of another store)
   * begins at the oldest one kept.
   */
  after: number | string
  limit: number
}

export interface EventsPage {
  events: Event[]
  /** Where the next page begins, also after an empty one. */
  last: number
}

export interface EntityCount {
  entityType: string
  count: number
  lastUpdated: string | null
}

export interface Tally {
  /** Of connections that there are, by source and type. */
  entities: { source: string; entityType: string; count: number }[]
  /** By source and `active`, `failing`, `needs_reauth` or `pending_auth`. */
  connections: { source: string; status: string; count: number }[]
  pendingDeliveries: number
}

export type Write =
  | Upsert
  | { type: 'remove'; entityType: string; id: string }
  | { type: 'keep'; entityType: string; id: string }

/** `raw` is apart, as `canonicalJson` text: it is written once, weighed, hashed and kept, and never taken apart again. */
export interface Upsert {
  type: 'upsert'
  entity: Omit<Entity, 'raw'>
  raw: string | null
}

export interface Batch {
  connectionId: string
  jobId: string
  now: string
  /** In the order the source yielded them; the last change of an entity wins. */
  writes: readonly Write[]
  /** The full listing that these writes belong to: its entities are marked as seen. */
  generation: number | null
  /** The connection's new cursor, key and listing, if a checkpoint was reached; absent for an override. */
  progress?: { cursor: Json; cursorKey: string; listing: Listing | null } | undefined
  /** Absolute values of the job's counters that the store does not count itself. */
  job: { requests: number; skipped: number; failed: number }
}

/** What one batch did; the store has added it to the job already. */
export interface CommitCounts {
  inserted: number
  updated: number
  deleted: number
  kept: number
  encountered: Record<string, number>
}

export interface EntityRow {
  /** A UUID made from connection, type and provider id: the same again after a deletion. */
  id: string
  connectionId: string
  collection: string
  sourceName: string
  entityType: string
  entityId: string
  name: string
  text: string
  url: string | null
  author: string | null
  breadcrumbs: readonly Breadcrumb[]
  createdAt: string | null
  updatedAt: string | null
  syncedAt: string
  change: 'inserted' | 'updated' | 'deleted'
  raw: JsonObject | null
  /** Why the text of its file is missing, as a clause; null where it is not, or there is no file. */
  fileReason: string | null
}

export interface ChangesInput {
  collection: string
  /** A `nextCursor`; absent begins at the start. @throws Failure `invalid` for one that this store did not give */
  after?: string | undefined
  limit: number
  connectionId?: string | undefined
  entityType?: string | undefined
  /**
   * Default: not in the listing itself. After it, deletions of what the listing may have shown are included, and
   * deletions from before it began are not.
   */
  includeDeleted?: boolean | undefined
  /** Default true; without it every `raw` is null, and neither read nor counted. */
  includeRaw?: boolean | undefined
  /** The bytes of text and raw that a page ends at, though never before its first entity. Default 8 MiB. */
  maxBytes?: number | undefined
}

export interface ChangesPage {
  /** Fewer than `limit` when they are large; none only where there is nothing after the cursor. */
  entities: EntityRow[]
  /** Always given, also on an empty page: ask again with it for what changes from here on. */
  nextCursor: string
}

export interface SearchInput {
  /** Several are searched as one: what is found in them is ranked together. */
  collection: string | readonly string[]
  query: string
  limit: number
  offset: number
  filter?: Filter | undefined
}

export interface SearchHit {
  entity: EntityRow
  /** Higher is better; comparable within one answer only. */
  score: number
  /** HTML: escaped text with `<mark>` around matches. Of the best passage. */
  snippet: string
  /** Of the best passage, in a text that has pages. */
  page: number | null
  /** One to three, best first: of a long text the parts that match best, of any other what matches. */
  passages: readonly PassageHit[]
}

export interface PassageHit {
  /** As in a hit. */
  snippet: string
  /** As the document numbers them; null for a text without pages, and where only a name matches. */
  page: number | null
  /** Of the section that what matches is in, in a long text that has headings. */
  heading: string | null
  /** Where it begins in the entity's text, in UTF-16 code units. */
  offset: number
  /** Higher is better. */
  score: number
}

/** Qdrant's filter: all of `must`, none of `must_not`, at least one of `should`, so many of `min_should`. */
export interface Filter {
  must?: Condition | readonly Condition[] | null | undefined
  should?: Condition | readonly Condition[] | null | undefined
  must_not?: Condition | readonly Condition[] | null | undefined
  min_should?: { conditions: readonly Condition[]; min_count: number } | null | undefined
}

export type Condition =
  | Filter
  | {
      key: string
      match:
        | { value: string | number | boolean }
        | { any: readonly (string | number)[] }
        | { except: readonly (string | number)[] }
        | { text: string }
        | { phrase: string }
    }
  | { key: string; range: Range<number | string> }
  | { is_empty: { key: string } }
  | { is_null: { key: string } }
  | { has_id: readonly string[] }

export interface Range<T> {
  gt?: T | null | undefined
  gte?: T | null | undefined
  lt?: T | null | undefined
  lte?: T | null | undefined
}
