/**
 * The streams of a compound file: what Office wrote until 2007, and Outlook's messages still are. npm's readers (`cfb`,
 * and the one inside of `@kenjiuno/msgreader`) follow its chains of sectors wherever they lead, also in circles; this one
 * takes each sector once. Source: MS-CFB.
 */
import { Failure } from '../../errors.ts'

export interface CompoundFile {
  /** Names of the streams that stand in no folder. */
  readonly names: readonly string[]
  /** What one of them holds; `undefined` where there is none of that name. */
  stream(name: string): Uint8Array | undefined
}

interface Entry {
  name: string
  type: number
  left: number
  right: number
  child: number
  start: number
  size: number
}

/**
 * Every chain of the file is followed once, so that what takes this for sound cannot be kept busy by it.
 * @throws Failure `item_unreadable` for a file whose chains cross or go in circles, or which is none
 */
export function openCompound(bytes: Uint8Array): CompoundFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 1536) throw damaged()
  const shift = view.getUint16(30, true)
  if (shift !== 9 && shift !== 12) throw damaged()
  const sectorBytes = 1 << shift
  const sectors = Math.ceil(bytes.length / sectorBytes) - 1
  const table = readTable()
  const taken = new Uint8Array(sectors)
  const entries = readEntries(joined(view.getUint32(48, true)))
  const [root] = entries
  if (!root) throw damaged()
  const smallest = view.getUint32(56, true)
  const miniTable = numbersOf(joined(view.getUint32(60, true)))
  const miniStream = joined(root.start)
  const miniTaken = new Uint8Array(Math.ceil(miniStream.length / 64))
  const contents = new Map<Entry, Uint8Array>()
  for (const entry of entries) if (entry.type === streamType) contents.set(entry, contentOf(entry))
  const outermost = childrenOf(root)
  return {
    names: outermost.map(({ name }) => name),
    stream(name) {
      const entry = outermost.find(entry => entry.name === name)
      return entry && contents.get(entry)
    },
  }

  /** Which sector follows each. */
  function readTable(): Uint32Array {
    const places: number[] = []
    for (let index = 0; index < 109; index++) places.push(view.getUint32(76 + index * 4, true))
    let next = view.getUint32(68, true)
    const known = new Set<number>()
    while (next < sectors && !known.has(next)) {
      known.add(next)
      const list = numbersOf(sector(next))
      places.push(...list.subarray(0, -1))
      next = list.at(-1) ?? free
    }
    const numbers = places.filter(place => place < sectors).slice(0, sectors)
    const whole = new Uint32Array((numbers.length * sectorBytes) / 4).fill(free)
    for (const [index, place] of numbers.entries()) whole.set(numbersOf(sector(place)), (index * sectorBytes) / 4)
    return whole
  }

  function sector(number: number): Uint8Array {
    return bytes.subarray((number + 1) * sectorBytes, (number + 2) * sectorBytes)
  }

  function joined(start: number): Uint8Array {
    const pieces: Uint8Array[] = []
    for (let at = start; at < sectors; at = table[at] ?? free) {
      if (taken[at] === 1) throw damaged()
      taken[at] = 1
      pieces.push(sector(at))
    }
    return Buffer.concat(pieces)
  }

  function contentOf({ start, size }: Entry): Uint8Array {
    if (size >= smallest) return joined(start).subarray(0, size)
    const pieces: Uint8Array[] = []
    for (let at = start; at < miniTaken.length && size > 0; at = miniTable[at] ?? free) {
      if (miniTaken[at] === 1) throw damaged()
      miniTaken[at] = 1
      pieces.push(miniStream.subarray(at * 64, (at + 1) * 64))
    }
    return Buffer.concat(pieces).subarray(0, size)
  }

  /** The entries of a folder are a tree of siblings. */
  function childrenOf(folder: Entry): Entry[] {
    const found = new Set<Entry>()
    const waiting = [folder.child]
    while (waiting.length > 0) {
      const entry = entries[waiting.pop() ?? -1]
      if (!entry || found.has(entry)) continue
      found.add(entry)
      waiting.push(entry.left, entry.right)
    }
    return [...found]
  }
}

function readEntries(directory: Uint8Array): Entry[] {
  const view = new DataView(directory.buffer, directory.byteOffset, directory.byteLength)
  const entries: Entry[] = []
  for (let at = 0; at + 128 <= directory.length; at += 128) {
    const nameBytes = Math.min(64, Math.max(0, view.getUint16(at + 64, true) - 2))
    entries.push({
      name: Buffer.from(directory.subarray(at, at + nameBytes)).toString('utf16le'),
      type: view.getUint8(at + 66),
      left: view.getUint32(at + 68, true),
      right: view.getUint32(at + 72, true),
      child: view.getUint32(at + 76, true),
      start: view.getUint32(at + 116, true),
      size: view.getUint32(at + 120, true),
    })
  }
  return entries
}

function numbersOf(bytes: Uint8Array): Uint32Array {
  const numbers = new Uint32Array(Math.floor(bytes.length / 4))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let index = 0; index < numbers.length; index++) numbers[index] = view.getUint32(index * 4, true)
  return numbers
}

const streamType = 2
const free = 0xffffffff

function damaged(): Failure {
  return new Failure('item_unreadable', 'the file is damaged')
}
