import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { shortNameParameter, sourceSchema } from '../schemas/source.ts'
import { sourceBody } from '../views/source.ts'
import { answerJson } from './json-answer.ts'
import { type App, answer, needs, problemAnswers } from './support.ts'

const tags = ['Sources']

/** What can be connected. Both generations of clients have their own address for the same thing. */
export function addSourceRoutes(app: App): void {
  for (const [path, operationId, summary] of [
    ['/sources', 'listSources', 'Every source there is'],
    ['/sources/list', 'listSourcesAtList', 'The same as GET /sources, where older clients ask'],
  ] as const) {
    const list = createRoute({
      method: 'get',
      path,
      operationId,
      tags,
      summary,
      ...needs('read'),
      responses: { 200: answer(z.array(sourceSchema), 'The sources'), ...problemAnswers() },
    })
    app.openapi(list, context => answerJson(context.var.inlet.sources.list().map(sourceBody), 200))
  }
  for (const [path, operationId, summary] of [
    ['/sources/{short_name}', 'getSource', 'One source, with what it takes'],
    [
      '/sources/detail/{short_name}',
      'getSourceAtDetail',
      'The same as GET /sources/{short_name}, where older clients ask',
    ],
  ] as const) {
    const get = createRoute({
      method: 'get',
      path,
      operationId,
      tags,
      summary,
      ...needs('read'),
      request: { params: shortNameParameter },
      responses: { 200: answer(sourceSchema, 'The source'), ...problemAnswers('unknown-source') },
    })
    app.openapi(get, context =>
      answerJson(sourceBody(context.var.inlet.sources.get(context.req.valid('param').short_name)), 200),
    )
  }
}
