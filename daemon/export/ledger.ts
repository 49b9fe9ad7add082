/**
 * What a mirror has written, in one file that only grows (`index.jsonl`): a line for each entity and each folder, the
 * last one counts. In memory is but a place in that file for each (sixteen bytes, twice), so that a million entities
 * take no more than some tens of megabytes. A line that was cut off by a crash is the last one, and is dropped.
 */
import { closeSync, fsyncSync, ftruncateSync, openSync, readSync, renameSync, writeSync } from 'node:fs'
import { isJsonObject } from '../../core/json.ts'
import { foldedPath } from './file-names.ts'
import { createHashTable, type HashTable } from './hash-table.ts'

/** A file as it was written: whatever differs from it by now is somebody else's. */
export interface WrittenFile {
  /** From the mirror's folder, with slashes. */
  path: string
  size: number
  /** SHA-256 in base64url. */
  hash: string
}

export interface Entry {
  /** Of the collection and the entity. */
  key: string
  file: WrittenFile
  /** Where it was before, in case that this is still there. */
  was?: WrittenFile | undefined
}

export type Holder = { entry: Entry } | { folder: string }

export interface Ledger {
  entry(key: string): Entry | undefined
  /** Whose a path is, its case and way of writing aside. */
  holder(path: string): Holder | undefined
  put(entry: Entry): void
  drop(key: string): void
  addFolder(path: string): void
  dropFolder(path: string): void
  /** All entries whose keys begin so; changes may be made meanwhile. */
  entries(prefix: string): Generator<Entry>
  /** Resolves when all that was put would survive a power cut. */
  flush(): void
  close(): void
}

type Line = Entry | { key: string; gone: true } | { folder: string; gone?: true }

const chunkBytes = 64 * 1024
/** Lines of no use any more, before the file is written anew. */
const fewLines = 1000

/** Opens it, makes it, or mends it; the mirror's lock must be held. */
export function openLedger(path: string): Ledger {
  const first = load(path)
  if (first.lines <= 2 * first.live() + fewLines) return ledgerOf(first)
  rewrite(path, first)
  return ledgerOf(load(path))
}

interface Loaded {
  descriptor: number
  /** Where the next line begins. */
  end: number
  lines: number
  byKey: HashTable
  byPath: HashTable
  folders: number
  live(): number
}

function load(path: string): Loaded {
  const descriptor = openSync(path, 'a+', 0o600)
  const loaded: Loaded = {
    ...{ descriptor, end: 0, lines: 0, folders: 0 },
    byKey: createHashTable(),
    byPath: createHashTable(),
    live: () => loaded.byPath.size,
  }
  const reader = lineReader(descriptor, new Map())
  let rest: Buffer = Buffer.alloc(0)
  const chunk = Buffer.alloc(chunkBytes)
  for (let position = 0; ; ) {
    const count = readSync(descriptor, chunk, 0, chunk.length, position)
    if (count === 0) break
    position += count
    rest = Buffer.concat([rest, chunk.subarray(0, count)])
    let start = 0
    for (let newline = rest.indexOf(10); newline !== -1; newline = rest.indexOf(10, start)) {
      const line = parse(rest.toString('utf8', start, newline))
      if (line) take(loaded, line, reader)
      loaded.end += newline + 1 - start
      start = newline + 1
    }
    rest = Buffer.from(rest.subarray(start))
  }
  if (rest.length > 0) ftruncateSync(descriptor, loaded.end)
  return loaded
}

/** Notes the line that begins at `loaded.end`. */
function take(loaded: Loaded, line: Line, read: (offset: number) => Line | undefined): void {
  const { byKey, byPath, end } = loaded
  loaded.lines++
  if ('folder' in line) {
    const known = offsetOfPath(loaded, line.folder, read, found => 'folder' in found)
    if (known !== undefined) byPath.remove(foldedPath(line.folder), known)
    if (!line.gone) byPath.add(foldedPath(line.folder), end)
    return
  }
  const known = offsetOfKey(loaded, line.key, read)
  if (known !== undefined) {
    const before = read(known)
    if (before && 'file' in before) byPath.remove(foldedPath(before.file.path), known)
    byKey.remove(line.key, known)
  }
  if (!('file' in line)) return
  byKey.add(line.key, end)
  byPath.add(foldedPath(line.file.path), end)
}

type Reader = (offset: number) => Line | undefined

function offsetOfKey({ byKey }: Loaded, key: string, read: Reader): number | undefined {
  return byKey.find(key).find(offset => {
    const line = read(offset)
    return line !== undefined && 'key' in line && line.key === key
  })
}

function offsetOfPath(
  { byPath }: Loaded,
  path: string,
  read: Reader,
  fits: (line: Line) => boolean = () => true,
): number | undefined {
  const folded = foldedPath(path)
  return byPath.find(folded).find(offset => {
    const line = read(offset)
    return line !== undefined && fits(line) && foldedPath(pathOf(line)) === folded
  })
}

function pathOf(line: Line): string {
  if ('folder' in line) return line.folder
  return 'file' in line ? line.file.path : ''
}

function ledgerOf(loaded: Loaded): Ledger {
  const { descriptor, byKey } = loaded
  /** Lines that are not in the file yet, by the place that they will have. */
  const pending = new Map<number, string>()
  const read = lineReader(descriptor, pending)

  function append(line: Line): void {
    const text = JSON.stringify(line)
    // Before it is noted, so that it can be read there.
    pending.set(loaded.end, text)
    take(loaded, line, read)
    loaded.end += Buffer.byteLength(text) + 1
  }

  function flush(): void {
    if (pending.size === 0) return
    writeSync(descriptor, [...pending.values()].map(text => `${text}\n`).join(''))
    fsyncSync(descriptor)
    pending.clear()
  }

  function entryAt(offset: number | undefined): Entry | undefined {
    const line = offset === undefined ? undefined : read(offset)
    return line && 'file' in line ? line : undefined
  }

  return {
    entry: key => entryAt(offsetOfKey(loaded, key, read)),
    holder(path) {
      const offset = offsetOfPath(loaded, path, read)
      const line = offset === undefined ? undefined : read(offset)
      if (line === undefined) return undefined
      if ('folder' in line) return { folder: line.folder }
      return 'file' in line ? { entry: line } : undefined
    },
    put: append,
    drop: key => append({ key, gone: true }),
    addFolder: folder => append({ folder }),
    dropFolder: folder => append({ folder, gone: true }),
    *entries(prefix) {
      for (const offset of byKey.values()) {
        const entry = entryAt(offset)
        if (entry?.key.startsWith(prefix)) yield entry
      }
    },
    flush,
    close() {
      flush()
      closeSync(descriptor)
    },
  }
}

/** A file with what counts alone, put into the place of the other. */
function rewrite(path: string, loaded: Loaded): void {
  const read = lineReader(loaded.descriptor, new Map())
  const next = `${path}.next`
  const descriptor = openSync(next, 'w', 0o600)
  try {
    for (const offset of loaded.byPath.values()) {
      const line = read(offset)
      if (line) writeSync(descriptor, `${JSON.stringify(line)}\n`)
    }
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
    closeSync(loaded.descriptor)
  }
  renameSync(next, path)
}

function lineReader(descriptor: number, pending: ReadonlyMap<number, string>): Reader {
  return offset => {
    const text = pending.get(offset)
    if (text !== undefined) return parse(text)
    let bytes = Buffer.alloc(1024)
    for (;;) {
      const count = readSync(descriptor, bytes, 0, bytes.length, offset)
      const end = bytes.subarray(0, count).indexOf(10)
      if (end !== -1) return parse(bytes.toString('utf8', 0, end))
      if (count < bytes.length) return undefined
      bytes = Buffer.alloc(bytes.length * 4)
    }
  }
}

function parse(text: string): Line | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isJsonObject(value)) return undefined
  const { key, folder, gone } = value
  if (typeof folder === 'string' && isInside(folder)) return gone === true ? { folder, gone } : { folder }
  if (typeof key !== 'string') return undefined
  const [file, was] = [writtenFile(value.file), writtenFile(value.was)]
  return file ? { key, file, ...(was && { was }) } : { key, gone: true }
}

/** A line in the file may have been edited: no path in it leads out of the mirror. */
function writtenFile(value: unknown): WrittenFile | undefined {
  if (!isJsonObject(value)) return undefined
  const { path, size, hash } = value
  if (typeof path !== 'string' || typeof size !== 'number' || typeof hash !== 'string') return undefined
  return isInside(path) ? { path, size, hash } : undefined
}

export function isInside(path: string): boolean {
  return path !== '' && !/\\|:|\0/.test(path) && path.split('/').every(name => name !== '' && !name.startsWith('.'))
}
