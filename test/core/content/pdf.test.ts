import { afterAll, describe, expect, it } from 'vitest'
import { createContent } from '../../../core/content/index.ts'
import { pdfToMarkdown } from '../../../core/content/pdf/reader.ts'
import { inOrder, readDocument, recall, sourceWords, wordsOf } from '../../support/documents/index.ts'
import { buildPdf, buildPdfOfObjects, streamObject } from '../../support/pdf-builder.ts'

const content = createContent({ workers: 1 })
afterAll(() => content.close())

const never = () => false

describe('a PDF', () => {
  it('keeps its words, in their order, page by page', async () => {
    const text = await content.text(readDocument('report.pdf'), 'application/pdf')
    const words = sourceWords('report.fodt')
    expect(recall(words, text)).toBeGreaterThanOrEqual(0.99)
    expect(inOrder(words, text)).toBeGreaterThan(0.9)
    expect(text.match(/^<!-- page \d+ -->$/gm)).toEqual(['<!-- page 1 -->', '<!-- page 2 -->', '<!-- page 3 -->'])
    expect(text.split('<!-- page 3 -->')[1]).toContain(
      'Signed on the third page by the harbour master, whose word is final.',
    )
    expect(text).toContain(
      'kept in [the public archive](https://example.com/harbour/archive?year=2024); questions go to [the planning office](mailto:planning@example.com).',
    )
    expect(text).toContain('# Renewal of the western quay\n\n')
    expect(text).toContain(
      '\n\nThe western quay was built in 1931 and carries forty thousand containers a year. This report weighs',
    )
    expect(text).toContain('- Whether the cranes stay in service\n   - the northern pair, overhauled lately\n')
    expect(text).toContain('1. Survey the seabed\n2. Order the steel\n')
    expect(text).toContain(
      '| Variant | Material | Months | Million euros |\n| --- | --- | --- | --- |\n| Patching | Concrete | 7 | 12.50 |\n',
    )
    expect(text).toContain('港口委员会于三月十二日开会，决定采用钢板桩方案。')
  })

  it('has its columns read one after the other, and the words that line ends parted whole', async () => {
    const text = await content.text(readDocument('columns.pdf'), 'application/pdf')
    const source = readDocument('columns.html').toString('utf8').replaceAll('&shy;', '')
    const words = wordsOf(source.slice(source.indexOf('<h1>')).replace(/<[^>]*>/g, ' '))
    expect(words.length).toBeGreaterThan(60)
    expect(recall(words, text)).toBe(1)
    expect(inOrder(words, text)).toBe(1)
    expect(text).toContain('während der vergangenen Wintermonate mehrfach überarbeitet, weil die Messstationen')
    expect(text).toContain('Abhilfe, und seither liegen die Werte stündlich vor. Der well-known Leitfaden')
  })

  it('has its links on the words that they cover', async () => {
    const text = await content.text(readDocument('links.pdf'), 'application/pdf')
    expect(text).toBe(
      [
        '<!-- page 1 -->',
        '# See [the home page](https://a.example/x)',
        'A very long paragraph with [many words of a link that goes on over the end of the line and is wrapped](https://a.example/one?q=1&r=2), and another [WIM mmm](https://b.example/) illicit <ada@example.com>.',
        '[Whole item](https://c.example/)',
        'x [Whole-item](https://c.example/)',
        '[cell \\[1\\]](https://d.example/%28x%29) b',
        'c [d](https://d.example/)',
        '日本語の[文章](https://e.example/)です。 <https://f.example/>',
      ].join('\n\n'),
    )
  })

  it.each([
    ['90ms-RKSJ-H', 'Japan1', '93fa967b8cea82cc95b68fcd', '日本語の文章'],
    ['GBK-EUC-H', 'GB1', 'bbe1d2e9bcc7c2bc', '会议记录'],
    ['ETen-B5-H', 'CNS1', 'b77cc4b3b04fbffd', '會議記錄'],
    ['KSCms-UHC-H', 'Korea1', 'c7d1b1b9beee20b9aebcad', '한국어 문서'],
    ['UniJIS-UCS2-H', 'Japan1', '67714eac90fd', '東京都'],
  ])('without its fonts is read by the maps of its language: %s', async (encoding, ordering, bytes, expected) => {
    const pdf = buildPdfOfObjects([
      '<< /Type /Catalog /Pages 2 0 R >>',
      '<< /Type /Pages /Count 1 /Kids [3 0 R] >>',
      '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 400] /Resources << /Font << /F 4 0 R >> >> /Contents 5 0 R >>',
      `<< /Type /Font /Subtype /Type0 /BaseFont /Old /Encoding /${encoding} /DescendantFonts [6 0 R] >>`,
      streamObject(`BT /F 12 Tf 20 300 Td <${bytes}> Tj ET`),
      `<< /Type /Font /Subtype /CIDFontType0 /BaseFont /Old /CIDSystemInfo << /Registry (Adobe) /Ordering (${ordering}) /Supplement 2 >> >>`,
    ])
    expect(await pdfToMarkdown(pdf, 10_000, never)).toBe(`<!-- page 1 -->\n\n${expected}`)
  })

  it('that is encrypted says so, and a damaged or empty one what it is', async () => {
    const text = (bytes: Uint8Array) => content.text(bytes, 'application/pdf')
    const refused = (message: RegExp) => ({ code: 'item_unreadable', message })
    await expect(text(readDocument('locked.pdf'))).rejects.toMatchObject(
      refused(/^the file is protected by a password$/),
    )
    await expect(text(Buffer.from('no PDF'))).rejects.toMatchObject(refused(/damaged/))
    await expect(text(buildPdf(['']))).rejects.toMatchObject(refused(/^the PDF has no text layer/))
  })

  it('cannot make a page of its own words', async () => {
    const text = await pdfToMarkdown(buildPdf(['<!-- page 7 -->', 'two']), 10_000, never)
    expect(text).toBe('<!-- page 1 -->\n\n&lt;!-- page 7 -->\n\n<!-- page 2 -->\n\ntwo')
  })

  it('of two thousand pages ends at the limit of its text, or of its time', async () => {
    const book = buildPdf(Array.from({ length: 2000 }, (_, page) => `Words of page ${page + 1}`))
    const short = await pdfToMarkdown(book, 1000, never)
    expect(short).toMatch(/^<!-- page 1 -->\n\nWords of page 1\n/)
    expect(short).toMatch(/\n\n…$/)
    expect(short.length).toBeLessThan(4000)
    let pages = 0
    const late = await pdfToMarkdown(book, 1_000_000, () => ++pages === 25)
    expect(late).toMatch(/Words of page 25\n\n…$/)
  })
})
