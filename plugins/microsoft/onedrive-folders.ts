/** Where an item is: the folders from the drive down to it, built from the ids of parents. */
import { type Breadcrumb, type Context, isFailure } from '../../core/plugin.ts'
import { graphUrl } from './api.ts'
import { type DriveItem, driveType, isContainer, isDeleted, isRoot, itemType, nameOf } from './onedrive-item.ts'

/** The tree as a cursor keeps it. */
export type FolderTree = {
  /** Id of the drive's topmost folder, once it is known. */
  root: string | null
  folders: [id: string, name: string, parent: string | null][]
  /** Some folders were left out: what is not in it may exist. */
  isPartial: boolean
}

export interface Folders {
  has(id: string): boolean
  /** More than a cursor takes: a folder that is not known need not be a new one. */
  readonly isPartial: boolean
  setRoot(id: string): void
  /** Takes note of a folder as it is now, and tells whether it has another name or place than before. */
  remember(folder: DriveItem): 'new' | 'same' | 'changed'
  forget(id: string): void
  /** Forgets every folder that is below one of these. */
  prune(gone: ReadonlySet<string>): void
  isBelow(item: DriveItem, folders: ReadonlySet<string>): boolean
  /** From the drive to the parent; `undefined` while a folder on the way is not known. */
  trail(item: DriveItem): Breadcrumb[] | undefined
  /** Like `trail`, asking for folders that are not known. Above one that cannot be had comes the drive itself. */
  resolve(item: DriveItem): Promise<Breadcrumb[]>
  toTree(): FolderTree
}

/** A cursor is written again and again while a run goes on: about 2 MB of folders is what that may cost. */
const maxKept = 25_000

interface Folder {
  id: string
  name: string
  parent: string | null
}

/** @param drive what the breadcrumbs begin with; asked for each time, as it may be known later than its folders */
export function createFolders(context: Context, tree: FolderTree, drive: () => { id: string; name: string }): Folders {
  const known = new Map<string, Folder>(tree.folders.map(([id, name, parent]) => [id, { id, name, parent }]))
  const missing = new Set<string>()
  const asked = new Map<string, Promise<void>>()
  let { root } = tree
  let kept: FolderTree['folders'] | undefined = tree.folders

  const folders: Folders = {
    has: id => known.has(id),
    get isPartial() {
      return tree.isPartial
    },
    setRoot(id) {
      root = id
    },
    remember(item) {
      const before = known.get(item.id)
      const folder = { id: item.id, name: nameOf(item), parent: item.parentReference?.id ?? null }
      if (before && before.name === folder.name && before.parent === folder.parent) return 'same'
      known.set(item.id, folder)
      missing.delete(item.id)
      kept = undefined
      return before ? 'changed' : 'new'
    },
    forget(id) {
      if (known.delete(id)) kept = undefined
    },
    prune(gone) {
      const below = [...known.values()].filter(({ id, parent }) => isBelow(id, parent, gone))
      for (const { id } of below) folders.forget(id)
    },
    isBelow: (item, above) => isBelow(item.id, item.parentReference?.id ?? null, above),
    trail(item) {
      const { way, unknown } = climb(item)
      return unknown === undefined || missing.has(unknown) ? toBreadcrumbs(way) : undefined
    },
    async resolve(item) {
      for (;;) {
        const { way, unknown } = climb(item)
        if (unknown === undefined || missing.has(unknown)) return toBreadcrumbs(way)
        await ask(unknown)
      }
    },
    toTree() {
      if (!kept) {
        tree.isPartial ||= known.size > maxKept
        kept = [...known.values()].slice(0, maxKept).map(({ id, name, parent }) => [id, name, parent])
      }
      return { root, folders: kept, isPartial: tree.isPartial }
    },
  }
  return folders

  /** The folders above an item, outermost first, up to the root or to one that is not known. */
  function climb(item: DriveItem): { way: Folder[]; unknown: string | undefined } {
    const way: Folder[] = []
    const passed = new Set([item.id])
    let id = item.parentReference?.id ?? null
    // What was passed on the way cannot come again: a loop of folders would never end.
    while (id !== null && id !== root && !passed.has(id)) {
      const folder = known.get(id)
      if (!folder) return { way, unknown: id }
      passed.add(id)
      way.unshift(folder)
      id = folder.parent
    }
    return { way, unknown: undefined }
  }

  function isBelow(id: string, parent: string | null, above: ReadonlySet<string>): boolean {
    const passed = new Set([id])
    for (let at = parent; at !== null && !passed.has(at); at = known.get(at)?.parent ?? null) {
      if (above.has(at)) return true
      passed.add(at)
    }
    return false
  }

  function toBreadcrumbs(way: readonly Folder[]): Breadcrumb[] {
    const { id, name } = drive()
    const trail = way.map(({ id, name }) => ({ entityId: id, name, entityType: itemType }))
    return [{ entityId: id, name, entityType: driveType }, ...trail]
  }

  /** Once while it is under way, so that a thousand files of one folder ask once. */
  function ask(id: string): Promise<void> {
    const before = asked.get(id)
    if (before) return before
    const answer = readItem(context, id)
      .then(item => {
        if (item && isRoot(item)) folders.setRoot(item.id)
        else if (item && isContainer(item) && !isDeleted(item)) folders.remember(item)
        // Also when it answers with another id than it was asked for.
        if (id !== root && !known.has(id)) missing.add(id)
      })
      .finally(() => asked.delete(id))
    asked.set(id, answer)
    return answer
  }
}

/** `undefined` when it is gone, may not be seen, or the server cannot tell of a single item. */
export async function readItem(context: Context, id: string): Promise<DriveItem | undefined> {
  try {
    return await fetchItem(context, id)
  } catch (error) {
    if (isFailure(error, 'item_forbidden', 'item_missing', 'item_unreadable', 'bad_response')) return undefined
    throw error
  }
}

/** @throws Failure `item_missing` when it is gone, others when it cannot be told */
export function fetchItem({ api, endpoints }: Context, id: string): Promise<DriveItem> {
  const url = `${graphUrl(endpoints)}/me/drive/items/${encodeURIComponent(id)}`
  return api.get<DriveItem>(url, { expect: ['id'], item: true })
}
