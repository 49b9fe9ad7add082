/** Where events are sent to: signed, retried, kept over restarts. */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { idParameterOf, pageQuery } from '../schemas/common.ts'
import { webhookPayloadSchema } from '../schemas/event.ts'
import {
  createWebhookBody,
  deliveriesQuery,
  deliverySchema,
  newWebhookSchema,
  rotateSecretBody,
  updateWebhookBody,
  webhookSchema,
  webhookTestSchema,
} from '../schemas/webhook.ts'
import { deliveryBody, newWebhookBody, webhookBody, webhookTestBody } from '../views/webhook.ts'
import { answerJson } from './json-answer.ts'
import { type App, answer, jsonBody, needs, noMembers, problemAnswers, readBody } from './support.ts'

// Reading too is for administrators: an address may be as good as a password.
const common = { tags: ['Webhooks'], ...needs('admin', 'everything') }
const one = '/webhooks/{webhook_id}'
const params = z.object({ webhook_id: idParameterOf('The webhook, by its id') })

const create = createRoute({
  method: 'post',
  path: '/webhooks',
  operationId: 'createWebhook',
  ...common,
  summary: 'Have events sent to an address; the secret that signs them is shown in this answer alone',
  middleware: readBody,
  request: jsonBody(createWebhookBody),
  responses: { 201: answer(newWebhookSchema, 'The new webhook'), ...problemAnswers('vault-locked') },
})

const list = createRoute({
  method: 'get',
  path: '/webhooks',
  operationId: 'listWebhooks',
  ...common,
  summary: 'The webhooks, oldest first, without their secrets',
  request: { query: pageQuery },
  responses: { 200: answer(z.array(webhookSchema), 'The webhooks'), ...problemAnswers() },
})

const get = createRoute({
  method: 'get',
  path: one,
  operationId: 'getWebhook',
  ...common,
  summary: 'One webhook, without its secret',
  request: { params },
  responses: { 200: answer(webhookSchema, 'The webhook'), ...problemAnswers('unknown-webhook') },
})

const update = createRoute({
  method: 'patch',
  path: one,
  operationId: 'updateWebhook',
  ...common,
  summary: 'Change a webhook; what waits for it is tried at once where it goes elsewhere or is enabled again',
  middleware: readBody,
  request: { params, ...jsonBody(updateWebhookBody) },
  responses: {
    200: answer(webhookSchema, 'As it is now'),
    ...problemAnswers('unknown-webhook', 'conflict', 'vault-locked'),
  },
})

const remove = createRoute({
  method: 'delete',
  path: one,
  operationId: 'deleteWebhook',
  ...common,
  summary: 'Delete a webhook; what waits for it is not sent any more',
  request: { params },
  responses: { 200: answer(webhookSchema, 'What it was'), ...problemAnswers('unknown-webhook', 'vault-locked') },
})

const rotate = createRoute({
  method: 'post',
  path: `${one}/rotate-secret`,
  operationId: 'rotateWebhookSecret',
  ...common,
  summary: 'Give a webhook another secret, shown in this answer alone; the old one signs too for a day',
  middleware: readBody,
  request: { params, ...jsonBody(rotateSecretBody) },
  responses: {
    200: answer(newWebhookSchema, 'With the new secret'),
    ...problemAnswers('unknown-webhook', 'conflict', 'vault-locked'),
  },
})

const test = createRoute({
  method: 'post',
  path: `${one}/test`,
  operationId: 'testWebhook',
  ...common,
  summary: 'Send a message of type `webhook.test` now, and see what comes back',
  middleware: readBody,
  request: { params, ...jsonBody(noMembers) },
  responses: {
    200: answer(webhookTestSchema, 'What came back'),
    ...problemAnswers('unknown-webhook', 'conflict', 'vault-locked'),
  },
})

const deliveries = createRoute({
  method: 'get',
  path: `${one}/deliveries`,
  operationId: 'listWebhookDeliveries',
  ...common,
  summary: 'What was sent, and what waits, newest first',
  request: { params, query: deliveriesQuery },
  responses: { 200: answer(z.array(deliverySchema), 'The deliveries'), ...problemAnswers('unknown-webhook') },
})

const retry = createRoute({
  method: 'post',
  path: `${one}/deliveries/{delivery_id}/retry`,
  operationId: 'retryWebhookDelivery',
  ...common,
  summary: 'Send it again now, whatever became of it, under the same id',
  middleware: readBody,
  request: { params: params.extend({ delivery_id: idParameterOf('The delivery, by its id') }), ...jsonBody(noMembers) },
  responses: {
    200: answer(deliverySchema, 'As it is now'),
    ...problemAnswers('unknown-webhook', 'unknown-delivery', 'webhook-disabled'),
  },
})

export function addWebhookRoutes(app: App): void {
  app.openAPIRegistry.registerWebhook({
    method: 'post',
    path: 'event',
    tags: common.tags,
    summary: 'What the address of a webhook is sent, as Standard Webhooks 1.0.0 says',
    description:
      'Sent at least once, under the same `webhook-id` each time: an id that was seen before is the same event. Any answer but 2xx is tried again for days; 410 ends it.',
    request: {
      headers: z.object({
        'webhook-id': z.string().meta({
          description: 'Names the event: the same at each attempt',
          examples: ['evt_0123456789abcdef01234567'],
        }),
        'webhook-timestamp': z.string().meta({ description: 'Of the attempt, in seconds since 1970' }),
        'webhook-signature': z.string().meta({
          description:
            '`v1,` and the base64 of the HMAC-SHA256 over `id.timestamp.body`; several while a secret rotates',
        }),
      }),
      body: { content: { 'application/json': { schema: webhookPayloadSchema } } },
    },
    responses: { '2XX': { description: 'It has arrived' }, 410: { description: 'Nothing more is wanted, ever' } },
  })
  app.openapi(create, async context => {
    return answerJson(newWebhookBody(await context.var.inlet.webhooks.create(context.req.valid('json'))), 201)
  })
  app.openapi(list, async context => {
    const all = await context.var.inlet.webhooks.list(context.req.valid('query'))
    return answerJson(all.map(webhookBody), 200)
  })
  app.openapi(get, async context => {
    return answerJson(webhookBody(await context.var.inlet.webhooks.get(context.req.valid('param').webhook_id)), 200)
  })
  app.openapi(update, async context => {
    const { webhook_id: id } = context.req.valid('param')
    return answerJson(webhookBody(await context.var.inlet.webhooks.update(id, context.req.valid('json'))), 200)
  })
  app.openapi(remove, async context => {
    const { webhook_id: id } = context.req.valid('param')
    return answerJson(webhookBody(await context.var.inlet.webhooks.delete(id)), 200)
  })
  app.openapi(rotate, async context => {
    const { webhook_id: id } = context.req.valid('param')
    const { secret } = context.req.valid('json')
    return answerJson(newWebhookBody(await context.var.inlet.webhooks.rotateSecret(id, secret)), 200)
  })
  app.openapi(test, async context => {
    const { webhook_id: id } = context.req.valid('param')
    return answerJson(webhookTestBody(await context.var.inlet.webhooks.test(id)), 200)
  })
  app.openapi(deliveries, async context => {
    const { webhook_id: id } = context.req.valid('param')
    const all = await context.var.inlet.webhooks.deliveries(id, context.req.valid('query'))
    return answerJson(all.map(deliveryBody), 200)
  })
  app.openapi(retry, async context => {
    const { webhook_id: id, delivery_id } = context.req.valid('param')
    return answerJson(deliveryBody(await context.var.inlet.webhooks.retry(id, delivery_id)), 200)
  })
}
