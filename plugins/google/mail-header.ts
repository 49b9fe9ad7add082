/** Mail headers as a person reads them. */
import type { GmailPart } from './gmail-types.ts'

/** The first header of that name, decoded and on one line; empty where there is none. */
export function headerOf(part: GmailPart | undefined, name: string): string {
  const wanted = name.toLowerCase()
  const header = part?.headers?.find(
    candidate => candidate.name?.length === wanted.length && candidate.name.toLowerCase() === wanted,
  )
  return decodeWords(header?.value ?? '')
    .replace(/\s+/g, ' ')
    .trim()
}

/** A parameter of a header such as `charset` of `Content-Type`, in lower case; empty where there is none. */
export function parameterOf(header: string, name: string): string {
  const found = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^\\s;]+))`, 'i').exec(header)
  return (found?.[1] ?? found?.[2] ?? '').toLowerCase()
}

/** One address of an address list. */
export interface MailAddress {
  /** As written, such as `Ada <ada@example.com>`. */
  text: string
  /** In lower case; the key to tell one person's addresses apart. */
  address: string
}

/** The addresses of a `From`, `To` or `Cc` header. Commas in quoted names and comments do not part them (RFC 5322, 3.4). */
export function addressesOf(header: string): MailAddress[] {
  return splitAddresses(header)
    .map(item => item.trim())
    .filter(text => text !== '')
    .map(text => ({ text, address: addressIn(text).trim().toLowerCase() }))
}

/** The subject without the prefixes that mail programs add when answering, so that it is the same all through a thread. */
export function baseSubject(subject: string): string {
  return subject.replace(/^(?:(?:re|fwd?|aw|wg|sv|vs|antw|tr|rv|rif)(?:\[\d+\])?\s*:\s*)+/i, '').trim() || subject
}

const closings: Readonly<Record<string, string>> = { '"': '"', '<': '>', '(': ')' }

function splitAddresses(header: string): string[] {
  const items: string[] = []
  let begin = 0
  let closing: string | undefined
  for (let at = 0; at < header.length; at++) {
    const character = header.charAt(at)
    if (character === '\\') at++
    else if (closing !== undefined) closing = character === closing ? undefined : closing
    else if (character === ',') {
      items.push(header.slice(begin, at))
      begin = at + 1
    } else closing = closings[character]
  }
  return [...items, header.slice(begin)]
}

function addressIn(text: string): string {
  const begin = text.lastIndexOf('<')
  return begin >= 0 && text.endsWith('>') ? text.slice(begin + 1, -1) : text
}

/** Gmail decodes most headers by itself; what it leaves encoded is decoded here (RFC 2047). */
function decodeWords(value: string): string {
  if (!value.includes('=?')) return value
  return value
    .replace(/(=\?[^?\s]+\?[bq]\?[^?\s]*\?=)\s+(?==\?[^?\s]+\?[bq]\?)/gi, '$1')
    .replace(
      /=\?([^?*\s]+)(?:\*[^?\s]*)?\?([bq])\?([^?\s]*)\?=/gi,
      (word, charset: string, kind: string, text: string) => {
        const bytes = kind.toLowerCase() === 'b' ? Buffer.from(text, 'base64') : bytesOfQuoted(text)
        try {
          return new TextDecoder(charset).decode(bytes)
        } catch {
          return word
        }
      },
    )
}

function bytesOfQuoted(text: string): Uint8Array {
  const plain = text
    .replace(/_/g, ' ')
    .replace(/=([0-9a-f]{2})/gi, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(plain, 'latin1')
}
