/** What follows from a change of a folder for all that is below it: Graph tells of the folder alone. */
import { Failure, isFailure, isSkippable, type Known } from '../../core/plugin.ts'
import { type GraphPage, graphUrl } from './api.ts'
import { fetchItem } from './onedrive-folders.ts'
import { type DriveItem, isContainer, isDeleted, isListed, itemType } from './onedrive-item.ts'
import { type Changes, firstBelow, type Reader, removal, upsertItems } from './onedrive-reader.ts'

/** Beyond this a full listing is the shorter way. */
const maxFolders = 5000
/** Beyond this many deleted folders, reading the store once is shorter than once for each. */
const maxLookedUp = 8

/**
 * Reads again what is below folders that moved, and removes what was below folders that are gone. Those still there
 * come first, so that what was moved out of a folder that is gone is not removed on the way. A folder leaves the
 * cursor only when its own items are done, and its subfolders enter it then: a crash anywhere goes on here.
 * @throws Failure `cursor_expired` when a folder cannot be read by itself: the full listing shows everything
 */
export async function* settleFolders(reader: Reader): Changes {
  const { moved, gone, folders } = reader
  // What moved below a folder that is gone is no longer there to be read.
  folders.prune(gone)
  await judgeFresh(reader)
  if (!reader.isFull && moved.size > maxFolders) {
    throw new Failure('cursor_expired', 'more folders changed than are worth reading one by one')
  }
  const done = new Set<string>()
  for (let id = lastOf(moved); id !== undefined; id = lastOf(moved)) {
    if (folders.has(id)) yield* readFolder(reader, id, done)
    done.add(id)
    moved.delete(id)
    yield reader.checkpoint()
  }
  if (gone.size === 0) return
  yield* removeBelow(reader)
  gone.clear()
  yield reader.checkpoint()
}

/** Which of the folders that were not known before have content that must be read by itself. */
async function judgeFresh(reader: Reader): Promise<void> {
  const { fresh, moved, shown, folders } = reader
  const counts = new Map<string, number>()
  for (const parent of shown.values()) if (fresh.has(parent)) counts.set(parent, (counts.get(parent) ?? 0) + 1)
  for (const [id, children] of fresh) {
    // What is not in a partial tree may well be an old folder, of whose content nothing has to show.
    const known = folders.isPartial ? await firstBelow(reader.context, id) : undefined
    const isSettled = known ? await isInPlace(reader, id, known) : (counts.get(id) ?? 0) >= children
    if (!isSettled) moved.add(id)
  }
  fresh.clear()
}

/** Whether the store has an item there where the folder above it is now. */
async function isInPlace(reader: Reader, folderId: string, known: Known): Promise<boolean> {
  const trail = await reader.folders.resolve({ id: '', parentReference: { id: folderId } })
  return trail.every(({ entityId, name }, index) => {
    const breadcrumb = known.breadcrumbs[index]
    return breadcrumb?.entityId === entityId && breadcrumb.name === name
  })
}

async function* readFolder(reader: Reader, id: string, done: ReadonlySet<string>): Changes {
  const { moved, folders } = reader
  for await (const { value } of childPages(reader, id)) {
    const children = value.filter(item => !isDeleted(item))
    for (const folder of children.filter(isContainer)) {
      folders.remember(folder)
      // A notebook need not let its sections be listed: only what the store holds of it is worth the question.
      const isWorthIt = !isListed(folder) || (await firstBelow(reader.context, folder.id)) !== undefined
      if (isWorthIt && !done.has(folder.id) && folder.id !== id) moved.add(folder.id)
    }
    yield* upsertItems(reader, children.filter(isListed))
  }
}

async function* childPages(reader: Reader, id: string): AsyncGenerator<GraphPage<DriveItem>, void, undefined> {
  const { api, endpoints } = reader.context
  try {
    yield* api.pages<GraphPage<DriveItem>>(`${graphUrl(endpoints)}/me/drive/items/${encodeURIComponent(id)}/children`, {
      next: page => page['@odata.nextLink'],
      expect: ['value'],
      item: true,
    })
  } catch (error) {
    if (!isFailure(error, 'item_forbidden', 'item_missing', 'item_unreadable', 'bad_response')) throw error
    const { status, providerError } = error
    const message = 'a folder changed and cannot be listed by itself'
    throw new Failure('cursor_expired', message, { status, providerError, cause: error })
  }
}

async function* removeBelow(reader: Reader): Changes {
  const { gone, failed, context } = reader
  const scopes = gone.size > maxLookedUp ? [{}] : [...gone].map(parent => ({ parent }))
  for (const scope of scopes) {
    for await (const { id, breadcrumbs } of context.known({ entityType: itemType, ...scope })) {
      if (!breadcrumbs.some(({ entityId }) => gone.has(entityId))) continue
      // One that was moved out is still held in there when its content could not be had.
      const item = failed.has(id) ? await whereabouts(reader, id) : undefined
      if (item === 'unknown') continue
      if (item && !isDeleted(item)) yield* upsertItems(reader, [item])
      else {
        failed.delete(id)
        yield removal(id)
      }
    }
  }
}

/** `undefined` for what is surely gone. What cannot be told stays: a retry or a full listing decides. */
async function whereabouts({ context }: Reader, id: string): Promise<DriveItem | 'unknown' | undefined> {
  try {
    return await fetchItem(context, id)
  } catch (error) {
    if (isFailure(error, 'item_missing')) return undefined
    if (!isSkippable(error) && !isFailure(error, 'bad_response')) throw error
    return 'unknown'
  }
}

function lastOf(ids: ReadonlySet<string>): string | undefined {
  return [...ids].at(-1)
}
