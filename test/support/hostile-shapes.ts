/** Files of a shape that no program writes: too wide, too deep, too many, or with sizes that are lies. */

import type { HostileFile } from './hostile-documents.ts'
import { buildCompound, properties, unicode } from './outlook-builder.ts'
import { buildPdf, buildPdfOfObjects, streamObject } from './pdf-builder.ts'
import { times } from './suite-depth.ts'
import { buildDocx, buildZip, wordParagraph } from './zip-builder.ts'

const openXml = 'application/vnd.openxmlformats-officedocument'
const types = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const relation = (id: string, type: string, target: string) =>
  `<Relationship Id="${id}" Type="${types}/${type}" Target="${target}"/>`

type Row = [what: string, mediaType: string, end: HostileFile['end'], make: () => Uint8Array]

const rows: Row[] = [
  ['a directory that ends elsewhere', 'application/zip', 'unreadable', () => zipWithEnd({ offset: 0xfffffff0 })],
  ['a directory larger than the file', 'application/zip', 'either', () => zipWithEnd({ size: 0xfffffff0 })],
  ['more parts than it has', 'application/zip', 'unreadable', () => zipWithEnd({ entries: 0xfffe })],
  ['sizes of 64 bits that are lies', 'application/zip', 'unreadable', () => zip64(2n ** 60n, 2n ** 60n)],
  ['a count of 64 bits that is a lie', 'application/zip', 'unreadable', () => zip64(0n, 2n ** 62n)],
  [
    'names of control characters',
    'application/zip',
    /^- a b\.txt\n- \.txt$/,
    () =>
      buildZip([
        { name: 'a\u0000b.txt', content: 'x' },
        { name: '\r\n\u001b.txt', content: 'x' },
      ]),
  ],
  [
    'names without end',
    'application/zip',
    'text',
    () => buildZip(Array.from({ length: 500 }, (_, index) => ({ name: `${index}${'n'.repeat(60_000)}`, content: '' }))),
  ],
  [
    'a cell at the very end',
    `${openXml}.spreadsheetml.sheet`,
    'either',
    () => sheet('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
  ],
  [
    'cells by the thousand',
    `${openXml}.spreadsheetml.sheet`,
    'text',
    () => sheet(`<row>${'<c><v>1</v></c>'.repeat(200)}</row>`.repeat(times(500, 5000))),
  ],
  ['groups in groups', `${openXml}.presentationml.presentation`, 'either', () => presentation('<p:grpSp>'.repeat(900))],
  [
    'groups in groups without end',
    `${openXml}.presentationml.presentation`,
    'unreadable',
    () => presentation('<p:grpSp>'.repeat(100_000)),
  ],
  [
    'slides by the thousand that are one',
    `${openXml}.presentationml.presentation`,
    'text',
    () =>
      presentation(
        `<p:sp><p:txBody><a:p><a:r><a:t>${'word '.repeat(50)}</a:t></a:r></a:p></p:txBody></p:sp>`,
        times(2000, 20_000),
      ),
  ],
  ['comments that are their own part', `${openXml}.wordprocessingml.document`, 'text', ownComments],
  ['charts by the thousand', `${openXml}.wordprocessingml.document`, 'text', manyCharts],
  ['chapters by the thousand', 'application/epub+zip', 'text', () => bookOf(times(500, 5000))],
  [
    'elements in each other without end',
    'text/html',
    'either',
    () => Buffer.from('<div>'.repeat(times(100_000, 500_000))),
  ],
  ['lists in lists without end', 'text/html', 'either', () => Buffer.from('<ul><li>'.repeat(times(50_000, 250_000)))],
  [
    'tables in tables without end',
    'text/html',
    'either',
    () => Buffer.from('<table><tr><td>'.repeat(times(30_000, 300_000))),
  ],
  [
    'a tag without end',
    'text/html',
    'either',
    () => Buffer.from(`<a href="${'x'.repeat(times(2_000_000, 20_000_000))}`),
  ],
  ['a line of many megabytes', 'text/csv', 'text', () => Buffer.from('word,'.repeat(times(400_000, 4_000_000)))],
  [
    'a quote that never ends',
    'text/csv',
    'text',
    () => Buffer.from(`a,b\n"${'x,y\n'.repeat(times(200_000, 2_000_000))}`),
  ],
  ['nothing but quotes', 'text/csv', 'either', () => Buffer.from('"'.repeat(times(500_000, 5_000_000)))],
  ['arrays in arrays', 'application/json', 'either', () => Buffer.from('['.repeat(1_000_000))],
  ['one string', 'application/json', 'text', () => Buffer.from(`{"a":"${'x'.repeat(5_000_000)}"}`)],
  ['parts in parts', 'message/rfc822', 'either', () => nestedParts(times(1000, 10_000))],
  ['mails in mails', 'message/rfc822', 'either', () => nestedMails(200)],
  ['headers without end', 'message/rfc822', 'either', () => Buffer.from('X-A: b\r\n'.repeat(times(50_000, 250_000)))],
  [
    'a header that folds without end',
    'message/rfc822',
    'either',
    () => Buffer.from(`Subject: a\r\n${' b\r\n'.repeat(times(100_000, 500_000))}\r\nx`),
  ],
  [
    'events without end',
    'text/calendar',
    'text',
    () =>
      Buffer.from(`BEGIN:VCALENDAR\r\n${'BEGIN:VEVENT\r\nSUMMARY:x\r\nEND:VEVENT\r\n'.repeat(times(20_000, 200_000))}`),
  ],
  [
    'components in components',
    'text/calendar',
    'either',
    () => Buffer.from('BEGIN:VEVENT\r\n'.repeat(times(50_000, 250_000))),
  ],
  ['messages in a message', 'application/vnd.ms-outlook', /Attached message/, () => messageIn(8)],
  ['sectors that go in circles', 'application/vnd.ms-outlook', 'unreadable', () => circling()],
  [
    'pages by the thousand',
    'application/pdf',
    'text',
    () => buildPdf(many(times(200, 2000), page => `page ${page}`).map(({ name }) => name)),
  ],
  [
    'a table of references for a milliard of objects',
    'application/pdf',
    'either',
    () =>
      Buffer.from(
        buildPdf(['x'])
          .toString('latin1')
          .replace(/xref\n0 \d+/, 'xref\n0 999999999'),
        'latin1',
      ),
  ],
  [
    'a stream of references that says it has a milliard',
    'application/pdf',
    'either',
    () =>
      Buffer.from(
        buildPdf(['x']).toString('latin1').replace('/Size 6', '/Size 2147483647 /Index [0 2147483647] /W [4 4 4]'),
        'latin1',
      ),
  ],
  [
    'pages in pages in pages',
    'application/pdf',
    'either',
    () =>
      buildPdfOfObjects([
        '<< /Type /Catalog /Pages 2 0 R >>',
        ...Array.from({ length: 5000 }, (_, index) => `<< /Type /Pages /Count 1 /Kids [${index + 3} 0 R] >>`),
        '<< /Type /Page /MediaBox [0 0 9 9] >>',
      ]),
  ],
  ['thousands of links on each other', 'application/pdf', 'text', () => linkedPage(2000)],
]

export const hostileShapes: readonly HostileFile[] = rows.map(([what, mediaType, end, make]) => ({
  what,
  mediaType,
  end,
  make,
}))

function many(count: number, nameOf: (number: number) => string) {
  return Array.from({ length: count }, (_, index) => ({ name: nameOf(index), content: '' }))
}

/** An archive whose last record says something else. */
function zipWithEnd(says: { entries?: number; size?: number; offset?: number }): Buffer {
  const zip = buildZip([{ name: 'a', content: 'x' }])
  const end = zip.length - 22
  if (says.entries !== undefined) {
    zip.writeUInt16LE(says.entries, end + 8)
    zip.writeUInt16LE(says.entries, end + 10)
  }
  if (says.size !== undefined) zip.writeUInt32LE(says.size, end + 12)
  if (says.offset !== undefined) zip.writeUInt32LE(says.offset, end + 16)
  return zip
}

/** An archive whose last record refers to one of 64 bits. */
function zip64(offset: bigint, entries: bigint): Buffer {
  const record = Buffer.alloc(56)
  record.write('PK\u0006\u0006', 'latin1')
  record.writeBigUInt64LE(44n, 4)
  record.writeBigUInt64LE(entries, 24)
  record.writeBigUInt64LE(entries, 32)
  record.writeBigUInt64LE(offset, 40)
  record.writeBigUInt64LE(offset, 48)
  const locator = Buffer.alloc(20)
  locator.write('PK\u0006\u0007', 'latin1')
  locator.writeUInt32LE(1, 16)
  const end = Buffer.alloc(22, 0xff)
  end.write('PK\u0005\u0006', 'latin1')
  end.writeUInt16LE(0, 20)
  return Buffer.concat([record, locator, end])
}

function officePackage(main: string, kind: string, parts: readonly { name: string; content: string }[]): Buffer {
  return buildZip([
    {
      name: '[Content_Types].xml',
      content: `<Types><Override PartName="/${main}" ContentType="${openXml}.${kind}.main+xml"/></Types>`,
    },
    { name: '_rels/.rels', content: `<Relationships>${relation('r', 'officeDocument', main)}</Relationships>` },
    ...parts,
  ])
}

function sheet(rows: string): Buffer {
  return officePackage('xl/workbook.xml', 'spreadsheetml.sheet', [
    {
      name: 'xl/workbook.xml',
      content: '<workbook><sheets><sheet name="One" sheetId="1" r:id="r1"/></sheets></workbook>',
    },
    {
      name: 'xl/_rels/workbook.xml.rels',
      content: `<Relationships>${relation('r1', 'worksheet', 'one.xml')}</Relationships>`,
    },
    { name: 'xl/one.xml', content: `<worksheet><sheetData>${rows}</sheetData></worksheet>` },
  ])
}

function presentation(shapes: string, slides = 1): Buffer {
  return officePackage('ppt/presentation.xml', 'presentationml.presentation', [
    {
      name: 'ppt/presentation.xml',
      content: `<p:presentation><p:sldIdLst>${'<p:sldId r:id="r1"/>'.repeat(slides)}</p:sldIdLst></p:presentation>`,
    },
    {
      name: 'ppt/_rels/presentation.xml.rels',
      content: `<Relationships>${relation('r1', 'slide', 'one.xml')}</Relationships>`,
    },
    { name: 'ppt/one.xml', content: `<p:sld><p:cSld><p:spTree>${shapes}` },
  ])
}

function ownComments(): Buffer {
  return buildDocx(`${wordParagraph('x')}<w:comment w:id="1"/><w:r><w:commentReference w:id="1"/></w:r>`, [
    {
      name: 'word/_rels/document.xml.rels',
      content: `<Relationships>${relation('c', 'comments', 'document.xml')}${relation('f', 'footnotes', 'document.xml')}</Relationships>`,
    },
  ])
}

function manyCharts(): Buffer {
  const ids = Array.from({ length: 1000 }, (_, index) => `c${index}`)
  return buildDocx(ids.map(id => `<w:p><w:r><c:chart r:id="${id}"/></w:r></w:p>`).join(''), [
    {
      name: 'word/_rels/document.xml.rels',
      content: `<Relationships>${ids.map(id => relation(id, 'chart', 'chart.xml')).join('')}</Relationships>`,
    },
    {
      name: 'word/chart.xml',
      content: `<c:chartSpace><c:ser><c:val>${Array.from({ length: times(500, 5000) }, (_, index) => `<c:pt idx="${index * 1_000_000}"><c:v>${index}</c:v></c:pt>`).join('')}</c:val></c:ser></c:chartSpace>`,
    },
  ])
}

function bookOf(chapters: number): Buffer {
  const names = Array.from({ length: chapters }, (_, index) => `c${index}`)
  return buildZip([
    { name: 'META-INF/container.xml', content: '<container><rootfile full-path="book.opf"/></container>' },
    {
      name: 'book.opf',
      content: `<package><manifest>${names.map(name => `<item id="${name}" href="${name}.xhtml"/>`).join('')}</manifest><spine>${names.map(name => `<itemref idref="${name}"/>`).join('')}</spine></package>`,
    },
    ...names.map(name => ({ name: `${name}.xhtml`, content: `<p>${name}</p>` })),
  ])
}

function nestedParts(depth: number): Buffer {
  const heads = Array.from(
    { length: depth },
    (_, level) => `Content-Type: multipart/mixed; boundary="b${level}"\r\n\r\n--b${level}\r\n`,
  )
  return Buffer.from(`Subject: x\r\n${heads.join('')}Content-Type: text/plain\r\n\r\ninside`)
}

function nestedMails(depth: number): Buffer {
  return Buffer.from(`${'Content-Type: message/rfc822\r\n\r\n'.repeat(depth)}Subject: x\r\n\r\ninside`)
}

/** A message with a message in it, and so on. */
function messageIn(depth: number): Uint8Array {
  const fields = (subject: string, head: number) => ({
    '__substg1.0_0037001F': unicode(subject),
    '__substg1.0_1000001F': unicode(`body of ${subject}`),
    '__properties_version1.0': properties(head, []),
  })
  let inner: Parameters<typeof buildCompound>[0] = fields('innermost', 24)
  for (let level = 0; level < depth; level++) {
    inner = {
      ...fields(`level ${level}`, level === depth - 1 ? 32 : 24),
      '__attach_version1.0_#00000000': {
        '__substg1.0_3001001F': unicode(`level ${level}`),
        '__substg1.0_3701000D': inner,
        '__properties_version1.0': properties(8, [[0x3705, 3, Buffer.from([5, 0, 0, 0])]]),
      },
    }
  }
  return buildCompound({ '__nameid_version1.0': {}, ...inner })
}

/** A whole message whose chain of folders comes back to its own beginning. */
function circling(): Buffer {
  const file = Buffer.from(messageIn(1))
  const directory = file.readUInt32LE(48)
  const table = file.readUInt32LE(76)
  file.writeUInt32LE(directory, (table + 1) * 512 + directory * 4)
  return file
}

function linkedPage(links: number): Buffer {
  const annotations = Array.from(
    { length: links },
    (_, index) =>
      `<< /Type /Annot /Subtype /Link /Rect [0 0 400 400] /A << /S /URI /URI (https://example.com/${index}) >> >>`,
  )
  return buildPdfOfObjects([
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Count 1 /Kids [3 0 R] >>',
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 400] /Resources << /Font << /F 4 0 R >> >> /Contents 5 0 R /Annots [${annotations.join(' ')}] >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    streamObject(`BT /F 12 Tf ${'20 0 Td (some words) Tj '.repeat(1000)} ET`),
  ])
}
