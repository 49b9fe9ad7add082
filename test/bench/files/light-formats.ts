/** The formats that need no office program: what people write by hand, export, and send. */
import { buildCompound, fileTime, properties, recipient, unicode } from '../../support/outlook-builder.ts'
import type { Block, TextDocument, Workbook } from './text.ts'

export function htmlOf({ blocks }: TextDocument): string {
  return `<!doctype html>\n<html><head><meta charset="utf-8"><style>body { margin: 2em }</style></head><body>\n${blocks.map(htmlBlock).join('\n')}\n</body></html>\n`
}

function htmlBlock(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<h${block.level}>${block.text}</h${block.level}>`
    case 'paragraph':
      return `<p style="margin: 0 0 1em">${block.text} <b>${block.strong}</b>${block.link && ` <a href="https://www.example.net/page">${block.link}</a>`}${block.note === undefined ? '' : `<sup>*</sup></p><p><small>${block.note}</small>`}.</p>`
    case 'list':
      return `<ul>${block.items.map(item => `<li>${item}</li>`).join('')}</ul>`
    case 'table':
      return `<table>${block.rows.map(row => `<tr>${row.map(cell => `<td>${cell}</td>`).join('')}</tr>`).join('')}</table>`
  }
}

export function plainOf({ blocks }: TextDocument): string {
  return blocks.map(plainBlock).join('\n\n')
}

function plainBlock(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${block.text}`
    case 'paragraph':
      return [block.text, block.strong, block.link, block.note ?? ''].filter(Boolean).join(' ')
    case 'list':
      return block.items.map(item => `- ${item}`).join('\n')
    case 'table':
      return block.rows.map(row => row.join('  ')).join('\n')
  }
}

/** The first sheet, as programs export it. */
export function csvOf({ sheets }: Workbook): string {
  return `${(sheets[0]?.rows ?? []).map(row => row.join(',')).join('\r\n')}\r\n`
}

export function jsonOf({ blocks }: TextDocument): string {
  return JSON.stringify({ blocks: blocks.map(plainBlock) }, null, 2)
}

/** A mail with its text in both forms and a picture, which nobody reads. */
export function mailOf(document: TextDocument): string {
  const part = (type: string, body: string) =>
    `Content-Type: ${type}\r\nContent-Transfer-Encoding: base64\r\n\r\n${lines(Buffer.from(body).toString('base64'))}\r\n`
  return [
    'From: Ada <ada@example.com>\r\nTo: Grace <grace@example.com>\r\nDate: Thu, 15 Jan 2026 10:00:00 +0000\r\nSubject: Minutes\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="mixed"\r\n\r\n--mixed\r\nContent-Type: multipart/alternative; boundary="either"\r\n\r\n',
    `--either\r\n${part('text/plain; charset=utf-8', plainOf(document))}--either\r\n${part('text/html; charset=utf-8', htmlOf(document))}--either--\r\n`,
    `--mixed\r\nContent-Disposition: attachment; filename="picture.png"\r\n${part('image/png', 'no picture'.repeat(5000))}--mixed--\r\n`,
  ].join('')
}

function lines(text: string): string {
  return text.replace(/.{76}/g, '$&\r\n')
}

/** A message that Outlook saved. */
export function outlookMessageOf(document: TextDocument): Uint8Array {
  return buildCompound({
    '__nameid_version1.0': {},
    '__properties_version1.0': properties(32, [[0x0e06, 0x40, fileTime('2026-01-15T10:00:00Z')]]),
    '__substg1.0_0037001F': unicode('Minutes'),
    '__substg1.0_0C1A001F': unicode('Ada'),
    '__substg1.0_5D01001F': unicode('ada@example.com'),
    '__substg1.0_1000001F': unicode(plainOf(document).replaceAll('\n', '\r\n')),
    '__recip_version1.0_#00000000': recipient('Grace', 'grace@example.com', 1),
  })
}
