/** PDFs that mean harm, or look so. */
import { deflateSync } from 'node:zlib'
import type { HostileFile } from './hostile-documents.ts'
import { buildPdf, buildPdfOfObjects, streamObject } from './pdf-builder.ts'
import { seededRandom } from './quota-run.ts'
import { times } from './suite-depth.ts'

const random = seededRandom(8)

const catalogue = '<< /Type /Catalog /Pages 2 0 R >>'
const font = '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>'

function pageWith(contents: string, ...more: string[]): Buffer {
  const page =
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Resources << /Font << /F 4 0 R >> /XObject << /X 5 0 R >> >> /Contents 5 0 R >>'
  return buildPdfOfObjects([catalogue, '<< /Type /Pages /Count 1 /Kids [3 0 R] >>', page, font, contents, ...more])
}

function packed(data: Uint8Array, facts = ''): string {
  return streamObject(deflateSync(data).toString('latin1'), `/Filter /FlateDecode ${facts}`)
}

type Row = [what: string, mediaType: string, end: HostileFile['end'], make: () => Uint8Array]

const pdf = 'application/pdf'

const rows: Row[] = [
  [
    'a tree of pages that is a ring',
    pdf,
    'unreadable',
    () => buildPdfOfObjects([catalogue, '<< /Type /Pages /Count 3 /Kids [2 0 R 2 0 R] >>']),
  ],
  [
    'a milliard of pages',
    pdf,
    'either',
    () =>
      buildPdfOfObjects([
        catalogue,
        '<< /Type /Pages /Count 1000000000 /Kids [3 0 R] >>',
        '<< /Type /Pages /Count 999999999 /Kids [2 0 R] >>',
      ]),
  ],
  [
    'a form that draws itself',
    pdf,
    'unreadable',
    () => pageWith(streamObject('/X Do', '/Type /XObject /Subtype /Form /Resources << /XObject << /X 5 0 R >> >>')),
  ],
  [
    'a page of nothing but spaces',
    pdf,
    'either',
    () => pageWith(packed(Buffer.alloc(times(10_000_000, 150_000_000), ' '))),
  ],
  [
    'a page packed twice',
    pdf,
    'either',
    () =>
      pageWith(
        streamObject(
          deflateSync(deflateSync(Buffer.alloc(times(20_000_000, 150_000_000)))).toString('latin1'),
          '/Filter [/FlateDecode /FlateDecode]',
        ),
      ),
  ],
  ['a page of 100,000 nested arrays', pdf, 'either', () => pageWith(streamObject('['.repeat(100_000)))],
  [
    'states saved again and again',
    pdf,
    'either',
    () => pageWith(streamObject(`${'q '.repeat(times(1000, 5000))}BT /F 9 Tf (x) Tj ET`)),
  ],
  [
    'letters all over the place',
    pdf,
    'either',
    () => pageWith(streamObject(`BT /F 9 Tf ${'1 1 Td (x) Tj '.repeat(times(30_000, 300_000))}ET`)),
  ],
  [
    'an object stream that holds itself',
    pdf,
    'either',
    () => pageWith(packed(Buffer.from('5 0 6 4 5 0 R 6 0 R'), '/Type /ObjStm /N 2 /First 8'), '6 0 R'),
  ],
  [
    '100,000 nested dictionaries',
    pdf,
    'unreadable',
    () => buildPdfOfObjects([`<< /Type /Catalog /Pages ${'<< /Kids ['.repeat(100_000)}`]),
  ],
  [
    'a cross reference that goes in circles',
    pdf,
    'either',
    () => Buffer.from(buildPdf(['x']).toString('latin1').replace('/Root', '/Prev 0 /Root'), 'latin1'),
  ],
  ['a mark and nothing else', pdf, 'unreadable', () => Buffer.from('%PDF-1.7')],
  [
    'a mark and chance',
    pdf,
    'unreadable',
    () =>
      Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.from(Array.from({ length: 100_000 }, () => random() * 256))]),
  ],
]

export const hostilePdfs: readonly HostileFile[] = rows.map(([what, mediaType, end, make]) => ({
  what,
  mediaType,
  end,
  make,
}))
