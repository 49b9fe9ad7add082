/** What a file says, where its bytes can become text. */
import {
  type Context,
  convertibleType,
  type DownloadedFile,
  type DownloadFile,
  Failure,
  type FileText,
  isFailure,
  isSkippable,
} from '../../core/plugin.ts'
import { graphUrl } from './api.ts'
import { type DriveItem, itemType, nameOf } from './onedrive-item.ts'

export interface ItemContent {
  file?: FileText
  /** Why it could not be had although it should be: worth another try in a later run. */
  failure?: Failure
}

/** What a run knows of the addresses that items come with. */
export interface Addresses {
  /** Until one of them has led nowhere. */
  areGood: boolean
}

/**
 * What an item says, as far as it can be had.
 * @throws Failure for what concerns more than this item
 * @see https://learn.microsoft.com/graph/api/driveitem-get-content
 */
export async function readContent(context: Context, item: DriveItem, addresses: Addresses): Promise<ItemContent> {
  if (!item.file || item.remoteItem) return {}
  if (item.malware) return { file: { reason: 'OneDrive holds it for malware' } }
  const { id, size } = item
  const mediaType = mediaTypeOf(item)
  const version = versionOf(item, mediaType)
  // OneDrive writes into Office's files, and tells the size of before.
  const isSizeRough = size !== 0 && officeTypes.test(mediaType ?? '')
  const about = { entityType: itemType, id, mediaType, size, isSizeRough, version }
  try {
    const file = await context.file(about, async download => {
      const there = await fetchThere(download, item, addresses)
      if (there && (size === undefined || there.size === size)) return there
      const url = `${graphUrl(context.endpoints)}/me/drive/items/${encodeURIComponent(id)}/content`
      const asked = await download(url, anything)
      // A proxy's page, or half of a file, can pass for it; not twice in the same size.
      if (size === undefined || asked.size === size || asked.size === there?.size) return asked
      const again = await download(url, anything)
      if (isSizeRough && again.size !== size && again.size !== asked.size)
        throw new Failure('item_forbidden', `the file ${id} comes in another size each time`)
      return again
    })
    return { file }
  } catch (error) {
    if (isSkippable(error)) return { failure: error }
    if (isOfItemAlone(error)) {
      const { message, status, providerError } = error
      return { failure: new Failure('item_unreadable', message, { status, providerError, cause: error }) }
    }
    throw error
  }
}

/** A hash tells of the content alone; not every service has one for every file, and then `cTag` does. */
function versionOf({ file, cTag }: DriveItem, mediaType: string | undefined): string | undefined {
  const { quickXorHash, sha256Hash, sha1Hash } = file?.hashes ?? {}
  const state = quickXorHash ?? sha256Hash ?? sha1Hash ?? cTag
  return state === undefined ? undefined : `${mediaType} ${state}`
}

const officeTypes = /^application\/(?:msword|vnd\.ms-(?:word|excel|powerpoint)|vnd\.openxmlformats-officedocument)\b/

const anything = { headers: { accept: '*/*' }, item: true }

/**
 * From where the item says that its bytes lie, without asking Graph, which counts that as a request. Such an address is
 * good for an hour; one that is not leads to asking Graph.
 */
async function fetchThere(
  download: DownloadFile,
  item: DriveItem,
  addresses: Addresses,
): Promise<DownloadedFile | undefined> {
  const { '@microsoft.graph.downloadUrl': url } = item
  if (!addresses.areGood || typeof url !== 'string') return undefined
  try {
    const there = await download(url, anything)
    // A page is what an address shows that leads nowhere.
    if (there.size === item.size || !/^\s*</.test(new TextDecoder().decode(there.head))) return there
  } catch (error) {
    // Larger than it may be: no answer of a status, but too much of it.
    if (isFailure(error, 'item_unreadable') && error.status === undefined) throw error
    if (!isSkippable(error) && !isFailure(error, 'bad_response', 'unavailable')) throw error
  }
  addresses.areGood = false
  return undefined
}

/** A damaged file answers 500 however often it is asked for; a service in trouble answers 502, 503 or 504. */
function isOfItemAlone(error: unknown): error is Failure {
  return isFailure(error, 'bad_response') || (isFailure(error, 'unavailable') && error.status === 500)
}

/** OneDrive guesses the type from the name, and calls what it does not know a stream of bytes. */
function mediaTypeOf(item: DriveItem): string | undefined {
  return convertibleType(item.file?.mimeType ?? '', nameOf(item))
}
