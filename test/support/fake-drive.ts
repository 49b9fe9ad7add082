/**
 * Google Drive as its reference describes it, stricter where it may be: pages of a few, tokens bound to their query,
 * partial responses, a change log for the person and one for each shared drive in which a folder's move, rename, trash
 * or removal shows the folder alone.
 */
import { createFakeDriveFiles, type FakeDriveFile, type FakeDriveFiles } from './fake-drive-files.ts'
import type { FakeRequest, FakeResponse, FakeRoute } from './fake-server.ts'
import { boundTo, handle, project, refuse, seal, unseal } from './google-protocol.ts'
import { buildPresentation, buildWorkbook } from './office-builder.ts'

const documentType = 'application/vnd.google-apps.document'

export interface FakeDrive extends FakeDriveFiles {
  routes: FakeRoute[]
  /** Most items of a page. */
  pageSize: number
  /** Most shared drives of a page; `pageSize` if absent. */
  drivesPageSize?: number
  /** Says that listings are not complete, and leaves these files out of them. */
  incomplete: Set<string> | undefined
  /** Answers for the content of a file in place of it. */
  contentFaults: Map<string, FakeResponse>
  /** What page tokens and positions of before are worth now. */
  epoch: number
  /** What page tokens of listings from before are worth now, positions aside. */
  pageEpoch: number
  /** A server without a change log. */
  hasLog: boolean
}

export function createFakeDrive(): FakeDrive {
  const state = createFakeDriveFiles()
  const { rootId, isVisible, isTrashed, resource } = state
  const fake: FakeDrive = {
    ...state,
    pageSize: 3,
    incomplete: undefined,
    contentFaults: new Map(),
    epoch: 1,
    pageEpoch: 1,
    hasLog: true,
    routes: [],
  }
  const base = '/drive/v3'
  const common = ['fields', 'supportsAllDrives']
  const paged = [...common, 'pageToken', 'pageSize', 'spaces', 'includeItemsFromAllDrives', 'driveId']
  route(`${base}/about`, ['fields'], ({ query }) => {
    if (!query.has('fields')) refuse(400, 'required', 'the fields parameter is required')
    const names = { displayName: 'Test User', emailAddress: 'Test.User@Example.com' }
    const user = { kind: 'drive#user', ...names, permissionId: '0815', me: true }
    return partial(query, { kind: 'drive#about', user })
  })
  route(`${base}/drives`, ['fields', 'pageSize', 'pageToken'], ({ path, query }) => {
    const all = [...fake.drives].map(([id, name]) => ({ kind: 'drive#drive', id, name }))
    const { items, nextPageToken } = slice(path, query, all, 100, fake.drivesPageSize)
    return partial(query, { kind: 'drive#driveList', drives: items, nextPageToken })
  })
  route(`${base}/files`, [...paged, 'q', 'corpora'], listFiles)
  route(`${base}/changes/startPageToken`, [...common, 'driveId'], ({ query }) => {
    if (!fake.hasLog) return refuse(404, 'notFound')
    const startPageToken = position(query.get('driveId') ?? 'me', fake.end())
    return partial(query, { kind: 'drive#startPageToken', startPageToken })
  })
  route(`${base}/changes`, [...paged, 'includeRemoved', 'restrictToMyDrive'], listChanges)
  route(`${base}/files/{id}`, [...common, 'alt'], request => {
    const file = readable(request)
    if (request.query.get('alt') !== 'media') return partial(request.query, resource(file), shortFile)
    if (isNative(file)) refuse(403, 'fileNotDownloadable', 'Only files with binary content can be directly downloaded.')
    const answer = { headers: { 'content-type': file.mimeType }, body: file.content }
    return fake.contentFaults.get(file.id) ?? answer
  })
  route(`${base}/files/{id}/export`, ['mimeType'], request => {
    const file = readable(request)
    const fault = fake.contentFaults.get(file.id)
    if (fault) return fault
    if (!isNative(file)) refuse(403, 'fileNotExportable', 'Export only supports Docs Editors files.')
    const form = request.query.get('mimeType') ?? refuse(400, 'required', 'Required parameter: mimeType')
    if (!exports[file.mimeType]?.includes(form)) refuse(400, 'badRequest', 'The requested conversion is not supported.')
    return { headers: { 'content-type': form }, body: exported(file.content, form) }
  })
  return fake

  function route(pattern: string, parameters: string[], handler: (request: FakeRequest) => FakeResponse): void {
    fake.routes.push({ method: 'GET', pattern, handler: handle(parameters, handler) })
  }

  function listFiles({ path, query }: FakeRequest): FakeResponse {
    expectOnly(query, { spaces: ['drive'], corpora: ['user', 'drive'] })
    const driveId = query.get('driveId')
    const all = query.get('includeItemsFromAllDrives') === 'true'
    if (all && query.get('supportsAllDrives') !== 'true') refuse(403, 'teamDrivesParentLimit')
    if ((query.get('corpora') === 'drive') !== (driveId !== null))
      refuse(400, 'invalidParameter', 'driveId and corpora')
    if (driveId !== null && !all) refuse(403, 'teamDriveDomainUsersOnlyRestriction')
    if (driveId !== null && !fake.drives.has(driveId)) refuse(404, 'notFound')
    const fits = condition(query.get('q') ?? '')
    const found = [...fake.files.values()]
      .filter(file => isVisible(file) && file.id !== rootId && !fake.incomplete?.has(file.id))
      .filter(file => (driveId ? file.driveId === driveId : !file.driveId || (all && file.isOpened)))
      .filter(fits)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
    const { items, nextPageToken } = slice(path, query, found, 1000)
    const page = { kind: 'drive#fileList', files: items.map(resource), nextPageToken }
    const usual = `kind,nextPageToken,incompleteSearch,files(${shortFile})`
    return partial(query, { ...page, incompleteSearch: fake.incomplete !== undefined }, usual)
  }

  function listChanges({ query }: FakeRequest): FakeResponse {
    expectOnly(query, { spaces: ['drive'], includeRemoved: ['true'], restrictToMyDrive: ['false'] })
    const drive = query.get('driveId') ?? 'me'
    const all = query.get('includeItemsFromAllDrives') === 'true'
    if (drive !== 'me' && !fake.drives.has(drive)) refuse(404, 'notFound')
    if (drive !== 'me' && (!all || query.get('supportsAllDrives') !== 'true')) refuse(403, 'forbidden')
    const token = unseal(query.get('pageToken') ?? refuse(400, 'required')) as {
      drive?: string
      after?: number
      epoch?: number
    }
    if (token.drive !== drive || token.epoch !== fake.epoch || token.after === undefined) refuse(400, 'invalid')
    const after = token.after ?? 0
    const left = fake.changedAfter(drive, after)
    const page = left.slice(0, pageSizeOf(query, 1000))
    const changes = page.map(([fileId]) => {
      const file = fake.files.get(fileId)
      const isHere = file && isVisible(file) && (drive === 'me' ? !file.driveId || all : file.driveId === drive)
      const type = { kind: 'drive#change', type: 'file', changeType: 'file' }
      const base = { ...type, fileId, time: '2026-01-01T00:00:00.000Z', removed: !isHere }
      return isHere ? { ...base, file: resource(file) } : base
    })
    const isLast = page.length === left.length
    const next = position(drive, page.at(-1)?.[1] ?? after)
    const end = isLast ? { newStartPageToken: next } : { nextPageToken: next }
    const usual = `kind,nextPageToken,newStartPageToken,changes(kind,type,changeType,time,removed,fileId,file(${shortFile}))`
    return partial(query, { kind: 'drive#changeList', changes, ...end }, usual)
  }

  function position(drive: string, after: number): string {
    return seal({ drive, after, epoch: fake.epoch })
  }

  function pageSizeOf(query: URLSearchParams, most: number, usual = fake.pageSize): number {
    const size = Number(query.get('pageSize') ?? 100)
    if (!(size >= 1 && size <= most)) refuse(400, 'invalidParameter', 'pageSize')
    return Math.min(size, usual)
  }

  function slice<Item extends { id: string }>(
    path: string,
    query: URLSearchParams,
    all: Item[],
    most: number,
    usual?: number,
  ) {
    const size = pageSizeOf(query, most, usual)
    const question = `${path}?${boundTo(query)}#${fake.epoch}.${fake.pageEpoch}`
    const token = query.get('pageToken')
    const opened = token === null ? undefined : (unseal(token) as { after?: string; bound?: string })
    if (opened && opened.bound !== question) refuse(400, 'invalid', 'Invalid Value')
    const left = all.filter(({ id }) => id > (opened?.after ?? '')).sort((a, b) => (a.id < b.id ? -1 : 1))
    const items = left.slice(0, size)
    const bound = { after: items.at(-1)?.id, bound: question }
    return { items, nextPageToken: items.length < left.length ? seal(bound) : undefined }
  }

  function condition(q: string): (file: FakeDriveFile) => boolean {
    const clauses = (q === '' ? [] : q.split(' and ')).map(clause => {
      const [, parent] = /^'([^']+)' in parents$/.exec(clause) ?? []
      const [, trashed] = /^trashed = (true|false)$/.exec(clause) ?? []
      const [, not, type] = /^mimeType (!?)= '([^']+)'$/.exec(clause) ?? []
      if (parent) {
        const folder = fake.files.get(parent)
        if (!fake.drives.has(parent) && !(folder && isVisible(folder))) refuse(404, 'notFound', 'File not found: .')
        return (file: FakeDriveFile) => file.parents.includes(parent)
      }
      if (trashed) return (file: FakeDriveFile) => isTrashed(file) === (trashed === 'true')
      if (type) return (file: FakeDriveFile) => (file.mimeType === type) === (not === '')
      return refuse(400, 'invalid', 'Invalid Value')
    })
    return file => clauses.every(clause => clause(file))
  }

  function readable({ params, query }: FakeRequest): FakeDriveFile {
    const file = fake.files.get(params.id === 'root' ? rootId : (params.id ?? ''))
    if (!file || !isVisible(file)) return refuse(404, 'notFound', 'File not found: .')
    const isExport = query.has('mimeType')
    if (file.driveId && !isExport && query.get('supportsAllDrives') !== 'true') return refuse(404, 'notFound')
    return file
  }

  function partial(query: URLSearchParams, body: unknown, otherwise?: string): FakeResponse {
    const fields = query.get('fields') ?? otherwise
    return { body: fields && fields !== '*' ? project(body, fields) : body }
  }
}

/** What Drive tells of a file when no `fields` are named. */
const shortFile = 'kind,id,name,mimeType'

function isNative({ mimeType }: FakeDriveFile): boolean {
  return mimeType.startsWith('application/vnd.google-apps.')
}

/** Refuses what Google would take and the fake would not heed. */
function expectOnly(query: URLSearchParams, values: Readonly<Record<string, readonly string[]>>): void {
  for (const [name, known] of Object.entries(values)) {
    const value = query.get(name)
    if (value !== null && !known.includes(value)) refuse(400, 'invalidParameter', `the fake has no ${name}=${value}`)
  }
}

const openXml = 'application/vnd.openxmlformats-officedocument'
const workbookType = `${openXml}.spreadsheetml.sheet`
const presentationType = `${openXml}.presentationml.presentation`

/** The same content in another form: as CSV, a spreadsheet shows its first sheet alone. */
function exported(content: string, form: string): string | Buffer {
  if (form === workbookType) {
    const rows = content
      .split('\n')
      .filter(Boolean)
      .map(line => line.split(','))
    return buildWorkbook({ 'First sheet': rows, 'Second sheet': [['more of', 'the same']] })
  }
  return form === presentationType ? buildPresentation(content.split('\f')) : content
}

const exports: Readonly<Record<string, readonly string[]>> = {
  [documentType]: ['text/plain', 'text/markdown', 'text/html', 'application/pdf'],
  'application/vnd.google-apps.spreadsheet': [workbookType, 'text/csv', 'application/pdf'],
  'application/vnd.google-apps.presentation': [presentationType, 'text/plain', 'application/pdf'],
}
