/**
 * The contract between inlet and a plugin: all that a plugin imports.
 *
 * A plugin is a declaration of one provider family (how to authenticate, where its API lives, how fast it may be
 * asked) and its sources. A source reads the provider and yields changes; it never writes anything itself.
 */
import type { Auth } from './auth.ts'
import type { Code, Failure } from './errors.ts'
import type { Json, JsonObject } from './json.ts'

export type { Auth, AuthorizeInput, CodeInput, RefreshInput, TokenAnswer, TokenRequest, Tokens } from './auth.ts'
export { convertibleType, isConvertible, mediaTypeOfName } from './content/file-type.ts'
export { type Code, Failure, isFailure, isSkippable } from './errors.ts'
export { maxFileMb } from './files/max-file-mb.ts'
export { type PathFilter, pathFilter } from './globs.ts'
export { canonicalJson, isJsonObject, type Json, type JsonObject } from './json.ts'
export { type OAuth2Quirks, oauth2 } from './oauth.ts'
export { mapInOrder } from './parallel.ts'
export { listAt, numberAt, objectAt, pick, textAt } from './shape.ts'

/** Named base URLs of a provider, such as `{ api, token }`, without a trailing slash. */
export type Endpoints = Readonly<Record<string, string>>

/** The options a connection was made with, as declared by `configFields`. Absent ones are `undefined`. */
export type Config = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

/** One declared input: drives validation, the API and every form. */
export interface Field {
  name: string
  title: string
  description: string
  /** `strings` is an array of strings; `date` is `YYYY-MM-DD`; `datetime` is ISO 8601 with an offset. */
  type: 'string' | 'strings' | 'boolean' | 'integer' | 'date' | 'datetime'
  required?: boolean
  secret?: boolean
  /** Smallest value of an `integer`. */
  minimum?: number
  /** What holds when the field is absent; for people, the source applies it itself. */
  default?: string | number | boolean | readonly string[]
}

export interface Plugin {
  /** The family's name, as under `providers` in the configuration. */
  id: string
  title: string
  auth: Auth
  /** Where the provider lives unless the configuration says otherwise. */
  endpoints: Endpoints
  /** URLs whose origins may be asked, and may get the bearer token. */
  origins(endpoints: Endpoints): string[]
  /** Sent with every request. */
  headers?: Readonly<Record<string, string>>
  /** How fast one account may be asked, unless the configuration says otherwise. */
  limits?: Limits
  /**
   * What an answer means where the status alone does not tell: Slack's `ok: false`, Google's 403 for a quota.
   * `body` is the parsed JSON, or `undefined`. `undefined` leaves it to the status.
   */
  classify?(status: number, body: unknown): Code | Classification | undefined
  /** What programs may ask the provider through inlet: see `ProxyRules` for what holds without it. */
  proxy?: ProxyRules | undefined
  /** How a person gets an OAuth client of their own, for the dashboard and the README. */
  clientGuide?: ClientGuide | undefined
  sources: readonly Source[]
}

/**
 * Requests of programs to the provider's API, with a connection's token: where they may go, and which of them change
 * nothing. Without rules they hang on the endpoint `api`, and GET and HEAD are what reads.
 */
export interface ProxyRules {
  /** The endpoint that paths hang on, where a source does not say. Default `api`. */
  endpoint?: string | undefined
  /** What may stand in the place of an endpoint's last segment, such as another version. */
  siblings?: readonly string[] | undefined
  /**
   * What a request does, where the method alone does not tell. `never` is for what has to do with tokens themselves.
   * `undefined` leaves it to the method.
   */
  judge?(request: ProxyQuestion): 'reads' | 'writes' | 'never' | undefined
  /** The lane of the pacer, as the plugin's own requests have it. */
  lane?(path: string): string
  /**
   * Whether an answer of JSON says that the token was refused, where its status is not 401, which always does. The token
   * is renewed then, and the request sent once more.
   * @param beginning of its body, as far as it has come; `undefined` asks for more of it, which holds the answer back
   */
  isTokenRefused?(status: number, beginning: string): boolean | undefined
}

export interface ProxyQuestion {
  method: string
  /** Below the endpoint, as it is sent, without a slash at its beginning. */
  path: string
  /** Names of its query's parameters. */
  parameters: readonly string[]
}

/** Steps at the provider, in the words of its pages. */
export interface ClientGuide {
  /** Where it begins. */
  url: string
  /** One sentence each; `{redirect}` stands for our callback's address and `{scopes}` for the source's scopes. */
  steps: readonly string[]
  /** What surprises people later, a sentence each. */
  warnings?: readonly string[] | undefined
}

export interface Classification {
  code: Code
  /** The provider's own short error code. */
  providerError?: string | undefined
  /** One sentence for a person, ending in what to do; a default for the code if absent. */
  message?: string | undefined
  retryAfterMs?: number | undefined
}

export interface Limits extends Pace {
  concurrent?: number
  /** Lanes (see `RequestOptions`) that the provider limits by themselves, and how: they do not count with the others. */
  lanes?: Readonly<Record<string, Pace>>
}

export interface Pace {
  requestsPerSecond?: number
  /** How many requests may go out at once after a pause. */
  burst?: number
}

/** One kind of data of a provider: a full listing and what changed since, as one generator. */
export interface Source<Cursor extends Json = Json> {
  shortName: string
  title: string
  /** One sentence: what it brings in. */
  description: string
  labels: readonly string[]
  /** OAuth2 scopes it needs, and never more. */
  scopes: readonly string[]
  entityTypes: readonly string[]
  configFields: readonly Field[]
  /** Which of the plugin's endpoints has its API, where it is not the one of `ProxyRules`. */
  endpoint?: string | undefined
  /** The lane of its requests (see `RequestOptions`), where the provider limits this API by itself. */
  lane?: string | undefined
  /** Whose account the token belongs to; `id` is equal for the same person in every source of the family. */
  identify(context: IdentifyContext): Promise<Account>
  /**
   * Without a cursor: a full listing of what the configuration asks for. With one: what changed since.
   * A checkpoint promises that everything before it was yielded, and is where a crash resumes; the last checkpoint of
   * a run is where the next one starts. A cursor may mark a full listing that was interrupted.
   * @throws Failure `cursor_expired` when the provider has forgotten the cursor
   */
  sync(context: Context, cursor: Cursor | undefined): AsyncGenerator<Change<Cursor>, void, undefined>
}

export interface Account {
  id: string
  name: string
}

export type Change<Cursor extends Json = Json> =
  | { type: 'upsert'; entity: Entity }
  | { type: 'remove'; entityType: string; id: string }
  /** It was read, and is as the store holds it (`Context.known`): counted and seen, and not made again. */
  | { type: 'keep'; entityType: string; id: string }
  | { type: 'checkpoint'; cursor: Cursor }

/** One thing a person would search for, in inlet's words. Everything in it must be the same when read again. */
export interface Entity {
  entityType: string
  /** The provider's id; where that is unique within a parent only, `<parent>/<id>`. */
  id: string
  name: string
  /** Markdown. */
  text?: string | undefined
  /** What its file says, which follows its text: as `Context.file` gives it. */
  file?: FileText | undefined
  /** Where a person opens it. */
  url?: string | undefined
  author?: string | undefined
  /** From the outermost folder, calendar, channel to the parent. */
  breadcrumbs?: readonly Breadcrumb[] | undefined
  /** ISO 8601. */
  createdAt?: string | undefined
  /** ISO 8601. */
  updatedAt?: string | undefined
  /** The provider's object, without what differs at each read (download links, view counters). */
  raw?: JsonObject | undefined
}

export interface FileText {
  /** The state of the file that this is true of; absent where that is not known. */
  version?: string | undefined
  /** Markdown; absent where it could not be read, and empty where nothing is in it. */
  text?: string | undefined
  /** Why there is no text, as a clause for people: "it is larger than 25 MB". */
  reason?: string | undefined
  /** From when on another look at the same may tell more, as ISO 8601; absent where none would. */
  retryAt?: string | undefined
}

/** The file of an entity, as the provider tells of it. */
export interface FileOf {
  entityType: string
  /** The entity's id. */
  id: string
  /** As which it becomes text (see `convertibleType`), or how its first bytes tell; `undefined` for what never can. */
  mediaType: string | undefined | ((head: Uint8Array) => string)
  /** In bytes, exactly. When others come, it is fetched again the day after. */
  size?: number | undefined
  /** Whether `size` is about right only: it tells what is too large, and nothing is fetched again on account of it. */
  isSizeRough?: boolean | undefined
  /**
   * What is the same as long as its bytes are, whatever its name and place: a hash, a revision. Where the store has the
   * text of this state, nothing is fetched. Absent, it is fetched each time.
   */
  version?: string | undefined
}

export interface DownloadFileOptions extends RequestOptions {
  /**
   * In bytes, as the provider tells it. When others come, they are asked for once more, and count then: the file may
   * just have changed, and a proxy's page can pass for a file.
   */
  size?: number | undefined
  /** In hexadecimal digits, as the provider tells it; like `size`. */
  md5?: string | undefined
  /** The file is a base64 string, of either alphabet, in this member of a JSON answer. */
  member?: string | undefined
}

/** A file that was fetched: it is removed when it has become text. */
export interface DownloadedFile {
  /** Bytes that came. */
  readonly size: number
  /** The first of them, 512 at most. */
  readonly head: Uint8Array
}

/**
 * Fetches a file to the disk, up to the connection's `max_file_mb`. A link or redirect to another host is followed
 * without the bearer, and over https only. Where the connection breaks, it goes on with what is missing if it can.
 * @throws Failure as the requests of `Api`; `item_missing` or `item_forbidden` when another host does not give it,
 *   whatever its reason
 */
export type DownloadFile = (url: string, options?: DownloadFileOptions) => Promise<DownloadedFile>

export interface Breadcrumb {
  entityId: string
  name: string
  entityType: string
}

/**
 * A set of entities: those that fit every given member; `{}` is all of them.
 * `parent` fits what has that id in its breadcrumbs, and what has an id that begins with `<parent>/`.
 */
export interface Scope {
  entityType?: string | undefined
  id?: string | undefined
  parent?: string | undefined
}

/** A scope and, within it, an inclusive range of ids in code unit order. */
export interface KnownScope extends Scope {
  fromId?: string | undefined
  toId?: string | undefined
}

/** What the store holds of an entity. */
export interface Known {
  entityType: string
  id: string
  name: string
  breadcrumbs: readonly Breadcrumb[]
  updatedAt: string | undefined
  /** Not to be changed. */
  raw: JsonObject | undefined
  /** The same as `canonicalJson` writes it: to compare, it need not be parsed. */
  canonicalRaw: string | undefined
}

export interface IdentifyContext {
  api: Api
  endpoints: Endpoints
}

export interface Context {
  api: Api
  endpoints: Endpoints
  config: Config
  signal: AbortSignal
  now(): Date
  /**
   * Says what could not be read: its entities are neither updated nor swept in this run.
   * Throws the failure on if it is not one that concerns an item (`isSkippable`).
   */
  skip(scope: Scope, failure: unknown): void
  /** What the store holds already, all earlier changes of this run included, ordered by id. */
  known(scope: KnownScope): AsyncIterable<Known>
  /**
   * Bytes or text of a media type as Markdown.
   * @throws Failure `item_unreadable` for a type or content it cannot convert
   */
  text(content: Uint8Array | string, mediaType: string): Promise<string>
  /**
   * What an entity's file says: as the store has it, else as `read` fetches it. One that is too large, or cannot be
   * converted, has a reason in place of a text.
   * @throws Failure what `read` throws
   */
  file(file: FileOf, read: (download: DownloadFile) => Promise<DownloadedFile | Uint8Array>): Promise<FileText>
  /** What the store has of an entity's file, whatever its version: for what is written anew without asking for it. */
  heldFile(entityType: string, id: string): Promise<FileText | undefined>
}

export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

export interface RequestOptions {
  query?: Query | undefined
  headers?: Readonly<Record<string, string>> | undefined
  /** Sends a POST with `application/x-www-form-urlencoded`. */
  form?: Query | undefined
  /** Sends a POST with `application/json`. */
  json?: Json | undefined
  /** Sends a POST with these bytes. */
  body?: { content: string | Uint8Array; contentType: string } | undefined
  /** Members that the JSON answer must have, else `bad_response`: an answer without its list is not an empty list. */
  expect?: readonly string[] | undefined
  /** Statuses that are answers, not failures: Asana sends a new sync token with 412. */
  accept?: readonly number[] | undefined
  /**
   * Requests of one lane share a limit at the provider, and wait for that lane's `Retry-After` alone: Slack limits by
   * method. Default: the source's lane.
   */
  lane?: string | undefined
  /** How many requests it counts as at the provider: a batch counts as its parts. Default 1. */
  cost?: number | undefined
  /**
   * The request reads one item, which the source skips if it cannot be read. Answers of 5xx, and answers that cannot
   * be understood, then count as the item's fault (`item_unreadable`) when they do not pass within half a minute; as
   * the provider's only when several items in a row fare so. Such a failure has a `status` (0 for nonsense), which
   * tells it from what is too large or cannot be converted.
   */
  item?: boolean | undefined
  /** A finer judgement of an answer with a good status: a failure returned here is treated as if the request had failed. */
  verify?(response: ApiResponse): Failure | undefined
}

export interface PageOptions<Page> extends RequestOptions {
  /** The token or link of the next page; `undefined`, `null` or empty at the end. */
  next(page: Page): string | null | undefined
  /** The query or form member that carries the token; without it `next` gives a link that is followed verbatim. */
  parameter?: string | undefined
  /**
   * Asks for the next page while one is being worked on: for a listing that is read to its end, since the one who stops
   * before has asked for a page too many.
   */
  ahead?: boolean | undefined
}

export interface ApiResponse {
  status: number
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>
  body: Uint8Array
  /** The address that answered in the end, after redirects. */
  url: string
}

/**
 * The provider's API with the connection's token. Waits, retries, refreshes and paces by itself; every call throws
 * `Failure` and follows the run's signal. Only reading requests go through it, so every one may be repeated.
 */
export interface Api {
  /** The JSON of an answer. @throws Failure by `classify`, then by status: 403 `item_forbidden`, 404 `item_missing`, … */
  get<Body>(url: string, options?: RequestOptions): Promise<Body>
  /** Like `get`, for bodies that are not JSON. At most `maxBytes` are read, else `item_unreadable`. */
  request(url: string, options?: RequestOptions & { maxBytes?: number | undefined }): Promise<ApiResponse>
  /**
   * Page after page, empty ones included. Refuses a token it has seen before and a link to a foreign origin
   * (`bad_response`); a page that fails is never taken for the last one.
   */
  pages<Page>(url: string, options: PageOptions<Page>): AsyncGenerator<Page, void, undefined>
  /** What an answer that came inside another one (a batch part) means; `undefined` if it is a good one. */
  failureOf(status: number, headers: Readonly<Record<string, string>>, body: unknown, what: string): Failure | undefined
  /**
   * Waits before repeating something that failed for the `attempt`-th time (from 1): as told, else with backoff.
   * Throws the failure instead if it is not one that passes, or patience is over; with `item` as a request with that
   * option does.
   */
  backOff(failure: Failure, attempt: number, options?: { item?: boolean | undefined }): Promise<void>
}
