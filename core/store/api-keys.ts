import { Failure } from '../errors.ts'
import type { Database } from './database.ts'
import { json, plain, table } from './rows.ts'
import type { ApiKeyRow } from './store.ts'

const apiKeyTable = table<ApiKeyRow>('api_keys', {
  id: plain('id'),
  name: plain('name'),
  hash: plain('hash'),
  hint: plain('hint'),
  scope: plain('scope'),
  collections: json('collections'),
  createdAt: plain('created_at'),
  expiresAt: plain('expires_at'),
  lastUsedAt: plain('last_used_at'),
})

/** @throws Failure `conflict` (`key-name-exists`) */
export function insertApiKey(database: Database, key: ApiKeyRow): void {
  database.transaction(() => {
    if (database.get('select 1 from api_keys where name = ?', key.name)) {
      const message = `there is an API key of the name "${key.name}" already: revoke it, or choose another name`
      throw new Failure('conflict', message, { problem: 'key-name-exists' })
    }
    apiKeyTable.insert(database, key)
  })
}

/** Changes the given members; nothing where there is none. */
export function updateApiKey(database: Database, { id, changes }: { id: string; changes: Partial<ApiKeyRow> }): void {
  apiKeyTable.update(database, 'id', id, changes)
}

export function deleteApiKey(database: Database, id: string): void {
  database.run('delete from api_keys where id = ?', id)
}

export function listApiKeys(database: Database): ApiKeyRow[] {
  return database.all(`${apiKeyTable.select} order by created_at, ordinal`).map(apiKeyTable.read)
}
