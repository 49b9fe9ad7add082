import { createRoute } from '@hono/zod-openapi'
import type { Inlet } from '../../core/inlet.ts'
import { lastEventId } from '../schemas/common.ts'
import { eventSchema } from '../schemas/event.ts'
import { eventStream, type ServerSentEvent } from '../server-sent-events.ts'
import { eventBody } from '../views/event.ts'
import { type App, needs, problemAnswers, type RouteContext } from './support.ts'

const follow = createRoute({
  method: 'get',
  path: '/events',
  operationId: 'followEvents',
  tags: ['The daemon'],
  summary: 'What happens, as server-sent events: jobs, connections that need a person, clients that are refused',
  ...needs('read'),
  request: { headers: lastEventId },
  responses: {
    200: {
      content: { 'text/event-stream': { schema: eventSchema } },
      description: 'One event at a time, from now on, or from the one after `Last-Event-ID`',
    },
    ...problemAnswers(),
  },
})

export function addEventRoutes(app: App, { clock, closing }: RouteContext): void {
  app.openapi(follow, async context => {
    const headers = { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-store' }
    if (context.req.method === 'HEAD') return context.body(null, 200, headers)
    const { inlet } = context.var
    const last = context.req.valid('header')['last-event-id']
    const begin = last === undefined ? await inlet.eventPosition() : undefined
    const stream = { clock, closing, begin, events: (signal: AbortSignal) => events(inlet, signal, last ?? begin) }
    return context.body(eventStream(stream), 200, headers)
  })

  async function* events(
    inlet: Inlet,
    signal: AbortSignal,
    after: string | undefined,
  ): AsyncGenerator<ServerSentEvent> {
    for await (const event of inlet.events(signal, after)) {
      yield { event: event.type, id: event.id, data: eventBody(event) }
    }
  }
}
