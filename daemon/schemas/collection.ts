import { z } from 'zod'
import { count, flagQuery, noEmail, organization, pageQuery, text, time, uuidOf } from './common.ts'
import { collectionExample } from './examples.ts'
import { characters, strict } from './strict.ts'

export const collectionSchema = z
  .object({
    id: uuidOf('The collection'),
    name: text('What people call it'),
    readable_id: text('Its place in addresses'),
    organization_id: organization,
    status: z.enum(['ACTIVE', 'PARTIAL ERROR', 'NEEDS SOURCE', 'ERROR']).meta({
      description: 'How its connections are: all well, some not well, none there that has a credential, or none well',
    }),
    vector_size: count('Always 0: there are no embeddings'),
    embedding_model_name: text('Always `none`: there are no embeddings'),
    created_at: time,
    modified_at: time,
    created_by_email: noEmail,
    modified_by_email: noEmail,
  })
  .meta({
    id: 'Collection',
    description: 'What is searched and followed together: the entities of some source connections',
    examples: [collectionExample],
  })
export type CollectionBody = z.infer<typeof collectionSchema>

const name = characters(1, 100).meta({ description: 'What people call it' })

export const createCollectionBody = strict({
  name,
  readable_id: z
    .string()
    .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, { error: 'takes lower-case letters, digits and single hyphens between them' })
    .max(64)
    .nullish()
    .meta({ description: 'Its place in addresses; made from the name when absent' }),
}).meta({
  id: 'CollectionCreate',
  description: 'A new collection',
  examples: [{ name: 'My life', readable_id: 'my-life' }],
})

export const updateCollectionBody = strict({ name: name.optional() }).meta({
  id: 'CollectionUpdate',
  description: 'What is to change; what is absent stays',
  examples: [{ name: 'Everything of mine' }],
})

export const readableIdParameter = z.object({
  readable_id: z.string().meta({ description: "The collection's readable id", examples: ['my-life'] }),
})

export const listCollectionsQuery = pageQuery.extend({
  search: z.string().optional().meta({ description: 'A part of the name or the readable id' }),
})

export const deleteDataQuery = z.object({
  delete_data: flagQuery.meta({ type: 'boolean', default: false, description: 'Whether the entities go too' }),
})
