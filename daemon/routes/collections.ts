import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import type { CollectionView, Inlet } from '../../core/inlet.ts'
import {
  collectionSchema,
  createCollectionBody,
  deleteDataQuery,
  listCollectionsQuery,
  readableIdParameter,
  updateCollectionBody,
} from '../schemas/collection.ts'
import { jobSchema } from '../schemas/job.ts'
import { collectionBody } from '../views/collection.ts'
import { jobBody } from '../views/job.ts'
import { answerJson } from './json-answer.ts'
import { type App, answer, jsonBody, needs, noMembers, problemAnswers, readBody } from './support.ts'

const tags = ['Collections']
const one = '/collections/{readable_id}'
const params = readableIdParameter

const list = createRoute({
  method: 'get',
  path: '/collections',
  operationId: 'listCollections',
  tags,
  summary: 'Collections, oldest first',
  ...needs('read'),
  request: { query: listCollectionsQuery },
  responses: { 200: answer(z.array(collectionSchema), 'The collections'), ...problemAnswers() },
})

const create = createRoute({
  method: 'post',
  path: '/collections',
  operationId: 'createCollection',
  tags,
  summary: 'Make a collection',
  ...needs('admin', 'everything'),
  middleware: readBody,
  request: jsonBody(createCollectionBody),
  responses: { 201: answer(collectionSchema, 'The new collection'), ...problemAnswers('readable-id-exists') },
})

const get = createRoute({
  method: 'get',
  path: one,
  operationId: 'getCollection',
  tags,
  summary: 'One collection',
  ...needs('read'),
  request: { params },
  responses: { 200: answer(collectionSchema, 'The collection'), ...problemAnswers('unknown-collection') },
})

const changes = {
  path: one,
  tags,
  ...needs('admin'),
  middleware: readBody,
  request: { params, ...jsonBody(updateCollectionBody) },
  responses: {
    200: answer(collectionSchema, 'The collection as it is now'),
    ...problemAnswers('unknown-collection'),
  },
} as const

const remove = createRoute({
  method: 'delete',
  path: one,
  operationId: 'deleteCollection',
  tags,
  summary: 'Delete a collection and its source connections',
  ...needs('admin'),
  request: { params, query: deleteDataQuery },
  responses: { 200: answer(collectionSchema, 'What it was'), ...problemAnswers('unknown-collection') },
})

const refreshAll = createRoute({
  method: 'post',
  path: `${one}/refresh_all`,
  operationId: 'refreshCollection',
  tags,
  summary: 'Start a job for each of its connections that can run',
  ...needs('sync'),
  middleware: readBody,
  request: { params, ...jsonBody(noMembers) },
  responses: {
    200: answer(z.array(jobSchema), 'The jobs that were started'),
    ...problemAnswers('unknown-collection'),
  },
})

export function addCollectionRoutes(app: App): void {
  app.openapi(list, async context => {
    const { search, ...page } = context.req.valid('query')
    const found = search
      ? await searchByName(context.var.inlet, search, page)
      : await context.var.inlet.collections.list(page)
    return answerJson(found.map(collectionBody), 200)
  })
  app.openapi(create, async context => {
    const { name, readable_id } = context.req.valid('json')
    const made = await context.var.inlet.collections.create({ name, readableId: readable_id ?? undefined })
    return answerJson(collectionBody(made), 201)
  })
  app.openapi(get, async context => {
    const { readable_id } = context.req.valid('param')
    return answerJson(collectionBody(await context.var.inlet.collections.get(readable_id)), 200)
  })
  for (const [method, operationId, summary] of [
    ['put', 'putCollection', 'The same as PATCH: what is absent stays'],
    ['patch', 'updateCollection', 'Rename a collection'],
  ] as const) {
    app.openapi(createRoute({ method, operationId, summary, ...changes }), async context => {
      const { readable_id } = context.req.valid('param')
      return answerJson(
        collectionBody(await context.var.inlet.collections.update(readable_id, context.req.valid('json'))),
        200,
      )
    })
  }
  app.openapi(remove, async context => {
    const { readable_id } = context.req.valid('param')
    const deleteData = context.req.valid('query').delete_data ?? false
    return answerJson(collectionBody(await context.var.inlet.collections.delete(readable_id, { deleteData })), 200)
  })
  app.openapi(refreshAll, async context => {
    const jobs = await context.var.inlet.collections.refreshAll(context.req.valid('param').readable_id)
    return answerJson(jobs.map(jobBody), 200)
  })
}

const pageSize = 1000

/** Collections are few: all are looked at, page by page. */
async function searchByName(
  inlet: Inlet,
  text: string,
  page: { skip: number; limit: number },
): Promise<CollectionView[]> {
  const wanted = text.toLowerCase()
  const found: CollectionView[] = []
  for (let skip = 0; found.length < page.skip + page.limit; skip += pageSize) {
    const some = await inlet.collections.list({ skip, limit: pageSize })
    found.push(...some.filter(({ name, readableId }) => `${name}\n${readableId}`.toLowerCase().includes(wanted)))
    if (some.length < pageSize) break
  }
  return found.slice(page.skip, page.skip + page.limit)
}
