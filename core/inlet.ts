/**
 * What an embedder, and the daemon, hold in hand. Every method throws `Failure`; those of remedy `caller` say what
 * was wrong with the call: `not_found` (with `problem` such as `unknown-source`), `conflict`, `invalid` (with `fields`).
 */
import type { Access, AccessScope } from './access.ts'
import type { BackupMaker } from './backup/snapshot.ts'
import type { Failure } from './errors.ts'
import type { Event, EventType } from './events.ts'
import type { Series } from './meter.ts'
import type { NeedReason } from './need.ts'
import type { Field, Plugin, Source } from './plugin.ts'
import type { SendProxied } from './proxy.ts'
import type { Secret } from './secret.ts'
import type {
  ApiKeyRow,
  ChangesInput,
  ChangesPage,
  CollectionRow,
  ConnectionRow,
  Delivery,
  DeliveryCounts,
  DeliveryState,
  EntityCount,
  EntityRow,
  JobRow,
  Page,
  SearchHit,
  SearchInput,
  WebhookFormat,
  WebhookRow,
  WhiteLabelRow,
} from './store/store.ts'
import type { GivenKey } from './vault/given-key.ts'
import type { Vault } from './vault/vault.ts'

export type { Backup, BackupMaker } from './backup/snapshot.ts'
export type { ProxyAnswer, ProxyRequest } from './proxy.ts'
export type { GivenKey, NewKey } from './vault/given-key.ts'
export type { VaultStatus } from './vault/vault.ts'

export interface Inlet {
  readonly sources: Sources
  readonly collections: Collections
  readonly connections: Connections
  readonly jobs: Jobs
  readonly signIns: SignIns
  readonly whiteLabels: WhiteLabels
  readonly webhooks: Webhooks
  readonly vault: VaultControl
  readonly keys: ApiKeys
  /** Whose named key this is, and what it may do; notes that it was used. */
  knownKey(given: string): KnownKey | undefined
  /**
   * Sends a program's request to the provider of a connection, with its token; answers what the provider does.
   * @throws Failure `not_found`; `invalid` (`proxy-not-allowed`, `proxy-read-only`); `conflict` (`pending-auth`);
   *   `vault_locked`; `provider-unreachable`, `provider-busy` and `token-refresh-failed` as its `problem`; the signal's
   *   reason
   */
  readonly proxy: SendProxied
  readonly backups: BackupMaker
  /** One entity whole, deleted ones not. @throws Failure `not_found` */
  entity(id: string): Promise<EntityRow>
  /** A collection in the order of its last change. @throws Failure `not_found`, `invalid` (cursor) */
  changes(input: ChangesInput): Promise<ChangesPage>
  /** Any text a person may type is a good query. @throws Failure `not_found`, `invalid` (filter) */
  search(input: SearchInput): Promise<SearchHit[]>
  /** What happens from now on, or from the event after the one with the id `after`, until the signal. */
  events(signal: AbortSignal, after?: string): AsyncIterable<Event>
  /** What to give as `after` for what happens from now on. */
  eventPosition(): Promise<string>
  health(): Promise<Health>
  /** What is counted of it: jobs, entities, requests, refreshes. @throws Failure `data_folder` */
  measure(): Promise<Series[]>
  /** Stops scheduling, brings jobs to their next checkpoint, closes everything. Resolves within ten seconds. */
  close(): Promise<void>
}

/** The vault in its owner's hand. */
export interface VaultControl extends Pick<Vault, 'lockedBecause' | 'status' | 'rotate'> {
  /**
   * Ends jobs that use stored credentials, waits (at most 45 seconds) for refreshes and writes under way, and overwrites
   * the keys in memory. What needs a credential throws `vault_locked` from then on, and schedules wait.
   * @throws Failure `conflict` when a refresh has not ended by then: the vault stays open, so that no token is lost
   */
  lock(): Promise<void>
  /** As `Vault.unlock`; what was missed meanwhile is made up for, with one run for each schedule. */
  unlock(given?: GivenKey): Promise<void>
}

/** Named keys for other programs: shown once, kept as hashes. */
export interface ApiKeys {
  /** @throws Failure `invalid`, `conflict` (`key-name-exists`), `not_found` (`unknown-collection`) */
  create(input: CreateApiKey): Promise<{ key: Secret; row: ApiKeyView }>
  /** Oldest first, those that have expired too. */
  list(): Promise<ApiKeyView[]>
  /** @throws Failure `not_found` (`unknown-key`) */
  get(id: string): Promise<ApiKeyView>
  /** It opens nothing from here on, and what follows with it ends. Answers what it was. @throws as `get` */
  revoke(id: string): Promise<ApiKeyView>
}

export type ApiKeyView = Omit<ApiKeyRow, 'hash'>

export interface CreateApiKey {
  name: string
  scope: AccessScope
  /** Readable ids; default everything. */
  collections?: readonly string[] | null | undefined
  /** ISO 8601; default never. */
  expiresAt?: string | null | undefined
}

export interface KnownKey {
  id: string
  name: string
  access: Access
  hasExpired: boolean
}

export interface Health {
  store: boolean
  /** False while the vault is locked. */
  vault: boolean
  scheduler: boolean
}

export interface SourceInfo {
  plugin: Plugin
  source: Source
  /** What `auth_fields` takes. */
  authFields: readonly Field[]
  /** A stable UUID made from the short name. */
  id: string
}

export interface Sources {
  list(): SourceInfo[]
  /** @throws Failure `not_found` (`unknown-source`), naming the known ones */
  get(shortName: string): SourceInfo
}

export interface Collections {
  /** @throws Failure `conflict` (`readable-id-exists`), `invalid` */
  create(input: { name: string; readableId?: string | undefined }): Promise<CollectionView>
  /** @throws Failure `not_found` (`unknown-collection`) */
  get(readableId: string): Promise<CollectionView>
  list(page: Page): Promise<CollectionView[]>
  update(readableId: string, changes: { name?: string | undefined }): Promise<CollectionView>
  /** Deletes its connections with it. */
  delete(readableId: string, options: { deleteData: boolean }): Promise<CollectionView>
  /** Starts a job for each of its connections that can run and is not running. */
  refreshAll(readableId: string): Promise<JobRow[]>
}

export interface CollectionView extends CollectionRow {
  status: 'ACTIVE' | 'PARTIAL ERROR' | 'NEEDS SOURCE' | 'ERROR'
}

export interface CreateConnection {
  shortName: string
  name?: string | undefined
  description?: string | undefined
  /** `readableId`; a collection is made when absent. */
  collection?: string | undefined
  /** Name of the collection that is made; default after the source. */
  collectionName?: string | undefined
  /** Checked against the source's declared fields. Without it the connection waits as `pending_auth`. */
  authFields?: Readonly<Record<string, unknown>> | undefined
  config?: Readonly<Record<string, unknown>> | undefined
  cronSchedule?: string | null | undefined
  timezone?: string | undefined
  /** Default true. */
  syncImmediately?: boolean | undefined
  whiteLabelId?: string | undefined
  /** Without `authFields`: the OAuth client that a person will sign in through, in place of the configured one. */
  client?: GivenClient | undefined
  /** Asks the provider once whether the token works. @throws Failure `unauthorized` and its kin */
  validate?: boolean | undefined
}

export interface UpdateConnection {
  name?: string | undefined
  description?: string | null | undefined
  collection?: string | undefined
  authFields?: Readonly<Record<string, unknown>> | undefined
  config?: Readonly<Record<string, unknown>> | undefined
  /** Null ends the schedule. */
  cronSchedule?: string | null | undefined
  timezone?: string | undefined
  whiteLabelId?: string | null | undefined
  /** With `authFields`: asks the provider once whether the token works, before it takes the place of the stored one. */
  validate?: boolean | undefined
}

export interface Connections {
  /** @throws Failure `invalid` naming every wrong field, `not_found` (`unknown-source`, `unknown-collection`) */
  create(input: CreateConnection): Promise<ConnectionView>
  /** @throws Failure `not_found` (`unknown-connection`) */
  get(id: string): Promise<ConnectionView>
  list(page: Page & { collection?: string | undefined }): Promise<ConnectionView[]>
  update(id: string, changes: UpdateConnection): Promise<ConnectionView>
  /** Stops its job, destroys its credential, and with `deleteData` its entities. Answers what it was. */
  delete(id: string, options: { deleteData: boolean }): Promise<ConnectionView>
  /**
   * Starts a job. `accessToken` is the override: it lives in this job's memory alone.
   * @throws Failure `conflict` (`job-running` with `jobId`, `pending-auth`), `token_revoked`, `refresh_failed`, …
   *   when the stored token is known to be dead and could not be refreshed: no job is started then
   */
  run(id: string, options?: { accessToken?: string | undefined }): Promise<JobRow>
  /**
   * Asks the provider, once, whether the stored token works, refreshing it where it is due. Changes nothing else.
   * @throws Failure `not_found`, `vault_locked`; what the provider says against it is in the answer
   */
  check(id: string): Promise<ConnectionCheck>
}

export interface ConnectionCheck {
  /** Undefined where that could not be found out, such as offline. */
  alive: boolean | undefined
  account: { id: string; name: string } | null
  /** Why it is not, or is not known to be. */
  failure: Failure | undefined
  expiresAt: string | null
  needsPersonAt: string | null
  needsPersonBecause: NeedReason | null
  /** What the source needs. */
  scopes: readonly string[]
}

/** An OAuth client as a caller gives it. */
export interface GivenClient {
  /** Default: the configured one's. */
  clientId?: string | undefined
  /** Absent for public clients. */
  clientSecret?: string | undefined
  /** Where the provider sends the browser back to, as registered there; default our own callback. */
  redirectUri?: string | undefined
  /** Auth fields besides the standard ones, such as Microsoft's `tenant`. */
  fields?: Readonly<Record<string, string>> | undefined
}

/**
 * Signing in at a provider in a browser: RFC 6749 section 4.1, with PKCE (RFC 7636) where the provider takes it. What
 * is begun here lives in memory, for twenty minutes, and its `state` works once.
 */
export interface SignIns {
  /**
   * The address to send a person's browser to.
   * @throws Failure `not_found`; `conflict` (`client-missing`) when no OAuth client is known; `bad_config`; `vault_locked`
   */
  begin(input: BeginSignIn): Promise<SignInStart>
  /**
   * What the provider's page sent the browser back with.
   * @throws Failure `invalid` (`unknown-state`), `invalid` (`sign-in-over`) when it has expired or was used;
   *   `invalid` (`sign-in-refused`) when the person or the provider said no; `token_revoked`, `client_invalid`,
   *   `scope_missing`, `bad_response`, … when the code was not taken or brought too little
   */
  finish(input: SignInReturn): Promise<SignInOutcome>
  /** The address that signs a connection in, as long as the one given last may be used; none where no client is known. */
  link(connectionId: string, redirectUri: string): Promise<SignInStart | undefined>
  /** The `state` of the only sign-in under way for a source that no browser is bound to, for codes that come without. */
  onlyState(shortName: string): string | undefined
  /** Answers the question of an outcome `other_account`. @throws Failure `invalid` (`unknown-state`, `sign-in-over`) */
  decide(input: { decision: string; choice: SignInChoice; binding?: string | undefined }): Promise<SignInOutcome>
}

export interface BeginSignIn {
  /** Of a source; with a `connectionId` that connection's. */
  shortName?: string | undefined
  /** The connection that is signed in, again or for the first time; else a new one is made at the end. */
  connectionId?: string | undefined
  /** What the new connection is to be, but for its credential. */
  connection?: Omit<CreateConnection, 'shortName' | 'authFields' | 'client' | 'validate'> | undefined
  client?: GivenClient | undefined
  /** Auth fields besides the standard ones, such as Microsoft's `tenant`. */
  fields?: Readonly<Record<string, string>> | undefined
  /** Where the provider sends the browser back to, unless the client has an own one. */
  redirectUri: string
  /** Only the browser that has this secret may finish; absent for callers that are no browser. */
  binding?: string | undefined
}

export interface SignInStart {
  url: string
  state: string
  /** ISO 8601. */
  expiresAt: string
}

export interface SignInReturn {
  state: string
  code?: string | undefined
  /** RFC 6749, section 4.1.2.1. */
  error?: string | undefined
  binding?: string | undefined
  /** What a new connection is to be, over what was said at the beginning. */
  connection?: BeginSignIn['connection'] | undefined
  /** Only a connection of this white label is finished. */
  whiteLabelId?: string | undefined
}

/** `separate`: a connection of its own for the other account; `discard`: everything stays as it was. */
export type SignInChoice = 'separate' | 'discard'

export type SignInOutcome =
  | { result: 'connected'; connection: ConnectionView; isNew: boolean }
  /** The connection belongs to `expected`, and `actual` signed in: nothing is changed until it is decided. */
  | {
      result: 'other_account'
      connection: ConnectionView
      expected: { id: string; name: string }
      actual: { id: string; name: string }
      decision: string
    }
  | { result: 'discarded'; connection: ConnectionView }

/** A product's own OAuth client, under whose name its customers sign in. */
export interface WhiteLabels {
  /** @throws Failure `not_found` (`unknown-source`), `invalid` naming every wrong member, `vault_locked` */
  create(input: CreateWhiteLabel): Promise<WhiteLabelRow>
  /** @throws Failure `not_found` (`unknown-white-label`) */
  get(id: string): Promise<WhiteLabelRow>
  list(page: Page): Promise<WhiteLabelRow[]>
  update(id: string, changes: Partial<Omit<CreateWhiteLabel, 'shortName'>>): Promise<WhiteLabelRow>
  /** Its connections stay, with their credentials. Answers what it was. */
  delete(id: string): Promise<WhiteLabelRow>
  /** The address to send a customer's browser to. @param state the product's own; one is made when absent */
  begin(id: string, state?: string): Promise<SignInStart>
  connections(id: string, page: Page): Promise<ConnectionView[]>
  /**
   * Trades a code that the product's redirect address was given for a connection, and starts its first job.
   * @throws Failure as `SignIns.finish`; `invalid` (`unknown-state`) for a `state` that `begin` did not give or take
   */
  finish(
    id: string,
    input: { code: string; state?: string | undefined; connection?: BeginSignIn['connection'] },
  ): Promise<ConnectionView>
}

export interface CreateWhiteLabel {
  name: string
  shortName: string
  /** Where the provider sends the browser back to: https, or http on the loopback. */
  redirectUrl: string
  clientId: string
  clientSecret: string
  /** Origins of the product's pages. */
  allowedOrigins: readonly string[]
}

/**
 * Where events are sent to, signed as Standard Webhooks 1.0.0 says. Each event is sent at least once, under the same id
 * each time, until the receiver has taken it or has failed for days.
 */
export interface Webhooks {
  /** The secret is told here alone. @throws Failure `invalid` naming every wrong member, `vault_locked` */
  create(input: CreateWebhook): Promise<{ webhook: WebhookView; secret: Secret }>
  /** @throws Failure `not_found` (`unknown-webhook`) */
  get(id: string): Promise<WebhookView>
  /** Oldest first. */
  list(page: Page): Promise<WebhookView[]>
  update(id: string, changes: UpdateWebhook): Promise<WebhookView>
  /** What waits for it is not sent any more. Answers what it was. */
  delete(id: string): Promise<WebhookView>
  /** The old secret signs too, for a day. @param secret a new one is made where absent */
  rotateSecret(id: string, secret?: string): Promise<{ webhook: WebhookView; secret: Secret }>
  /** Sends a message now, and tells what came back. */
  test(id: string): Promise<WebhookTest>
  /** Newest first. */
  deliveries(id: string, page: Page & { state?: DeliveryState | undefined }): Promise<Delivery[]>
  /** Sent again now, whatever became of it. @throws Failure `not_found` (`unknown-delivery`), `conflict` (`webhook-disabled`) */
  retry(id: string, deliveryId: string): Promise<Delivery>
}

export interface CreateWebhook {
  /** https; http on this machine and in private networks. With `ntfy` that of a topic. */
  url: string
  description?: string | null | undefined
  /** `ntfy` sends notifications for people; default `standard`. */
  format?: WebhookFormat | undefined
  /** Default all, and with `ntfy` what a person wants to be called for. */
  events?: readonly EventType[] | undefined
  /** Only what concerns these (readable ids); none for all. */
  collections?: readonly string[] | undefined
  /** Only what concerns these (ids); none for all. */
  connections?: readonly string[] | undefined
  /** Sent with each message, such as `Authorization`; kept in the vault. */
  headers?: Readonly<Record<string, string>> | undefined
  /** `whsec_…`; one is made where absent. */
  secret?: string | undefined
  isEnabled?: boolean | undefined
}

export interface UpdateWebhook extends Omit<CreateWebhook, 'url' | 'secret'> {
  url?: string | undefined
}

export interface WebhookView extends WebhookRow {
  /** Undefined while the vault is locked. */
  url: string | undefined
  deliveries: DeliveryCounts
}

export interface WebhookTest {
  isDelivered: boolean
  /** Null where nothing was answered. */
  status: number | null
  error: string | null
  durationMs: number
}

export interface ConnectionView extends ConnectionRow {
  status: 'active' | 'in_progress' | 'failing' | 'needs_reauth' | 'pending_auth'
  lastJob: JobRow | null
  entityCounts: EntityCount[]
}

export interface Jobs {
  /** @throws Failure `not_found` (`unknown-job`) */
  get(connectionId: string, jobId: string): Promise<JobRow>
  /** Newest first. @throws Failure `not_found` (`unknown-connection`) */
  list(connectionId: string, page: Page): Promise<JobRow[]>
  /** @throws Failure `conflict` (`job-over`) */
  cancel(connectionId: string, jobId: string): Promise<JobRow>
  /**
   * The job now, then again at each change, at most a few times a second, and once more when it is over; then ends.
   * @throws Failure `not_found` (`unknown-job`)
   */
  follow(connectionId: string, jobId: string, signal: AbortSignal): AsyncIterable<JobProgress>
}

export interface JobProgress {
  job: JobRow
  /** Set while the provider makes it wait: until when (ISO 8601), and which code of the failure table. */
  waiting: { until: string; code: string } | null
}

export interface ProviderSettings {
  clientId?: string | undefined
  clientSecret?: string | undefined
  /** Values that fill `{name}` in endpoints, such as `tenant`. */
  tenant?: string | undefined
  endpoints?: Readonly<Record<string, string>> | undefined
  limits?:
    | { requestsPerSecond?: number | undefined; burst?: number | undefined; concurrent?: number | undefined }
    | undefined
}
