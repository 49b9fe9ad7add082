/** Messages as Outlook saves them, made with the writer of the library that reads them. */
import { burn } from '@kenjiuno/msgreader/lib/Burner.js'

export interface Folder {
  [name: string]: Folder | Uint8Array
}

/** The kinds of entries of a compound file. */
const types = { folder: 1, file: 2, root: 5 }

/** A compound file of these streams and folders. */
export function buildCompound(root: Folder): Uint8Array {
  const entries: Parameters<typeof burn>[0] = []
  add('Root Entry', root, types.root)
  return burn(entries)

  function add(name: string, folder: Folder, type: number): number {
    const entry = { name, type, length: 0, children: [] as number[] }
    const at = entries.push(entry) - 1
    for (const [child, content] of Object.entries(folder)) {
      entry.children.push(
        content instanceof Uint8Array
          ? entries.push({
              name: child,
              type: types.file,
              length: content.length,
              binaryProvider: () => Uint8Array.from(content),
            }) - 1
          : add(child, content, types.folder),
      )
    }
    return at
  }
}

/** Text as a stream holds it. */
export const unicode = (text: string) => Buffer.from(text, 'utf16le')

/** A stream of properties: 8 bytes for each value, after a head. */
export function properties(head: number, values: readonly [tag: number, type: number, value: Buffer][]): Buffer {
  const out = [Buffer.alloc(head)]
  for (const [tag, type, value] of values) {
    const entry = Buffer.alloc(16)
    entry.writeUInt16LE(type, 0)
    entry.writeUInt16LE(tag, 2)
    value.copy(entry, 8)
    out.push(entry)
  }
  return Buffer.concat(out)
}

export function recipient(name: string, address: string, kind: number): Folder {
  return {
    '__substg1.0_3001001F': unicode(name),
    '__substg1.0_39FE001F': unicode(address),
    '__properties_version1.0': properties(8, [[0x0c15, 3, Buffer.from([kind, 0, 0, 0])]]),
  }
}

/** A moment as Windows counts it. */
export function fileTime(iso: string): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE((BigInt(Date.parse(iso)) + 11_644_473_600_000n) * 10_000n)
  return bytes
}
