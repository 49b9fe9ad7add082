/** The API reference, for people: open to everyone who may ask at all, as the description is. */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { docsAssets, readDocsAsset } from '../docs/assets.ts'
import { docsPage } from '../docs/page.ts'
import { isFresh } from '../fresh.ts'
import { type App, problemAnswers } from './support.ts'

const page = createRoute({
  method: 'get',
  path: '/docs',
  operationId: 'getDocs',
  tags: ['The daemon'],
  summary: 'This description as a page, where each request can be tried',
  security: [],
  responses: {
    200: {
      content: { 'text/html': { schema: z.string().meta({ examples: ['<!doctype html>…'] }) } },
      description: 'The page; it loads files of the daemon alone',
    },
    ...problemAnswers(),
  },
})

export function addDocsRoutes(app: App): void {
  app.openapi(page, context => context.html(docsPage, 200))
  for (const name of docsAssets) {
    app.get(`/docs/${name}`, async context => {
      const { content, type, tag } = await readDocsAsset(name)
      const headers = { ETag: tag, 'Cache-Control': 'no-cache' }
      if (isFresh(context.req.header('if-none-match'), tag)) return context.body(null, 304, headers)
      return context.body(content, 200, { ...headers, 'Content-Type': type })
    })
  }
}
