/** What Graph tells of a drive and of the items in it, and the entities that are made of them. */
import {
  type Breadcrumb,
  canonicalJson,
  type Entity,
  type Json,
  type JsonObject,
  type Known,
} from '../../core/plugin.ts'

export const driveType = 'onedrive_drive'
export const itemType = 'onedrive_item'

/** The members that are used of https://learn.microsoft.com/graph/api/resources/driveitem */
export type DriveItem = {
  id: string
  name?: string
  description?: string
  size?: number
  webUrl?: string
  createdDateTime?: string
  lastModifiedDateTime?: string
  createdBy?: IdentitySet
  lastModifiedBy?: IdentitySet
  /** Its path is left alone: it is stale after a folder above was renamed, and absent in a delta. */
  parentReference?: { id?: string; driveId?: string }
  /** Changes with the content alone. */
  cTag?: string
  file?: { mimeType?: string; hashes?: Record<string, string> }
  folder?: { childCount?: number }
  /** A OneNote notebook: one thing for a person, with files below it. */
  package?: { type?: string }
  /** A shortcut to what lies in another drive. */
  remoteItem?: {
    id?: string
    name?: string
    webUrl?: string
    file?: { mimeType?: string }
    folder?: object
    parentReference?: { driveId?: string }
  }
  /** Its content is refused. */
  malware?: { description?: string }
  root?: object
  /** Gone; comes with little more than the id. */
  deleted?: object | null
  [facet: string]: unknown
}

export interface Drive {
  id: string
  name?: string
  description?: string
  driveType?: string
  webUrl?: string
  createdDateTime?: string
  owner?: IdentitySet
}

type IdentitySet = { user?: Identity; application?: Identity; device?: Identity; group?: Identity }
type Identity = { id?: string; displayName?: string; email?: string }

/** Whether other items hang on it. */
export function isContainer(item: DriveItem): boolean {
  return !item.remoteItem && (isPresent(item.folder) || isPresent(item.package))
}

/** Whether it becomes an entity: folders are seen in breadcrumbs alone. */
export function isListed(item: DriveItem): boolean {
  return !isContainer(item) || isPresent(item.package)
}

export function isDeleted(item: DriveItem): boolean {
  return isPresent(item.deleted)
}

export function isRoot(item: DriveItem): boolean {
  return isPresent(item.root)
}

/** The path that `include_patterns` are matched with: from the drive's root down. */
export function pathOf(item: DriveItem, breadcrumbs: readonly Breadcrumb[]): string {
  return [...breadcrumbs.slice(1).map(breadcrumb => breadcrumb.name), nameOf(item)].join('/')
}

export function nameOf({ id, name }: { id: string; name?: string | undefined }): string {
  return name || id
}

export function toDriveEntity(drive: Drive): Entity {
  return {
    entityType: driveType,
    id: drive.id,
    name: drive.name || 'OneDrive',
    text: drive.description || undefined,
    url: drive.webUrl,
    author: toAuthor(drive.owner),
    createdAt: drive.createdDateTime,
    raw: pick({
      id: drive.id,
      name: drive.name,
      description: drive.description,
      driveType: drive.driveType,
      webUrl: drive.webUrl,
      createdDateTime: drive.createdDateTime,
      owner: identities(drive.owner),
    }),
  }
}

/** The entity of an item, with its description for a text: the content is added by whoever reads it. */
export function toEntity(item: DriveItem, breadcrumbs: readonly Breadcrumb[]): Entity {
  return {
    entityType: itemType,
    id: item.id,
    name: nameOf(item),
    text: item.description || undefined,
    url: item.webUrl ?? item.remoteItem?.webUrl,
    author: toAuthor(item.createdBy) ?? toAuthor(item.lastModifiedBy),
    breadcrumbs,
    createdAt: item.createdDateTime,
    updatedAt: item.lastModifiedDateTime,
    raw: toRaw(item),
  }
}

/** Whether the store holds exactly this, its content aside. */
export function isHeld(entity: Entity, known: Known | undefined): boolean {
  return known !== undefined && isInPlace(entity, known) && canonicalJson(entity.raw) === canonicalJson(known.raw ?? {})
}

/** Whether the store holds it under the same name in the same place. */
function isInPlace(entity: Entity, known: Known): boolean {
  const place = ({ name, breadcrumbs }: Entity | Known) =>
    canonicalJson({ name, breadcrumbs: breadcrumbs?.map(({ entityId, name }) => ({ entityId, name })) })
  return place(entity) === place(known)
}

/**
 * What stays the same from read to read: neither download links nor eTags, which change with sharing and with the
 * server's own work. It is an item again, with all that `toEntity` and the reading of its content ask for.
 */
export function toRaw(item: DriveItem): JsonObject & DriveItem {
  return {
    id: item.id,
    ...pick({
      name: item.name,
      description: item.description || undefined,
      size: item.size,
      webUrl: item.webUrl,
      createdDateTime: item.createdDateTime,
      lastModifiedDateTime: item.lastModifiedDateTime,
      createdBy: identities(item.createdBy),
      lastModifiedBy: identities(item.lastModifiedBy),
      parentReference: item.parentReference?.id === undefined ? undefined : { id: item.parentReference.id },
      // A hash tells of the content better; not every service has one for every file.
      cTag: item.file?.hashes ? undefined : item.file && item.cTag,
      file: item.file && pick({ mimeType: item.file.mimeType, hashes: plain(item.file.hashes) }),
      package: plain(item.package),
      remoteItem:
        item.remoteItem &&
        pick({
          id: item.remoteItem.id,
          name: item.remoteItem.name,
          webUrl: item.remoteItem.webUrl,
          file: item.remoteItem.file && pick({ mimeType: item.remoteItem.file.mimeType }),
          folder: item.remoteItem.folder && {},
          parentReference:
            item.remoteItem.parentReference && pick({ driveId: item.remoteItem.parentReference.driveId }),
        }),
      malware: plain(item.malware),
      image: plain(item.image),
      photo: plain(item.photo),
      audio: plain(item.audio),
      video: plain(item.video),
      location: plain(item.location),
    }),
  }
}

function isPresent(facet: unknown): boolean {
  return facet !== undefined && facet !== null
}

function toAuthor(set: IdentitySet | undefined): string | undefined {
  const { displayName, email } = set?.user ?? set?.group ?? set?.application ?? {}
  if (displayName && email && displayName !== email) return `${displayName} <${email}>`
  return displayName || email || undefined
}

function identities(set: IdentitySet | undefined): JsonObject | undefined {
  if (!set) return undefined
  const one = (identity: Identity | undefined) =>
    identity && pick({ id: identity.id, displayName: identity.displayName, email: identity.email })
  return pick({ user: one(set.user), group: one(set.group), application: one(set.application) })
}

/** A facet without nested objects, annotations and nulls. */
function plain(facet: unknown): JsonObject | undefined {
  if (typeof facet !== 'object' || facet === null) return undefined
  const members = Object.entries(facet).filter(
    ([name, value]) => !name.startsWith('@') && ['string', 'number', 'boolean'].includes(typeof value),
  )
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function pick(members: Record<string, Json | undefined>): JsonObject {
  const present: JsonObject = {}
  for (const [name, value] of Object.entries(members)) if (value !== undefined && value !== null) present[name] = value
  return present
}
