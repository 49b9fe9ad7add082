/** OneDrive: the files of a person's own drive, for work and at home. */
import {
  type Change,
  type Context,
  canonicalJson,
  Failure,
  isFailure,
  maxFileMb,
  type Source,
} from '../../core/plugin.ts'
import { graphUrl, identifyBy } from './api.ts'
import { followDelta } from './onedrive-changes.ts'
import { type Drive, type DriveItem, driveType, itemType, toDriveEntity } from './onedrive-item.ts'
import { createReader, dayMs, type OneDriveCursor, type Reader, retryItems } from './onedrive-reader.ts'
import { settleFolders } from './onedrive-settle.ts'

export const onedrive: Source<OneDriveCursor> = {
  shortName: 'onedrive',
  title: 'OneDrive',
  description: 'The files of your OneDrive, with their text where they have any.',
  labels: ['Files'],
  scopes: ['Files.Read'],
  entityTypes: [driveType, itemType],
  configFields: [
    {
      name: 'include_patterns',
      title: 'Include patterns',
      description: 'Path globs relative to the root of the drive, such as Docs/**. Without any, every file.',
      type: 'strings',
    },
    maxFileMb,
  ],
  lane: 'onedrive',

  identify: context => identifyBy('/me/drive', context),

  async *sync(context, cursor) {
    const reader = createReader(context, cursor)
    const failedBefore = [...reader.failed]
    const drive = isDriveDue(reader) ? await readDrive(context) : undefined
    if (drive) yield* noteDrive(reader, drive, context.now())
    yield* followDelta(reader, async function* (items) {
      if (!reader.drive && items.length > 0) yield* noteDrive(reader, await driveOf(context, items))
    })
    yield* settleFolders(reader)
    yield* retryItems(reader, failedBefore)
    yield reader.checkpoint(false)
  },
}

/** Its name, which is all that matters of it, hardly ever changes. */
function isDriveDue({ drive, isFull, context }: Reader): boolean {
  return isFull || drive?.askedAt === undefined || context.now().getTime() - drive.askedAt >= dayMs
}

/** `undefined` where a server cannot tell, or not now: the next run asks again. */
async function readDrive({ api, endpoints, skip }: Context): Promise<Drive | undefined> {
  try {
    return await api.get<Drive>(`${graphUrl(endpoints)}/me/drive`, { expect: ['id'] })
  } catch (error) {
    if (isFailure(error, 'item_forbidden')) skip({ entityType: driveType }, error)
    else if (!isFailure(error, 'item_missing', 'item_unreadable', 'bad_response')) throw error
    return undefined
  }
}

/** The drive as its items know it, with all that an earlier run has learnt. */
async function driveOf(context: Context, items: readonly DriveItem[]): Promise<Drive> {
  const id = items.find(item => item.parentReference?.driveId)?.parentReference?.driveId
  for await (const known of context.known({ entityType: driveType })) {
    if (id === undefined || known.id === id) return { ...known.raw, id: known.id, name: known.name }
  }
  return { id: id ?? 'me' }
}

/**
 * The entity of the drive, if it is not the one of the last run.
 * @param askedAt when Graph was asked for it; absent where that is yet to be done
 * @throws Failure `cursor_expired` for another name: it is in the breadcrumbs of every item
 */
async function* noteDrive(
  reader: Reader,
  drive: Drive,
  askedAt?: Date,
): AsyncGenerator<Change<OneDriveCursor>, void, undefined> {
  const entity = toDriveEntity(drive)
  const { id, name, raw = {} } = entity
  const before = reader.drive
  if (before && (before.id !== id || before.name !== name)) {
    throw new Failure('cursor_expired', 'the drive has another name than in the last run')
  }
  reader.drive = { id, name, raw, ...(askedAt ? { askedAt: askedAt.getTime() } : {}) }
  if (before && !reader.isFull && canonicalJson(before.raw) === canonicalJson(raw)) return
  yield { type: 'upsert', entity }
}
