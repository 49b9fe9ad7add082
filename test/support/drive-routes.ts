/** Drive's routes as Google's SDK has them. */
import { drive, type drive_v3 } from '@googleapis/drive'
import { sdkOptions } from './google-sdk.ts'
import { type QueryTable, type Route, route, type ShapeOf } from './google-types.ts'

export function driveClient(url: string, token?: string): drive_v3.Drive {
  return drive({ version: 'v3', ...sdkOptions(url, token) })
}

const base = '/drive/v3'

export function driveRoutes(url: string): Route[] {
  const { about, drives, files, changes } = driveClient(url)
  return [
    route(
      `${base}/about`,
      (ask: drive_v3.Params$Resource$About$Get) => about.get(ask),
      { fields: 'text' },
      { kind: 'text', user: person },
    ),
    route(
      `${base}/drives`,
      (ask: drive_v3.Params$Resource$Drives$List) => drives.list(ask),
      { fields: 'text', pageSize: 'number', pageToken: 'text' },
      { kind: 'text', drives: [{ kind: 'text', id: 'text', name: 'text' }], nextPageToken: 'text' },
    ),
    route(
      `${base}/files`,
      (ask: drive_v3.Params$Resource$Files$List) => files.list(ask),
      { ...paged, q: 'text', corpora: 'text' },
      { kind: 'text', files: [file], nextPageToken: 'text', incompleteSearch: 'boolean' },
    ),
    route(
      `${base}/changes/startPageToken`,
      (ask: drive_v3.Params$Resource$Changes$Getstartpagetoken) => changes.getStartPageToken(ask),
      { fields: 'text', supportsAllDrives: 'boolean', driveId: 'text' },
      { kind: 'text', startPageToken: 'text' },
    ),
    route(
      `${base}/changes`,
      (ask: drive_v3.Params$Resource$Changes$List) => changes.list(ask),
      { ...paged, includeRemoved: 'boolean', restrictToMyDrive: 'boolean' },
      { kind: 'text', changes: [change], nextPageToken: 'text', newStartPageToken: 'text' },
    ),
    route(
      `${base}/files/{fileId}`,
      (ask: drive_v3.Params$Resource$Files$Get) => files.get(ask),
      { fields: 'text', supportsAllDrives: 'boolean', alt: 'text' },
      file,
    ),
    route(
      `${base}/files/{fileId}/export`,
      (ask: drive_v3.Params$Resource$Files$Export) => files.export(ask),
      { mimeType: 'text' },
      'bytes',
    ),
  ]
}

type Paged = keyof drive_v3.Params$Resource$Files$List & keyof drive_v3.Params$Resource$Changes$List

const paged = {
  fields: 'text',
  supportsAllDrives: 'boolean',
  includeItemsFromAllDrives: 'boolean',
  driveId: 'text',
  pageToken: 'text',
  pageSize: 'number',
  spaces: 'text',
} as const satisfies QueryTable<Pick<drive_v3.Params$Resource$Files$List, Paged>>

const person = {
  kind: 'text',
  displayName: 'text',
  emailAddress: 'text',
  permissionId: 'text',
  me: 'boolean',
} as const satisfies ShapeOf<drive_v3.Schema$User>

const file = {
  kind: 'text',
  id: 'text',
  name: 'text',
  mimeType: 'text',
  description: 'text',
  parents: ['text'],
  driveId: 'text',
  trashed: 'boolean',
  createdTime: 'text',
  modifiedTime: 'text',
  viewedByMeTime: 'text',
  size: 'text',
  md5Checksum: 'text',
  webViewLink: 'text',
  thumbnailLink: 'text',
  originalFilename: 'text',
  owners: [person],
  lastModifyingUser: person,
  shortcutDetails: { targetId: 'text', targetMimeType: 'text' },
  capabilities: { canDownload: 'boolean' },
} as const satisfies ShapeOf<drive_v3.Schema$File>

const change = {
  kind: 'text',
  type: 'text',
  changeType: 'text',
  time: 'text',
  removed: 'boolean',
  fileId: 'text',
  file,
} as const satisfies ShapeOf<drive_v3.Schema$Change>
