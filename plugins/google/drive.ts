/** Google Drive: My Drive, what others share, and shared drives. */
import {
  type Change,
  type Context,
  Failure,
  type IdentifyContext,
  isFailure,
  isSkippable,
  maxFileMb,
  type Source,
} from '../../core/plugin.ts'
import { baseUrl } from './api.ts'
import { followChanges } from './drive-changes.ts'
import { type DriveFile, driveType, fileType, folderType, isFolder, nameOf } from './drive-file.ts'
import { readFile } from './drive-folders.ts'
import {
  createReader,
  type DriveCursor,
  type DriveState,
  incomplete,
  listFiles,
  type Reader,
  removal,
  upsertFiles,
} from './drive-reader.ts'

type Changes = AsyncGenerator<Change<DriveCursor>, void, undefined>

export const drive: Source<DriveCursor> = {
  shortName: 'google_drive',
  title: 'Google Drive',
  description: 'Files of My Drive, files that others share, and on request those of shared drives.',
  labels: ['Files'],
  scopes: ['https://www.googleapis.com/auth/drive.readonly'],
  entityTypes: [driveType, fileType],
  configFields: [
    {
      name: 'include_patterns',
      title: 'Include patterns',
      description: 'Path globs relative to the root of a drive, such as Docs/**. Without any, every file.',
      type: 'strings',
    },
    {
      name: 'include_shared_drives',
      title: 'Include shared drives',
      description: 'Whether the files of shared drives are brought in too.',
      type: 'boolean',
      default: false,
    },
    maxFileMb,
  ],
  lane: 'drive',

  async identify({ api, endpoints }: IdentifyContext) {
    const { user } = await api.get<About>(`${baseUrl(endpoints, 'api')}/drive/v3/about`, {
      query: { fields: 'user(displayName,emailAddress,permissionId)' },
      expect: ['user'],
    })
    const id = user.emailAddress?.toLowerCase() ?? user.permissionId
    if (!id) throw new Failure('bad_response', 'GET /drive/v3/about answered without the user')
    return { id, name: user.displayName ?? id }
  },

  async *sync(context, cursor) {
    const progress: DriveCursor = structuredClone(cursor ?? { full: true, drives: [] })
    if (!progress.full && progress.drives.some(({ token }) => token === null)) {
      throw new Failure('cursor_expired', 'the server keeps no change log: its files are listed each time')
    }
    if (!progress.full && progress.drives.some(({ incomplete }) => incomplete)) {
      throw new Failure('cursor_expired', 'the last listing was not complete: everything is listed again')
    }
    const checkpoint = (): Change<DriveCursor> => ({ type: 'checkpoint', cursor: structuredClone(progress) })

    const mine = progress.drives.find(({ shared }) => !shared) ?? (await readMyDrive(context))
    const shared = context.config.include_shared_drives === true ? await readSharedDrives(context) : []
    const sharedIds = new Set(shared.map(({ id }) => id))

    progress.drives = progress.drives.filter(({ id, shared }) => !shared || sharedIds.has(id))
    if (!progress.full) yield* removeMissing(context, new Set([mine.id, ...sharedIds]), checkpoint)

    for (const found of [mine, ...shared]) {
      const isShared = sharedIds.has(found.id)
      try {
        let state = progress.drives.find(({ id }) => id === found.id)
        const isStored = state !== undefined
        if (!state) {
          const drive = { ...found, shared: isShared }
          yield toDrive(drive)
          state = await begin(context, drive, progress)
          progress.drives.push(state)
        } else if (state.name !== found.name) {
          // Its name is in the breadcrumbs of all its files. The position in the log stays, so nothing is missed.
          state.name = found.name
          state.page = ''
          yield toDrive(state)
        }
        // A file of a shared drive that the reader is no member of was shared by itself.
        const belongs = ({ driveId }: DriveFile) =>
          isShared
            ? driveId === found.id
            : !driveId || (context.config.include_shared_drives === true && !sharedIds.has(driveId))
        const isElsewhere = (file: DriveFile) =>
          isShared ? !belongs(file) : file.driveId !== undefined && sharedIds.has(file.driveId)
        const drives = () => progress.drives
        const judges = { belongs, isElsewhere, drives }
        const reader = createReader({ context, state, isFull: progress.full, ...judges, checkpoint })
        yield* list(reader)
        yield* followChanges(reader, isStored)
      } catch (error) {
        if (!isShared || !isSkippable(error)) throw error
        context.skip({ parent: found.id }, error)
        // Nothing of it is swept now: it has to begin anew, or what vanished from it would stay for ever.
        if (progress.full) progress.drives = progress.drives.filter(({ id }) => id !== found.id)
      }
    }
    progress.full = false
    yield checkpoint()
  },
}

interface About {
  user: { displayName?: string; emailAddress?: string; permissionId?: string }
}

interface DriveName {
  id: string
  name: string
}

async function readMyDrive(context: Context): Promise<DriveName> {
  const root = await readFile(context, 'root')
  // Servers that know only the alias give `root` as a parent too.
  return root ? { id: root.id, name: nameOf(root) } : { id: 'root', name: 'My Drive' }
}

async function readSharedDrives({ api, endpoints }: Context): Promise<DriveName[]> {
  const pages = api.pages<{ drives: DriveName[]; nextPageToken?: string }>(
    `${baseUrl(endpoints, 'api')}/drive/v3/drives`,
    {
      query: { pageSize: 100, fields: 'nextPageToken,drives(id,name)' },
      parameter: 'pageToken',
      next: page => page.nextPageToken,
      expect: ['drives'],
    },
  )
  const found: DriveName[] = []
  for await (const { drives } of pages) found.push(...drives)
  return found
}

/**
 * The position is taken before anything is listed: what changes meanwhile is in the log.
 * @throws Failure `cursor_expired` for a drive that was skipped when everything else was listed and can be read again:
 *   what vanished from it meanwhile shows in a full listing only
 */
async function begin(
  context: Context,
  drive: Pick<DriveState, 'id' | 'name' | 'shared'>,
  progress: DriveCursor,
): Promise<DriveState> {
  const token = await readStartToken(context, drive)
  if (!progress.full && (await holdsAny(context, drive.id))) {
    throw new Failure('cursor_expired', 'a drive has come back that was left out of the last full listing')
  }
  return { ...drive, token, page: '', folders: [], files: {} }
}

async function readStartToken(
  { api, endpoints }: Context,
  drive: Pick<DriveState, 'id' | 'shared'>,
): Promise<string | null> {
  try {
    const answer = await api.get<{ startPageToken: string }>(
      `${baseUrl(endpoints, 'api')}/drive/v3/changes/startPageToken`,
      {
        query: { supportsAllDrives: true, driveId: drive.shared ? drive.id : undefined },
        expect: ['startPageToken'],
      },
    )
    return answer.startPageToken
  } catch (error) {
    // A server without a change log; for a shared drive, 404 says that the drive is gone.
    if (!drive.shared && isFailure(error, 'item_missing')) return null
    throw error
  }
}

async function holdsAny(context: Context, driveId: string): Promise<boolean> {
  for await (const _ of context.known({ entityType: fileType, parent: driveId })) return true
  return false
}

/** Drives that the reader has left. Their entity goes last, so that a crash in between is made good. */
async function* removeMissing(context: Context, ids: Set<string>, checkpoint: () => Change<DriveCursor>): Changes {
  const missing: string[] = []
  for await (const { id } of context.known({ entityType: driveType })) if (!ids.has(id)) missing.push(id)
  for (const id of missing) {
    // A drive that came back before its removal was over must begin anew.
    yield checkpoint()
    for await (const file of context.known({ entityType: fileType, parent: id })) yield removal(file.id)
    yield { type: 'remove', entityType: driveType, id }
  }
}

function toDrive({ id, name, shared }: Pick<DriveState, 'id' | 'name' | 'shared'>): Change<DriveCursor> {
  const url = `https://drive.google.com/drive/${shared ? `folders/${id}` : 'my-drive'}`
  return { type: 'upsert', entity: { entityType: driveType, id, name, url, raw: { id, name } } }
}

/** Lists the files of a drive from where the cursor says; nothing if that is done. */
async function* list(reader: Reader): Changes {
  const { context, state, folders } = reader
  if (state.page === null) return
  for await (const page of listFiles(reader, `mimeType = '${folderType}'`)) {
    for (const folder of page.files) if (isFolder(folder)) folders.remember(folder)
  }
  // Without the folders, which would come twice.
  for await (const page of listFiles(reader, `mimeType != '${folderType}'`, state.page)) {
    if (page.incompleteSearch) {
      state.incomplete = true
      context.skip({ parent: state.id }, incomplete(reader))
    }
    yield* upsertFiles(
      reader,
      page.files.filter(file => !isFolder(file)),
      'listed',
    )
    state.page = page.nextPageToken ?? null
    yield reader.checkpoint()
  }
}
