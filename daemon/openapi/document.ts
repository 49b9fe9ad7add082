/**
 * The OpenAPI document (3.1): what the routes declare, completed with what follows from it, so that a route states
 * what is its own and nothing else. See `routes/support.ts` for what a route must state.
 */
import type { Slug } from '../problem-table.ts'
import { exampleOf, type Schema } from './examples.ts'
import { beforeRouting, byStatus, describeProblems, impliedProblems } from './problem-answers.ts'
import { problemExample } from './problem-examples.ts'

export interface MediaType {
  schema?: Schema | undefined
  example?: unknown
  examples?: Record<string, unknown> | undefined
}

export interface AnswerObject {
  description: string
  headers?: Record<string, unknown>
  content?: Record<string, MediaType>
}

export interface Parameter {
  name: string
  in: 'path' | 'query' | 'header' | 'cookie'
  required?: boolean
  description?: string
  schema?: Schema
}

export interface Operation {
  operationId?: string
  tags?: string[]
  summary?: string
  description?: string
  security?: Record<string, string[]>[]
  parameters?: Parameter[]
  requestBody?: { description?: string; required?: boolean; content: Record<string, MediaType> }
  responses: Record<string, AnswerObject>
}

export interface OpenApiDocument {
  openapi: string
  info: { title: string; version: string; description: string; license?: { name: string; identifier: string } }
  servers: { url: string; description?: string }[]
  tags: readonly { name: string; description: string }[]
  security: Record<string, string[]>[]
  paths: Record<string, Record<string, Operation>>
  /** What we send, as somebody else's operations. */
  webhooks?: Record<string, Record<string, Operation>>
  components: {
    schemas: Record<string, Schema>
    examples?: Record<string, unknown>
    securitySchemes?: Record<string, unknown>
    [kind: string]: unknown
  }
}

export const problemType = 'application/problem+json'

/** What the routes declared, with the examples and the problems that follow from it. */
export function completeDocument(declared: OpenApiDocument): OpenApiDocument {
  const { webhooks = {}, ...document } = structuredClone(declared)
  const { schemas } = document.components
  const used = new Set<Slug>()
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const operation of Object.values(methods)) {
      addProblems(path, operation, used)
      addExamples(operation, schemas)
    }
  }
  for (const methods of Object.values(webhooks)) {
    for (const operation of Object.values(methods)) addExamples(operation, schemas)
  }
  document.components.examples = Object.fromEntries(
    [...used].sort().map(slug => [slug, { summary: describeProblems([slug]), value: problemExample(slug) }]),
  )
  return Object.keys(webhooks).length > 0 ? { ...document, webhooks } : document
}

function addProblems(path: string, operation: Operation, used: Set<Slug>): void {
  const { security, requestBody, parameters = [], responses } = operation
  const implied = impliedProblems({
    isOpen: security?.length === 0,
    // What may be anything is not read here.
    hasBody: requestBody !== undefined && !requestBody.content['*/*'],
    hasQuery: parameters.some(parameter => parameter.in !== 'path'),
    answersWhileClosing: path === '/healthz',
  })
  for (const [status, slugs] of byStatus([...implied, ...statedProblems(responses)])) {
    const { description, content } = responses[status] ?? {}
    const others = Object.entries(content ?? {}).filter(([type]) => type !== problemType)
    responses[status] = {
      // Where something else is answered with the status as well, the route says what.
      description: others.length > 0 && description ? description : describeProblems(slugs),
      ...problemHeaders(status),
      content: { ...Object.fromEntries(others), [problemType]: problemMedia(slugs) },
    }
    for (const slug of slugs) used.add(slug)
  }
  responses.default = {
    description: `Before it is known which operation is meant: ${describeProblems(beforeRouting)}`,
    headers: { Allow: { description: 'With 405: the methods that the address takes', schema: { type: 'string' } } },
    content: { [problemType]: problemMedia(beforeRouting) },
  }
  for (const slug of beforeRouting) used.add(slug)
}

/** The problems that a route named itself: see `problemAnswers`. */
function statedProblems(responses: Operation['responses']): Slug[] {
  return Object.values(responses).flatMap(
    ({ content }) => Object.keys(content?.[problemType]?.examples ?? {}) as Slug[],
  )
}

export function problemMedia(slugs: readonly Slug[]): MediaType {
  return {
    schema: { $ref: '#/components/schemas/Problem' },
    examples: Object.fromEntries(slugs.map(slug => [slug, { $ref: `#/components/examples/${slug}` }])),
  }
}

function problemHeaders(status: number): Pick<AnswerObject, 'headers'> {
  if (status === 401) {
    return { headers: { 'WWW-Authenticate': { description: 'How to send the key', schema: { type: 'string' } } } }
  }
  if (status !== 429 && status !== 503) return {}
  return {
    headers: { 'Retry-After': { description: 'Seconds to wait before asking again', schema: { type: 'integer' } } },
  }
}

function addExamples({ requestBody, responses }: Operation, schemas: Readonly<Record<string, Schema>>): void {
  const bodies = [requestBody, ...Object.values(responses)]
  for (const media of bodies.flatMap(body => Object.values(body?.content ?? {}))) {
    if (media.example !== undefined || media.examples !== undefined || !media.schema) continue
    const example = exampleOf(media.schema, schemas)
    if (example !== undefined) media.example = example
  }
}
