/** Named keys for other programs, each with as little reach as it needs. */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { idParameterOf, pageQuery } from '../schemas/common.ts'
import { createKeyBody, keySchema, newKeySchema } from '../schemas/key.ts'
import { keyBody, newKeyBody } from '../views/key.ts'
import { answerJson } from './json-answer.ts'
import { type App, answer, jsonBody, needs, problemAnswers, readBody } from './support.ts'

const tags = ['Keys']
const one = '/keys/{key_id}'
const params = z.object({ key_id: idParameterOf('The key, by its id') })

const create = createRoute({
  method: 'post',
  path: '/keys',
  operationId: 'createKey',
  tags,
  summary: 'Make a key for another program; it is shown in this answer alone',
  ...needs('admin', 'everything'),
  middleware: readBody,
  request: jsonBody(createKeyBody),
  responses: { 201: answer(newKeySchema, 'The new key'), ...problemAnswers('unknown-collection', 'key-name-exists') },
})

const list = createRoute({
  method: 'get',
  path: '/keys',
  operationId: 'listKeys',
  tags,
  summary: 'The keys, oldest first, without themselves',
  ...needs('admin', 'everything'),
  request: { query: pageQuery },
  responses: { 200: answer(z.array(keySchema), 'The keys'), ...problemAnswers() },
})

const get = createRoute({
  method: 'get',
  path: one,
  operationId: 'getKey',
  tags,
  summary: 'One key, without itself',
  ...needs('admin', 'everything'),
  request: { params },
  responses: { 200: answer(keySchema, 'The key'), ...problemAnswers('unknown-key') },
})

const revoke = createRoute({
  method: 'delete',
  path: one,
  operationId: 'revokeKey',
  tags,
  summary: 'Take a key back: it opens nothing from here on, and what follows with it ends',
  ...needs('admin', 'everything'),
  request: { params },
  responses: { 200: answer(keySchema, 'What it was'), ...problemAnswers('unknown-key') },
})

export function addKeyRoutes(app: App): void {
  app.openapi(create, async context => {
    const { name, scope, collections, expires_at: expiresAt } = context.req.valid('json')
    return answerJson(newKeyBody(await context.var.inlet.keys.create({ name, scope, collections, expiresAt })), 201)
  })
  app.openapi(list, async context => {
    const { skip, limit } = context.req.valid('query')
    const all = await context.var.inlet.keys.list()
    return answerJson(all.slice(skip, skip + limit).map(keyBody), 200)
  })
  app.openapi(get, async context => {
    return answerJson(keyBody(await context.var.inlet.keys.get(context.req.valid('param').key_id)), 200)
  })
  app.openapi(revoke, async context => {
    return answerJson(keyBody(await context.var.inlet.keys.revoke(context.req.valid('param').key_id)), 200)
  })
}
