import { randomUUID } from 'node:crypto'
import type { ConnectionRow, Store } from '../../core/store/store.ts'

/** A connection as `POST /source-connections/` leaves it, in a collection that is made when absent. */
export async function storeConnection(store: Store, changes: Partial<ConnectionRow> = {}): Promise<ConnectionRow> {
  const at = changes.createdAt ?? '2026-01-01T00:00:00.000Z'
  const row: ConnectionRow = {
    id: randomUUID(),
    name: 'test',
    description: null,
    shortName: 'scripted',
    collection: 'all',
    config: {},
    authFieldNames: ['access_token'],
    whiteLabelId: null,
    cronSchedule: null,
    timezone: null,
    nextRunAt: null,
    createdAt: at,
    modifiedAt: at,
    authState: 'ready',
    authenticatedAt: at,
    expiresAt: null,
    needsPersonAt: null,
    needsPersonBecause: null,
    needTellAt: null,
    account: { id: 'me', name: 'me' },
    credentialGeneration: 1,
    cursor: null,
    cursorKey: null,
    listing: null,
    generation: 0,
    totalRuns: 0,
    successfulRuns: 0,
    failedRuns: 0,
    lastErrorCategory: null,
    lastErrorMessage: null,
    ...changes,
  }
  if (!(await store.collection(row.collection))) {
    await store.insertCollection({
      id: randomUUID(),
      readableId: row.collection,
      name: row.collection,
      createdAt: at,
      modifiedAt: at,
    })
  }
  await store.insertConnection(row)
  return row
}
