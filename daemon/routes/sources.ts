import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { sourceSchema } from '../schemas/source.ts'
import { sourceBody } from '../views/source.ts'
import { type App, answer, needs, problemAnswers } from './support.ts'

const tags = ['Sources']

/** What can be connected. Both generations of clients have their own address for the same thing. */
export function addSourceRoutes(app: App): void {
  for (const path of ['/sources', '/sources/list'] as const) {
    const list = createRoute({
      method: 'get',
      path,
      tags,
      summary: 'Every source there is',
      ...needs('read'),
      responses: { 200: answer(z.array(sourceSchema), 'The sources'), ...problemAnswers() },
    })
    app.openapi(list, context => context.json(context.var.inlet.sources.list().map(sourceBody), 200))
  }
  for (const path of ['/sources/{short_name}', '/sources/detail/{short_name}'] as const) {
    const get = createRoute({
      method: 'get',
      path,
      tags,
      summary: 'One source, with what it takes',
      ...needs('read'),
      request: { params: z.object({ short_name: z.string() }) },
      responses: { 200: answer(sourceSchema, 'The source'), ...problemAnswers(404) },
    })
    app.openapi(get, context =>
      context.json(sourceBody(context.var.inlet.sources.get(context.req.valid('param').short_name)), 200),
    )
  }
}
