import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { refusal } from '../problems.ts'
import { flag } from '../schemas/common.ts'
import { answerJson } from './json-answer.ts'
import { type App, answer, needs, problemAnswers } from './support.ts'

const tags = ['The daemon']

const alive = createRoute({
  method: 'get',
  path: '/healthz',
  operationId: 'getHealth',
  tags,
  summary: 'Whether the process is alive',
  security: [],
  responses: {
    200: answer(z.object({ status: z.literal('ok').meta({ description: 'Always `ok`' }) }), 'It is'),
    ...problemAnswers(),
  },
})

const up = (description: string) => flag(description).meta({ examples: [true] })
const readiness = z.object({
  status: z.literal('ready').meta({ description: 'Always `ready`' }),
  store: up('Whether the store is open'),
  vault: up('Whether the vault is unlocked'),
  scheduler: up('Whether schedules are kept'),
})

const ready = createRoute({
  method: 'get',
  path: '/readyz',
  operationId: 'getReadiness',
  tags,
  summary: 'Whether the store is open, the vault unlocked and the scheduler running',
  ...needs('read'),
  responses: { 200: answer(readiness, 'It is'), ...problemAnswers('not-ready', 'vault-locked') },
})

export function addHealthRoutes(app: App): void {
  app.openapi(alive, () => answerJson({ status: 'ok' as const }, 200))
  app.openapi(ready, async context => {
    const { store, vault, scheduler } = await context.var.inlet.health()
    if (!store) throw refusal('not-ready', 'the store is not open: see the log')
    if (!vault)
      throw refusal('vault-locked', `the vault is locked: ${context.var.inlet.vault.lockedBecause ?? 'ask again'}`)
    if (!scheduler) throw refusal('not-ready', 'the scheduler is not running: see the log')
    return answerJson({ status: 'ready' as const, store, vault, scheduler }, 200)
  })
}
