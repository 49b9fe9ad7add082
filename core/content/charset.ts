/**
 * Bytes as text. What the bytes say of themselves (a byte order mark) goes before what is declared, as browsers do; an
 * unknown or absent declaration falls back to what the bytes look like. Never fails: what does not decode becomes U+FFFD.
 *
 * @param charset the declared label, such as a media type's `charset`
 * @param declaredInside reads a declaration from the beginning of the content, as HTML has in `<meta charset>`
 * Source: WHATWG Encoding, section 6; WHATWG HTML, section 13.2.3.2.
 */
export function decode(
  bytes: Uint8Array,
  charset?: string | undefined,
  declaredInside?: (start: string) => string | undefined,
): string {
  const decoder =
    byMark(bytes) ?? declared(bytes, charset) ?? declared(bytes, declaredInside?.(ascii(bytes))) ?? guess(bytes)
  return decoder.decode(bytes)
}

/** The charset that an HTML or XML document declares in its first kilobyte. */
export function htmlCharset(start: string): string | undefined {
  const label =
    /<meta[^>]{1,200}?charset\s*=\s*["']?\s*([\w.:-]+)/i.exec(start)?.[1] ??
    /^\s*<\?xml[^>]{1,100}?encoding\s*=\s*["']([\w.:-]+)/.exec(start)?.[1]
  // Whoever wrote this declaration in ASCII bytes did not write UTF-16 (WHATWG HTML, "prescan").
  return label && /^utf-?16/i.test(label) ? 'utf-8' : label
}

type Decoder = InstanceType<typeof TextDecoder>

function byMark(bytes: Uint8Array): Decoder | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return new TextDecoder('utf-8')
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le')
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be')
  return undefined
}

function declared(bytes: Uint8Array, charset: string | undefined): Decoder | undefined {
  const label = charset?.trim().toLowerCase()
  if (!label) return undefined
  // Bytes above 127 contradict this label, so it says nothing about them.
  if (/^(us-)?ascii$/.test(label)) return guess(bytes)
  return decoderOf(label) ?? decoderOf(label.replace(/^(x-|cs)/, '')) ?? decoderOf(label.replace(/^cp-?/, 'windows-'))
}

function decoderOf(label: string): Decoder | undefined {
  try {
    return new TextDecoder(label)
  } catch {
    return undefined
  }
}

function guess(bytes: Uint8Array): Decoder {
  const wide = wideOrder(bytes)
  if (wide) return new TextDecoder(wide)
  try {
    // As a stream, so that a character cut off at the very end does not turn the whole text into another charset.
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return new TextDecoder('utf-8')
  } catch {
    return new TextDecoder('windows-1252')
  }
}

/** UTF-16 without a mark shows as zero bytes in every other place, in text of Latin letters at least. */
function wideOrder(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  const start = bytes.subarray(0, 1024)
  let even = 0
  let odd = 0
  for (let index = 0; index < start.length; index++) {
    if (start[index] !== 0) continue
    if (index % 2 === 0) even += 1
    else odd += 1
  }
  const many = start.length / 4
  if (odd > many && even < many / 8) return 'utf-16le'
  if (even > many && odd < many / 8) return 'utf-16be'
  return undefined
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 1024))
}
