/** Files that mean harm, or look so: containers, documents and messages; each with how it must end. */
import { seededRandom } from './quota-run.ts'
import { times } from './suite-depth.ts'
import { buildDocx, buildZip, wordParagraph, type ZipEntry } from './zip-builder.ts'

export interface HostileFile {
  what: string
  mediaType: string
  /** As this text, as any text, refused, or either of both. */
  end: RegExp | 'text' | 'unreadable' | 'either'
  make(): Uint8Array
}

type Row = [what: string, mediaType: string, end: HostileFile['end'], make: () => Uint8Array]

const random = seededRandom(8)

const openXml = 'application/vnd.openxmlformats-officedocument'
const word = `${openXml}.wordprocessingml.document`
const excel = `${openXml}.spreadsheetml.sheet`
const writer = 'application/vnd.oasis.opendocument.text'
const calc = 'application/vnd.oasis.opendocument.spreadsheet'
const epub = 'application/epub+zip'
const rtf = 'application/rtf'
const outlook = 'application/vnd.ms-outlook'

const entityBomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">${Array.from({ length: 12 }, (_, level) => `<!ENTITY b${level} "${`&b${level - 1};`.repeat(10)}">`).join('')}]>`

function documentPart(content: string | Uint8Array, says: ZipEntry['says'] = {}): ZipEntry[] {
  return [{ name: 'word/document.xml', content, says }]
}

function openDocument(kind: string, body: string): Buffer {
  return buildZip([
    { name: 'mimetype', content: 'application/vnd.oasis.opendocument', stored: true },
    { name: 'content.xml', content: `<office:document-content><office:body><office:${kind}>${body}` },
  ])
}

function workbook(sheet: string, parts: readonly ZipEntry[] = []): Buffer {
  const types = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
  return buildZip([
    {
      name: '[Content_Types].xml',
      content: `<Types><Override PartName="/xl/workbook.xml" ContentType="${openXml}.spreadsheetml.sheet.main+xml"/></Types>`,
    },
    {
      name: '_rels/.rels',
      content: `<Relationships><Relationship Id="r" Type="${types}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    },
    {
      name: 'xl/workbook.xml',
      content: '<workbook><sheets><sheet name="One" sheetId="1" r:id="r1"/></sheets></workbook>',
    },
    {
      name: 'xl/_rels/workbook.xml.rels',
      content: `<Relationships><Relationship Id="r1" Type="${types}/worksheet" Target="sheet.xml"/><Relationship Id="r2" Type="${types}/styles" Target="styles.xml"/><Relationship Id="r3" Type="${types}/sharedStrings" Target="strings.xml"/></Relationships>`,
    },
    { name: 'xl/sheet.xml', content: `<worksheet><sheetData>${sheet}</sheetData></worksheet>` },
    ...parts,
  ])
}

function book(spine: string, chapter: string): Buffer {
  return buildZip([
    { name: 'META-INF/container.xml', content: '<container><rootfile full-path="book.opf"/></container>' },
    {
      name: 'book.opf',
      content: `<package><manifest><item id="a" href="a.xhtml"/></manifest><spine>${spine}</spine></package>`,
    },
    { name: 'a.xhtml', content: chapter },
  ])
}

const compound = Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])
const rows: Row[] = [
  [
    'a part of nothing but zeros',
    word,
    /^$/,
    () => buildDocx('', documentPart(Buffer.alloc(times(10_000_000, 100_000_000)))),
  ],
  [
    'paragraphs without end',
    word,
    'either',
    () => buildDocx('<w:p><w:r><w:t>x</w:t></w:r></w:p>'.repeat(times(100_000, 1_500_000))),
  ],
  ['nothing but spaces for styles', word, 'either', () => stylesOf(Buffer.alloc(times(20_000_000, 100_000_000), ' '))],
  ['a thousand parts that share their bytes', 'application/zip', 'text', overlapping],
  ['a ZIP in a ZIP in a ZIP', 'application/zip', /^- inner\.zip$/, () => nested(30)],
  ['a ZIP called a document', word, 'unreadable', () => nested(3)],
  [
    'an entity bomb',
    word,
    'text',
    () => buildDocx('', documentPart(`${entityBomb}<w:p><w:r><w:t>&b11;</w:t></w:r></w:p>`)),
  ],
  ['an entity from a file', writer, /^&amp;root;$/, () => openDocument('text', '<text:p>&root;</text:p>')],
  ['100,000 nested paragraphs', word, 'unreadable', () => buildDocx('<w:p>'.repeat(100_000))],
  ['100,000 nested tables', word, 'unreadable', () => buildDocx('<w:tbl><w:tr><w:tc>'.repeat(100_000))],
  ['900 nested tables', word, 'either', () => buildDocx(`${'<w:tbl><w:tr><w:tc>'.repeat(300)}${wordParagraph('x')}`)],
  [
    '100,000 nested lists',
    writer,
    'unreadable',
    () => openDocument('text', '<text:list><text:list-item>'.repeat(100_000)),
  ],
  [
    'chapters nested without end',
    epub,
    'either',
    () => book('<itemref idref="a"/>', `${'<div>'.repeat(times(20_000, 100_000))}x`),
  ],
  ['a chapter 20,000 times', epub, /^x$/, () => book('<itemref idref="a"/>'.repeat(30_000), '<p>x</p>')],
  ['a book without chapters', epub, 'either', () => book('', '')],
  ['a wrong checksum', word, 'unreadable', () => buildDocx('', documentPart('<w:p/>', { crc: 7 }))],
  ['a size that is a lie', word, 'unreadable', () => buildDocx('', documentPart('<w:p/>', { size: 4_000_000_000 }))],
  ['an encrypted part', word, 'unreadable', () => buildDocx('', documentPart('<w:p/>', { flags: 1 }))],
  ['an unknown method', word, 'unreadable', () => buildDocx('', documentPart('<w:p/>', { method: 14 }))],
  ['no main part', word, 'unreadable', () => buildZip([{ name: '[Content_Types].xml', content: '<Types/>' }])],
  ['relations that climb out', word, 'either', () => buildDocx(wordParagraph('x'), climbing())],
  [
    'names that climb out',
    'application/zip',
    /^- \.\.\/\.\.\/etc\/passwd$/,
    () => buildZip([{ name: '../../etc/passwd', content: 'x' }]),
  ],
  ['a style that is its own parent', word, /^x$/, () => cyclicStyles()],
  [
    'a million attributes',
    word,
    'either',
    () => buildDocx(`<w:p ${'a="b" '.repeat(1_000_000)}/>${wordParagraph('x')}`),
  ],
  ['an endless tag', word, 'unreadable', () => buildDocx(`<w:${'p'.repeat(20_000_000)}`)],
  ['an endless comment', word, 'unreadable', () => buildDocx(`<!--${'p'.repeat(20_000_000)}`)],
  [
    'no XML at all',
    word,
    'either',
    () => buildDocx('', documentPart(Buffer.from(Array.from({ length: 50_000 }, () => random() * 256)))),
  ],
  ['text outside of everything', word, 'either', () => buildDocx('<w:t>'.repeat(500))],
  [
    'cells at the ends of the sheet',
    excel,
    /\| far \|/,
    () => workbook('<row r="1048576"><c r="XFD1" t="str"><v>lost</v></c><c r="A1" t="str"><v>far</v></c></row>'),
  ],
  [
    'a text with no such number',
    excel,
    'either',
    () => workbook('<row><c t="s"><v>99999999999</v></c><c t="s"><v>__proto__</v></c></row>'),
  ],
  ['strange formats', excel, 'text', () => strangeFormats()],
  [
    'a milliard of equal cells',
    calc,
    'text',
    () =>
      openDocument(
        'spreadsheet',
        '<table:table table:name="a"><table:table-row table:number-rows-repeated="1000000000"><table:table-cell table:number-columns-repeated="1000000000"><text:p>x</text:p></table:table-cell></table:table-row></table:table>',
      ),
  ],
  [
    'cells that are long and many',
    calc,
    'text',
    () =>
      openDocument(
        'spreadsheet',
        `<table:table><table:table-row table:number-rows-repeated="999"><table:table-cell table:number-columns-repeated="255"><text:p>${'long '.repeat(1_000_000)}</text:p></table:table-cell></table:table-row></table:table>`,
      ),
  ],
  [
    'rows with one far cell each',
    excel,
    'text',
    () => workbook('<row><c r="IV1" t="str"><v>x</v></c></row>'.repeat(times(20_000, 500_000))),
  ],
  [
    'looks that change with every letter',
    rtf,
    'text',
    () => Buffer.from(`{\\rtf1 ${'\\b x\\b0 y'.repeat(times(50_000, 3_000_000))}`),
  ],
  [
    'a million of spaces',
    writer,
    'either',
    () => openDocument('text', `<text:p>a<text:s text:c="4000000000"/>b</text:p>`),
  ],
  ['nothing but its mark', word, 'unreadable', () => Buffer.from('PK')],
  ['nothing', word, 'unreadable', () => Buffer.alloc(0)],
  [
    'an encrypted document of Office',
    word,
    'unreadable',
    () => Buffer.concat([compound, Buffer.from('EncryptedPackage', 'utf16le')]),
  ],
  [
    'an old document of Office',
    'application/msword',
    'unreadable',
    () => Buffer.concat([compound, Buffer.alloc(5000)]),
  ],
  ['an encrypted text', writer, 'unreadable', encryptedText],
  ['a message that is its first bytes', outlook, 'unreadable', () => compound],
  ['a message of zeros', outlook, 'unreadable', () => Buffer.concat([compound, Buffer.alloc(100_000)])],
  [
    'a message of chance',
    outlook,
    'unreadable',
    () => Buffer.concat([compound, Buffer.from(Array.from({ length: 50_000 }, () => random() * 256))]),
  ],
  ['a million open groups', rtf, 'either', () => Buffer.from(`{\\rtf1 ${'{\\b '.repeat(1_000_000)}x`)],
  ['a million closed groups', rtf, 'either', () => Buffer.from(`{\\rtf1 x${'}'.repeat(1_000_000)}y`)],
  ['binary data without end', rtf, /^x$/, () => Buffer.from('{\\rtf1 x\\bin2147483647 {\\par y}')],
  [
    'cells without end',
    rtf,
    'either',
    () => Buffer.from(`{\\rtf1 ${'\\trowd x\\cell\\row'.repeat(times(20_000, 300_000))}`),
  ],
  ['notes in notes', rtf, 'either', () => Buffer.from(`{\\rtf1 ${'a{\\footnote b'.repeat(3000)}`)],
]

export const hostileDocuments: readonly HostileFile[] = rows.map(fileOf)

/** What ends only when all the memory or time is used that there is for it. */
export const costlyDocuments: readonly HostileFile[] = [
  fileOf(['a message whose sectors go in circles', outlook, 'unreadable', circularMessage]),
]

function fileOf([what, mediaType, end, make]: Row): HostileFile {
  return { what, mediaType, end, make }
}

function stylesOf(spaces: Buffer): Buffer {
  const type = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles'
  return buildDocx(wordParagraph('x'), [
    {
      name: 'word/_rels/document.xml.rels',
      content: `<Relationships><Relationship Id="s" Type="${type}" Target="styles.xml"/></Relationships>`,
    },
    { name: 'word/styles.xml', content: Buffer.concat([Buffer.from('<w:styles>'), spaces]) },
  ])
}

function cyclicStyles(): Buffer {
  const type = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles'
  return buildDocx(wordParagraph('x', '<w:pStyle w:val="A"/>'), [
    {
      name: 'word/_rels/document.xml.rels',
      content: `<Relationships><Relationship Id="s" Type="${type}" Target="styles.xml"/></Relationships>`,
    },
    {
      name: 'word/styles.xml',
      content:
        '<w:styles><w:style w:styleId="A"><w:basedOn w:val="B"/></w:style><w:style w:styleId="B"><w:basedOn w:val="A"/></w:style></w:styles>',
    },
  ])
}

function climbing(): ZipEntry[] {
  const type = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
  const targets = ['../../../../etc/passwd', '/etc/passwd', 'file:///etc/passwd', '..', '']
  const relations = targets.map((target, id) => `<Relationship Id="r${id}" Type="${type}/header" Target="${target}"/>`)
  return [{ name: 'word/_rels/document.xml.rels', content: `<Relationships>${relations.join('')}</Relationships>` }]
}

function overlapping(): Buffer {
  return buildZip(
    Array.from({ length: 1000 }, (_, index) => ({ name: `${index}`, content: 'x'.repeat(1000), says: { offset: 0 } })),
  )
}

function nested(depth: number): Uint8Array {
  let zip: Uint8Array = Buffer.alloc(1_000_000)
  for (let level = 0; level < depth; level++) zip = buildZip([{ name: 'inner.zip', content: zip }])
  return zip
}

function strangeFormats(): Buffer {
  const codes = [
    '[$-',
    '[h]:mm:ss.000000000',
    '#'.repeat(200),
    '0'.repeat(250),
    '[>1e308]0;;;;',
    '\\',
    '"',
    'yyyy'.repeat(60),
    '?/?',
    '0E+0000',
    '[Red',
    '*',
    '_',
    '@@@@',
  ]
  const styles = `<styleSheet><numFmts>${codes.map((code, id) => `<numFmt numFmtId="${200 + id}" formatCode="${code.replaceAll('"', '&quot;').replaceAll('>', '&gt;')}"/>`).join('')}</numFmts><cellXfs>${codes.map((_, id) => `<xf numFmtId="${200 + id}"/>`).join('')}</cellXfs></styleSheet>`
  const values = ['1', '-1e300', '1e308', 'NaN', 'Infinity', '2958466', '-5', '0.1', '']
  const cells = codes.flatMap((_, style) => values.map(value => `<c s="${style}"><v>${value}</v></c>`))
  return workbook(`<row>${cells.join('')}</row><row><c t="str"><v>end</v></c></row>`, [
    { name: 'xl/styles.xml', content: styles },
  ])
}

function encryptedText(): Buffer {
  return buildZip([
    { name: 'mimetype', content: writer, stored: true },
    {
      name: 'META-INF/manifest.xml',
      content:
        '<manifest:manifest><manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data/></manifest:file-entry></manifest:manifest>',
    },
    { name: 'content.xml', content: Buffer.from(Array.from({ length: 500 }, () => random() * 256)) },
  ])
}

/** Tables of sectors that all point at themselves. */
function circularMessage(): Buffer {
  const file = Buffer.alloc(512 * 20, 0)
  compound.copy(file)
  file.writeUInt16LE(0x3e, 24)
  file.writeUInt16LE(3, 26)
  file.writeUInt16LE(0xfffe, 28)
  file.writeUInt16LE(9, 30)
  file.writeUInt16LE(6, 32)
  file.writeUInt32LE(1, 44)
  file.writeUInt32LE(1, 48)
  file.writeUInt32LE(4096, 56)
  file.writeUInt32LE(2, 60)
  file.writeUInt32LE(1, 64)
  file.writeUInt32LE(3, 68)
  file.writeUInt32LE(1000, 72)
  file.writeUInt32LE(0, 76)
  for (let sector = 0; sector < 19; sector++) {
    for (let at = 0; at < 512; at += 4) file.writeUInt32LE(sector, 512 * (sector + 1) + at)
  }
  return file
}
