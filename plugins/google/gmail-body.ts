/** The text of a message and its attachments, found in the tree of MIME parts that Gmail gives. */
import { type Context, isFailure } from '../../core/plugin.ts'
import type { GmailPart } from './gmail-types.ts'
import { headerOf, parameterOf } from './mail-header.ts'

/** Gives the bytes of a part; those that Gmail keeps apart are fetched. */
export type LoadPart = (part: GmailPart) => Promise<Uint8Array>

/** A plain text shorter than this (characters) may be a mere pointer to the HTML beside it. */
const shortText = 200

/**
 * The message as Markdown: plain text where there is some worth reading, else HTML converted. What cannot be converted
 * is left out.
 */
export async function bodyText(root: GmailPart, load: LoadPart, convert: Context['text']): Promise<string> {
  return (await textOf(root)).trim()

  async function textOf(part: GmailPart): Promise<string> {
    const mimeType = typeOf(part)
    if (mimeType === 'multipart/alternative') return bestOf(inner(part))
    // The first part is the document, the others are its pictures (RFC 2387).
    if (mimeType === 'multipart/related') return joined(inner(part).slice(0, 1))
    if (mimeType.startsWith('multipart/')) return joined(inner(part))
    if (mimeType === 'text/html' || mimeType === 'text/plain') return leafText(part, mimeType)
    return ''
  }

  async function joined(parts: readonly GmailPart[]): Promise<string> {
    const texts: string[] = []
    for (const part of parts) texts.push((await textOf(part)).trim())
    return texts.filter(text => text !== '').join('\n\n')
  }

  async function bestOf(parts: readonly GmailPart[]): Promise<string> {
    const plainPart = parts.find(part => typeOf(part) === 'text/plain')
    const plain = plainPart ? (await textOf(plainPart)).trim() : ''
    if (plain.length >= shortText) return plain
    // The last alternative is the richest one (RFC 2046, 5.1.4).
    const richPart = parts.findLast(part => part !== plainPart && textTypes.test(typeOf(part)))
    const rich = richPart ? (await textOf(richPart)).trim() : ''
    return rich.length > plain.length * 4 ? rich : plain
  }

  async function leafText(part: GmailPart, mimeType: string): Promise<string> {
    const bytes = await load(part)
    const contentType = headerOf(part, 'Content-Type')
    const text = decodeText(bytes, parameterOf(contentType, 'charset'))
    const flowed = parameterOf(contentType, 'format') === 'flowed'
    const isSpaceDeleted = parameterOf(contentType, 'delsp') === 'yes'
    const manner = flowed ? `; format=flowed${isSpaceDeleted ? '; delsp=yes' : ''}` : ''
    try {
      return await convert(text, mimeType === 'text/html' ? mimeType : `${mimeType}${manner}`)
    } catch (error) {
      if (isFailure(error, 'item_unreadable')) return ''
      throw error
    }
  }
}

const textTypes = /^(?:text\/(?:html|plain)|multipart\/.*)$/

/** The attachments of a message, wherever they hang; what is inside an attached message belongs to that one. */
export function attachmentsOf(root: GmailPart): GmailPart[] {
  return isAttachment(root) ? [root] : (root.parts ?? []).flatMap(attachmentsOf)
}

export function typeOf(part: GmailPart): string {
  return (part.mimeType ?? '').toLowerCase()
}

function inner(part: GmailPart): GmailPart[] {
  return (part.parts ?? []).filter(child => !isAttachment(child))
}

function isAttachment(part: GmailPart): boolean {
  if (part.filename) return true
  const mimeType = typeOf(part)
  if (mimeType.startsWith('multipart/')) return false
  if (/^attachment\b/i.test(headerOf(part, 'Content-Disposition'))) return true
  return mimeType !== '' && !mimeType.startsWith('text/') && Boolean(part.body?.attachmentId || part.body?.size)
}

/**
 * Gmail gives text as UTF-8 whatever the part's header says, but does not promise it: UTF-8 if it is, else as declared.
 * The escapes of ISO-2022 are UTF-8 too, and are believed.
 */
function decodeText(bytes: Uint8Array, charset: string): string {
  const label = charset || 'windows-1252'
  if (!(/^iso-2022-/.test(label) && bytes.includes(0x1b))) {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    } catch {
      // Not UTF-8: as declared.
    }
  }
  try {
    return new TextDecoder(label).decode(bytes)
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}
