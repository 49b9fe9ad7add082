/** The folders of a mailbox: a tree that is followed by its own delta, and what the configuration asks for of it. */
import {
  type Breadcrumb,
  type Context,
  type Entity,
  Failure,
  type Field,
  isFailure,
  isSkippable,
} from '../../core/plugin.ts'
import { graphUrl, listOption } from './api.ts'
import { type DeltaItem, deltaPages, fold, outlookHeaders } from './outlook.ts'
import { isRouteMissing } from './outlook-batch.ts'
import { type FolderState, type MailCursor, newFolder } from './outlook-mail-cursor.ts'

export const folderType = 'outlook_mail_folder'

export const folderFields: readonly Field[] = [
  {
    name: 'included_folders',
    title: 'Included folders',
    description: "Only these folders and what is below them, by name, path, id, or Outlook's own name such as inbox.",
    type: 'strings',
  },
  {
    name: 'excluded_folders',
    title: 'Excluded folders',
    description: 'Without these folders and what is below them, named in the same ways: junkemail, deleteditems.',
    type: 'strings',
  },
]

/** Names that Outlook knows its own folders by, in every language. https://learn.microsoft.com/graph/api/resources/mailfolder */
const wellKnownNames = new Set(
  (
    'archive clutter conflicts conversationhistory deleteditems drafts inbox junkemail localfailures msgfolderroot ' +
    'outbox recoverableitemsdeletions scheduled searchfolders sentitems serverfailures syncissues'
  ).split(' '),
)

const foldersAPage = 100
const tries = 3

/** A change may have the members alone that changed. */
type FolderItem = DeltaItem & { '@odata.type'?: string; displayName?: string | null; parentFolderId?: string | null }

/** Brings the folders of the cursor up to date. A position that has expired costs a new list, which tells what is gone. */
export async function readFolders(context: Context, cursor: MailCursor): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await readRound(context, cursor)
    } catch (error) {
      if (!isFailure(error, 'cursor_expired') || attempt === tries) throw error
      cursor.folderLink = null
    }
  }
}

async function readRound(context: Context, cursor: MailCursor): Promise<void> {
  const isList = cursor.folderLink === null
  const pages = deltaPages<FolderItem>({
    context,
    url: `${graphUrl(context.endpoints)}/me/mailFolders/delta`,
    link: cursor.folderLink,
    pageSize: foldersAPage,
  })
  const found = new Map<string, FolderItem>()
  let link: string | null = null
  for await (const page of pages) {
    for (const item of page.value) found.set(item.id, item)
    link = page['@odata.deltaLink'] ?? null
  }
  for (const item of found.values()) applyFolder(cursor, item)
  for (const [id, folder] of Object.entries(cursor.folders)) if (isList && !found.has(id)) folder.isGone = true
  for (const id of Object.keys(cursor.folders)) if (!found.has(id)) goWithParent(cursor, id)
  cursor.folderLink = link
}

function applyFolder({ folders }: MailCursor, item: FolderItem): void {
  const known = folders[item.id]
  if (item['@removed']) {
    if (known) known.isGone = true
    return
  }
  // A saved search shows messages that are in other folders.
  if (item['@odata.type']?.endsWith('.mailSearchFolder')) return
  if (!known) {
    folders[item.id] = newFolder(item.displayName ?? item.id, item.parentFolderId ?? null)
    return
  }
  known.name = item.displayName ?? known.name
  known.parent = item.parentFolderId ?? known.parent
  // One that comes back begins anew.
  if (known.isGone) Object.assign(known, { isGone: false, link: null, isListed: false })
}

/** A folder goes with the one above it, whether or not it is named. */
function goWithParent({ folders }: MailCursor, id: string): void {
  const folder = folders[id]
  if (folder && chainOf(folders, id).some(above => folders[above]?.isGone)) folder.isGone = true
}

/** The folder and those above it, up to the root, which is not among the folders; as long as they make no circle. */
function chainOf(folders: MailCursor['folders'], id: string): string[] {
  const chain: string[] = []
  for (let at: string | null = id; at !== null && !chain.includes(at); at = folders[at]?.parent ?? null) chain.push(at)
  return chain
}

/** From the outermost folder to this one. */
export function crumbsOf({ folders }: MailCursor, id: string): Breadcrumb[] {
  return chainOf(folders, id)
    .flatMap(above => {
      const folder = folders[above]
      return folder ? [{ entityId: above, name: folder.name, entityType: folderType }] : []
    })
    .reverse()
}

export function toFolderEntity(cursor: MailCursor, id: string, folder: FolderState): Entity {
  return {
    entityType: folderType,
    id,
    name: folder.name,
    breadcrumbs: crumbsOf(cursor, id).slice(0, -1),
    // The counts of its items are left out: they say what the items say.
    raw: { id, displayName: folder.name, parentFolderId: folder.parent },
  }
}

/**
 * Which folders are asked for: the nearest one named, going upwards, decides.
 * @throws Failure `bad_config` at the beginning of a full listing for a name that fits no folder
 */
export async function wantedFolders(
  context: Context,
  cursor: MailCursor,
  isFirst: boolean,
): Promise<(folderId: string) => boolean> {
  const included = await idsOf(context, cursor, 'included_folders')
  const excluded = await idsOf(context, cursor, 'excluded_folders')
  const [missing] = included.missing
  if (isFirst && missing !== undefined) {
    throw new Failure('bad_config', `included_folders names "${missing}", which this mailbox does not have: correct it`)
  }
  return folderId => {
    if (cursor.folders[folderId]?.isGone !== false) return false
    const decides = chainOf(cursor.folders, folderId).find(id => excluded.ids.has(id) || included.ids.has(id))
    return decides === undefined ? included.isEmpty : !excluded.ids.has(decides)
  }
}

async function idsOf(context: Context, cursor: MailCursor, option: string) {
  const names = listOption(context.config, option)
  const ids = new Set<string>()
  const missing: string[] = []
  for (const name of names) {
    const fitting = await idsNamed(context, cursor, name)
    for (const id of fitting) ids.add(id)
    if (fitting.length === 0) missing.push(name)
  }
  return { ids, missing, isEmpty: names.length === 0 }
}

async function idsNamed(context: Context, cursor: MailCursor, name: string): Promise<string[]> {
  const { folders, wellKnown } = cursor
  if (folders[name]) return [name]
  const wanted = fold(name)
  const fitting = Object.keys(folders).filter(id => {
    const path = crumbsOf(cursor, id).map(crumb => fold(crumb.name))
    const own = path.at(-1)
    return (
      own === wanted || path.join('/') === wanted || (wellKnownNames.has(wanted) && own?.replaceAll(' ', '') === wanted)
    )
  })
  if (fitting.length > 0 || !wellKnownNames.has(wanted)) return fitting
  const id = wellKnown[wanted] ?? (await wellKnownId(context, wanted))
  if (id === undefined) return []
  wellKnown[wanted] = id
  return [id]
}

async function wellKnownId({ api, endpoints }: Context, name: string): Promise<string | undefined> {
  try {
    const url = `${graphUrl(endpoints)}/me/mailFolders/${name}`
    const { id } = await api.get<{ id?: string }>(url, { headers: outlookHeaders(), query: { $select: 'id' } })
    return id
  } catch (error) {
    if (isSkippable(error) || isRouteMissing(error) || isFailure(error, 'bad_response')) return undefined
    throw error
  }
}
