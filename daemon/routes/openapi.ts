/** The description of the API, as it is generated from the schemas that validate. */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { completeDocument, type OpenApiDocument } from '../openapi/document.ts'
import { about, introduction } from '../openapi/introduction.ts'
import { text } from '../schemas/common.ts'
import { filterSchema } from '../schemas/filter.ts'
import { jobSchema } from '../schemas/job.ts'
import { answerJson } from './json-answer.ts'
import { type App, answer, problemAnswers, type RouteContext } from './support.ts'

const documentSchema = z
  .looseObject({ openapi: text('The version of OpenAPI') })
  .meta({ description: 'An OpenAPI document', examples: [{ openapi: '3.1.0' }] })

const get = createRoute({
  method: 'get',
  path: '/openapi.json',
  operationId: 'getOpenApiDocument',
  tags: ['The daemon'],
  summary: 'This description of the API',
  security: [],
  responses: { 200: answer(documentSchema, 'An OpenAPI document of version 3.1'), ...problemAnswers() },
})

/** To be added after every other route, all of which it describes. */
export function addOpenApiRoute(app: App, { version }: RouteContext): void {
  // What is used both as it is and with null beside it is generated under its name as it is.
  app.openAPIRegistry.register('Job', jobSchema)
  app.openAPIRegistry.register('Filter', filterSchema)
  app.openAPIRegistry.registerComponent('securitySchemes', 'key', {
    type: 'apiKey',
    in: 'header',
    name: 'X-API-Key',
    description: 'The API key: in the file `api-key` in the data folder, unless `INLET_API_KEY` sets it',
  })
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'The same API key, for clients that send a bearer token',
  })
  let document: OpenApiDocument | undefined
  app.openapi(get, () => {
    document ??= completeDocument(declaredDocument())
    return answerJson({ ...document } as z.infer<typeof documentSchema>, 200)
  })

  function declaredDocument(): OpenApiDocument {
    // Its types are those of a library that we do not import from; a validator looks at what comes of it.
    const declared: object = app.getOpenAPI31Document({ openapi: '3.1.0', info: about(version) })
    return { ...(declared as OpenApiDocument), ...introduction }
  }
}
