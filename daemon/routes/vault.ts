import { createRoute } from '@hono/zod-openapi'
import { rotateBody, unlockBody, vaultSchema } from '../schemas/vault.ts'
import { vaultBody } from '../views/vault.ts'
import { answerJson } from './json-answer.ts'
import { loopbackOnly } from './loopback.ts'
import { type App, answer, jsonBody, needs, noMembers, problemAnswers, type RouteContext, readBody } from './support.ts'

const tags = ['The daemon']

const status = createRoute({
  method: 'get',
  path: '/vault',
  operationId: 'getVault',
  tags,
  summary: 'Whether the vault is open, its key, and which credentials do not open',
  ...needs('admin', 'everything'),
  description:
    'Every credential is opened for it. Where that takes more than a second, the count and those that do not open are told again for nine times as long.',
  responses: { 200: answer(vaultSchema, 'The vault'), ...problemAnswers() },
})

const rotate = createRoute({
  method: 'post',
  path: '/vault/rotate',
  operationId: 'rotateVault',
  tags,
  summary: 'Seal every credential with another key',
  ...needs('admin', 'everything'),
  description:
    'Syncs and refreshes go on meanwhile. Without a body, goes on with a rotation that was cut short, else makes a new key where the present one is in the data folder. The next start needs the new key. Answers when it is done, or after 20 seconds with `rotation: "running"`. From the machine itself only.',
  middleware: [loopbackOnly('keys are taken'), readBody],
  request: jsonBody(rotateBody),
  responses: {
    200: answer(vaultSchema, 'The vault'),
    ...problemAnswers('loopback-only', 'vault-key-wrong', 'conflict', 'vault-locked'),
  },
})

const lock = createRoute({
  method: 'post',
  path: '/vault/lock',
  operationId: 'lockVault',
  tags,
  summary: 'Overwrite the keys in memory: nothing can use a credential until `unlock`',
  ...needs('admin', 'everything'),
  description:
    'Jobs end, schedules wait. Refreshes under way are waited for, up to 45 seconds, and the disk, up to eight; should one take longer, 409, and the vault stays open.',
  middleware: readBody,
  request: jsonBody(noMembers),
  responses: { 200: answer(vaultSchema, 'The vault'), ...problemAnswers('conflict') },
})

const unlock = createRoute({
  method: 'post',
  path: '/vault/unlock',
  operationId: 'unlockVault',
  tags,
  summary: 'Give the vault its key again',
  ...needs('admin', 'everything'),
  description:
    'Without a body, the key file is read again. A wrong key changes nothing. What schedules missed is made up for with one run each. From the machine itself only.',
  middleware: [loopbackOnly('keys are taken'), readBody],
  request: jsonBody(unlockBody),
  responses: {
    200: answer(vaultSchema, 'The vault'),
    ...problemAnswers('loopback-only', 'vault-key-wrong', 'vault-locked'),
  },
})

/** How long an answer waits for the end of a rotation. */
const patienceMs = 20_000

export function addVaultRoutes(app: App, { clock }: RouteContext): void {
  app.openapi(status, async context => answerJson(vaultBody(await context.var.inlet.vault.status()), 200))
  app.openapi(rotate, async context => {
    const timer = new AbortController()
    const rotating = context.var.inlet.vault.rotate(context.req.valid('json'))
    await Promise.race([rotating, clock.sleep(patienceMs, timer.signal).catch(() => {})])
    timer.abort()
    return answerJson(vaultBody(await context.var.inlet.vault.status()), 200)
  })
  app.openapi(lock, async context => {
    await context.var.inlet.vault.lock()
    return answerJson(vaultBody(await context.var.inlet.vault.status()), 200)
  })
  app.openapi(unlock, async context => {
    await context.var.inlet.vault.unlock(context.req.valid('json'))
    return answerJson(vaultBody(await context.var.inlet.vault.status()), 200)
  })
}
