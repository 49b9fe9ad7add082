/** A drive under way: what is remembered of it between runs, and how its items become changes. */
import {
  type Change,
  type Context,
  Failure,
  type JsonObject,
  type Known,
  mapInOrder,
  type PathFilter,
  pathFilter,
} from '../../core/plugin.ts'
import { listOption, numberOption } from './api.ts'
import { readContent } from './onedrive-content.ts'
import { createFolders, type Folders, type FolderTree } from './onedrive-folders.ts'
import { type DriveItem, isHeld, isHeldThere, itemType, pathOf, toEntity, toRaw } from './onedrive-item.ts'

/** Stored between runs, and at each page within one. */
export type OneDriveCursor = {
  /** A full listing that is not over. */
  full: boolean
  /** The drive's own entity; null until it is known. */
  drive: { id: string; name: string; raw: JsonObject } | null
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
  /** Files whose content could not be had, and how often it was tried. */
  failed: { item: JsonObject; tries: number }[]
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
  failed: Map<string, { item: JsonObject & DriveItem; tries: number }>
  filter: PathFilter
  maxBytes: number
  checkpoint(full?: boolean): Change<OneDriveCursor>
}

const defaultMaxFileMb = 25
const parallelDownloads = 4
/** How often the content of a file is tried before it has to do without until it changes. */
const maxTries = 5
/** More than this a full listing finds again. */
const maxFailed = 1000

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
    failed: new Map(
      cursor?.failed.map(({ item, tries }) => [String(item.id), { item: item as JsonObject & DriveItem, tries }]),
    ),
    filter: pathFilter(listOption(context.config, 'include_patterns')),
    maxBytes: numberOption(context.config, 'max_file_mb', defaultMaxFileMb) * 1024 * 1024,
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
        failed: [...reader.failed.values()],
      }
      return { type: 'checkpoint', cursor }
    },
  }
  return reader
}

/**
 * The changes that bring items into the store, their content with them. Between full listings, content is fetched for
 * what differs from the store only; what the patterns leave out is removed.
 * @param isLast an item whose content cannot be had has to do without, and is not left as the store has it
 */
export async function* upsertItems(reader: Reader, items: readonly DriveItem[], isLast = false): Changes {
  const { context, folders, filter, maxBytes, isFull, failed } = reader
  const held = isFull ? new Map<string, Known>() : await lookUp(context, items)

  for await (const { item, entity, change, failure } of mapInOrder(items, parallelDownloads, read)) {
    if (change) yield change
    if (!failure) {
      failed.delete(item.id)
      continue
    }
    const tries = (failed.get(item.id)?.tries ?? 0) + 1
    if (tries >= maxTries) failed.delete(item.id)
    else if (tries > 1 || failed.size < maxFailed) failed.set(item.id, { item: toRaw(item), tries })
    // What the store has is better than the same without its text, for a while; in another place, for one run.
    const known = (await lookUp(context, [item])).get(item.id)
    const isWorthKeeping = known && !isLast && tries < maxTries && (tries === 1 || isHeldThere(entity, known))
    if (isWorthKeeping) {
      context.skip({ entityType: itemType, id: item.id }, failure)
    } else yield { type: 'upsert', entity }
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
    const { text, failure } = await readContent(context, item, maxBytes)
    if (failure) return { item, entity, failure }
    const whole = { ...entity, text: [entity.text, text].filter(Boolean).join('\n\n') || undefined }
    return { item, entity, change: { type: 'upsert', entity: whole } as const }
  }
}

/** Reads again what could not be had in earlier runs. */
export async function* retryItems(reader: Reader, ids: readonly string[]): Changes {
  for (const id of ids) {
    const item = reader.failed.get(id)?.item
    if (item) yield* upsertItems(reader, [item])
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
