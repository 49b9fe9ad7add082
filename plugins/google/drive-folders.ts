/** Where a file is: the folders from the drive down to it. */
import { type Breadcrumb, type Context, isFailure } from '../../core/plugin.ts'
import { baseUrl } from './api.ts'
import { type DriveFile, driveType, fileFields, fileType, isFolder, nameOf } from './drive-file.ts'

export interface Folders {
  /**
   * From the drive to the parent, asking for folders that are not known yet. A file whose parent the reader may not
   * see hangs on the drive itself; of several parents the first in the order of ids that can be seen counts.
   * @throws Failure `item_forbidden` when a folder on the way is refused, so that nobody can tell where the file is
   */
  breadcrumbs(file: DriveFile): Promise<Breadcrumb[]>
  /** Takes note of a folder as it is now. */
  remember(folder: DriveFile): void
  forget(id: string): void
}

/** @param root the drive: its id is also that of its topmost folder */
export function createFolders(context: Context, root: { id: string; name: string }): Folders {
  const known = new Map<string, Folder | undefined | Promise<Folder | undefined>>()

  return {
    async breadcrumbs(file) {
      const trail: Breadcrumb[] = []
      const passed = new Set([file.id])
      for (let parent = await parentOf(file, passed); parent; parent = await parentOf(parent, passed)) {
        passed.add(parent.id)
        trail.unshift({ entityId: parent.id, name: parent.name, entityType: fileType })
      }
      return [{ entityId: root.id, name: root.name, entityType: driveType }, ...trail]
    },
    remember(folder) {
      known.set(folder.id, toFolder(folder))
    },
    forget(id) {
      known.delete(id)
    },
  }

  /** `undefined` at the top. What was passed on the way down cannot come again: a loop of folders would never end. */
  async function parentOf(
    { parents = [] }: Pick<DriveFile, 'parents'>,
    passed: Set<string>,
  ): Promise<Folder | undefined> {
    for (const id of parents.toSorted()) {
      if (id === root.id || id === 'root') return undefined
      const folder = passed.has(id) ? undefined : await lookUp(id)
      if (folder) return folder
    }
    return undefined
  }

  /** Kept as a promise while it is under way, so that a thousand files of one folder ask once. */
  function lookUp(id: string): Folder | undefined | Promise<Folder | undefined> {
    if (known.has(id)) return known.get(id)
    const answer = readFile(context, id).then(file => {
      const folder = file && isFolder(file) && !file.trashed ? toFolder(file) : undefined
      known.set(id, folder)
      return folder
    })
    known.set(id, answer)
    answer.catch(() => known.delete(id))
    return answer
  }
}

interface Folder {
  id: string
  name: string
  parents: string[]
}

function toFolder(file: DriveFile): Folder {
  return { id: file.id, name: nameOf(file), parents: file.parents ?? [] }
}

/**
 * A file as it is now; `undefined` when it is gone or no longer shared, which Google tells by 404. It has to say so
 * twice: what is taken for gone is not asked for again.
 * @throws Failure `item_forbidden` for a refusal that says nothing of the kind
 */
export async function readFile(context: Context, id: string): Promise<DriveFile | undefined> {
  return (await askFor(context, id)) ?? askFor(context, id)
}

async function askFor({ api, endpoints }: Context, id: string): Promise<DriveFile | undefined> {
  try {
    return await api.get<DriveFile>(`${baseUrl(endpoints, 'api')}/drive/v3/files/${encodeURIComponent(id)}`, {
      query: { fields: fileFields, supportsAllDrives: true },
      expect: ['id'],
      item: true,
    })
  } catch (error) {
    if (isFailure(error, 'item_missing')) return undefined
    throw error
  }
}
