import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import type { ConnectionView, Inlet, SignIns } from '../../core/inlet.ts'
import { callbackPath } from '../own-origin.ts'
import { askingProvider } from '../problems.ts'
import { deleteDataQuery } from '../schemas/collection.ts'
import { idParameterOf } from '../schemas/common.ts'
import {
  connectionCheckSchema,
  connectionItemSchema,
  connectionSchema,
  listConnectionsQuery,
  showAuthFieldsQuery,
} from '../schemas/connection.ts'
import { createConnectionBody, updateConnectionBody } from '../schemas/connection-input.ts'
import { jobSchema, runBody } from '../schemas/job.ts'
import { connectionBody, connectionCheckBody, connectionItemBody, connectionText } from '../views/connection.ts'
import { jobBody } from '../views/job.ts'
import { inCallersWords } from './callers-words.ts'
import { answerJson, answerJsonText } from './json-answer.ts'
import { type App, answer, jsonBody, needs, noMembers, problemAnswers, type RouteContext, readBody } from './support.ts'

const tags = ['Source connections']
const one = '/source-connections/{source_connection_id}'
const params = z.object({ source_connection_id: idParameterOf('The source connection') })

const create = createRoute({
  method: 'post',
  path: '/source-connections',
  operationId: 'createSourceConnection',
  tags,
  summary: 'Connect a source',
  ...needs('admin'),
  middleware: readBody,
  request: jsonBody(createConnectionBody),
  responses: {
    201: answer(connectionSchema, 'The new connection'),
    ...problemAnswers(
      'token-check-failed',
      'unknown-source',
      'unknown-collection',
      'unknown-white-label',
      'client-missing',
      'invalid-auth-fields',
      'invalid-config-fields',
      'vault-locked',
    ),
  },
})

const list = createRoute({
  method: 'get',
  path: '/source-connections',
  operationId: 'listSourceConnections',
  tags,
  summary: 'Source connections, oldest first',
  ...needs('read'),
  request: { query: listConnectionsQuery },
  responses: { 200: answer(z.array(connectionItemSchema), 'The connections'), ...problemAnswers('unknown-collection') },
})

const get = createRoute({
  method: 'get',
  path: one,
  operationId: 'getSourceConnection',
  tags,
  summary: 'One source connection',
  ...needs('read'),
  request: { params, query: showAuthFieldsQuery },
  responses: { 200: answer(connectionSchema, 'The connection'), ...problemAnswers('unknown-connection') },
})

const changes = {
  path: one,
  tags,
  ...needs('admin'),
  middleware: readBody,
  request: { params, ...jsonBody(updateConnectionBody) },
  responses: {
    200: answer(connectionSchema, 'The connection as it is now'),
    ...problemAnswers(
      'token-check-failed',
      'unknown-connection',
      'unknown-collection',
      'unknown-white-label',
      'conflict',
      'invalid-auth-fields',
      'invalid-config-fields',
      'vault-locked',
    ),
  },
} as const

const remove = createRoute({
  method: 'delete',
  path: one,
  operationId: 'deleteSourceConnection',
  tags,
  summary: 'Delete a source connection and destroy its credential',
  ...needs('admin'),
  request: { params, query: deleteDataQuery },
  responses: { 200: answer(connectionSchema, 'What it was'), ...problemAnswers('unknown-connection') },
})

const run = createRoute({
  method: 'post',
  path: `${one}/run`,
  operationId: 'runSourceConnection',
  tags,
  summary: 'Start a job, with a token of your own if you like',
  ...needs('sync'),
  middleware: readBody,
  request: { params, ...jsonBody(runBody) },
  responses: {
    200: answer(jobSchema, 'The job'),
    ...problemAnswers('token-refresh-failed', 'unknown-connection', 'job-running', 'pending-auth', 'vault-locked'),
  },
})

const check = createRoute({
  method: 'post',
  path: `${one}/check`,
  operationId: 'checkSourceConnection',
  tags,
  summary: 'Ask the provider whether the stored token works, refreshing it where it is due',
  ...needs('sync'),
  middleware: readBody,
  request: { params, ...jsonBody(noMembers) },
  responses: {
    200: answer(connectionCheckSchema, 'What it said'),
    ...problemAnswers('unknown-connection', 'pending-auth', 'vault-locked'),
  },
})

export function addConnectionRoutes(app: App, { origin }: RouteContext): void {
  const bodyOf = async ({ signIns }: Inlet, connection: ConnectionView) =>
    connectionBody(connection, await authUrlOf(signIns, connection))

  app.openapi(create, async context => {
    const { input, renamed } = context.req.valid('json')
    const work = () => askingProvider('token-check-failed', () => context.var.inlet.connections.create(input))
    return answerJson(await bodyOf(context.var.inlet, await inCallersWords(renamed, work)), 201)
  })
  app.openapi(list, async context => {
    const connections = await context.var.inlet.connections.list(context.req.valid('query'))
    return answerJson(connections.map(connectionItemBody), 200)
  })
  app.openapi(get, async context => {
    const inlet = context.get('inlet')
    const connection = await inlet.connections.get(context.req.valid('param').source_connection_id)
    const authUrl = asksForSignIn(connection) ? await authUrlOf(inlet.signIns, connection) : null
    return answerJsonText(connectionText(connection, authUrl), 200)
  })
  for (const [method, operationId, summary] of [
    ['put', 'putSourceConnection', 'The same as PATCH: what is absent stays'],
    ['patch', 'updateSourceConnection', 'Change a source connection; auth_fields replaces its credential'],
  ] as const) {
    app.openapi(createRoute({ method, operationId, summary, ...changes }), async context => {
      const id = context.req.valid('param').source_connection_id
      const { changes: given, renamed } = context.req.valid('json')
      const work = () => askingProvider('token-check-failed', () => context.var.inlet.connections.update(id, given))
      return answerJson(await bodyOf(context.var.inlet, await inCallersWords(renamed, work)), 200)
    })
  }
  app.openapi(remove, async context => {
    const id = context.req.valid('param').source_connection_id
    const deleteData = context.req.valid('query').delete_data ?? false
    return answerJson(connectionBody(await context.var.inlet.connections.delete(id, { deleteData })), 200)
  })
  app.openapi(run, async context => {
    const id = context.req.valid('param').source_connection_id
    const accessToken = context.req.valid('json').access_token ?? undefined
    const job = await askingProvider('token-refresh-failed', () =>
      context.var.inlet.connections.run(id, { accessToken }),
    )
    return answerJson(jobBody(job), 200)
  })
  app.openapi(check, async context => {
    const id = context.req.valid('param').source_connection_id
    return answerJson(connectionCheckBody(await context.var.inlet.connections.check(id)), 200)
  })

  /** Where a person signs in, where one is needed and an OAuth client is known. */
  async function authUrlOf(signIns: SignIns, connection: ConnectionView): Promise<string | null> {
    if (!asksForSignIn(connection)) return null
    return (await signIns.link(connection.id, origin() + callbackPath))?.url ?? null
  }
}

/**
 * Whether a person is to sign in with a browser. The client of given auth_fields may not be registered to come back
 * here, and auth_fields are never shown: an address would tell its id.
 */
function asksForSignIn({ status, authFieldNames }: ConnectionView): boolean {
  return (status === 'pending_auth' || status === 'needs_reauth') && authFieldNames.length === 0
}
