import { createRoute } from '@hono/zod-openapi'
import type { Inlet } from '../../core/inlet.ts'
import type { SearchInput } from '../../core/store/store.ts'
import { readableIdParameter } from '../schemas/collection.ts'
import { defaultItems } from '../schemas/common.ts'
import { type SearchAnswerBody, searchAnswerSchema, searchBody, searchQuery } from '../schemas/search.ts'
import { searchHitBody } from '../views/entity.ts'
import { answerJson } from './json-answer.ts'
import { type App, answer, jsonBody, needs, problemAnswers, readBody } from './support.ts'

const tags = ['Search']
const path = '/collections/{readable_id}/search'
const params = readableIdParameter
const found = answer(searchAnswerSchema, 'What was found, best first')

const byQuery = createRoute({
  method: 'get',
  path,
  operationId: 'searchCollection',
  tags,
  summary: 'Search a collection',
  ...needs('read'),
  request: { params, query: searchQuery },
  responses: { 200: found, ...problemAnswers('unknown-collection') },
})

const byBody = createRoute({
  method: 'post',
  path,
  operationId: 'searchCollectionWithFilter',
  tags,
  summary: 'Search a collection, with a filter',
  ...needs('read'),
  middleware: readBody,
  request: { params, ...jsonBody(searchBody) },
  responses: { 200: found, ...problemAnswers('unknown-collection') },
})

export function addSearchRoutes(app: App): void {
  app.openapi(byQuery, async context => {
    const { query, limit, offset } = context.req.valid('query')
    const collection = context.req.valid('param').readable_id
    return answerJson(await search(context.var.inlet, { collection, query, limit, offset }), 200)
  })
  app.openapi(byBody, async context => {
    const { query, limit, offset, filter } = context.req.valid('json')
    const collection = context.req.valid('param').readable_id
    const input = { collection, query, limit: limit ?? defaultItems, offset: offset ?? 0, filter: filter ?? undefined }
    return answerJson(await search(context.var.inlet, input), 200)
  })

  async function search(inlet: Inlet, input: SearchInput): Promise<SearchAnswerBody> {
    const results = (await inlet.search(input)).map(searchHitBody)
    return { results, response_type: 'raw', status: results.length > 0 ? 'success' : 'no_results', completion: null }
  }
}
