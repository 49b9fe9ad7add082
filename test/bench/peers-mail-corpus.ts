/**
 * Mails as a mailbox holds them, each made from its number alone, in the two forms that are compared: the file of a
 * Maildir, and what Gmail's API tells of the same mail.
 */
import { chanceOf, proseOf, wordsOf } from './corpus.ts'

export interface Mail {
  id: string
  threadId: string
  /** Milliseconds since 1970. */
  date: number
  headers: Headers
  body: Part
  /** The beginning of the text. */
  snippet: string
  /** In no other mail: finds this one. */
  mark: string
}

type Headers = readonly (readonly [name: string, value: string])[]

interface Part {
  mimeType: string
  /** What the type is followed by in the header: charset, boundary, name. */
  parameters: string
  headers: Headers
  filename?: string
  content?: string | Buffer
  parts?: Part[]
}

/** Of each ten mails five are of one thread, two of another, and three stand alone. */
const threadStarts = [0, 1, 2, 3, 3, 5, 5, 5, 5, 5]
const correspondents = 400
const newestMs = Date.UTC(2026, 0, 15)
const betweenMailsMs = 7 * 60_000

/** Number 0 is the oldest of `count`. */
export function mailOf(number: number, count: number): Mail {
  const chance = chanceOf(number)
  const start = number - (number % 10) + (threadStarts[number % 10] ?? 0)
  const date = newestMs - (count - number) * betweenMailsMs
  const mark = `case${String(number).padStart(6, '0')}`
  const text = `${proseOf(chance, Math.round(20 * 12 ** chance()))}\n\n${mark}`
  const subject = wordsOf(chanceOf(-1 - start), 6)
  const headers: [string, string][] = [
    ['Return-Path', `<${addressOf(number)}>`],
    [
      'Received',
      `from mx${number % 7}.example.net (mx${number % 7}.example.net [192.0.2.${number % 250}]) by mail.example.com with ESMTPS id ${randomText(chance, 24)}; ${new Date(date).toUTCString()}`,
    ],
    [
      'DKIM-Signature',
      `v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.net; s=s1; bh=${randomText(chance, 43)}=; b=${randomText(chance, 344)}`,
    ],
    ['From', personOf(number)],
    ['To', 'Ada <ada@example.com>'],
    ...(chance() < 0.3
      ? [['Cc', [1, 2, 3].map(step => personOf(number + step * 17)).join(', ')] as [string, string]]
      : []),
    ['Subject', start === number ? subject : `Re: ${subject}`],
    ['Date', new Date(date).toUTCString().replace('GMT', '+0000')],
    ['Message-ID', messageIdOf(number)],
    ...(start === number
      ? []
      : ([
          ['In-Reply-To', messageIdOf(number - 1)],
          ['References', Array.from({ length: number - start }, (_, step) => messageIdOf(start + step)).join(' ')],
        ] as [string, string][])),
    ['MIME-Version', '1.0'],
  ]
  return {
    ...{ id: gmailId(number), threadId: gmailId(start), date, headers, mark },
    ...{ body: bodyOf(number, chance, text), snippet: text.slice(0, 120) },
  }
}

/** Half are plain text, the rest HTML alone, both side by side, or text with a file. */
function bodyOf(number: number, chance: () => number, text: string): Part {
  const kind = chance()
  if (kind < 0.5) return plain(text)
  if (kind < 0.65) return html(text)
  if (kind < 0.85) return multipart('alternative', number, [plain(text), html(text)])
  return multipart('mixed', number, [plain(text), file(chance)])
}

function plain(content: string): Part {
  return {
    mimeType: 'text/plain',
    parameters: '; charset=utf-8',
    headers: [['Content-Transfer-Encoding', '8bit']],
    content,
  }
}

function html(text: string): Part {
  const paragraphs = text.split('\n\n').map((paragraph, index) => {
    const link = `<a href="https://www.example.net/read?id=${paragraph.length}&amp;from=mail">${paragraph.slice(0, 12)}</a>`
    return `<tr><td style="padding:0 0 16px;font:15px/1.5 Arial,sans-serif"><p>${paragraph}</p>${index % 3 === 0 ? link : ''}</td></tr>`
  })
  const content = `<!doctype html>\n<html><head><meta charset="utf-8"><title></title>
<style>body{margin:0;background:#f4f4f4}a{color:#06c}</style></head>
<body><table role="presentation" width="600" align="center" cellpadding="0" cellspacing="0">
${paragraphs.join('\n')}
</table></body></html>\n`
  return {
    mimeType: 'text/html',
    parameters: '; charset=utf-8',
    headers: [['Content-Transfer-Encoding', 'quoted-printable']],
    content,
  }
}

function file(chance: () => number): Part {
  const isSound = chance() < 0.6
  const filename = `${wordsOf(chance, 2).replace(' ', '-')}.${isSound ? 'mp3' : 'png'}`
  return {
    mimeType: isSound ? 'audio/mpeg' : 'image/png',
    parameters: `; name="${filename}"`,
    headers: [
      ['Content-Disposition', `attachment; filename="${filename}"`],
      ['Content-Transfer-Encoding', 'base64'],
    ],
    filename,
    content: Buffer.from(randomText(chance, 1000).repeat(2 + Math.floor(chance() * 10)), 'base64'),
  }
}

function multipart(kind: string, number: number, parts: Part[]): Part {
  return { mimeType: `multipart/${kind}`, parameters: `; boundary="${boundaryOf(number)}"`, headers: [], parts }
}

function boundaryOf(number: number): string {
  return `=_part_${number}`
}

/** The mail as RFC 5322 has it: a file of a Maildir. */
export function toFile(mail: Mail): string {
  const { headers, content } = written(mail.body)
  return `${lines([...mail.headers, ...headers])}\n${content}`
}

function written(part: Part): { headers: Headers; content: string } {
  const headers: Headers = [['Content-Type', part.mimeType + part.parameters], ...part.headers]
  if (!part.parts) return { headers, content: encoded(part) }
  const mark = /boundary="([^"]+)"/.exec(part.parameters)?.[1] ?? ''
  const parts = part.parts.map(written).map(inner => `--${mark}\n${lines(inner.headers)}\n${inner.content}\n`)
  return { headers, content: `${parts.join('')}--${mark}--\n` }
}

function lines(headers: Headers): string {
  return headers.map(([name, value]) => `${name}: ${value}\n`).join('')
}

function encoded({ content = '', mimeType }: Part): string {
  if (typeof content !== 'string') return content.toString('base64').replace(/.{76}/g, '$&\n')
  return mimeType === 'text/html' ? quotedPrintable(content) : `${content}\n`
}

/** The corpus is ASCII: the equals sign alone has to be escaped. */
function quotedPrintable(text: string): string {
  return text.replaceAll('=', '=3D').replace(/[^\n]{60,70}(?=[^\n=]{6})(?<!=.?)/g, '$&=\n')
}

/** The mail as `users.messages.get` with `format=full` answers it. */
export function toGmail(mail: Mail): object {
  return {
    id: mail.id,
    threadId: mail.threadId,
    labelIds: Number.parseInt(mail.id.slice(-5, -3), 16) % 4 === 0 ? ['INBOX', 'UNREAD'] : ['INBOX', 'IMPORTANT'],
    snippet: mail.snippet,
    historyId,
    internalDate: String(mail.date),
    sizeEstimate: sizeOf(mail.body) + 1500,
    payload: gmailPart(mail.body, '', mail.headers),
  }
}

export const historyId = '987654321'

function gmailPart(part: Part, partId: string, above: Headers = []): object {
  const headers = [...above, ['Content-Type', part.mimeType + part.parameters] as const, ...part.headers]
  const shape = {
    partId,
    mimeType: part.mimeType,
    filename: part.filename ?? '',
    headers: headers.map(([name, value]) => ({ name, value })),
  }
  if (part.parts) {
    const parts = part.parts.map((inner, index) => gmailPart(inner, partId === '' ? `${index}` : `${partId}.${index}`))
    return { ...shape, body: { size: 0 }, parts }
  }
  const bytes = Buffer.from(part.content ?? '')
  // Files are apart, and have to be asked for.
  if (part.filename)
    return { ...shape, body: { attachmentId: `ANGjdJ${randomText(chanceOf(bytes.length), 300)}`, size: bytes.length } }
  return { ...shape, body: { size: bytes.length, data: bytes.toString('base64url') } }
}

function sizeOf({ content = '', parts = [] }: Part): number {
  return content.length + parts.reduce((sum, part) => sum + sizeOf(part), 0)
}

function gmailId(number: number): string {
  return (0x18c0000000000000n + BigInt(number) * 4096n).toString(16)
}

function messageIdOf(number: number): string {
  return `<${randomText(chanceOf(number + 7), 20)}.${number}@mail.example.net>`
}

function personOf(number: number): string {
  const who = personNumber(number)
  const name = wordsOf(chanceOf(-100_000 - who), 2).replace(/\b\w/g, letter => letter.toUpperCase())
  return `${name} <${addressOf(number)}>`
}

function addressOf(number: number): string {
  return `person${personNumber(number)}@example.net`
}

function personNumber(number: number): number {
  return Math.floor(correspondents ** chanceOf(number + 3)())
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

function randomText(chance: () => number, length: number): string {
  let text = ''
  for (let index = 0; index < length; index++) text += letters[Math.floor(chance() * letters.length)]
  return text
}
