/** One drive under way: its place in the cursor, the requests that read it, and how its files become changes. */
import {
  type Breadcrumb,
  type Change,
  type Context,
  Failure,
  isFailure,
  isSkippable,
  type Known,
  mapInOrder,
  type PathFilter,
  pathFilter,
} from '../../core/plugin.ts'
import { baseUrl, listOption } from './api.ts'
import { readContent } from './drive-content.ts'
import { type DriveFile, fileFields, fileType, isHeld, isNative, pathOf, toEntity } from './drive-file.ts'
import { createFolders, type Folders } from './drive-folders.ts'

export type DriveCursor = {
  /** A full listing that is not over. */
  full: boolean
  drives: DriveState[]
}

export type DriveState = {
  id: string
  name: string
  /** A shared drive; otherwise My Drive and what others share. */
  shared: boolean
  /** Position in the change log; null where the server keeps none. */
  token: string | null
  /** The next page of the listing, empty for the first; null once it is done. */
  page: string | null
  /** Folders whose content has to be read again, or removed: they moved, and their content has no changes of its own. */
  folders: string[]
  /** Files whose content could not be had, and how often it was tried. */
  files: { [id: string]: number }
  /** Google gave up on part of a listing: what it left out shows in another full listing only. */
  incomplete?: true
}

export interface Reader {
  context: Context
  state: DriveState
  folders: Folders
  filter: PathFilter
  /** A full listing sweeps what it has not seen: everything it meets has to be yielded. */
  isFull: boolean
  /** Whether the file is one of this drive: the log of a person also shows files of shared drives. */
  belongs(file: DriveFile): boolean
  /** Whether it is in another drive that is read, too. */
  isElsewhere(file: DriveFile): boolean
  /** The drives that are read, each with its own part of the cursor. */
  drives(): readonly DriveState[]
  checkpoint(): Change<DriveCursor>
}

export type ReaderOptions = Omit<Reader, 'folders' | 'filter'>

const parallelDownloads = 8
/** How often the content of a file is tried before it has to do without until it changes. */
const maxTries = 5
/** More than this a full listing finds again. */
const maxRemembered = 1000

export function createReader(options: ReaderOptions): Reader {
  const { context, state } = options
  return {
    ...options,
    folders: createFolders(context, state),
    filter: pathFilter(listOption(context.config, 'include_patterns')),
  }
}

interface FileList {
  files: DriveFile[]
  nextPageToken?: string
  /** Google gave up on part of the search: what is missing may well exist. */
  incompleteSearch?: boolean
}

/** How often a listing is begun again whose page tokens die. */
const maxListings = 3

/**
 * Pages of the files of this drive that `condition` asks for, none of them in the trash. Page tokens of a listing live
 * for hours only: after a refused one the listing begins again, and what was given comes once more.
 * @param pageToken where to begin; empty for the start
 * @see https://developers.google.com/workspace/drive/api/reference/rest/v3/files/list
 */
export async function* listFiles(
  reader: Reader,
  condition: string,
  pageToken = '',
): AsyncGenerator<FileList, void, undefined> {
  for (let tries = 1, token = pageToken; ; tries++, token = '') {
    let pages = 0
    try {
      for await (const page of filePages(reader, condition, token)) {
        pages++
        yield page
      }
      return
    } catch (error) {
      const isRefused = isFailure(error) && [400, 404, 410].includes(error.status ?? 0)
      if (!isRefused || tries === maxListings || (token === '' && pages === 0)) throw error
    }
  }
}

async function* filePages(
  reader: Reader,
  condition: string,
  pageToken: string,
): AsyncGenerator<FileList, void, undefined> {
  const { context, state, belongs } = reader
  const pages = context.api.pages<FileList>(`${baseUrl(context.endpoints, 'api')}/drive/v3/files`, {
    query: {
      q: [condition, 'trashed = false'].filter(Boolean).join(' and '),
      pageSize: 1000,
      fields: `nextPageToken,incompleteSearch,files(${fileFields})`,
      spaces: 'drive',
      ...(state.shared ? { corpora: 'drive', driveId: state.id } : { corpora: 'user' }),
      supportsAllDrives: true,
      includeItemsFromAllDrives: true,
      pageToken: pageToken || undefined,
    },
    parameter: 'pageToken',
    next: page => page.nextPageToken,
    expect: ['files'],
  })
  for await (const page of pages) {
    yield { ...page, files: page.files.filter(file => belongs(file) && !file.trashed) }
  }
}

export function incomplete(reader: Reader): Failure {
  const where = `GET ${new URL(baseUrl(reader.context.endpoints, 'api')).origin}/drive/v3/files`
  return new Failure('item_unreadable', `${where} answered that its listing is not complete`)
}

/**
 * The changes that bring files into the store, their content with them.
 * - `listed`: a full listing, which reads everything; what the patterns leave out is swept after it.
 * - `changed`: the change log named them; content is fetched unless its checksum is the one the store has.
 * - `moved`: a folder above them changed; only what is not in the store yet, or not there, is fetched.
 */
export async function* upsertFiles(
  reader: Reader,
  files: readonly DriveFile[],
  why: 'listed' | 'changed' | 'moved',
): AsyncGenerator<Change<DriveCursor>, void, undefined> {
  const { context, state, folders, filter, isFull } = reader
  const held = why === 'listed' ? new Map<string, Known>() : await lookUp(context, files)

  for await (const { entity, change, failure, isPlaceless } of mapInOrder(files, parallelDownloads, read)) {
    if (change) yield change
    if (!failure) {
      delete state.files[entity.id]
      continue
    }
    const tries = (state.files[entity.id] ?? 0) + 1
    if (isPlaceless) {
      // Neither where it is nor whether it is asked for can be told: it stays as it is, and is asked for again.
      state.files[entity.id] = Math.min(tries, maxTries - 1)
      context.skip({ entityType: fileType, id: entity.id }, failure)
      continue
    }
    if (tries >= maxTries) delete state.files[entity.id]
    else rememberFile(state, entity.id, tries)
    if (change) continue
    // What the store has is better than the same without its text, for a while.
    const { size } = held.has(entity.id) ? held : await lookUp(context, [entity])
    if (size > 0 && tries < maxTries) context.skip({ entityType: fileType, id: entity.id }, failure)
    else yield { type: 'upsert', entity }
  }

  async function read(file: DriveFile) {
    const breadcrumbs = await trailOf(file)
    if (breadcrumbs instanceof Failure) return { entity: toEntity(file, []), failure: breadcrumbs, isPlaceless: true }
    const entity = toEntity(file, breadcrumbs)
    const known = held.get(file.id)
    if (!filter.includes(pathOf(file, breadcrumbs))) return { entity, change: known && removal(file.id) }
    const isSettled = isHeld(entity, known) && !(file.id in state.files) && (why === 'moved' || !isNative(file))
    if (isSettled && !isFull) return { entity }
    const { file: content, failure } = await readContent(context, file)
    if (!content) return { entity, failure }
    return { entity, failure, change: { type: 'upsert', entity: { ...entity, file: content } } as const }
  }

  async function trailOf(file: DriveFile): Promise<Breadcrumb[] | Failure> {
    try {
      return await folders.breadcrumbs(file)
    } catch (error) {
      if (isSkippable(error)) return error
      throw error
    }
  }
}

/** Has a file read again in this run's end or the next. */
export function rememberFile({ files }: DriveState, id: string, tries = files[id] ?? 1): void {
  if (id in files || Object.keys(files).length < maxRemembered) files[id] = tries
}

export function removal(id: string): Change<DriveCursor> {
  return { type: 'remove', entityType: fileType, id }
}

/** What the store holds of these files. */
export async function lookUp(context: Context, files: Iterable<{ id: string }>): Promise<Map<string, Known>> {
  const held = new Map<string, Known>()
  for (const { id } of files) {
    for await (const known of context.known({ entityType: fileType, id })) held.set(id, known)
  }
  return held
}

export function isOf(reader: Reader, known: Known | undefined): boolean {
  return known?.breadcrumbs[0]?.entityId === reader.state.id
}

export function startsWith(breadcrumbs: readonly Breadcrumb[], beginning: readonly Breadcrumb[]): boolean {
  return beginning.every(({ entityId, name }, index) => {
    const breadcrumb = breadcrumbs[index]
    return breadcrumb?.entityId === entityId && breadcrumb.name === name
  })
}
