import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { readableIdParameter } from '../schemas/collection.ts'
import { idParameterOf } from '../schemas/common.ts'
import { changesQuery, changesSchema, entitySchema } from '../schemas/entity.ts'
import { entityBody } from '../views/entity.ts'
import { answerJson } from './json-answer.ts'
import { type App, answer, needs, problemAnswers } from './support.ts'

const tags = ['Entities']

const changes = createRoute({
  method: 'get',
  path: '/collections/{readable_id}/entities',
  operationId: 'listChanges',
  tags,
  summary: 'List a collection, and follow its changes with the cursor it gives',
  ...needs('read'),
  request: { params: readableIdParameter, query: changesQuery },
  responses: {
    200: answer(changesSchema, 'Entities in the order of their last change'),
    ...problemAnswers('unknown-collection'),
  },
})

const get = createRoute({
  method: 'get',
  path: '/entities/{entity_id}',
  operationId: 'getEntity',
  tags,
  summary: 'One entity whole',
  ...needs('read'),
  request: { params: z.object({ entity_id: idParameterOf('The entity, by its id here') }) },
  responses: { 200: answer(entitySchema, 'The entity'), ...problemAnswers('unknown-entity') },
})

export function addEntityRoutes(app: App): void {
  app.openapi(changes, async context => {
    const query = context.req.valid('query')
    const page = await context.var.inlet.changes({
      collection: context.req.valid('param').readable_id,
      after: query.after,
      limit: query.limit,
      connectionId: query.source_connection_id,
      entityType: query.entity_type,
      includeDeleted: query.include_deleted,
      includeRaw: query.include_raw,
    })
    return answerJson({ entities: page.entities.map(entityBody), next_cursor: page.nextCursor }, 200)
  })
  app.openapi(get, async context => {
    return answerJson(entityBody(await context.var.inlet.entity(context.req.valid('param').entity_id)), 200)
  })
}
