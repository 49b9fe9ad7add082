/** The listing of a drive and what changed since: both are the same delta query. */
import { Failure } from '../../core/plugin.ts'
import { asExpired, type GraphPage, graphUrl } from './api.ts'
import { type DriveItem, isContainer, isDeleted, isListed, isRoot } from './onedrive-item.ts'
import { type Changes, firstBelow, type Reader, removal, upsertItems } from './onedrive-reader.ts'

/** Beyond this many items that wait for a folder, the folders are asked for one by one. */
const maxWaiting = 1000

/**
 * Drains the delta from where the cursor says. A change of a folder is only noted: `settleFolders` follows it up.
 * @param onPage told of the items of a page before anything is made of them
 * @throws Failure `cursor_expired` when Graph no longer knows the position, also in the middle of a listing
 * @see https://learn.microsoft.com/graph/api/driveitem-delta
 */
export async function* followDelta(reader: Reader, onPage: (items: readonly DriveItem[]) => Changes): Changes {
  const parents = new Set<string>()
  for await (const page of deltaPages(reader)) {
    const link = page['@odata.nextLink'] || page['@odata.deltaLink']
    if (!link) throw new Failure('bad_response', 'the delta of the drive ended without a link to go on from')
    yield* onPage(page.value)
    yield* applyPage(reader, page.value, parents)
    reader.link = link
    yield reader.checkpoint()
  }
  const late = [...reader.waiting.values()]
  reader.waiting.clear()
  yield* upsertItems(reader, late)
  yield reader.checkpoint()
}

async function* deltaPages(reader: Reader): AsyncGenerator<GraphPage<DriveItem>, void, undefined> {
  const { api, endpoints } = reader.context
  try {
    yield* api.pages<GraphPage<DriveItem>>(reader.link ?? `${graphUrl(endpoints)}/me/drive/root/delta`, {
      next: page => page['@odata.nextLink'],
      expect: ['value'],
    })
  } catch (error) {
    throw reader.link === null ? error : asExpired(error)
  }
}

/** @param parents folders whose content has shown in this run */
async function* applyPage(reader: Reader, items: readonly DriveItem[], parents: Set<string>): Changes {
  const { folders, waiting, failed, moved, fresh, gone } = reader
  // The same item may come several times: the last word counts.
  const latest = new Map(items.map(item => [item.id, item]))
  const removed: string[] = []
  for (const item of latest.values()) {
    const { id } = item
    if (isRoot(item)) {
      folders.setRoot(id)
      continue
    }
    waiting.delete(id)
    if (isDeleted(item)) {
      if (folders.has(id) || (folders.isPartial && (await firstBelow(reader, id)))) gone.add(id)
      folders.forget(id)
      for (const list of [failed, moved, fresh]) list.delete(id)
      removed.push(id)
      continue
    }
    const parent = item.parentReference?.id
    if (parent !== undefined) {
      parents.add(parent)
      if (!folders.isPartial) fresh.delete(parent)
    }
    if (isContainer(item)) noteFolder(reader, item, parents)
    if (isListed(item)) waiting.set(id, item)
  }
  const ready = [...waiting.values()].filter(item => waiting.size > maxWaiting || folders.trail(item))
  for (const { id } of ready) waiting.delete(id)
  for (const id of removed) yield removal(id)
  yield* upsertItems(reader, ready)
}

function noteFolder(reader: Reader, folder: DriveItem, parents: ReadonlySet<string>): void {
  const { folders, moved, fresh, gone, isFull } = reader
  const { id } = folder
  const outcome = folders.remember(folder)
  // One that was deleted a page ago and is there again may have come back elsewhere.
  if (gone.delete(id) || outcome === 'changed') moved.add(id)
  // A listing shows all content by itself. Later, a folder restored from the recycle bin may come alone.
  else if (outcome === 'new' && !isFull && (folder.folder?.childCount ?? 0) > 0) {
    if (folders.isPartial || !parents.has(id)) fresh.add(id)
  }
}
