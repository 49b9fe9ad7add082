/** The listing of a drive and what changed since: both are the same delta query. */
import { Failure, type Json } from '../../core/plugin.ts'
import { asExpired, checkLinks, checkStoredLink, type GraphPage, graphUrl, withoutRepeats } from './api.ts'
import { type DriveItem, isContainer, isDeleted, isListed, isRoot, toRaw } from './onedrive-item.ts'
import { type Changes, firstBelow, type Reader, removal, upsertItems } from './onedrive-reader.ts'

/** Five times as many as usual: the most that OneDrive gives. */
const itemsAPage = 1000
/** Beyond this many items that wait for a folder, the folders are asked for one by one. */
const maxWaiting = 1000

/**
 * Drains the delta from where the cursor says. A change of a folder is only noted: `settleFolders` follows it up.
 * @param onPage told of the items of a page before anything is made of them
 * @throws Failure `cursor_expired` when Graph no longer knows the position, also in the middle of a listing
 * @see https://learn.microsoft.com/graph/api/driveitem-delta
 */
export async function* followDelta(reader: Reader, onPage: (items: readonly DriveItem[]) => Changes): Changes {
  for await (const page of withoutRepeats(deltaPages(reader), lasting)) {
    const link = page['@odata.nextLink'] || page['@odata.deltaLink']
    if (!link) throw new Failure('bad_response', 'the delta of the drive ended without a link to go on from')
    yield* onPage(page.value)
    yield* applyPage(reader, page.value)
    reader.link = link
    yield reader.checkpoint()
  }
  // What waits for a folder that was deleted before it came is gone with it.
  const late = [...reader.waiting.values()].filter(item => !reader.folders.isBelow(item, reader.gone))
  reader.waiting.clear()
  yield* upsertItems(reader, late)
  yield reader.checkpoint()
}

function lasting(item: DriveItem): Json {
  return [toRaw(item), item.folder?.childCount ?? null, isDeleted(item), isRoot(item)]
}

async function* deltaPages(reader: Reader): AsyncGenerator<GraphPage<DriveItem>, void, undefined> {
  const { api, endpoints } = reader.context
  checkStoredLink(endpoints, reader.link)
  try {
    const url = reader.link ?? `${graphUrl(endpoints)}/me/drive/root/delta`
    const options = { next: (page: GraphPage<DriveItem>) => page['@odata.nextLink'], expect: ['value'] }
    // Graph writes it into the links.
    const begun = reader.link === null ? { ...options, query: { $top: itemsAPage } } : options
    for await (const page of api.pages<GraphPage<DriveItem>>(url, begun)) {
      checkLinks(endpoints, page)
      yield page
    }
  } catch (error) {
    throw reader.link === null ? error : asExpired(error)
  }
}

async function* applyPage(reader: Reader, items: readonly DriveItem[]): Changes {
  const { folders, waiting, failed, moved, fresh, gone, shown, isFull } = reader
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
      if (await mayHaveContent(reader, id)) gone.add(id)
      folders.forget(id)
      for (const list of [failed, moved, fresh, shown]) list.delete(id)
      removed.push(id)
      continue
    }
    if (!isFull && item.parentReference?.id !== undefined) shown.set(id, item.parentReference.id)
    if (isContainer(item)) noteFolder(reader, item)
    if (isListed(item)) waiting.set(id, item)
  }
  const ready = [...waiting.values()].filter(item => waiting.size > maxWaiting || folders.trail(item))
  for (const { id } of ready) waiting.delete(id)
  for (const id of removed) yield removal(id)
  yield* upsertItems(reader, ready)
}

/** A deleted item seldom says what it was. */
async function mayHaveContent({ isFull, waiting, folders, ...reader }: Reader, id: string): Promise<boolean> {
  // Items that came before it may have been in it.
  if (folders.has(id) || isFull || waiting.size > 0) return true
  return folders.isPartial && (await firstBelow(reader.context, id)) !== undefined
}

function noteFolder({ folders, moved, fresh, gone, isFull }: Reader, item: DriveItem): void {
  const { id, folder } = item
  const outcome = folders.remember(item)
  // One that was deleted a page ago and is there again may have come back elsewhere.
  if (gone.delete(id) || outcome === 'changed') moved.add(id)
  // A listing shows all content by itself. Later, a folder restored from the recycle bin may come alone.
  else if (outcome === 'new' && !isFull && folder?.childCount) fresh.set(id, folder.childCount)
}
