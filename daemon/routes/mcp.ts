import { createRoute } from '@hono/zod-openapi'
import { type AccessScope, holds } from '../../core/access.ts'
import { readJsonText } from '../body.ts'
import { followingRequest } from '../following-request.ts'
import { answerMcp } from '../mcp/server.ts'
import { refusal } from '../problems.ts'
import { mcpAnswer, mcpMessage } from '../schemas/mcp.ts'
import { type App, answer, jsonBody, needs, problemAnswers, type RouteContext } from './support.ts'

/** Of messages in one body, which the protocol of 2025-03-26 allows and later ones do not. */
const mostMessages = 50

const path = '/mcp'

const ask = createRoute({
  method: 'post',
  path,
  operationId: 'askMcp',
  tags: ['Assistants'],
  summary: 'The Model Context Protocol, for assistants: its streamable HTTP transport, without sessions',
  ...needs('read'),
  request: jsonBody(mcpMessage),
  responses: {
    200: {
      content: { ...answer(mcpAnswer, '').content, 'text/event-stream': { schema: mcpAnswer } },
      description: 'The answer, as JSON or as the last server-sent event',
    },
    202: { description: 'A notification was taken' },
    400: answer(
      mcpAnswer,
      'The message is none of the protocol, or of a version that is not spoken; or: the body is not JSON',
    ),
    406: { ...answer(mcpAnswer, 'The client does not accept both JSON and server-sent events') },
    ...problemAnswers(),
  },
})

/** GET and DELETE are for sessions: they are answered 405, as the protocol has it for servers that keep none. */
export function addMcpRoutes(app: App, { clock, log, closing, version }: RouteContext): void {
  app.openAPIRegistry.registerPath(ask)
  app.post(path, async context => {
    const { raw } = context.req
    const body: unknown = JSON.parse(await readJsonText(raw))
    if (Array.isArray(body) && body.length > mostMessages) {
      throw refusal('invalid-request', `a body holds ${mostMessages} messages at most: send the others in another one`)
    }
    const headers = new Headers(raw.headers)
    headers.set('content-type', 'application/json')
    const request = followingRequest(raw.url, { method: raw.method, headers, signal: raw.signal })
    const { inlet, access } = context.var
    const mayUse = (scope: AccessScope) => holds(access.scope, scope)
    return answerMcp(request, body, { inlet, clock, log, closing, version, mayUse })
  })
}
