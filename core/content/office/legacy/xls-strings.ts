/** Strings of old workbooks, which go on from one record to the next in the middle of anything. Source: MS-XLS, 2.5.293. */
export interface Strings {
  readonly isEmpty: boolean
  /** A string with its count before it, as the table of shared ones has them. */
  next(): string
  /** A string whose count is known already, which stands before its letters in so many bytes. */
  read(count: number, countBytes: number): string
}

/** @param pieces a record's data and that of those that continue it */
export function createStrings(pieces: readonly DataView[]): Strings {
  let index = 0
  let at = 0
  return {
    get isEmpty() {
      settle()
      return index >= pieces.length
    },
    next() {
      return letters(number(2))
    },
    read(count, countBytes) {
      skip(countBytes)
      return letters(count)
    },
  }

  function letters(count: number): string {
    let flags = number(1)
    const runs = (flags & 8) === 0 ? 0 : number(2)
    const extra = (flags & 4) === 0 ? 0 : number(4)
    let text = ''
    let left = count
    while (left > 0) {
      const here = pieces[index]
      if (!here) break
      const width = (flags & 1) === 0 ? 1 : 2
      const taken = Math.min(left, Math.floor((here.byteLength - at) / width))
      const bytes = Buffer.from(here.buffer, here.byteOffset + at, taken * width)
      text += bytes.toString(width === 1 ? 'latin1' : 'utf16le')
      at += taken * width
      left -= taken
      if (left === 0) break
      // The rest is in the next record, which says anew how wide its letters are.
      index += 1
      at = 0
      flags = (flags & ~1) | (number(1) & 1)
    }
    skip(runs * 4 + extra)
    return text
  }

  function number(bytes: number): number {
    let value = 0
    for (let shift = 0; shift < bytes; shift++) {
      settle()
      value += (pieces[index]?.getUint8(at) ?? 0) * 256 ** shift
      at += 1
    }
    return value
  }

  function skip(bytes: number): void {
    at += bytes
    settle()
  }

  /** Goes on to the record that the place is in. */
  function settle(): void {
    while (index < pieces.length && at >= (pieces[index]?.byteLength ?? 0)) {
      at -= pieces[index]?.byteLength ?? 0
      index += 1
    }
  }
}
