import type { ApiKeyView } from '../../core/inlet.ts'
import type { Secret } from '../../core/secret.ts'
import type { KeyBody, NewKeyBody } from '../schemas/key.ts'

export function keyBody(row: ApiKeyView): KeyBody {
  return {
    id: row.id,
    name: row.name,
    hint: row.hint,
    scope: row.scope,
    collections: row.collections,
    created_at: row.createdAt,
    expires_at: row.expiresAt,
    last_used_at: row.lastUsedAt,
  }
}

/** The one answer that shows a key. */
export function newKeyBody({ key, row }: { key: Secret; row: ApiKeyView }): NewKeyBody {
  return { ...keyBody(row), key: key.reveal() }
}
