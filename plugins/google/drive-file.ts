/** What Google tells of a file, and the entity that is made of it. */
import {
  type Breadcrumb,
  canonicalJson,
  type Entity,
  type Json,
  type JsonObject,
  type Known,
} from '../../core/plugin.ts'
import { toAuthor } from './person.ts'

export const driveType = 'google_drive_drive'
export const fileType = 'google_drive_file'

/** https://developers.google.com/workspace/drive/api/reference/rest/v3/files */
export interface DriveFile {
  id: string
  name?: string
  mimeType?: string
  description?: string
  /** Absent where the reader may not see the folder. Files from before 2020 may have several. */
  parents?: string[]
  /** The shared drive that holds it; absent in My Drive. */
  driveId?: string
  /** Also true for what lies in a trashed folder. */
  trashed?: boolean
  createdTime?: string
  modifiedTime?: string
  /**
   * Bytes as a decimal string; of Google's own documents, what they take there
   * (https://developers.google.com/workspace/drive/api/reference/rest/v3/files).
   */
  size?: string
  md5Checksum?: string
  webViewLink?: string
  originalFilename?: string
  owners?: DrivePerson[]
  lastModifyingUser?: DrivePerson
  shortcutDetails?: { targetId?: string; targetMimeType?: string }
  capabilities?: { canDownload?: boolean }
}

interface DrivePerson {
  displayName?: string
  emailAddress?: string
}

/** The members of `DriveFile`, as the `fields` parameter names them: nothing that differs at each read. */
export const fileFields =
  'id,name,mimeType,description,parents,driveId,trashed,createdTime,modifiedTime,size,md5Checksum,webViewLink,' +
  'originalFilename,owners(displayName,emailAddress),lastModifyingUser(displayName,emailAddress),' +
  'shortcutDetails(targetId,targetMimeType),capabilities(canDownload)'

export const folderType = 'application/vnd.google-apps.folder'

export function isFolder(file: DriveFile): boolean {
  return file.mimeType === folderType
}

/** Docs, Sheets, Slides and their kin: without bytes of their own, and so without checksum. */
export function isNative(file: DriveFile): boolean {
  return file.mimeType?.startsWith('application/vnd.google-apps.') ?? false
}

/** The path that `include_patterns` are matched with: from the drive's root down. */
export function pathOf(file: DriveFile, breadcrumbs: readonly Breadcrumb[]): string {
  return [...breadcrumbs.slice(1).map(breadcrumb => breadcrumb.name), nameOf(file)].join('/')
}

export function nameOf(file: { id: string; name?: string }): string {
  return file.name || file.id
}

/** The entity of a file, with its description for a text: the content is added by whoever reads it. */
export function toEntity(file: DriveFile, breadcrumbs: readonly Breadcrumb[]): Entity {
  const author = file.owners?.[0] ?? file.lastModifyingUser
  return {
    entityType: fileType,
    id: file.id,
    name: nameOf(file),
    text: file.description || undefined,
    url: file.webViewLink,
    author: author && toAuthor(author.displayName, author.emailAddress),
    breadcrumbs,
    createdAt: file.createdTime,
    updatedAt: file.modifiedTime,
    raw: toRaw(file),
  }
}

/** Whether the store holds exactly this, its content aside. */
export function isHeld(entity: Entity, known: Known | undefined): boolean {
  return known !== undefined && canonicalJson(facts(entity)) === canonicalJson(facts(known))
}

function facts({ name, breadcrumbs, raw }: Entity | Known): unknown {
  return { name, raw, breadcrumbs: breadcrumbs?.map(({ entityId, name }) => ({ entityId, name })) }
}

/** Picked by name, so that a server that ignores `fields` gives the same. */
function toRaw(file: DriveFile): JsonObject {
  return pick({
    id: file.id,
    name: file.name,
    mimeType: file.mimeType,
    description: file.description,
    // Google promises no order.
    parents: file.parents?.toSorted(),
    driveId: file.driveId,
    createdTime: file.createdTime,
    modifiedTime: file.modifiedTime,
    size: file.size,
    md5Checksum: file.md5Checksum,
    webViewLink: file.webViewLink,
    originalFilename: file.originalFilename,
    owners: file.owners?.map(person),
    lastModifyingUser: file.lastModifyingUser && person(file.lastModifyingUser),
    // Told where it is false: once it is not, there is a text to be had.
    capabilities: file.capabilities?.canDownload === false ? { canDownload: false } : undefined,
    shortcutDetails:
      file.shortcutDetails &&
      pick({
        targetId: file.shortcutDetails.targetId,
        targetMimeType: file.shortcutDetails.targetMimeType,
      }),
  })
}

function person({ displayName, emailAddress }: DrivePerson): JsonObject {
  return pick({ displayName, emailAddress })
}

function pick(members: Record<string, Json | undefined>): JsonObject {
  const present: JsonObject = {}
  for (const [name, value] of Object.entries(members)) if (value !== undefined) present[name] = value
  return present
}
