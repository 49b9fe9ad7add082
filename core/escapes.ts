/** Escapes in addresses, JSON and HTML, in bytes of whatever encoding that has ASCII in it. */

/** `%2F`, `\u002f`, `&#47;` and `&#x2f;`. */
const complete = /^(?:%([\da-f]{2})|\\u([\da-f]{4})|&#x([\da-f]{1,6});|&#(\d{1,7});)/i
const beginning = /^(?:%[\da-f]?|\\(?:u[\da-f]{0,3})?|&(?:#(?:\d{0,7}|x[\da-f]{0,6})?)?)$/i
/** In bytes, with leading zeros that anyone would write. */
export const longestEscape = 10
const introducers = [0x25, 0x5c, 0x26]

export interface Resolved {
  bytes: Buffer
  /** Where a byte of them stands in the data; their length is where an escape has begun, or the data end. */
  placeOf(index: number): number
}

/**
 * The data with the signs that escapes stand for, one beyond ASCII as a byte of zero; `undefined` without escapes.
 * @param goesOn whether more is to come, so that what looks like the beginning of an escape at the end may be one
 */
export function resolveEscapes(data: Buffer, goesOn: boolean): Resolved | undefined {
  const parts: Uint8Array[] = []
  /** By escape: where the byte is that it became, and where it ends. */
  const became: number[] = []
  const ended: number[] = []
  let length = 0
  let copied = 0
  let end = data.length
  for (const at of candidates(data)) {
    if (at < copied) continue
    const text = data.toString('latin1', at, at + longestEscape)
    const found = complete.exec(text)
    if (!found && goesOn && text.length < longestEscape && beginning.test(text)) {
      end = at
      break
    }
    if (!found) continue
    parts.push(data.subarray(copied, at), Uint8Array.of(codeOf(found)))
    length += at - copied + 1
    copied = at + found[0].length
    became.push(length - 1)
    ended.push(copied)
  }
  if (became.length === 0 && end === data.length) return undefined
  parts.push(data.subarray(copied, end))
  const bytes = Buffer.concat(parts)
  return {
    bytes,
    placeOf(index) {
      if (index >= bytes.length) return end
      const last = lastBelow(became, index)
      return last < 0 ? index : (ended[last] ?? 0) + index - (became[last] ?? 0) - 1
    },
  }
}

/** Places of signs that escapes begin with, in order. */
function* candidates(data: Buffer): Generator<number, void, undefined> {
  const places = introducers.map(sign => data.indexOf(sign))
  for (;;) {
    const nearest = Math.min(...places.map(place => (place < 0 ? data.length : place)))
    if (nearest === data.length) return
    if (mayBegin(data[nearest], data[nearest + 1])) yield nearest
    const which = places.indexOf(nearest)
    places[which] = data.indexOf(introducers[which] ?? 0, nearest + 1)
  }
}

/** Whether the next sign allows it: most of these signs begin nothing. */
function mayBegin(introducer: number | undefined, next: number | undefined): boolean {
  if (next === undefined) return true
  const letter = next | 0x20
  if (introducer === 0x25) return (next >= 0x30 && next <= 0x39) || (letter >= 0x61 && letter <= 0x66)
  return introducer === 0x5c ? letter === 0x75 : next === 0x23
}

/** The last of ascending numbers that is below the one given; -1 for none. */
function lastBelow(numbers: readonly number[], limit: number): number {
  let low = 0
  let high = numbers.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((numbers[middle] ?? 0) < limit) low = middle + 1
    else high = middle
  }
  return low - 1
}

function codeOf([, percented, unicode, hex, decimal]: RegExpExecArray): number {
  const code = decimal === undefined ? Number.parseInt(percented ?? unicode ?? hex ?? '', 16) : Number(decimal)
  return code < 0x80 ? code : 0
}
