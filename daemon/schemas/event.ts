import { z } from 'zod'
import { needReasons } from '../../core/need.ts'
import { count, text, time, timeWhen, uuidOf } from './common.ts'
import { eventExamples, payloadExamples } from './examples.ts'

const ofConnection = {
  connection_id: uuidOf('The source connection'),
  connection_name: text('What people call it'),
  source: z.string().meta({ description: 'The short name' }),
  collection: z.string().meta({ description: 'The readable id' }),
}
const ofJob = { ...ofConnection, job_id: uuidOf('The job') }
const trouble = { category: text("Why, in a word, as a job's `error_category`"), message: text('Why, in a sentence') }

function event<Type extends string, Shape extends z.ZodRawShape>(type: Type, members: Shape) {
  return z.object({
    type: z.literal(type).meta({ description: 'What happened' }),
    id: text('Names the event, for `Last-Event-ID`'),
    at: time,
    ...members,
  })
}

export const eventSchema = z
  .discriminatedUnion('type', [
    event('job.started', { ...ofJob, trigger: text("What started it, as a job's `trigger`") }),
    event('job.completed', {
      ...ofJob,
      inserted: count('New entities'),
      updated: count('Changed ones'),
      deleted: count('Ones that are gone'),
    }),
    event('job.failed', { ...ofJob, ...trouble }),
    event('job.cancelled', ofJob),
    event('connection.failing', { ...ofConnection, ...trouble }),
    event('connection.recovered', ofConnection),
    event('connection.needs_reauth', { ...ofConnection, ...trouble }),
    event('connection.expiring', {
      ...ofConnection,
      ends_at: timeWhen('When it will need a person'),
      reason: z.enum(needReasons).meta({ description: 'Why it will' }),
      message: text('What to do, in a sentence'),
    }),
    event('client.refused', {
      provider: text('The family whose OAuth client it is'),
      message: text('What to do, in a sentence'),
    }),
    event('webhook.disabled', {
      webhook_id: uuidOf('The webhook'),
      reason: z
        .enum(['gone', 'failing'])
        .meta({ description: '`gone`: it answered 410; `failing`: nothing reached it for five days' }),
      message: text('Which one, and why'),
    }),
  ])
  .meta({ id: 'Event', description: 'Something that happened', examples: eventExamples })
export type EventBody = z.infer<typeof eventSchema>

const payloads = eventSchema.options.map(({ shape: { type, id: _id, at, ...data } }) =>
  z.object({ type, timestamp: at, data: z.object(data).meta({ description: 'What is told of it' }) }),
)

/** What a webhook of the format `standard` is sent. */
export const webhookPayloadSchema = z
  .union(payloads)
  .meta({ id: 'WebhookPayload', description: 'An event, as a webhook is sent it', examples: payloadExamples })
