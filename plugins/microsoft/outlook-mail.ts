/**
 * Outlook mail: the folders of a mailbox, their messages and attachments.
 *
 * A run follows the list of folders, then the messages of each. What a folder lets go is settled last, when every folder
 * has shown what came to it. A full listing follows each folder twice, so that what moved meanwhile is not missed.
 * https://learn.microsoft.com/graph/delta-query-messages
 */
import { type Config, Failure, maxFileMb, type Source } from '../../core/plugin.ts'
import { graphUrl, textOption } from './api.ts'
import { identifyMailbox } from './outlook.ts'
import { createBatchReader } from './outlook-batch.ts'
import { attachmentType } from './outlook-mail-attachments.ts'
import { checkpoint, type MailChanges, type MailCursor, newMailCursor } from './outlook-mail-cursor.ts'
import { folderFields, folderType, readFolders, toFolderEntity, wantedFolders } from './outlook-mail-folders.ts'
import { followFolders, leaveUnseen } from './outlook-mail-follow.ts'
import { type Mailbox, retryMessages } from './outlook-mail-mailbox.ts'
import { messageType } from './outlook-mail-message.ts'
import { mostLeaving, settle } from './outlook-mail-settle.ts'

export const outlookMail: Source<MailCursor> = {
  shortName: 'outlook_mail',
  title: 'Outlook mail',
  description: 'Brings in the messages of a mailbox, with their folders and attachments.',
  labels: ['Communication', 'Email'],
  scopes: ['Mail.Read'],
  entityTypes: [folderType, messageType, attachmentType],
  configFields: [
    {
      name: 'after_date',
      title: 'After date',
      description: 'Only messages received on this day (UTC) or later.',
      type: 'date',
    },
    ...folderFields,
    maxFileMb,
  ],
  lane: 'outlook',

  identify: context => identifyMailbox('/me/mailFolders', context),

  async *sync(context, stored) {
    if (stored && stored.version !== 1) throw new Failure('cursor_expired', 'the last run was that of another version')
    const cursor = structuredClone(stored ?? newMailCursor())
    const url = graphUrl(context.endpoints)
    const since = sinceOf(context.config)
    await readFolders(context, cursor)
    const isWanted = await wantedFolders(context, cursor, stored === undefined)
    const batch = createBatchReader(context.api, url)
    const mailbox = { context, url, batch, cursor, isWanted, since, settleAt: mostLeaving }

    for (const [id, folder] of Object.entries(cursor.folders)) {
      if (isWanted(id)) yield { type: 'upsert', entity: toFolderEntity(cursor, id, folder) }
    }
    yield* retryMessages(mailbox)
    yield* followFolders(mailbox, { onlyListed: false })
    if (cursor.full) yield* followFolders(mailbox, { onlyListed: true })
    yield* leaveFolders(mailbox)
    yield* settle(mailbox)
    cursor.full = false
    yield checkpoint(cursor)
  },
}

/** Folders that were deleted or are not asked for any more. Their own entity goes last, so that a crash is made good. */
async function* leaveFolders(mailbox: Mailbox): MailChanges {
  const { cursor } = mailbox
  for (const [id, folder] of Object.entries(cursor.folders)) {
    if (mailbox.isWanted(id) || !(folder.isBegun || folder.isGone)) continue
    yield* leaveUnseen(mailbox, id, new Set())
    yield* settle(mailbox)
    yield { type: 'remove', entityType: folderType, id }
    if (folder.isGone) delete cursor.folders[id]
    else Object.assign(folder, { link: null, isListed: false, isBegun: false, crumbs: '' })
    yield checkpoint(cursor)
  }
}

function sinceOf(config: Config): number | undefined {
  const date = textOption(config, 'after_date')
  if (date === undefined) return undefined
  const since = Date.parse(date)
  if (Number.isNaN(since)) throw new Failure('bad_config', 'after_date is not a date: write it as 2024-12-31')
  return since
}
