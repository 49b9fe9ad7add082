import { z } from 'zod'
import { flag, text, time, uuidOf } from './common.ts'
import { sourceExample } from './examples.ts'

const fieldsOf = (description: string) =>
  z
    .object({
      fields: z
        .array(
          z.object({
            name: text('The member that it is given as'),
            title: text('Its name for people'),
            description: text('What it is, for people'),
            type: z.enum(['string', 'array', 'boolean', 'integer']).meta({ description: 'Its JSON type' }),
            format: z.enum(['date', 'date-time']).optional().meta({ description: 'How a string must be written' }),
            items_type: z.literal('string').optional().meta({ description: 'What is in an array' }),
            required: flag('Whether it must be given'),
            secret: flag('Whether it is kept sealed and never shown'),
            minimum: z.number().optional().meta({ description: 'The least an integer may be' }),
            default: z
              .union([z.string(), z.number(), z.boolean(), z.array(z.string())])
              .optional()
              .meta({ description: 'What it is when it is not given' }),
          }),
        )
        .meta({ description: 'Each field, in the order of a form' }),
    })
    .meta({ description })

export const sourceSchema = z
  .object({
    id: uuidOf('Made from the short name: clients expect one'),
    name: text('What people call it'),
    short_name: text('Names it in requests'),
    description: text('What it brings in'),
    labels: z.array(z.string()).meta({ description: 'What kind of source it is' }),
    auth_type: z
      .enum(['oauth2_with_refresh', 'oauth2_with_refresh_rotating'])
      .meta({ description: 'How it is signed in to; `rotating` where a refresh token works once' }),
    auth_methods: z.array(z.string()).meta({ description: 'How a credential can be given' }),
    oauth_type: z
      .enum(['with_refresh', 'with_rotating_refresh'])
      .meta({ description: 'As `auth_type`, in fewer words' }),
    requires_byoc: flag('Always false: a token will do'),
    auth_fields: fieldsOf('What a credential is made of'),
    config_fields: fieldsOf('What can be set'),
    scopes: z.array(z.string()).meta({ description: 'What a token must be allowed' }),
    entity_types: z.array(z.string()).meta({ description: 'What it brings in, by type' }),
    auth_config_class: text('Made from the short name: clients expect one'),
    config_class: text('Made from the short name: clients expect one'),
    class_name: text('Made from the short name: clients expect one'),
    supports_continuous: flag('Always true: after the first sync it asks only for what changed'),
    federated_search: flag('Always false: the store is searched'),
    output_entity_definition_ids: z.array(z.string()).meta({ description: 'Always empty: clients expect it' }),
    organization_id: z.null().meta({ description: 'Always null: sources are part of the program' }),
    created_at: time,
    modified_at: time,
  })
  .meta({ id: 'Source', description: 'What can be connected, and what it takes', examples: [sourceExample] })
export const shortNameParameter = z.object({
  short_name: z.string().meta({ description: "The source's short name", examples: ['slack'] }),
})

export type SourceBody = z.infer<typeof sourceSchema>
