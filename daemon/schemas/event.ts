import { z } from 'zod'
import { needReasons } from '../../core/need.ts'
import { time, uuid } from './common.ts'

const ofConnection = {
  connection_id: uuid,
  connection_name: z.string(),
  source: z.string().meta({ description: 'The short name' }),
  collection: z.string().meta({ description: 'The readable id' }),
}
const ofJob = { ...ofConnection, job_id: uuid }
const trouble = { category: z.string(), message: z.string() }

function event<Type extends string, Shape extends z.ZodRawShape>(type: Type, members: Shape) {
  return z.object({ type: z.literal(type), id: z.string(), at: time, ...members })
}

export const eventSchema = z
  .discriminatedUnion('type', [
    event('job.started', { ...ofJob, trigger: z.string() }),
    event('job.completed', { ...ofJob, inserted: z.number(), updated: z.number(), deleted: z.number() }),
    event('job.failed', { ...ofJob, ...trouble }),
    event('job.cancelled', ofJob),
    event('connection.failing', { ...ofConnection, ...trouble }),
    event('connection.recovered', ofConnection),
    event('connection.needs_reauth', { ...ofConnection, ...trouble }),
    event('connection.expiring', {
      ...ofConnection,
      ends_at: time,
      reason: z.enum(needReasons),
      message: z.string(),
    }),
    event('client.refused', { provider: z.string(), message: z.string() }),
  ])
  .meta({ id: 'Event' })
export type EventBody = z.infer<typeof eventSchema>
