/** What changed in a drive since its last checkpoint, and what follows from it for the content of folders. */
import { type Change, Failure, isFailure, isSkippable, mapInOrder } from '../../core/plugin.ts'
import { baseUrl } from './api.ts'
import { type DriveFile, fileFields, fileType, isFolder, nameOf } from './drive-file.ts'
import { readFile } from './drive-folders.ts'
import {
  type DriveCursor,
  heldBelow,
  incomplete,
  isOf,
  listFiles,
  lookUp,
  type Reader,
  removal,
  startsWith,
  upsertFiles,
} from './drive-reader.ts'

type Changes = AsyncGenerator<Change<DriveCursor>, void, undefined>

/** Beyond this a full listing is the shorter way. */
const maxFolders = 5000
const verifiedAtOnce = 100

/**
 * Drains the change log, then reads again what failed in earlier runs, and what lies below folders that changed.
 * @param isStored the position comes from an earlier run
 * @throws Failure `cursor_expired` when such a position is refused
 * @see https://developers.google.com/workspace/drive/api/guides/manage-changes
 */
export async function* followChanges(reader: Reader, isStored: boolean): Changes {
  const failed = isStored ? Object.keys(reader.state.files) : []
  for await (const page of changePages(reader, isStored)) {
    yield* applyChanges(reader, page.changes)
    const token = page.nextPageToken ?? page.newStartPageToken
    if (!token) throw new Failure('bad_response', 'the change log of a drive ended without a position to go on from')
    reader.state.token = token
    if (isStored && reader.state.folders.length > maxFolders) {
      throw new Failure('cursor_expired', 'more folders changed than are worth reading one by one')
    }
    yield reader.checkpoint()
  }
  yield* retryFiles(reader, failed)
  yield* rereadFolders(reader)
}

interface ChangePage {
  changes: DriveChange[]
  nextPageToken?: string
  /** On the last page only. */
  newStartPageToken?: string
}

interface DriveChange {
  changeType?: string
  fileId?: string
  /** Deleted, or no longer shared: comes without `file`. */
  removed?: boolean
  file?: DriveFile
}

async function* changePages(reader: Reader, isStored: boolean): AsyncGenerator<ChangePage, void, undefined> {
  const { context, state } = reader
  if (state.token === null) return
  try {
    yield* context.api.pages<ChangePage>(`${baseUrl(context.endpoints, 'api')}/drive/v3/changes`, {
      query: {
        pageToken: state.token,
        pageSize: 1000,
        fields: `nextPageToken,newStartPageToken,changes(changeType,fileId,removed,file(${fileFields}))`,
        spaces: 'drive',
        driveId: state.shared ? state.id : undefined,
        supportsAllDrives: true,
        includeItemsFromAllDrives: true,
        includeRemoved: true,
        restrictToMyDrive: false,
      },
      parameter: 'pageToken',
      next: page => page.nextPageToken,
      expect: ['changes'],
    })
  } catch (error) {
    // 404 for a shared drive means the drive, not the position.
    const refusals = state.shared ? [400, 410] : [400, 404, 410]
    if (!isStored || !isFailure(error) || !refusals.includes(error.status ?? 0)) throw error
    throw new Failure('cursor_expired', 'the stored position in the change log of a drive is no longer accepted', {
      status: error.status,
      cause: error,
    })
  }
}

async function* applyChanges(reader: Reader, changes: readonly DriveChange[]): Changes {
  const { context, state, folders, belongs } = reader
  // The last word on a file is the one that counts.
  const latest = new Map<string, DriveFile | undefined>()
  for (const { fileId, removed, file } of changes) {
    // A drive's own entry: its name comes with the list of drives.
    if (!fileId || fileId === state.id) continue
    const isHere = !removed && file !== undefined && !file.trashed && belongs(file)
    latest.set(fileId, isHere ? file : undefined)
  }

  const present: DriveFile[] = []
  for (const [id, file] of latest) {
    if (file && isFolder(file)) folders.remember(file)
    else if (file) present.push(file)
    else folders.forget(id)
  }
  const gone: string[] = []
  for (const [id, file] of latest) {
    if (file && !isFolder(file)) continue
    if (file ? await isMoved(reader, file) : await holdsBelow(reader, id)) remember(state.folders, id)
    if (!file && isOf(reader, (await lookUp(context, [{ id }])).get(id))) gone.push(id)
  }
  for (const id of gone) {
    delete state.files[id]
    yield removal(id)
  }
  yield* upsertFiles(reader, present, 'changed')
}

/** Folders are logged for many reasons; what lies below concerns a new name or place, or one not seen before. */
async function isMoved(reader: Reader, folder: DriveFile): Promise<boolean> {
  const trail = await reader.folders.breadcrumbs(folder).catch(skipped)
  // Where it is cannot be told now: what lies below is looked at again until it can.
  if (trail instanceof Failure) return true
  trail.push({ entityId: folder.id, name: nameOf(folder), entityType: fileType })
  let isEmpty = true
  for await (const { breadcrumbs } of reader.context.known({ entityType: fileType, parent: folder.id })) {
    if (!startsWith(breadcrumbs, trail)) return true
    isEmpty = false
  }
  return isEmpty
}

async function holdsBelow(reader: Reader, folderId: string): Promise<boolean> {
  for await (const _ of heldBelow(reader, folderId)) return true
  return false
}

async function* retryFiles(reader: Reader, ids: readonly string[]): Changes {
  const { state, belongs } = reader
  for (const id of ids) {
    if (!(id in state.files)) continue
    const file = await readFile(reader.context, id).catch(skipped)
    if (file instanceof Failure) reader.context.skip({ entityType: fileType, id }, file)
    else if (file && belongs(file) && !file.trashed) yield* upsertFiles(reader, [file], 'changed')
    // Gone: the change log says so too.
    else delete state.files[id]
  }
  if (ids.length > 0) yield reader.checkpoint()
}

/**
 * Each folder leaves the cursor only when its own files are done, and its subfolders enter it then: a crash anywhere
 * goes on here. Those still there come before those that are gone, so that what was moved out of a folder that is gone
 * is not removed on the way.
 */
async function* rereadFolders(reader: Reader): Changes {
  const { state, context } = reader
  const gone = new Map<string, DriveFile | undefined>()
  const later = new Set<string>()
  for (let id = next(); id !== undefined; id = next()) {
    const folder = await readFile(context, id).catch(skipped)
    if (folder instanceof Failure) {
      context.skip({ parent: id }, folder)
      later.add(id)
      continue
    }
    if (!folder || !isFolder(folder) || folder.trashed || !reader.belongs(folder)) {
      gone.set(id, folder)
      continue
    }
    reader.folders.remember(folder)
    if (yield* rereadFolder(reader, id)) forget(state.folders, id)
    else later.add(id)
    yield reader.checkpoint()
  }
  for (const [id, folder] of gone) {
    reader.folders.forget(id)
    yield* removeBelow(reader, id, folder !== undefined)
    forget(state.folders, id)
    yield reader.checkpoint()
  }

  function next(): string | undefined {
    return state.folders.findLast(id => !gone.has(id) && !later.has(id))
  }
}

/** @returns whether all of it could be read */
async function* rereadFolder(reader: Reader, id: string): AsyncGenerator<Change<DriveCursor>, boolean, undefined> {
  const subfolders: string[] = []
  let isComplete = true
  for await (const page of listFiles(reader, `'${id}' in parents`)) {
    if (page.incompleteSearch) {
      isComplete = false
      reader.context.skip({ parent: id }, incomplete(reader))
    }
    for (const folder of page.files.filter(isFolder)) {
      reader.folders.remember(folder)
      subfolders.push(folder.id)
    }
    yield* upsertFiles(
      reader,
      page.files.filter(file => !isFolder(file)),
      'moved',
    )
  }
  for (const subfolder of subfolders) remember(reader.state.folders, subfolder)
  return isComplete
}

/**
 * @param isTrashed the folder is in the trash or in another drive, and all of its content with it; otherwise it cannot
 *   be seen any more, while some of its content may still be shared by itself
 */
async function* removeBelow(reader: Reader, folderId: string, isTrashed: boolean): Changes {
  let ids: string[] = []
  for await (const { id } of heldBelow(reader, folderId)) {
    if (isTrashed) yield removal(id)
    else if (ids.push(id) === verifiedAtOnce) {
      yield* verify(reader, ids)
      ids = []
    }
  }
  yield* verify(reader, ids)
}

async function* verify(reader: Reader, ids: readonly string[]): Changes {
  const present: DriveFile[] = []
  const read = async (id: string) => [id, await readFile(reader.context, id).catch(skipped)] as const
  for await (const [id, file] of mapInOrder(ids, 4, read)) {
    if (file instanceof Failure) {
      reader.context.skip({ entityType: fileType, id }, file)
      reader.state.files[id] ??= 1
    } else if (file && !file.trashed && reader.belongs(file)) present.push(file)
    else yield removal(id)
  }
  yield* upsertFiles(reader, present, 'moved')
}

/** A failure of one item as a value. */
function skipped(error: unknown): Failure {
  if (isSkippable(error)) return error
  throw error
}

function remember(list: string[], id: string): void {
  if (!list.includes(id)) list.push(id)
}

function forget(list: string[], id: string): void {
  const index = list.indexOf(id)
  if (index >= 0) list.splice(index, 1)
}
