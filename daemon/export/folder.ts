/** `inlet export --format markdown`: collections mirrored into a folder; another run changes what has changed since. */
import { lstat, mkdir, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure, isFailure } from '../../core/errors.ts'
import { type FolderLock, lockFolder } from '../../core/store/lock.ts'
import type { CollectionBody } from '../schemas/collection.ts'
import { diskAt } from './disk.ts'
import { type ExportApi, type ListedConnection, listAll, type ResolvedFilter, readFeed } from './feed.ts'
import { fileNameOf, foldedPath, folderNameOf } from './file-names.ts'
import { createHashTable } from './hash-table.ts'
import { type Ledger, openLedger } from './ledger.ts'
import { createMirror, type Mirror, type MirrorCounts, type Place } from './mirror.ts'
import { type CollectionState, type MirrorState, readState, writeState } from './state.ts'

export interface FolderExportOptions {
  api: ExportApi
  /** Absolute; made where it is missing. */
  output: string
  /** The collections to mirror, and whether they are all that there are: what others had written is removed then. */
  collections: readonly Pick<CollectionBody, 'id' | 'readable_id'>[]
  isAll: boolean
  filter: ResolvedFilter
  includeRaw: boolean
  /** Told of each file that stays as it is although it is in the way. */
  onKept(path: string): void
  onProgress(counts: MirrorCounts): void
  signal: AbortSignal
}

const stateFolder = '.inlet-export'

/**
 * @throws Failure `data_folder` when the folder cannot be used, or what an earlier export noted is damaged; `conflict`
 *   when another export is at work in it, or it mirrors another inlet; `cancelled` by the signal, between two pages
 */
export async function exportFolder(options: FolderExportOptions): Promise<MirrorCounts> {
  const { output, filter, includeRaw, onKept } = options
  const { root, lock } = await takeFolder(output)
  let ledger: Ledger | undefined
  try {
    const own = join(root, stateFolder)
    const drafts = join(own, 'drafts')
    await rm(drafts, { recursive: true, force: true })
    await mkdir(drafts)
    const statePath = join(own, 'state.json')
    const state = readState(statePath)
    refuseStranger(options, state)
    ledger = openLedger(join(own, 'index.jsonl'))
    const mirror = createMirror({ disk: diskAt(root, drafts), ledger, includeRaw, onKept })
    const save = () => writeState(statePath, state)
    const connections = await listAll<ListedConnection>(options.api, '/source-connections')
    for (const collection of options.collections) {
      const known = stateOf(state, collection, JSON.stringify({ ...filter, includeRaw }))
      await mirrorCollection({ ...options, collection, known, connections, mirror, ledger, save })
    }
    if (options.isAll) await removeOthers(options, state, mirror, save)
    return mirror.counts
  } finally {
    ledger?.close()
    await lock.release()
  }
}

async function takeFolder(output: string): Promise<{ root: string; lock: FolderLock }> {
  try {
    await mkdir(output, { recursive: true, mode: 0o700 })
    const root = await realpath(output)
    const own = join(root, stateFolder)
    await mkdir(own, { mode: 0o700 }).catch(error => {
      if (error.code !== 'EEXIST') throw error
    })
    if (!(await lstat(own)).isDirectory()) throw new Failure('data_folder', `${own} is no folder: move it away`)
    return { root, lock: await lockFolder(own) }
  } catch (error) {
    if (isFailure(error, 'data_folder') && error.message.startsWith('another inlet')) {
      throw new Failure('conflict', `another export into ${output} is at work: wait for its end`)
    }
    if (isFailure(error)) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    throw new Failure('data_folder', `${output} cannot be written (${code}): choose another folder`, { cause: error })
  }
}

/** A folder of another inlet's would lose all of its files, and get them back at the next run of the other. */
function refuseStranger({ output, collections, isAll }: FolderExportOptions, state: MirrorState): void {
  const ids = new Set(collections.map(({ id }) => id))
  if (!isAll || state.collections.size === 0 || [...state.collections.keys()].some(id => ids.has(id))) return
  const message = `${output} mirrors collections of which this inlet has none: choose another folder, or empty it`
  throw new Failure('conflict', message)
}

function stateOf(
  state: MirrorState,
  { id, readable_id: name }: Pick<CollectionBody, 'id' | 'readable_id'>,
  filters: string,
): CollectionState {
  const known = state.collections.get(id)
  if (known) {
    if (known.filters !== filters) known.cursor = undefined
    known.filters = filters
    return known
  }
  const taken = [...state.collections.values()].map(({ folder }) => folder)
  const made: CollectionState = { folder: freeName(fileNameOf(name), id, taken), filters, connections: {} }
  state.collections.set(id, made)
  return made
}

interface CollectionWork extends FolderExportOptions {
  collection: Pick<CollectionBody, 'id' | 'readable_id'>
  known: CollectionState
  connections: readonly ListedConnection[]
  mirror: Mirror
  ledger: Ledger
  save(): void
}

async function mirrorCollection(work: CollectionWork): Promise<void> {
  const { known, save } = work
  if (known.cursor !== undefined) {
    try {
      return await follow(work, known.cursor)
    } catch (error) {
      // The store was put back from a backup, or begun anew: what has changed since cannot be told.
      if (!isFailure(error, 'invalid')) throw error
    }
  }
  known.cursor = undefined
  save()
  await follow(work, undefined)
}

async function follow(work: CollectionWork, after: string | undefined): Promise<void> {
  const { api, collection, filter, includeRaw, mirror, ledger, known, save, signal, onProgress } = work
  const prefix = `${collection.id}/`
  const place = placeOf(work, prefix)
  const isListing = after === undefined
  const isFirst = isListing && ledger.entries(prefix).next().done === true
  // What a listing does not show any more is gone; at a first one there is nothing that could be.
  const seen = isListing && !isFirst ? createHashTable() : undefined
  let last = after
  for await (const page of readFeed(api, { collection: collection.readable_id, after, filter, includeRaw })) {
    if (signal.aborted) throw new Failure('cancelled', 'interrupted: the next export goes on from here')
    const connectionsBefore = Object.keys(known.connections).length
    for (const entity of page.entities) if (entity.change !== 'deleted') place.folderOf(entity)
    // A folder is given to a connection for good before anything is put there.
    if (Object.keys(known.connections).length > connectionsBefore) save()
    await mirror.apply(page.entities, place)
    for (const { id } of page.entities) seen?.add(prefix + id, 1)
    onProgress(mirror.counts)
    last = page.next_cursor
    if (seen) continue
    known.cursor = last
    save()
  }
  if (!seen) return
  await mirror.sweep(prefix, ({ key }) => seen.find(key).length === 0)
  known.cursor = last
  save()
}

function placeOf({ known, connections }: CollectionWork, key: string): Place {
  const names = new Map(connections.map(({ id, name }) => [id, name]))
  return {
    key,
    connectionOf: ({ source_connection_id: id }) => names.get(id),
    folderOf({ source_connection_id: id, source_name: source }) {
      known.connections[id] ??= freeName(folderNameOf(names.get(id) ?? source), id, Object.values(known.connections))
      return [known.folder, known.connections[id]]
    },
  }
}

/** What is in no collection any more. */
async function removeOthers(
  { api, collections }: FolderExportOptions,
  state: MirrorState,
  mirror: Mirror,
  save: () => void,
): Promise<void> {
  const ids = new Set(collections.map(({ id }) => id))
  const others = [...state.collections.keys()].filter(id => !ids.has(id))
  if (others.length === 0) return
  // A key that sees some collections alone cannot tell whether the others are gone.
  const seesAll = await api.ask('GET', '/keys?limit=1').then(
    () => true,
    () => false,
  )
  for (const id of seesAll ? others : []) {
    await mirror.sweep(`${id}/`, () => true)
    state.collections.delete(id)
    save()
  }
}

function freeName(name: string, id: string, taken: readonly string[]): string {
  const isTaken = taken.some(other => foldedPath(other) === foldedPath(name))
  return isTaken ? `${name} (${id.slice(0, 8)})` : name
}
