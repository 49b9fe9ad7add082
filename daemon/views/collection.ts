import type { CollectionView } from '../../core/inlet.ts'
import type { CollectionBody } from '../schemas/collection.ts'
import { organizationId } from './organization.ts'

export function collectionBody(collection: CollectionView): CollectionBody {
  return {
    id: collection.id,
    name: collection.name,
    readable_id: collection.readableId,
    organization_id: organizationId,
    status: collection.status,
    vector_size: 0,
    embedding_model_name: 'none',
    created_at: collection.createdAt,
    modified_at: collection.modifiedAt,
    created_by_email: null,
    modified_by_email: null,
  }
}
