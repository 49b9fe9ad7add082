/** What changed in a drive since its last checkpoint, and what follows from it for the content of folders. */
import { type Change, Failure, isFailure } from '../../core/plugin.ts'
import { baseUrl, skipped } from './api.ts'
import { type DriveFile, fileFields, fileType, isFolder, nameOf, pathOf } from './drive-file.ts'
import { readFile } from './drive-folders.ts'
import {
  type DriveCursor,
  isOf,
  lookUp,
  type Reader,
  rememberFile,
  removal,
  startsWith,
  upsertFiles,
} from './drive-reader.ts'
import { rememberFolder, rereadFolders } from './drive-subtrees.ts'

type Changes = AsyncGenerator<Change<DriveCursor>, void, undefined>

/** Beyond this a full listing is the shorter way. */
const maxFolders = 5000

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
  const { state, folders, belongs, isElsewhere } = reader
  // The last word on a file is the one that counts.
  const latest = new Map<string, DriveFile | undefined>()
  for (const { fileId, removed, file } of changes) {
    // A drive's own entry: its name comes with the list of drives.
    if (!fileId || fileId === state.id) continue
    const isHere = !removed && file !== undefined && !file.trashed && belongs(file)
    if (file && !removed && !file.trashed && isElsewhere(file)) {
      handOver(reader, file)
      latest.delete(fileId)
    } else latest.set(fileId, isHere ? file : undefined)
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
    if (file ? await isMoved(reader, file) : await holdsBelow(reader, id)) rememberFolder(state, id)
    if (!file && (await isGone(reader, id))) gone.push(id)
  }
  for (const id of gone) {
    delete state.files[id]
    yield removal(id)
  }
  yield* upsertChanged(reader, present)
}

/**
 * What has come into another drive is that one's to read: its own log may be silent about what went out and came back,
 * and was changed meanwhile.
 */
function handOver(reader: Reader, file: DriveFile): void {
  const drives = reader.drives()
  const other = drives.find(({ shared, id }) => shared && id === file.driveId) ?? drives.find(({ shared }) => !shared)
  if (!other || other === reader.state) return
  if (!isFolder(file)) rememberFile(other, file.id)
  else rememberFolder(other, file.id)
}

/**
 * A file may be the first to come of a folder that was shared or taken out of the trash, and the folder on a later page
 * of the log: once it is no longer empty in the store, nothing would tell that it is new.
 */
async function* upsertChanged(reader: Reader, files: readonly DriveFile[]): Changes {
  const { context, state, folders, filter } = reader
  const seen = new Set<string>()
  const placed: DriveFile[] = []
  for (const file of files) {
    const trail = await folders.breadcrumbs(file).catch(skipped)
    if (trail instanceof Failure) {
      context.skip({ entityType: fileType, id: file.id }, trail)
      rememberFile(state, file.id)
      continue
    }
    placed.push(file)
    if (!filter.includes(pathOf(file, trail))) continue
    for (const { entityId } of trail.slice(1)) {
      if (!seen.has(entityId) && !(await holdsBelow(reader, entityId))) rememberFolder(state, entityId)
      seen.add(entityId)
    }
  }
  yield* upsertFiles(reader, placed, 'changed')
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

/** What this drive has lost, and the store holds: what it holds of another drive may just have moved there. */
async function isGone(reader: Reader, id: string): Promise<boolean> {
  const { context, state } = reader
  const known = (await lookUp(context, [{ id }])).get(id)
  // A drive that has it, and could not read it yet, will.
  const isClaimed = reader.drives().some(other => other !== state && id in other.files)
  if (!known || isClaimed) return false
  if (isOf(reader, known)) return true
  const file = await readFile(context, id).catch(skipped)
  if (!(file instanceof Failure)) return !file || file.trashed === true
  context.skip({ entityType: fileType, id }, file)
  rememberFile(state, id)
  return false
}

async function holdsBelow({ context }: Reader, folderId: string): Promise<boolean> {
  for await (const _ of context.known({ entityType: fileType, parent: folderId })) return true
  return false
}

async function* retryFiles(reader: Reader, ids: readonly string[]): Changes {
  const { state, belongs, isElsewhere } = reader
  for (const id of ids) {
    if (!(id in state.files)) continue
    const file = await readFile(reader.context, id).catch(skipped)
    if (file instanceof Failure) {
      reader.context.skip({ entityType: fileType, id }, file)
    } else if (file && belongs(file) && !file.trashed) {
      yield* upsertChanged(reader, [file])
    } else {
      delete state.files[id]
      if (!file || file.trashed || !isElsewhere(file)) yield removal(id)
    }
  }
  if (ids.length > 0) yield reader.checkpoint()
}
