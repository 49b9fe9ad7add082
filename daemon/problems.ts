/** What can be wrong with a request, and how it is said: RFC 9457 problem details. */
import { type Code, Failure, type FieldError, toFailure } from '../core/errors.ts'
import { isSlug, problems, type Slug } from './problem-table.ts'
import type { ProblemBody } from './schemas/common.ts'

const byCode: Readonly<Partial<Record<Code, Slug>>> = {
  not_found: 'not-found',
  conflict: 'conflict',
  unauthorized: 'token-refresh-failed',
  token_expired: 'token-refresh-failed',
  token_revoked: 'token-refresh-failed',
  scope_missing: 'token-refresh-failed',
  refresh_failed: 'token-refresh-failed',
  client_invalid: 'token-refresh-failed',
  closing: 'shutting-down',
  interrupted: 'conflict',
  forbidden: 'key-not-allowed',
  vault_locked: 'vault-locked',
  data_folder: 'data-folder',
}

const retryAfterSeconds: Readonly<Partial<Record<Slug, number>>> = {
  'shutting-down': 5,
  'vault-locked': 30,
  'data-folder': 30,
  'not-ready': 5,
}

export interface ProblemAnswer {
  slug: Slug
  status: number
  headers: Record<string, string>
  body: ProblemBody
}

/** A failure of a request, in the words of this API. */
export function refusal(
  slug: Slug,
  message: string,
  options: { retryAfterMs?: number; fields?: readonly FieldError[] } = {},
): Failure {
  return new Failure(problems[slug].status === 404 ? 'not_found' : 'invalid', message, { ...options, problem: slug })
}

/**
 * What a thrown value is answered with.
 * @param root what the failure's fields are members of
 */
export function problemOf(error: unknown, root: 'body' | 'query'): ProblemAnswer {
  const failure = toFailure(error)
  const slug = slugOf(failure)
  const { status, title } = problems[slug]
  const body: ProblemBody = { type: `/problems/${slug}`, title, status, detail: failure.message }
  if (failure.fields.length > 0) {
    body.errors = failure.fields.map(({ location, message, type }) => ({
      loc: [root, ...location],
      msg: message,
      type,
    }))
  } else if (status === 422) {
    body.errors = [{ loc: [root], msg: failure.message, type: 'invalid' }]
  }
  if (failure.connectionId !== undefined) body.connection_id = failure.connectionId
  if (failure.jobId !== undefined) body.job_id = failure.jobId
  if (failure.providerError !== undefined) body.provider_error = failure.providerError
  return { slug, status, headers: headersOf(slug, failure), body }
}

function slugOf(failure: Failure): Slug {
  if (isSlug(failure.problem)) return failure.problem
  if (failure.code === 'invalid') return invalidSlug(failure.fields)
  if (failure.code === 'conflict' && failure.jobId !== undefined) return 'job-running'
  return byCode[failure.code] ?? 'internal'
}

function invalidSlug(fields: readonly FieldError[]): Slug {
  const first = fields[0]?.location[0]
  if (first === 'auth_fields' || first === 'authentication') return 'invalid-auth-fields'
  return first === 'config_fields' || first === 'config' ? 'invalid-config-fields' : 'invalid-request'
}

function headersOf(slug: Slug, failure: Failure): Record<string, string> {
  const headers: Record<string, string> = { 'Content-Type': 'application/problem+json' }
  const seconds =
    failure.retryAfterMs === undefined ? retryAfterSeconds[slug] : Math.max(1, Math.ceil(failure.retryAfterMs / 1000))
  const { status } = problems[slug]
  if (seconds !== undefined && (status === 429 || status === 503)) headers['Retry-After'] = String(seconds)
  if (status === 401) headers['WWW-Authenticate'] = 'Bearer realm="inlet"'
  return headers
}

/** Runs work that asks the provider: whatever the provider or the token made fail is answered with `slug`. */
export async function askingProvider<Result>(slug: Slug, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Failure) || error.code === 'internal') throw error
    if (error.remedy === 'ours' || error.remedy === 'caller') throw error
    throw new Failure(error.code, error.message, { ...error, problem: slug, cause: error })
  }
}
