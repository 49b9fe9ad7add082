import { z } from 'zod'
import { time, uuid } from './common.ts'

const fields = z.object({
  fields: z.array(
    z.object({
      name: z.string(),
      title: z.string(),
      description: z.string(),
      type: z.enum(['string', 'array', 'boolean', 'integer']),
      format: z.enum(['date', 'date-time']).optional(),
      items_type: z.literal('string').optional(),
      required: z.boolean(),
      secret: z.boolean(),
      minimum: z.number().optional(),
      default: z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]).optional(),
    }),
  ),
})

export const sourceSchema = z
  .object({
    id: uuid,
    name: z.string(),
    short_name: z.string(),
    description: z.string(),
    labels: z.array(z.string()),
    auth_type: z.enum(['oauth2_with_refresh', 'oauth2_with_refresh_rotating']),
    auth_methods: z.array(z.string()),
    oauth_type: z.enum(['with_refresh', 'with_rotating_refresh']),
    requires_byoc: z.boolean(),
    auth_fields: fields,
    config_fields: fields,
    scopes: z.array(z.string()),
    entity_types: z.array(z.string()),
    auth_config_class: z.string(),
    config_class: z.string(),
    class_name: z.string(),
    supports_continuous: z.boolean(),
    federated_search: z.boolean(),
    output_entity_definition_ids: z.array(z.string()),
    organization_id: z.null(),
    created_at: time,
    modified_at: time,
  })
  .meta({ id: 'Source' })
export type SourceBody = z.infer<typeof sourceSchema>
