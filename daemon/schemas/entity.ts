import { z } from 'zod'
import { flagQuery, limitQuery, text, timeOrNullWhen, timeWhen, uuidOf } from './common.ts'
import { entityExample } from './examples.ts'

export const entityMembers = {
  id: uuidOf('The entity, here'),
  entity_id: text("The provider's id"),
  entity_type: text('What it is, such as `slack_message`'),
  source_name: text("The source's short name"),
  source_connection_id: uuidOf('The connection that it came through'),
  collection: text("The collection's readable id"),
  name: text('Its title, or how its text begins'),
  text: text('Its content as Markdown; empty where it has none'),
  url: text('Where a person reads it at the provider').nullable(),
  web_url: text('Another name of `url`').nullable(),
  author: text('Who wrote it').nullable(),
  breadcrumbs: z
    .array(
      z.object({
        entity_id: text("The provider's id"),
        name: text('What it is called'),
        entity_type: text('What it is'),
      }),
    )
    .meta({ description: 'From the outermost folder to the parent' }),
  created_at: timeOrNullWhen('When it was made at the provider'),
  updated_at: timeOrNullWhen('When it last changed at the provider'),
  synced_at: timeWhen('When it last changed here'),
  change: z.enum(['inserted', 'updated', 'deleted']).meta({ description: 'What its last change was' }),
  file_unread_because: text(
    'Why `text` lacks what its file says, such as "the file is protected by a password" or "no text is in the file"; null where it does not lack it, or there is no file',
  ).nullable(),
  raw: z
    .record(z.string(), z.unknown())
    .nullable()
    .meta({ description: "The provider's own object; null once it is deleted" }),
}

export const entitySchema = z.object(entityMembers).meta({
  id: 'Entity',
  description: 'A message, file, mail, event, task or page as it was last read',
  examples: [entityExample],
})
export type EntityBody = z.infer<typeof entitySchema>

export const changesSchema = z
  .object({
    entities: z.array(entitySchema).meta({
      description:
        'In the order of their last change; fewer than `limit` when they are large, empty only where nothing has changed since',
    }),
    next_cursor: z.string().meta({ description: 'Ask again with it for exactly what changes from here on' }),
  })
  .meta({
    id: 'Changes',
    description: 'A page of the feed; an empty one has a cursor too',
    examples: [{ entities: [entityExample], next_cursor: 'eyJzIjoxMjc0fQ' }],
  })

export const changesQuery = z.object({
  after: z.string().min(1).optional().meta({ description: 'A `next_cursor`; absent begins at the start' }),
  limit: limitQuery,
  source_connection_id: z
    .guid({ error: 'must be a UUID' })
    .transform(id => id.toLowerCase())
    .optional()
    .meta({ type: 'string', format: 'uuid', description: 'Those of this connection alone' }),
  entity_type: z.string().min(1).optional().meta({ description: 'Those of this type alone' }),
  include_deleted: flagQuery.meta({ type: 'boolean', description: 'Default: whether `after` is given' }),
  include_raw: flagQuery.meta({ type: 'boolean', default: true, description: 'Without it, every `raw` is null' }),
})
