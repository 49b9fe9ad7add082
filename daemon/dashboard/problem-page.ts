import type { ProblemBody } from '../schemas/common.ts'
import { problemHtml } from './pages/problem.ts'

/** A problem as a page. */
export async function problemPage(problem: ProblemBody, headers: Readonly<Record<string, string>>): Promise<Response> {
  const text = String(await problemHtml(problem))
  return new Response(text, {
    status: problem.status,
    headers: { ...headers, 'Content-Type': 'text/html; charset=UTF-8' },
  })
}
