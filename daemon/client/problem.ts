import type { Problem, ProblemName } from './api.ts'

/**
 * What an answer that is not a good one is thrown as: the problem's own members (RFC 9457), and for how long to wait.
 * What is not answered at all is thrown as `fetch` throws it.
 */
export class InletError extends Error {
  override readonly name = 'InletError'
  readonly status: number
  /** A path that answers with an explanation, such as `/problems/job-running`. */
  readonly type: string
  /** The last part of `type`, such as `job-running`: what a program tells problems apart by. */
  readonly problem: ProblemName | (string & {})
  readonly title: string
  /** One sentence on this case: what is wrong and what to do. */
  readonly detail: string
  /** With 422: each member that is wrong. */
  readonly errors: NonNullable<Problem['errors']>
  readonly connection_id: string | undefined
  readonly job_id: string | undefined
  readonly provider_error: string | undefined
  /** With 429 and 503: how long to wait before asking again, in milliseconds. */
  readonly retryAfterMs: number | undefined

  /** @param asked the method and the address, without its query */
  constructor(asked: string, problem: Problem, retryAfterMs: number | undefined) {
    super(`${asked}: ${problem.status} ${problem.detail || problem.title}`)
    this.status = problem.status
    this.type = problem.type
    this.problem = problem.type.replace(/^.*\/problems\//, '')
    this.title = problem.title
    this.detail = problem.detail
    this.errors = problem.errors ?? []
    this.connection_id = problem.connection_id
    this.job_id = problem.job_id
    this.provider_error = problem.provider_error
    this.retryAfterMs = retryAfterMs
  }
}

/** The error that an answer is; one that is no problem of inlet's, such as a proxy's, is told by its status. */
export async function errorOf(asked: string, answer: Response): Promise<InletError> {
  const text = await answer.text().catch(() => '')
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN)
  return new InletError(asked, problemIn(text, answer), Number.isFinite(seconds) ? seconds * 1000 : undefined)
}

function problemIn(text: string, { status, statusText, headers }: Response): Problem {
  if (headers.get('content-type')?.startsWith('application/problem+json')) {
    try {
      return JSON.parse(text) as Problem
    } catch {
      // Cut short on its way: what is left says nothing.
    }
  }
  return { type: 'about:blank', title: statusText, status, detail: `answered ${status} ${statusText}`.trim() }
}
