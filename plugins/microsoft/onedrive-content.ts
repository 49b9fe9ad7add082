/** What a file says, where its bytes can become text. */
import { type Context, convertibleType, Failure, isFailure, isSkippable } from '../../core/plugin.ts'
import { graphUrl } from './api.ts'
import { type DriveItem, nameOf } from './onedrive-item.ts'

export interface ItemContent {
  text?: string
  /** Why there is no text although there should be: worth another try in a later run. */
  failure?: Failure
}

/** What a run knows of the addresses that items come with. */
export interface Addresses {
  /** Until one of them has led nowhere. */
  areGood: boolean
}

export interface ContentOptions {
  /** A larger file is left alone. */
  maxBytes: number
  addresses: Addresses
}

/**
 * The text of an item, if it has any that can be had.
 * @throws Failure for what concerns more than this item
 * @see https://learn.microsoft.com/graph/api/driveitem-get-content
 */
export async function readContent(
  context: Context,
  item: DriveItem,
  { maxBytes, addresses }: ContentOptions,
): Promise<ItemContent> {
  if (!item.file || item.malware || item.remoteItem || item.size === 0 || (item.size ?? 0) > maxBytes) return {}
  const mediaType = mediaTypeOf(item)
  if (mediaType === undefined) return {}
  let bytes: Uint8Array
  try {
    const bytesThere = await downloadThere(context, item, { maxBytes, addresses })
    bytes = bytesThere ?? (await download(context, item, maxBytes))
    // A proxy's page can pass for a file. What a second reading says, too, counts: the file may just have changed.
    if (item.size !== undefined && bytes.length !== item.size) bytes = await download(context, item, maxBytes)
  } catch (error) {
    if (isTooMuch(error)) return {}
    if (isSkippable(error)) return { failure: error }
    if (isOfItemAlone(error)) {
      const { message, status, providerError } = error
      return { failure: new Failure('item_unreadable', message, { status, providerError, cause: error }) }
    }
    throw error
  }
  try {
    return { text: await context.text(bytes, mediaType) }
  } catch (error) {
    if (isSkippable(error)) return {}
    throw error
  }
}

/**
 * From where the item says that its bytes lie, without asking Graph, which counts that as a request. Such an address is
 * good for an hour; one that is not leads to asking Graph.
 */
async function downloadThere(
  { api }: Context,
  item: DriveItem,
  { maxBytes, addresses }: ContentOptions,
): Promise<Uint8Array | undefined> {
  const { '@microsoft.graph.downloadUrl': url } = item
  if (!addresses.areGood || typeof url !== 'string') return undefined
  try {
    const bytes = await api.download(url, { headers: { accept: '*/*' }, maxBytes, item: true })
    if (item.size === undefined || bytes.length === item.size) return bytes
  } catch (error) {
    if (isTooMuch(error) || !(isSkippable(error) || isFailure(error, 'bad_response', 'unavailable'))) throw error
  }
  addresses.areGood = false
  return undefined
}

function download({ api, endpoints }: Context, { id }: DriveItem, maxBytes: number): Promise<Uint8Array> {
  const url = `${graphUrl(endpoints)}/me/drive/items/${encodeURIComponent(id)}/content`
  return api.download(url, { headers: { accept: '*/*' }, maxBytes, item: true })
}

/** Larger than was said: no answer of a status, but too much of it. */
function isTooMuch(error: unknown): boolean {
  return isFailure(error, 'item_unreadable') && error.status === undefined
}

/** A damaged file answers 500 however often it is asked for; a service in trouble answers 502, 503 or 504. */
function isOfItemAlone(error: unknown): error is Failure {
  return isFailure(error, 'bad_response') || (isFailure(error, 'unavailable') && error.status === 500)
}

/** OneDrive guesses the type from the name, and calls what it does not know a stream of bytes. */
function mediaTypeOf(item: DriveItem): string | undefined {
  return convertibleType(item.file?.mimeType ?? '', nameOf(item))
}
