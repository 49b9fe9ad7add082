/**
 * A message that Outlook saved, as Markdown: the same as of any mail. `@kenjiuno/msgreader` reads the compound file and
 * its properties (Apache-2.0, kept up since 2012); what it reads is given on as a parsed mail.
 */
import { decompressRTF } from '@kenjiuno/decompressrtf'
import messages, { type FieldsData } from '@kenjiuno/msgreader'
import type { Address, Attachment, Email } from 'postal-mime'
import { Failure } from '../errors.ts'
import { decode, htmlCharset } from './charset.ts'
import { deepestMail, parsedMailToMarkdown, quotedMail } from './mail.ts'
import { isCompound } from './office/compound.ts'
import { openCompound } from './office/compound-file.ts'
import { rtfToMarkdown } from './rtf/reader.ts'

/**
 * @param maxLength characters after which a body is not read on
 * @throws Failure `item_unreadable`
 */
export async function outlookToMarkdown(bytes: Uint8Array, maxLength: number): Promise<string> {
  if (!isCompound(bytes)) throw new Failure('item_unreadable', 'the content is called a message of Outlook but is none')
  // The library would follow chains of sectors in circles.
  openCompound(bytes)
  const { reader, fields } = read(bytes)
  const whole = await messageToMarkdown(reader, fields, maxLength, 0)
  if (whole === '') throw new Failure('item_unreadable', 'the content is called a message of Outlook but holds none')
  return whole
}

/** A message, and those that are attached to it as quotations. */
async function messageToMarkdown(
  reader: Reader,
  fields: FieldsData,
  maxLength: number,
  depth: number,
): Promise<string> {
  const mail = mailOf(reader, fields)
  const text = await parsedMailToMarkdown(mail, maxLength)
  const packed = mail.html || mail.text || !fields.compressedRtf ? '' : rtfBody(fields.compressedRtf, maxLength)
  const parts = [text, packed]
  let left = maxLength - text.length - packed.length
  for (const { innerMsgContentFields: inner } of (fields.attachments ?? []).slice(0, mostAttachments)) {
    if (!inner || depth >= deepestMail || left <= 0) continue
    const attached = await attachedMessage(reader, inner, left, depth + 1)
    left -= attached.length
    parts.push(attached)
  }
  return parts.filter(Boolean).join('\n\n')
}

async function attachedMessage(reader: Reader, fields: FieldsData, maxLength: number, depth: number): Promise<string> {
  try {
    return quotedMail(await messageToMarkdown(reader, fields, maxLength, depth))
  } catch (error) {
    // Its name is in the list; the message around it is worth keeping all the same.
    if (error instanceof Failure) return ''
    throw error
  }
}

function read(bytes: Uint8Array): { reader: Reader; fields: FieldsData } {
  try {
    const reader = new messages.default(new Uint8Array(bytes).buffer)
    const fields = reader.getFileData()
    if (fields.error) throw new Error(fields.error)
    return { reader, fields }
  } catch (cause) {
    throw new Failure('item_unreadable', 'the message is damaged', { cause })
  }
}

function mailOf(reader: Reader, fields: FieldsData): Email {
  const sender = { name: fields.senderName ?? '', address: addressOf(fields.senderSmtpAddress, fields.senderEmail) }
  const html = fields.html ? decode(fields.html, undefined, htmlCharset) : fields.bodyHtml
  return {
    headers: [],
    headerLines: [],
    ...(sender.name || sender.address ? { from: sender } : {}),
    to: people(fields, 'to'),
    cc: people(fields, 'cc'),
    ...(fields.subject === undefined ? {} : { subject: fields.subject }),
    ...dateOf(fields),
    ...(html === undefined ? {} : { html }),
    ...(fields.body === undefined ? {} : { text: fields.body }),
    attachments: (fields.attachments ?? [])
      .slice(0, mostAttachments)
      .map(attachment => attachmentOf(reader, attachment)),
  }
}

function people({ recipients = [] }: FieldsData, kind: 'to' | 'cc'): Address[] {
  return recipients
    .filter(({ recipType }) => recipType === kind)
    .map(({ name = '', smtpAddress, email }) => ({ name, address: addressOf(smtpAddress, email) }))
}

/** Addresses inside of Exchange are paths of its directory, which tell nobody anything. */
function addressOf(...candidates: (string | undefined)[]): string {
  return candidates.find(address => address?.includes('@')) ?? ''
}

function dateOf({ messageDeliveryTime, clientSubmitTime }: FieldsData): { date?: string } {
  const date = new Date(messageDeliveryTime ?? clientSubmitTime ?? Number.NaN)
  return Number.isNaN(date.getTime()) ? {} : { date: date.toISOString() }
}

function attachmentOf(reader: Reader, attachment: FieldsData): Attachment {
  const { attachMimeTag, innerMsgContent, attachmentHidden = false } = attachment
  const mimeType = attachMimeTag ?? (innerMsgContent ? 'application/vnd.ms-outlook' : 'application/octet-stream')
  return {
    filename: attachment.fileName ?? attachment.fileNameShort ?? attachment.name ?? null,
    mimeType: mimeType.toLowerCase(),
    disposition: 'attachment',
    related: attachmentHidden,
    content: contentOf(reader, attachment),
  }
}

function contentOf(reader: Reader, attachment: FieldsData): Uint8Array {
  try {
    return reader.getAttachment(attachment).content
  } catch {
    // Its name is worth having all the same.
    return new Uint8Array(0)
  }
}

function rtfBody(compressed: Uint8Array, maxLength: number): string {
  try {
    return rtfToMarkdown(Uint8Array.from(decompressRTF([...compressed])), maxLength)
  } catch {
    return ''
  }
}

type Reader = InstanceType<typeof messages.default>

const mostAttachments = 500
