import PostalMime, { type Address, type Attachment, type Email } from 'postal-mime'
import { Failure } from '../errors.ts'
import { calendarToMarkdown } from './calendar.ts'
import { decode } from './charset.ts'
import { htmlToMarkdown } from './html/reader.ts'
import { escapeText, oneLine } from './markdown.ts'
import { normalise } from './plain.ts'

/**
 * A whole mail as Markdown: who, when and what about, the best form of its body (HTML where there is any to read, else
 * plain text, else the invitation), the names of its attachments, and the mails attached to it as quotations.
 * @param maxLength characters after which a body is not read on
 * @throws Failure `item_unreadable` for what is no mail or is nested beyond any that people write
 * Source: RFC 5322, RFC 2045–2049.
 */
export async function mailToMarkdown(content: Uint8Array | string, maxLength: number, depth = 0): Promise<string> {
  return parsedMailToMarkdown(await parse(content), maxLength, depth)
}

/** The same of a mail that is read already. */
export async function parsedMailToMarkdown(mail: Email, maxLength: number, depth = 0): Promise<string> {
  const head = headOf(mail)
  const body = bodyOf(mail, maxLength)
  if (head === '' && body === '' && mail.attachments.length === 0) {
    throw new Failure('item_unreadable', 'the content is called a mail but holds none')
  }
  const parts = [head, body, attachmentsOf(mail)]
  let length = body.length
  for (const attachment of mail.attachments) {
    if (!isMail(attachment) || depth >= deepestMail || length > maxLength) continue
    const attached = await attachedMail(attachment, maxLength - length, depth + 1)
    length += attached.length
    parts.push(attached)
  }
  return parts.filter(Boolean).join('\n\n')
}

/** Mails inside mails beyond this depth are named but not read. */
export const deepestMail = 5

async function parse(content: Uint8Array | string): Promise<Email> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  refuseShredded(bytes)
  try {
    return await PostalMime.parse(bytes, { forceRfc822Attachments: true, maxNestingDepth: 64 })
  } catch (cause) {
    throw new Failure('item_unreadable', 'the mail has more headers or nested parts than can be read', { cause })
  }
}

/** The parser keeps an object for each line and each part, so what is nothing but these would take all memory. */
function refuseShredded(bytes: Uint8Array): void {
  let lines = 0
  let boundaries = 0
  let start = 0
  for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, start)) {
    lines += at - start < shortLine ? 2 : 1
    start = at + 1
    if (bytes[at + 1] === dash && bytes[at + 2] === dash) boundaries += 1
  }
  if (lines > mostLines || boundaries > mostBoundaries) {
    throw new Failure('item_unreadable', 'the mail has more lines or parts than can be read')
  }
}

const lineFeed = 0x0a
const dash = 0x2d

/** Lines of encoded attachments, which are put together as they are read, are longer than most of text, which are not. */
const shortLine = 60

/** As many as a mail of 60 MB in base64 has, or half as many short ones. */
const mostLines = 800_000

/** Lines that look like the beginning of a part. */
const mostBoundaries = 20_000

function headOf(mail: Email): string {
  const facts: [string, string][] = [
    ['From', people(mail.from ? [mail.from] : [])],
    ['To', people(mail.to ?? [])],
    ['Cc', people(mail.cc ?? [])],
    ['Date', escapeText(oneLine(mail.date ?? '').replace(/\.000Z$/, 'Z'))],
    ['Subject', escapeText(oneLine(mail.subject ?? ''))],
  ]
  return facts
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `**${name}:** ${value}`)
    .join('  \n')
}

function bodyOf(mail: Email, maxLength: number): string {
  const html = mail.html ? htmlToMarkdown(mail.html, maxLength) : ''
  if (html !== '') return html
  const plain = mail.text ? normalise(mail.text, maxLength) : ''
  if (plain !== '') return plain
  const invitation = mail.attachments.find(({ mimeType }) => mimeType === 'text/calendar')
  return invitation ? calendarToMarkdown(decode(bytesOf(invitation)), maxLength) : ''
}

function attachmentsOf(mail: Email): string {
  // Pictures that the body shows are part of it.
  const listed = mail.attachments.filter(({ related, mimeType }) => !(related && mimeType.startsWith('image/')))
  if (listed.length === 0) return ''
  const lines = listed.slice(0, 500).map(attachment => {
    const name = escapeText(oneLine(attachment.filename ?? '').replace(/\s+/g, ' ')) || '(no name)'
    return `- ${name} (${escapeText(attachment.mimeType)}, ${sizeOf(bytesOf(attachment).length)})`
  })
  return `**Attachments:**\n\n${lines.join('\n')}`
}

async function attachedMail(attachment: Attachment, maxLength: number, depth: number): Promise<string> {
  try {
    return quotedMail(await mailToMarkdown(bytesOf(attachment), maxLength, depth))
  } catch (error) {
    // Its name is in the list; the mail around it is worth keeping all the same.
    if (error instanceof Failure) return ''
    throw error
  }
}

/** The text of a mail that is attached to another. */
export function quotedMail(text: string): string {
  const lines = text.split('\n').map(line => (line === '' ? '>' : `> ${line}`))
  return `**Attached message:**\n\n${lines.join('\n')}`
}

function people(addresses: readonly Address[]): string {
  const flat = addresses.flatMap(address => address.group ?? [address])
  const shown = flat.slice(0, 100).map(({ name, address = '' }) => {
    const plain = escapeText(oneLine(name).replace(/\s+/g, ' '))
    const label = plain.includes(',') ? `"${plain}"` : plain
    const mailbox = /^[^\s<>@]+@[^\s<>@]+$/.test(address) ? `<${address}>` : escapeText(oneLine(address))
    return label && name !== address ? `${label} ${mailbox}`.trim() : mailbox
  })
  const rest = flat.length - shown.length
  return [...shown.filter(Boolean), ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ')
}

function isMail({ mimeType }: Attachment): boolean {
  return mimeType === 'message/rfc822' || mimeType === 'message/global'
}

function bytesOf({ content }: Attachment): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content) : new Uint8Array(content)
}

function sizeOf(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`
}
