/** How far a mirror has come: `.inlet-export/state.json` in its folder, written whole or not at all. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { Failure } from '../../core/errors.ts'
import { isJsonObject } from '../../core/json.ts'

export interface MirrorState {
  /** By the collection's id. */
  collections: Map<string, CollectionState>
}

export interface CollectionState {
  /** Its folder, which it keeps. */
  folder: string
  /** What was asked for; something else is another listing. */
  filters: string
  /** Absent until a first listing has come to a place that it can go on from. */
  cursor?: string | undefined
  /** The folder of each connection, which it keeps. */
  connections: Record<string, string>
}

/** @throws Failure `data_folder` for what no export has written */
export function readState(path: string): MirrorState {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { collections: new Map() }
    throw error
  }
  const state = parse(text)
  if (state) return state
  const message = `${path} is not what an export has written: remove it, and everything is exported again`
  throw new Failure('data_folder', message)
}

export function writeState(path: string, { collections }: MirrorState): void {
  const next = `${path}.next`
  const descriptor = openSync(next, 'w', 0o600)
  try {
    writeSync(
      descriptor,
      `${JSON.stringify({ format: 1, collections: Object.fromEntries(collections) }, undefined, 2)}\n`,
    )
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(next, path)
}

function parse(text: string): MirrorState | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isJsonObject(value) || value.format !== 1 || !isJsonObject(value.collections)) return undefined
  const collections = new Map<string, CollectionState>()
  for (const [id, entry] of Object.entries(value.collections)) {
    if (!isJsonObject(entry)) return undefined
    const { folder, filters, cursor, connections } = entry
    if (!isFolder(folder) || typeof filters !== 'string' || !isJsonObject(connections)) return undefined
    const named = Object.entries(connections).filter((pair): pair is [string, string] => isFolder(pair[1]))
    collections.set(id, {
      ...{ folder, filters, connections: Object.fromEntries(named) },
      cursor: typeof cursor === 'string' ? cursor : undefined,
    })
  }
  return { collections }
}

/** It may have been edited: no name in it leads out of the folder. */
function isFolder(value: unknown): value is string {
  return typeof value === 'string' && /^[^./\\:][^/\\:]*$/.test(value)
}
