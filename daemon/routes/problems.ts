import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { isSlug, type Problem, problems } from '../problem-table.ts'
import { refusal } from '../problems.ts'
import { count, text } from '../schemas/common.ts'
import { type App, answer, problemAnswers, type RouteContext } from './support.ts'

const explanation = z
  .object({
    type: text('As in the answer: the path of this explanation'),
    title: text('What kind of problem it is'),
    status: count('The status that it is answered with'),
    explanation: text('What it means and what to do'),
  })
  .meta({
    id: 'ProblemExplanation',
    description: 'What a problem means',
    examples: [{ type: '/problems/job-running', ...problems['job-running'] }],
  })
type Explanation = z.infer<typeof explanation>

const tags = ['The daemon']

const list = createRoute({
  method: 'get',
  path: '/problems',
  operationId: 'listProblems',
  tags,
  summary: 'Every problem that an answer may name',
  security: [],
  responses: { 200: answer(z.array(explanation), 'The problems'), ...problemAnswers() },
})

const get = createRoute({
  method: 'get',
  path: '/problems/{slug}',
  operationId: 'getProblem',
  tags,
  summary: 'What a problem means and what to do; a page for browsers',
  security: [],
  request: {
    params: z.object({
      slug: z.string().meta({ description: "The last part of the problem's `type`", examples: ['job-running'] }),
    }),
  },
  responses: {
    200: {
      content: {
        'application/json': { schema: explanation },
        'text/html': { schema: z.string().meta({ examples: ['<!doctype html>…'] }) },
      },
      description: 'The explanation',
    },
    ...problemAnswers('not-found'),
  },
})

export function addProblemRoutes(app: App, _context: RouteContext): void {
  app.openapi(list, context => context.json(Object.entries(problems).map(explain), 200))
  app.openapi(get, context => {
    const { slug } = context.req.valid('param')
    if (!isSlug(slug)) throw refusal('not-found', 'no problem has this name: GET /problems lists them all')
    const explained = explain([slug, problems[slug]])
    context.header('Vary', 'Accept')
    if (/text\/html/.test(context.req.header('accept') ?? '')) return context.html(page(explained), 200)
    return context.json(explained, 200)
  })
}

function explain([slug, problem]: [string, Problem]): Explanation {
  return { type: `/problems/${slug}`, title: problem.title, status: problem.status, explanation: problem.explanation }
}

function page({ title, status, explanation: text }: Explanation): string {
  const [safeTitle, safeText] = [escapeHtml(title), escapeHtml(text)]
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${safeTitle}</title>
<h1>${safeTitle}</h1>
<p>HTTP status ${status}</p>
<p>${safeText}</p>
</html>
`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, mark => `&#${mark.charCodeAt(0)};`)
}
