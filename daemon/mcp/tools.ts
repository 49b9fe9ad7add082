/** Every tool that there is, in the order in which they are listed. */
import type { Tool } from './tool.ts'
import { getEntity } from './tools/get-entity.ts'
import { listChanges } from './tools/list-changes.ts'
import { listConnections } from './tools/list-connections.ts'
import { runSync } from './tools/run-sync.ts'
import { search } from './tools/search.ts'
import { syncStatus } from './tools/sync-status.ts'

export const tools: readonly Tool[] = [search, getEntity, listChanges, listConnections, runSync, syncStatus]
