/** Where events are sent to, and what became of them. */
import { z } from 'zod'
import { eventTypes } from '../../core/events.ts'
import type { CreateWebhook, UpdateWebhook } from '../../core/inlet.ts'
import { count, flag, pageQuery, text, time, timeOrNull, timeOrNullWhen, uuidOf } from './common.ts'
import { masked } from './credential.ts'
import { deliveryExample, webhookExample } from './examples.ts'
import { characters, strict } from './strict.ts'

const formats = ['standard', 'ntfy'] as const
const states = ['pending', 'delivered', 'failed'] as const

const format = z.enum(formats).meta({
  description:
    '`standard`: signed JSON for programs (Standard Webhooks); `ntfy`: notifications for people, as ntfy takes them',
})
const events = z.array(z.enum([...eventTypes, '*'])).meta({
  description: '`*` for all, which is the default; with `ntfy` that is what a person wants to be called for',
})
const collections = z.array(z.string()).meta({ description: 'Only what concerns these (readable ids); empty for all' })
const connections = z.array(z.string()).meta({ description: 'Only what concerns these (ids); empty for all' })
const lastStatus = z.number().int().nullable().meta({ description: 'The HTTP status; null where nothing was answered' })

const webhookMembers = {
  id: uuidOf('The webhook'),
  url: text('Where events are sent; while the vault is locked, its path is masked'),
  description: z.string().nullable().meta({ description: 'What it is for' }),
  format,
  events,
  collections,
  connections,
  headers: z
    .record(z.string(), z.literal(masked))
    .meta({ description: 'Sent with each message; their values are never shown' }),
  enabled: flag('Whether anything is sent'),
  disabled_because: z.enum(['asked', 'gone', 'failing']).nullable().meta({
    description: '`asked`: by a person; `gone`: it answered 410; `failing`: nothing reached it for five days',
  }),
  status: z.enum(['ok', 'failing', 'disabled']).meta({ description: '`failing`: the last attempts were in vain' }),
  failing_since: timeOrNullWhen('Since when the attempts are in vain'),
  last_error: z.string().nullable().meta({ description: 'Why the last attempt was in vain; null after a good one' }),
  last_delivered_at: timeOrNull,
  next_attempt_at: timeOrNullWhen('When a failing receiver is tried again'),
  deliveries: z
    .object({
      pending: count('Waiting to be sent'),
      delivered: count('Taken by the receiver'),
      failed: count('Given up'),
    })
    .meta({ description: 'How many are in which state, of those that are kept' }),
  created_at: time,
  modified_at: time,
}

export const webhookSchema = z
  .object(webhookMembers)
  .meta({ id: 'Webhook', description: 'Where events are sent, without its secret', examples: [webhookExample] })
export type WebhookBody = z.infer<typeof webhookSchema>

export const newWebhookSchema = z
  .object({ ...webhookMembers, secret: text('Signs what is sent; shown this once') })
  .meta({
    id: 'NewWebhook',
    description: 'A webhook with its new secret, as it is shown once',
    examples: [{ ...webhookExample, secret: 'whsec_the-new-secret-shown-once' }],
  })
export type NewWebhookBody = z.infer<typeof newWebhookSchema>

const value = z
  .string()
  .refine(given => given !== masked, { error: 'is the mask that responses show: give the value, or leave headers out' })
const url = text('https; http on this machine and in private networks. With `ntfy` that of a topic')

const changeable = {
  url: url.optional(),
  description: characters(0, 200).nullish().meta({ description: 'What it is for' }),
  format: format.optional(),
  events: events.min(1).optional(),
  collections: collections.optional(),
  connections: connections.optional(),
  headers: z
    .record(z.string(), value)
    .optional()
    .meta({ description: 'Sent with each message, such as `Authorization`; kept in the vault, replaced as a whole' }),
  enabled: flag('Whether anything is sent; what waits is kept').optional(),
}

const secret = text('Your own, `whsec_` and the base64 of 24 to 64 bytes; one is made where absent').optional()

export const createWebhookBody = strict({ ...changeable, url, secret })
  .transform((given): CreateWebhook => ({ ...changesOf(given), url: given.url, secret: given.secret }))
  .meta({
    id: 'WebhookCreate',
    description: 'Where events are sent, and which',
    examples: [
      { url: 'https://example.com/hooks/inlet', events: ['job.failed', 'connection.needs_reauth'] },
      { url: 'https://ntfy.sh/my-topic', format: 'ntfy' },
    ],
  })

export const updateWebhookBody = strict(changeable)
  .transform(changesOf)
  .meta({ id: 'WebhookUpdate', description: 'What is to change', examples: [{ enabled: true }] })

export const rotateSecretBody = strict({ secret }).meta({
  id: 'WebhookSecretRotate',
  description: 'The secret that takes the place of the old one',
  examples: [{}],
})

function changesOf({ enabled, events, ...given }: z.infer<z.ZodObject<typeof changeable>>): UpdateWebhook {
  const wanted = events?.includes('*') ? [] : events?.filter(type => type !== '*')
  return { ...given, events: wanted, isEnabled: enabled }
}

export const deliverySchema = z
  .object({
    id: uuidOf('The delivery'),
    webhook_id: uuidOf('The webhook that it is for'),
    event_id: text('The header `webhook-id` of every attempt'),
    event_type: z.enum(eventTypes).meta({ description: 'What happened' }),
    state: z.enum(states).meta({ description: '`failed`: given up, after days or a 410' }),
    attempts: count('How often it was tried'),
    created_at: time,
    last_attempt_at: timeOrNull,
    last_status: lastStatus,
    last_error: z.string().nullable().meta({ description: 'Why the last attempt was in vain' }),
    next_attempt_at: timeOrNullWhen('When it is tried again; null once it is over'),
  })
  .meta({ id: 'WebhookDelivery', description: 'One event for one webhook', examples: [deliveryExample] })
export type DeliveryBody = z.infer<typeof deliverySchema>

export const deliveriesQuery = pageQuery.extend({
  state: z.enum(states).optional().meta({ description: 'Only those in this state' }),
})

export const webhookTestSchema = z
  .object({
    delivered: flag('Whether it was answered with 2xx'),
    status: lastStatus,
    error: z.string().nullable().meta({ description: 'Why it did not arrive' }),
    duration_ms: count('How long the answer took, in milliseconds'),
  })
  .meta({
    id: 'WebhookTest',
    description: 'What came back of a test',
    examples: [{ delivered: true, status: 204, error: null, duration_ms: 38 }],
  })
export type WebhookTestBody = z.infer<typeof webhookTestSchema>
