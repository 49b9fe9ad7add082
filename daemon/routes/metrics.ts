import { readFile } from 'node:fs/promises'
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import type { Inlet } from '../../core/inlet.ts'
import { expositionType, writeExposition } from '../metrics/exposition.ts'
import { answerJson } from './json-answer.ts'
import { type App, answer, needs, problemAnswers, type RouteContext } from './support.ts'

const tags = ['The daemon']

const metrics = createRoute({
  method: 'get',
  path: '/metrics',
  operationId: 'getMetrics',
  tags,
  summary: 'Jobs, entities, requests, refreshes, queue, event loop and memory, for Prometheus',
  ...needs('read', 'everything'),
  responses: {
    200: {
      content: {
        'text/plain': {
          schema: z.string().meta({
            description: "Prometheus' text format",
            examples: [
              '# HELP inlet_queue_jobs Syncs that run now, and those that wait for their turn.\n# TYPE inlet_queue_jobs gauge\ninlet_queue_jobs{state="running"} 1\n',
            ],
          }),
        },
      },
      description: 'The series',
    },
    ...problemAnswers(),
  },
})

const dashboardSchema = z
  .looseObject({ title: z.string().meta({ description: 'Its name' }) })
  .meta({ description: "A dashboard in Grafana's format", examples: [{ title: 'inlet' }] })

const dashboard = createRoute({
  method: 'get',
  path: '/metrics/grafana.json',
  operationId: 'getGrafanaDashboard',
  tags,
  summary: 'A dashboard of these metrics, for Grafana to import',
  ...needs('read', 'everything'),
  responses: { 200: answer(dashboardSchema, 'The dashboard'), ...problemAnswers() },
})

/** @param ownSeries those of the daemon itself */
export function addMetricsRoutes(app: App, { ownSeries }: RouteContext): void {
  /** Those who ask at once get one answer. */
  let coming: Promise<string> | undefined

  app.openapi(metrics, async context => {
    coming ??= textOf(context.var.inlet).finally(() => {
      coming = undefined
    })
    return context.text(await coming, 200, { 'Content-Type': expositionType })
  })
  app.openapi(dashboard, async () => {
    const text = await readFile(new URL('../metrics/grafana-dashboard.json', import.meta.url), 'utf8')
    return answerJson(JSON.parse(text) as z.infer<typeof dashboardSchema>, 200)
  })

  async function textOf(inlet: Inlet): Promise<string> {
    return writeExposition([...(await inlet.measure()), ...ownSeries()])
  }
}
