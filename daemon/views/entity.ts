import type { EntityRow, SearchHit } from '../../core/store/store.ts'
import type { EntityBody } from '../schemas/entity.ts'
import type { SearchHitBody } from '../schemas/search.ts'

export function entityBody(entity: EntityRow): EntityBody {
  return {
    id: entity.id,
    entity_id: entity.entityId,
    entity_type: entity.entityType,
    source_name: entity.sourceName,
    source_connection_id: entity.connectionId,
    collection: entity.collection,
    name: entity.name,
    text: entity.text,
    url: entity.url,
    web_url: entity.url,
    author: entity.author,
    breadcrumbs: entity.breadcrumbs.map(crumb => ({
      entity_id: crumb.entityId,
      name: crumb.name,
      entity_type: crumb.entityType,
    })),
    created_at: entity.createdAt,
    updated_at: entity.updatedAt,
    synced_at: entity.syncedAt,
    change: entity.change,
    file_unread_because: entity.fileReason,
    raw: entity.raw,
  }
}

export function searchHitBody({ entity, score, snippet, page, passages }: SearchHit): SearchHitBody {
  return {
    ...entityBody(entity),
    ...{ score, relevance_score: relevance(score), snippet, page },
    passages: passages.map(passage => ({
      snippet: passage.snippet,
      page: passage.page,
      heading: passage.heading,
      score: passage.score,
    })),
  }
}

/** Between 0 and 1 in the order of the scores, and the same whichever page of results a hit is on. */
function relevance(score: number): number {
  return score > 0 ? score / (1 + score) : 0
}
