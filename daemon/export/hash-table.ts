import { createHash } from 'node:crypto'

/**
 * From keys to numbers, in sixteen bytes for each slot, whatever the length of a key: a hundred thousand take three
 * megabytes. Keys are kept as 53 bits of their hash: two may share them, so that whoever asks must look at what the
 * number stands for.
 */
export interface HashTable {
  readonly size: number
  /** Numbers of keys with this key's hash; hardly ever more than one. */
  find(key: string): number[]
  /** Adds one; there may be others with the same hash. */
  add(key: string, value: number): void
  /** Removes this one. */
  remove(key: string, value: number): void
  values(): Iterable<number>
}

const empty = -1
const removed = -2

export function createHashTable(): HashTable {
  let hashes = new Float64Array(1024)
  let values = new Float64Array(1024).fill(empty)
  let size = 0
  /** Slots that are not empty, with those of what was removed. */
  let used = 0

  function insert(hash: number, value: number): void {
    let slot = slotOf(hash)
    while ((values[slot] ?? empty) >= 0) slot = (slot + 1) % values.length
    if (values[slot] === empty) used++
    hashes[slot] = hash
    values[slot] = value
    size++
  }

  function slotOf(hash: number): number {
    return hash % values.length
  }

  function grow(): void {
    const [oldHashes, oldValues] = [hashes, values]
    const length = size * 2 > oldValues.length / 2 ? oldValues.length * 2 : oldValues.length
    hashes = new Float64Array(length)
    values = new Float64Array(length).fill(empty)
    size = 0
    used = 0
    oldValues.forEach((value, slot) => {
      if (value >= 0) insert(oldHashes[slot] ?? 0, value)
    })
  }

  function* slots(hash: number): Generator<number> {
    for (let slot = slotOf(hash); values[slot] !== empty; slot = (slot + 1) % values.length) {
      if (hashes[slot] === hash && (values[slot] ?? empty) >= 0) yield slot
    }
  }

  return {
    get size() {
      return size
    },
    find: key => [...slots(hashOf(key))].map(slot => values[slot] ?? empty),
    add(key, value) {
      if (used + 1 > values.length * 0.6) grow()
      insert(hashOf(key), value)
    },
    remove(key, value) {
      for (const slot of slots(hashOf(key))) {
        if (values[slot] !== value) continue
        values[slot] = removed
        size--
        return
      }
    },
    *values() {
      for (const value of values) if (value >= 0) yield value
    },
  }
}

function hashOf(key: string): number {
  const bytes = createHash('sha256').update(key).digest()
  return Number(bytes.readBigUInt64BE(0) >> 11n)
}
