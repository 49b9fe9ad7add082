import { z } from 'zod'
import { flagQuery, pageQuery, time, uuid } from './common.ts'
import { characters, strict } from './strict.ts'

export const collectionSchema = z
  .object({
    id: uuid,
    name: z.string(),
    readable_id: z.string(),
    organization_id: uuid,
    status: z.enum(['ACTIVE', 'PARTIAL ERROR', 'NEEDS SOURCE', 'ERROR']),
    vector_size: z.number().int().meta({ description: 'Always 0: there are no embeddings' }),
    embedding_model_name: z.string(),
    created_at: time,
    modified_at: time,
    created_by_email: z.null(),
    modified_by_email: z.null(),
  })
  .meta({ id: 'Collection' })
export type CollectionBody = z.infer<typeof collectionSchema>

const name = characters(1, 100).meta({ description: 'What people call it' })

export const createCollectionBody = strict({
  name,
  readable_id: z
    .string()
    .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, { error: 'takes lower-case letters, digits and single hyphens between them' })
    .max(64)
    .nullish()
    .meta({ description: 'Its place in URLs; made from the name when absent' }),
}).meta({ id: 'CollectionCreate' })

export const updateCollectionBody = strict({ name: name.optional() }).meta({ id: 'CollectionUpdate' })

export const readableIdParameter = z.object({ readable_id: z.string() })

export const listCollectionsQuery = pageQuery.extend({
  search: z.string().optional().meta({ description: 'A part of the name or the readable id' }),
})

export const deleteDataQuery = z.object({
  delete_data: flagQuery.meta({ type: 'boolean', default: false, description: 'Whether the entities go too' }),
})
