/** Products that embed inlet under their own name: their OAuth client, their redirect address, their pages' origins. */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { askingProvider, refusal } from '../problems.ts'
import { idParameterOf, pageQuery } from '../schemas/common.ts'
import { connectionItemSchema, connectionSchema } from '../schemas/connection.ts'
import {
  authUrlQuery,
  createWhiteLabelBody,
  exchangeBody,
  updateWhiteLabelBody,
  whiteLabelSchema,
} from '../schemas/white-label.ts'
import { connectionBody, connectionItemBody } from '../views/connection.ts'
import { whiteLabelBody } from '../views/white-label.ts'
import { answerJson } from './json-answer.ts'
import { type App, answer, jsonBody, needs, problemAnswers, readBody } from './support.ts'

const tags = ['White labels']
const one = '/white-labels/{white_label_id}'
const params = z.object({ white_label_id: idParameterOf('The white label') })

const listed = {
  tags,
  ...needs('admin', 'everything'),
  request: { query: pageQuery },
  responses: { 200: answer(z.array(whiteLabelSchema), 'The white labels'), ...problemAnswers() },
}

const create = createRoute({
  method: 'post',
  path: '/white-labels',
  operationId: 'createWhiteLabel',
  tags,
  summary: "Let a product's customers sign in under its name",
  ...needs('admin', 'everything'),
  middleware: readBody,
  request: jsonBody(createWhiteLabelBody),
  responses: { 200: answer(whiteLabelSchema, 'The white label'), ...problemAnswers('unknown-source', 'vault-locked') },
})

const get = createRoute({
  method: 'get',
  path: one,
  operationId: 'getWhiteLabel',
  tags,
  summary: 'One white label',
  ...needs('admin', 'everything'),
  request: { params },
  responses: { 200: answer(whiteLabelSchema, 'The white label'), ...problemAnswers('unknown-white-label') },
})

const update = createRoute({
  method: 'put',
  path: one,
  operationId: 'updateWhiteLabel',
  tags,
  summary: 'Change a white label; a new secret of the same client goes to its connections too',
  ...needs('admin', 'everything'),
  middleware: readBody,
  request: { params, ...jsonBody(updateWhiteLabelBody) },
  responses: {
    200: answer(whiteLabelSchema, 'As it is now'),
    ...problemAnswers('unknown-white-label', 'vault-locked'),
  },
})

const remove = createRoute({
  method: 'delete',
  path: one,
  operationId: 'deleteWhiteLabel',
  tags,
  summary: 'Delete a white label; its connections stay',
  ...needs('admin', 'everything'),
  request: { params },
  responses: { 200: answer(whiteLabelSchema, 'What it was'), ...problemAnswers('unknown-white-label') },
})

const authUrl = createRoute({
  method: 'get',
  path: `${one}/oauth2/auth_url`,
  operationId: 'getWhiteLabelAuthUrl',
  tags,
  summary: "Where to send a customer's browser",
  ...needs('admin', 'everything'),
  request: { params, query: authUrlQuery },
  responses: {
    200: answer(
      z.string().meta({ examples: ['https://slack.com/oauth/v2/authorize?client_id=1234567890.9876543210'] }),
      'The address',
    ),
    ...problemAnswers('unknown-white-label', 'client-missing', 'sign-in-failed', 'vault-locked'),
  },
})

const connections = createRoute({
  method: 'get',
  path: `${one}/source-connections`,
  operationId: 'listWhiteLabelSourceConnections',
  tags,
  summary: 'The connections that were made through it',
  ...needs('admin', 'everything'),
  request: { params, query: pageQuery },
  responses: {
    200: answer(z.array(connectionItemSchema), 'The connections'),
    ...problemAnswers('unknown-white-label'),
  },
})

const exchange = createRoute({
  method: 'post',
  path: `${one}/oauth2/code`,
  operationId: 'finishWhiteLabelSignIn',
  tags,
  summary: 'Trade the code for a connection, and start its first job',
  ...needs('admin', 'everything'),
  middleware: readBody,
  request: { params, ...jsonBody(exchangeBody) },
  responses: {
    200: answer(connectionSchema, 'The connection'),
    ...problemAnswers(
      'sign-in-refused',
      'sign-in-failed',
      'unknown-state',
      'unknown-white-label',
      'unknown-connection',
      'sign-in-over',
      'invalid-config-fields',
      'vault-locked',
    ),
  },
})

export function addWhiteLabelRoutes(app: App): void {
  // The SDK's first address before that of one: "list" is no id.
  for (const [path, operationId, summary] of [
    ['/white-labels/list', 'listWhiteLabelsAtList', 'The same as GET /white-labels, where older clients ask'],
    ['/white-labels', 'listWhiteLabels', 'White labels, oldest first'],
  ] as const) {
    app.openapi(createRoute({ method: 'get', path, operationId, summary, ...listed }), async context => {
      const all = await context.var.inlet.whiteLabels.list(context.req.valid('query'))
      return answerJson(all.map(whiteLabelBody), 200)
    })
  }
  app.openapi(create, async context => {
    return answerJson(whiteLabelBody(await context.var.inlet.whiteLabels.create(context.req.valid('json'))), 200)
  })
  app.openapi(get, async context => {
    return answerJson(
      whiteLabelBody(await context.var.inlet.whiteLabels.get(context.req.valid('param').white_label_id)),
      200,
    )
  })
  app.openapi(update, async context => {
    const { white_label_id: id } = context.req.valid('param')
    return answerJson(whiteLabelBody(await context.var.inlet.whiteLabels.update(id, context.req.valid('json'))), 200)
  })
  app.openapi(remove, async context => {
    return answerJson(
      whiteLabelBody(await context.var.inlet.whiteLabels.delete(context.req.valid('param').white_label_id)),
      200,
    )
  })
  app.openapi(authUrl, async context => {
    const { white_label_id: id } = context.req.valid('param')
    const { state } = context.req.valid('query')
    const { url } = await askingProvider('sign-in-failed', () => context.var.inlet.whiteLabels.begin(id, state))
    return answerJson(url, 200)
  })
  app.openapi(connections, async context => {
    const { white_label_id: id } = context.req.valid('param')
    const all = await context.var.inlet.whiteLabels.connections(id, context.req.valid('query'))
    return answerJson(all.map(connectionItemBody), 200)
  })
  app.openapi(exchange, async context => {
    const { white_label_id: id } = context.req.valid('param')
    const { code, state, source_connection_in: given } = context.req.valid('json')
    const { shortName } = await context.var.inlet.whiteLabels.get(id)
    if (given?.shortName !== undefined && given.shortName !== shortName)
      throw refusal('invalid-request', `the white label is for ${shortName}, not for another source`)
    const input = { code, state: state ?? undefined, connection: given?.connection }
    const connection = await askingProvider('sign-in-failed', () => context.var.inlet.whiteLabels.finish(id, input))
    return answerJson(connectionBody(connection), 200)
  })
}
