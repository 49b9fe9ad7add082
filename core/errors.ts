/**
 * The one table of what can go wrong, grouped by what the caller does about it.
 *
 * - `wait`: pass in time; the API client waits as told or backs off, and counts.
 * - `skip`: concern one item or scope; a source may skip it.
 * - `restart`: the stored cursor is of no use any more; the run becomes a full listing.
 * - `refresh`: the access token was refused; refreshed once per token generation, then the job fails.
 * - `reauthorize`: a person must sign in again; the schedule is paused.
 * - `client`: the OAuth client itself is refused; every connection of that client is affected.
 * - `fail`: the job fails and says what was expected and where.
 * - `ours`: our own state (stopping, locked, cancelled); uses nothing up.
 * - `caller`: the request to inlet was wrong; nothing was started.
 */
export const failureTable = {
  rate_limited: 'wait',
  unavailable: 'wait',
  offline: 'wait',
  item_forbidden: 'skip',
  item_missing: 'skip',
  item_unreadable: 'skip',
  cursor_expired: 'restart',
  unauthorized: 'refresh',
  token_expired: 'reauthorize',
  token_revoked: 'reauthorize',
  scope_missing: 'reauthorize',
  client_invalid: 'client',
  refresh_failed: 'fail',
  bad_response: 'fail',
  bad_config: 'fail',
  timed_out: 'fail',
  internal: 'fail',
  cancelled: 'ours',
  interrupted: 'ours',
  closing: 'ours',
  vault_locked: 'ours',
  data_folder: 'ours',
  not_found: 'caller',
  conflict: 'caller',
  invalid: 'caller',
  forbidden: 'caller',
} as const

/** What went wrong, as one word of the table. */
export type Code = keyof typeof failureTable
/** What is done about a code. */
export type Remedy = (typeof failureTable)[Code]

/** One member of an input that is wrong: where it is, what to do, and which kind of mistake it is. */
export interface FieldError {
  /** Path from the input's root, for example `['auth_fields', 'refresh_token']`. */
  location: readonly (string | number)[]
  message: string
  type: 'missing' | 'unknown' | 'invalid'
}

export interface FailureOptions {
  /** HTTP status of the provider's answer. */
  status?: number | undefined
  /** How long the provider asked us to wait, in milliseconds. */
  retryAfterMs?: number | undefined
  /** The provider's own short error code, such as `invalid_grant`; never free text. */
  providerError?: string | undefined
  /** The narrower problem, for codes that a client tells apart, such as `unknown-source`. */
  problem?: string | undefined
  fields?: readonly FieldError[] | undefined
  connectionId?: string | undefined
  jobId?: string | undefined
  cause?: unknown
}

/** The one error class. Messages name method, origin and path; never a query, a body or a token. */
export class Failure extends Error {
  readonly code: Code
  readonly status: number | undefined
  readonly retryAfterMs: number | undefined
  readonly providerError: string | undefined
  readonly problem: string | undefined
  readonly fields: readonly FieldError[]
  readonly connectionId: string | undefined
  readonly jobId: string | undefined

  constructor(code: Code, message: string, options: FailureOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Failure'
    this.code = code
    this.status = options.status
    this.retryAfterMs = options.retryAfterMs
    this.providerError = options.providerError
    this.problem = options.problem
    this.fields = options.fields ?? []
    this.connectionId = options.connectionId
    this.jobId = options.jobId
  }

  get remedy(): Remedy {
    return failureTable[this.code]
  }
}

/** A name or id of a caller's, as a message may repeat it: never one so long that it may be a token gone astray. */
export function quote(text: string): string {
  return text.length <= 48 ? JSON.stringify(text) : `of ${text.length} characters`
}

export function isFailure(error: unknown, ...codes: Code[]): error is Failure {
  return error instanceof Failure && (codes.length === 0 || codes.includes(error.code))
}

/** Any thrown value as a `Failure`: what is none already is a bug, and becomes `internal`. */
export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  const what = error instanceof Error ? error.name : typeof error
  return new Failure('internal', `an unexpected ${what} stopped the work; the log has its stack`, { cause: error })
}

/** Whether a source may leave the item out and go on. */
export function isSkippable(error: unknown): error is Failure {
  return error instanceof Failure && error.remedy === 'skip'
}
