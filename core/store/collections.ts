import { Failure } from '../errors.ts'
import { beginChore, type ChoreId } from './chores.ts'
import { boundLimit, type Database } from './database.ts'
import { currentSequence } from './feed.ts'
import { plain, table } from './rows.ts'
import type { CollectionRow, Page } from './store.ts'

const collectionTable = table<CollectionRow>('collections', {
  id: plain('id'),
  readableId: plain('readable_id'),
  name: plain('name'),
  createdAt: plain('created_at'),
  modifiedAt: plain('modified_at'),
})

export function unknownCollection(readableId: string): Failure {
  return new Failure('not_found', `there is no collection "${readableId}"`, { problem: 'unknown-collection' })
}

/** @throws Failure `conflict` (`readable-id-exists`) */
export function insertCollection(database: Database, collection: CollectionRow): void {
  database.transaction(() => {
    if (findCollection(database, collection.readableId)) {
      const message = `there is a collection "${collection.readableId}" already; choose another readable id`
      throw new Failure('conflict', message, { problem: 'readable-id-exists' })
    }
    collectionTable.insert(database, collection)
  })
}

/** @throws Failure `not_found` (`unknown-collection`) */
export function updateCollection(
  database: Database,
  { readableId, changes }: { readableId: string; changes: Partial<CollectionRow> },
): void {
  if (!collectionTable.update(database, 'readable_id', readableId, changes)) throw unknownCollection(readableId)
}

/**
 * Removes the collection's row; what is to be done with its data is returned as a chore.
 * @throws Failure `not_found` (`unknown-collection`), `conflict` while it has connections
 */
export function deleteCollection(
  database: Database,
  { readableId, deleteData }: { readableId: string; deleteData: boolean },
): ChoreId | null {
  return database.transaction(() => {
    if (!findCollection(database, readableId)) throw unknownCollection(readableId)
    if (database.get('select 1 from connections where collection = ? limit 1', readableId)) {
      throw new Failure('conflict', `the collection "${readableId}" still has connections; delete or move them first`)
    }
    database.run('delete from collections where readable_id = ?', readableId)
    return deleteData ? beginChore(database, 'erase_collection', readableId, currentSequence(database)) : null
  })
}

export function findCollection(database: Database, readableId: string): CollectionRow | undefined {
  const row = database.get(`${collectionTable.select} where readable_id = ?`, readableId)
  return row && collectionTable.read(row)
}

export function listCollections(database: Database, { skip, limit }: Page): CollectionRow[] {
  const sql = `${collectionTable.select} order by created_at, ordinal ${boundLimit} offset ?`
  return database.all(sql, limit, skip).map(collectionTable.read)
}
