import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import type { JobProgress } from '../../core/inlet.ts'
import { idParameterOf, lastEventId, pageQuery } from '../schemas/common.ts'
import { jobProgressSchema, jobSchema } from '../schemas/job.ts'
import { eventStream, type ServerSentEvent } from '../server-sent-events.ts'
import { jobBody, jobProgressBody } from '../views/job.ts'
import { answerJson } from './json-answer.ts'
import { type App, answer, jsonBody, needs, noMembers, problemAnswers, type RouteContext, readBody } from './support.ts'

const tags = ['Jobs']
const all = '/source-connections/{source_connection_id}/jobs'
const one = `${all}/{job_id}` as const
const params = z.object({
  source_connection_id: idParameterOf('The source connection'),
  job_id: idParameterOf('The job'),
})

const list = createRoute({
  method: 'get',
  path: all,
  operationId: 'listJobs',
  tags,
  summary: 'Jobs of a connection, newest first',
  ...needs('read'),
  request: { params: params.pick({ source_connection_id: true }), query: pageQuery },
  responses: { 200: answer(z.array(jobSchema), 'The jobs'), ...problemAnswers('unknown-connection') },
})

const get = createRoute({
  method: 'get',
  path: one,
  operationId: 'getJob',
  tags,
  summary: 'One job',
  ...needs('read'),
  request: { params },
  responses: { 200: answer(jobSchema, 'The job'), ...problemAnswers('unknown-connection', 'unknown-job') },
})

const cancel = createRoute({
  method: 'post',
  path: `${one}/cancel`,
  operationId: 'cancelJob',
  tags,
  summary: 'Cancel a job; what it has brought in stays',
  ...needs('sync'),
  middleware: readBody,
  request: { params, ...jsonBody(noMembers) },
  responses: { 200: answer(jobSchema, 'The job'), ...problemAnswers('unknown-connection', 'unknown-job', 'job-over') },
})

const events = createRoute({
  method: 'get',
  path: `${one}/events`,
  operationId: 'followJob',
  tags,
  summary: 'Follow a job until its end, as server-sent events: `progress`, then `end`',
  ...needs('read'),
  request: { params, headers: lastEventId },
  responses: {
    200: {
      content: { 'text/event-stream': { schema: jobProgressSchema } },
      description: 'The job in the data of each event',
    },
    204: { description: 'The end was already seen (`Last-Event-ID: end`): browsers stop asking' },
    ...problemAnswers('unknown-connection', 'unknown-job'),
  },
})

/** The id of the last event of every stream. */
const endId = 'end'

export function addJobRoutes(app: App, { clock, closing }: RouteContext): void {
  app.openapi(list, async context => {
    const jobs = await context.var.inlet.jobs.list(
      context.req.valid('param').source_connection_id,
      context.req.valid('query'),
    )
    return answerJson(jobs.map(jobBody), 200)
  })
  app.openapi(get, async context => {
    const { source_connection_id, job_id } = context.req.valid('param')
    return answerJson(jobBody(await context.var.inlet.jobs.get(source_connection_id, job_id)), 200)
  })
  app.openapi(cancel, async context => {
    const { source_connection_id, job_id } = context.req.valid('param')
    return answerJson(jobBody(await context.var.inlet.jobs.cancel(source_connection_id, job_id)), 200)
  })
  app.openapi(events, async context => {
    const { source_connection_id, job_id } = context.req.valid('param')
    const { status } = await context.var.inlet.jobs.get(source_connection_id, job_id)
    const isOver = status !== 'pending' && status !== 'in_progress'
    if (isOver && context.req.valid('header')['last-event-id'] === endId) return context.body(null, 204)
    const headers = { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-store' }
    if (context.req.method === 'HEAD') return context.body(null, 200, headers)
    const { inlet } = context.var
    const events = (signal: AbortSignal) => jobEvents(inlet.jobs.follow(source_connection_id, job_id, signal))
    const body = eventStream({ clock, closing, events })
    return context.body(body, 200, headers)
  })

  async function* jobEvents(all: AsyncIterable<JobProgress>): AsyncGenerator<ServerSentEvent> {
    let number = 0
    let last: ReturnType<typeof jobProgressBody> | undefined
    for await (const progress of all) {
      last = jobProgressBody(progress)
      yield { event: 'progress', id: String(++number), data: last }
    }
    const isOver = last !== undefined && last.status !== 'pending' && last.status !== 'in_progress'
    if (isOver) yield { event: 'end', id: endId, data: last }
  }
}
