/**
 * Bare routes of Hono, with the daemon's own listener, for two comparisons. `/document` and `/search` are behind the very
 * same door as the daemon's routes: its application, with its checks (those of an address against its schemas included),
 * headers, log and counters. `/plain/document` is in a Hono of its own, with the same checks, those of its address
 * included, and headers, and nothing else. A document was given, and is answered as it is;
 * the search is the same one in the same kind of thread. Run with a JSON object: `dataDir`, `logFile`, `key`, `document`.
 * Prints its URL when it listens.
 */
import './daemon-heap.ts'
import { openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createRoute } from '@hono/zod-openapi'
import { Hono } from 'hono'
import { z } from 'zod'
import { systemClock as clock } from '../../core/clock.ts'
import { createInlet } from '../../core/index.ts'
import { openStore } from '../../core/store/index.ts'
import { answerHeaders } from '../../daemon/answer-headers.ts'
import { apiKey } from '../../daemon/api-key.ts'
import { createSessions } from '../../daemon/dashboard/sessions.ts'
import { createGuards } from '../../daemon/guards.ts'
import { listen } from '../../daemon/listen.ts'
import { createLog, gatherLines } from '../../daemon/log.ts'
import { createHttpMeter } from '../../daemon/metrics/http-series.ts'
import { createApplication } from '../../daemon/middleware/application.ts'
import { readableIdParameter } from '../../daemon/schemas/collection.ts'
import { idParameterOf } from '../../daemon/schemas/common.ts'
import { showAuthFieldsQuery } from '../../daemon/schemas/connection.ts'
import { searchQuery } from '../../daemon/schemas/search.ts'
import { searchHitBody } from '../../daemon/views/entity.ts'
import { endWithInput } from './endings.ts'

interface Bare {
  dataDir: string
  logFile: string
  key: string
  document: object
}

const { dataDir, logFile, key, document } = JSON.parse(process.argv[2] ?? '{}') as Bare
const logTo = openSync(logFile, 'a')
const ownKey = apiKey(key)
let listensOn = 0
const port = () => listensOn
const guards = createGuards({ apiKey: ownKey, allowedHosts: [], allowedOrigins: [], port, clock })
const store = await openStore({ file: join(dataDir, 'inlet.db') })

const documentParameter = z.object({ source_connection_id: idParameterOf('The source connection') })
const responses = { 200: { description: 'What was given' } }
const documentRoute = createRoute({
  ...{ method: 'get', path: '/document/{source_connection_id}', responses },
  request: { params: documentParameter, query: showAuthFieldsQuery },
})
const searchRoute = createRoute({
  ...{ method: 'get', path: '/search/{readable_id}', responses },
  request: { params: readableIdParameter, query: searchQuery },
})

const bare = createApplication(
  [
    app => {
      app.openapi(documentRoute, context => context.json(document))
      app.openapi(searchRoute, async context => {
        const { query, limit, offset } = context.req.valid('query')
        const collection = context.req.valid('param').readable_id
        const results = (await store.search({ collection, query, limit, offset })).map(searchHitBody)
        return context.json({ results, response_type: 'raw', status: 'success', completion: null })
      })
    },
  ],
  {
    // The door looks at it for what these routes do not have.
    inlet: await createInlet({ dataDir: `${dataDir}-door`, plugins: [], idle: true }),
    sessions: createSessions(ownKey, clock),
    httpMeter: createHttpMeter(),
    ownSeries: () => [],
    log: createLog('info', gatherLines({ write: text => writeSync(logTo, text) })),
    origin: () => `http://localhost:${listensOn}`,
    signInLink: () => ({ url: '', expiresAt: '' }),
    hasClient: () => false,
    closing: new AbortController().signal,
    ...{ guards, clock, port, version: '0.0.0' },
  },
)

const plain = new Hono()
plain.use(async (context, next) => {
  const header = (name: string) => context.req.header(name)
  const [host, origin, site] = [header('host'), header('origin'), header('sec-fetch-site')]
  const caller = guards.caller({ apiKey: header('x-api-key'), authorization: header('authorization'), origin, site })
  const refused = guards.host(host) ?? guards.origin({ origin, site, host }) ?? caller
  if (refused instanceof Error) return context.json({ detail: refused.message }, 403)
  await next()
  for (const [name, value] of Object.entries(answerHeaders)) context.res.headers.set(name, value)
  context.res.headers.set('Cache-Control', 'no-store')
  return undefined
})
plain.get('/plain/document/:source_connection_id', context => {
  const isGood =
    documentParameter.safeParse(context.req.param()).success &&
    showAuthFieldsQuery.safeParse(context.req.query()).success
  return isGood ? context.json(document) : context.json({ detail: 'The address is not one of these' }, 422)
})

const listening = await listen({
  fetch: (request, caller) =>
    new URL(request.url).pathname.startsWith('/plain/') ? plain.fetch(request) : bare.fetch(request, caller),
  ...{ host: 'localhost', port: 0 },
})
listensOn = listening.port
process.stdout.write(`${listening.url}\n`)
endWithInput()
