/** A drive under way: what is remembered of it between runs, and how its items become changes. */
import {
  type Change,
  type Context,
  Failure,
  isFailure,
  type JsonObject,
  type Known,
  mapInOrder,
  type PathFilter,
  pathFilter,
} from '../../core/plugin.ts'
import { listOption } from './api.ts'
import { type Addresses, readContent } from './onedrive-content.ts'
import { createFolders, type Folders, type FolderTree, readItem } from './onedrive-folders.ts'
import { type DriveItem, isHeld, itemType, pathOf, toEntity, toRaw } from './onedrive-item.ts'

/** Stored between runs, and at each page within one. */
export type OneDriveCursor = {
  /** A full listing that is not over. */
  full: boolean
  /** The drive's own entity; null until it is known. */
  drive: {
    id: string
    name: string
    raw: JsonObject
    /** When Graph was asked for it, in milliseconds since 1970. */
    askedAt?: number
  } | null
  /** The page or the delta to go on with, as Graph gave it; null for the beginning. */
  link: string | null
  tree: FolderTree
  /** Items that came before a folder above them. */
  waiting: JsonObject[]
  /** Folders with another name or place: Graph tells of them alone, and what is below is read again. */
  moved: string[]
  /** Folders that were not there before, and how many items are right in them. */
  fresh: [id: string, children: number][]
  /** Folders that were deleted: Graph may tell of them alone. */
  gone: string[]
  /** Files whose content could not be had. */
  failed: [id: string, Unread][]
}

/** A file whose content could not be had, however often it was tried. */
export type Unread = {
  /** As Graph told of it last; null where it is asked for again, since a cursor takes only so many. */
  item: JsonObject | null
  tries: number
  /** In milliseconds since 1970. */
  triedAt: number
  /** The store has never had a text of it that could be lost. */
  isBare: boolean
}

export type Changes = AsyncGenerator<Change<OneDriveCursor>, void, undefined>

export interface Reader {
  context: Context
  /** A full listing sweeps what it has not seen: everything it meets has to be yielded. */
  readonly isFull: boolean
  drive: OneDriveCursor['drive']
  link: string | null
  folders: Folders
  waiting: Map<string, DriveItem>
  moved: Set<string>
  fresh: Map<string, number>
  /** The folders of the items that this run's delta has shown; of no use in a full listing, and empty there. */
  shown: Map<string, string>
  gone: Set<string>
  failed: Map<string, Unread>
  filter: PathFilter
  addresses: Addresses
  checkpoint(full?: boolean): Change<OneDriveCursor>
}

const parallelDownloads = 4
/** How often content that cannot be had is tried in every run, before it is tried once a day. */
const eagerTries = 5
export const dayMs = 24 * 60 * 60 * 1000
/** Of more unread files than this a cursor keeps the ids alone. */
const maxFailed = 1000
/** Where a tenant allows no download at all, every file is unread: the others wait for the next run. */
const maxRetries = 1000

export function createReader(context: Context, cursor: OneDriveCursor | undefined): Reader {
  const reader: Reader = {
    context,
    isFull: cursor?.full ?? true,
    drive: cursor?.drive ?? null,
    link: cursor?.link ?? null,
    folders: createFolders(context, { ...(cursor?.tree ?? { root: null, folders: [], isPartial: false }) }, () => {
      if (!reader.drive) throw new Failure('internal', 'an item was read before its drive')
      return reader.drive
    }),
    waiting: new Map(cursor?.waiting.map(item => [String(item.id), item as DriveItem])),
    moved: new Set(cursor?.moved),
    fresh: new Map(cursor?.fresh),
    shown: new Map(),
    gone: new Set(cursor?.gone),
    failed: new Map(cursor?.failed),
    filter: pathFilter(listOption(context.config, 'include_patterns')),
    addresses: { areGood: true },
    checkpoint(full = reader.isFull) {
      const cursor: OneDriveCursor = {
        full,
        drive: reader.drive,
        link: reader.link,
        tree: reader.folders.toTree(),
        waiting: [...reader.waiting.values()].map(toRaw),
        moved: [...reader.moved],
        fresh: [...reader.fresh],
        gone: [...reader.gone],
        failed: [...reader.failed],
      }
      return { type: 'checkpoint', cursor }
    },
  }
  return reader
}

/**
 * The changes that bring items into the store, their content with them. Between full listings, content is fetched for
 * what differs from the store only; what the patterns leave out is removed. An item whose content cannot be had stays as
 * the store has it, with its last complete text, even under an earlier name: a text is never given for a name.
 */
export async function* upsertItems(reader: Reader, items: readonly DriveItem[]): Changes {
  const { context, folders, filter, addresses, isFull, failed } = reader
  const held = isFull ? new Map<string, Known>() : await lookUp(context, items)

  for await (const { item, entity, change, failure } of mapInOrder(items, parallelDownloads, read)) {
    if (change) yield change
    if (!failure) {
      failed.delete(item.id)
      continue
    }
    const before = failed.get(item.id)
    const isBare = before?.isBare ?? !(await lookUp(context, [item])).has(item.id)
    const isKept = before ? before.item !== null : failed.size < maxFailed
    const tries = (before?.tries ?? 0) + 1
    failed.set(item.id, { item: isKept ? toRaw(item) : null, tries, triedAt: context.now().getTime(), isBare })
    if (isBare) yield { type: 'upsert', entity }
    else context.skip({ entityType: itemType, id: item.id }, failure)
  }

  async function read(item: DriveItem) {
    const breadcrumbs = await folders.resolve(item)
    const entity = toEntity(item, breadcrumbs)
    const known = held.get(item.id)
    if (!filter.includes(pathOf(item, breadcrumbs))) {
      // An earlier page of the same listing may have shown it elsewhere.
      return { item, entity, change: isFull || known ? removal(item.id) : undefined }
    }
    if (!isFull && isHeld(entity, known) && !failed.has(item.id)) return { item, entity }
    const { file, failure } = await readContent(context, item, addresses)
    if (failure) return { item, entity, failure }
    return { item, entity, change: { type: 'upsert', entity: { ...entity, file } } as const }
  }
}

/**
 * Reads again what could not be had in earlier runs: in every run at first, then once a day.
 * @param before what was unread when the run began; what was tried since is left alone
 */
export async function* retryItems(reader: Reader, before: readonly [id: string, Unread][]): Changes {
  const { context, failed } = reader
  const now = context.now().getTime()
  const due = before
    .filter(([id, unread]) => failed.get(id) === unread)
    .filter(([, { tries, triedAt }]) => tries < eagerTries || now - triedAt >= dayMs)
    .sort(([, a], [, b]) => a.triedAt - b.triedAt)
  for (const [id, unread] of due.slice(0, maxRetries)) {
    // Whatever comes of it, the others have their turn before it is tried again.
    failed.set(id, { ...unread, triedAt: now })
    try {
      const item = (unread.item as (JsonObject & DriveItem) | null) ?? (await readItem(context, id))
      if (item) yield* upsertItems(reader, [item])
    } catch (error) {
      // Several in a row that cannot be had, again: all else is done, and the next run goes on here.
      if (isFailure(error, 'unavailable')) return
      throw error
    }
  }
}

export function removal(id: string): Change<OneDriveCursor> {
  return { type: 'remove', entityType: itemType, id }
}

async function lookUp(context: Context, items: readonly DriveItem[]): Promise<Map<string, Known>> {
  const held = new Map<string, Known>()
  for (const { id } of items) {
    for await (const known of context.known({ entityType: itemType, id })) held.set(id, known)
  }
  return held
}

/** The first item that the store holds below a folder. */
export async function firstBelow(context: Context, folderId: string): Promise<Known | undefined> {
  for await (const known of context.known({ entityType: itemType, parent: folderId })) return known
  return undefined
}
