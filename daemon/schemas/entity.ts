import { z } from 'zod'
import { flagQuery, limitQuery, time, timeOrNull, uuid } from './common.ts'

export const entityMembers = {
  id: uuid,
  entity_id: z.string().meta({ description: "The provider's id" }),
  entity_type: z.string(),
  source_name: z.string(),
  source_connection_id: uuid,
  collection: z.string(),
  name: z.string(),
  text: z.string().meta({ description: 'Markdown' }),
  url: z.string().nullable(),
  web_url: z.string().nullable(),
  author: z.string().nullable(),
  breadcrumbs: z
    .array(z.object({ entity_id: z.string(), name: z.string(), entity_type: z.string() }))
    .meta({ description: 'From the outermost folder to the parent' }),
  created_at: timeOrNull,
  updated_at: timeOrNull,
  synced_at: time,
  change: z.enum(['inserted', 'updated', 'deleted']),
  raw: z.record(z.string(), z.unknown()).nullable().meta({ description: "The provider's own object" }),
}

export const entitySchema = z.object(entityMembers).meta({ id: 'Entity' })
export type EntityBody = z.infer<typeof entitySchema>

export const changesSchema = z
  .object({
    entities: z
      .array(entitySchema)
      .meta({ description: 'Fewer than `limit` when they are large; empty only where nothing has changed since' }),
    next_cursor: z.string().meta({ description: 'Ask again with it for exactly what changes from here on' }),
  })
  .meta({ id: 'Changes' })

export const changesQuery = z.object({
  after: z.string().min(1).optional().meta({ description: 'A `next_cursor`; absent begins at the start' }),
  limit: limitQuery,
  source_connection_id: z
    .guid({ error: 'must be a UUID' })
    .transform(id => id.toLowerCase())
    .optional()
    .meta({ type: 'string', format: 'uuid' }),
  entity_type: z.string().min(1).optional(),
  include_deleted: flagQuery.meta({ type: 'boolean', description: 'Default: whether `after` is given' }),
  include_raw: flagQuery.meta({ type: 'boolean', default: true, description: 'Without it, every `raw` is null' }),
})
