/**
 * What lies below folders that were renamed, moved, trashed or lost: the change log names the folder alone, so its
 * content is read again or verified.
 */
import { type Change, Failure, mapInOrder } from '../../core/plugin.ts'
import { skipped } from './api.ts'
import { type DriveFile, fileType, isFolder } from './drive-file.ts'
import { readFile } from './drive-folders.ts'
import {
  type DriveCursor,
  type DriveState,
  incomplete,
  isOf,
  listFiles,
  type Reader,
  rememberFile,
  removal,
  upsertFiles,
} from './drive-reader.ts'

type Changes = AsyncGenerator<Change<DriveCursor>, void, undefined>

const verifiedAtOnce = 100

/**
 * Each folder leaves the cursor only when its own files are done, and its subfolders enter it then: a crash anywhere
 * goes on here. Those still there come before those that are gone, so that what was moved out of a folder that is gone
 * is not removed on the way.
 */
export async function* rereadFolders(reader: Reader): Changes {
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
    if (folder && !folder.trashed && reader.isElsewhere(folder)) {
      forget(state.folders, id)
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
  for (const subfolder of subfolders) rememberFolder(reader.state, subfolder)
  return isComplete
}

/**
 * @param isTrashed the folder is in the trash, and all of its content with it; otherwise it cannot be seen any more,
 *   while some of its content may still be shared by itself, or have come into another drive
 */
async function* removeBelow(reader: Reader, folderId: string, isTrashed: boolean): Changes {
  let ids: string[] = []
  for await (const known of reader.context.known({ entityType: fileType, parent: folderId })) {
    if (isTrashed && isOf(reader, known)) yield removal(known.id)
    else if (ids.push(known.id) === verifiedAtOnce) {
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
      rememberFile(reader.state, id)
    } else if (!file || file.trashed) yield removal(id)
    else if (reader.belongs(file)) present.push(file)
    else if (!reader.isElsewhere(file)) yield removal(id)
  }
  yield* upsertFiles(reader, present, 'moved')
}

/** Has its content read again, or verified, at the end of this run or in the next. */
export function rememberFolder({ folders }: DriveState, id: string): void {
  if (!folders.includes(id)) folders.push(id)
}

function forget(list: string[], id: string): void {
  const index = list.indexOf(id)
  if (index >= 0) list.splice(index, 1)
}
