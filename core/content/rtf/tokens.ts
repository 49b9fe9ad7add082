/** What RTF is made of. Source: RTF 1.9.1, "RTF syntax". */
export type Token =
  | { kind: 'open' | 'close' | 'optional' }
  | { kind: 'word'; name: string; value: number | undefined }
  | { kind: 'byte'; value: number }
  /** Bytes that stand for themselves. */
  | { kind: 'text'; bytes: Uint8Array }

/** Bytes as tokens; takes any bytes, and ends where they end. */
export function* tokensOf(bytes: Uint8Array): Generator<Token, void, undefined> {
  const end = bytes.length
  let at = 0
  while (at < end) {
    const byte = bytes[at] as number
    at += 1
    if (byte === 0x7b) yield { kind: 'open' }
    else if (byte === 0x7d) yield { kind: 'close' }
    else if (byte === 0x5c) yield* control()
    else if (isText(byte)) yield { kind: 'text', bytes: bytes.subarray(at - 1, endOfText()) }
  }

  function endOfText(): number {
    while (at < end && isText(bytes[at] as number)) at += 1
    return at
  }

  function* control(): Generator<Token, void, undefined> {
    const start = at
    while (at < end && at - start < longestName && isLetter(bytes[at] as number)) at += 1
    if (at === start) {
      yield* symbol()
      return
    }
    const name = ascii(start, at)
    const digits = at
    if (bytes[at] === 0x2d) at += 1
    while (at < end && at - digits < 11 && isDigit(bytes[at] as number)) at += 1
    const number = ascii(digits, at)
    const value = /\d/.test(number) ? Number(number) : undefined
    if (value === undefined) at = digits
    if (bytes[at] === 0x20) at += 1
    // Binary data, which may look like anything.
    if (name === 'bin') at += Math.max(0, value ?? 0)
    yield { kind: 'word', name, value }
  }

  function* symbol(): Generator<Token, void, undefined> {
    const mark = String.fromCharCode(bytes[at] ?? 0)
    at += 1
    if (mark === "'") {
      const value = Number.parseInt(ascii(at, at + 2), 16)
      at += 2
      if (!Number.isNaN(value)) yield { kind: 'byte', value }
    } else if (mark === '*') {
      yield { kind: 'optional' }
    } else if (mark === '\n' || mark === '\r') {
      yield { kind: 'word', name: 'par', value: undefined }
    } else if (mark === '~') {
      yield { kind: 'byte', value: 0x20 }
    } else if (mark === '_') {
      yield { kind: 'byte', value: 0x2d }
    } else if (mark === '{' || mark === '}' || mark === '\\') {
      yield { kind: 'byte', value: mark.charCodeAt(0) }
    }
  }

  function ascii(from: number, to: number): string {
    return String.fromCharCode(...bytes.subarray(from, Math.min(to, end)))
  }
}

const longestName = 32

/** Line ends are for whoever looks at the file. */
function isText(byte: number): boolean {
  return byte !== 0x7b && byte !== 0x7d && byte !== 0x5c && byte !== 0x0a && byte !== 0x0d && byte !== 0
}

function isLetter(byte: number): boolean {
  return (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a)
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}
