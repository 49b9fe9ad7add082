import { afterAll, describe, expect, it } from 'vitest'
import { createContent, mediaTypeOfName } from '../../../../core/content/index.ts'
import { createStrings } from '../../../../core/content/office/legacy/xls-strings.ts'
import { inOrder, readDocument, recall, sourceWords } from '../../../support/documents/index.ts'
import { buildCompound } from '../../../support/outlook-builder.ts'

const content = createContent({ workers: 1 })
afterAll(() => content.close())

const textOf = (name: string) => content.text(readDocument(name), mediaTypeOfName(name) ?? '')

/** As LibreOffice writes them. */
describe('a document of Office before 2007', () => {
  it.each([
    ['report.doc', 'report.fodt'],
    ['budget.xls', 'budget.fods'],
    ['slides.ppt', 'slides.fodp'],
  ])('keeps its words, and these in their order: %s', async (name, source) => {
    // LibreOffice writes a number where a truth value was.
    const words = sourceWords(source).filter(word => !/^(TRUE|FALSE)$/.test(word))
    const text = await textOf(name)
    expect(words.length).toBeGreaterThan(30)
    expect(recall(words, text)).toBeGreaterThanOrEqual(0.99)
    expect(inOrder(words, text)).toBeGreaterThan(0.9)
  })

  it('of Word keeps headings, tables and links, and leaves out what is deleted or hidden', async () => {
    const text = await textOf('report.doc')
    expect(text).toMatch(/^Harbour Works Confidential\n\n# Renewal of the western quay\n\n/)
    expect(text).toContain('[the public archive](https://example.com/harbour/archive?year=2024)')
    expect(text).toContain('The divers’ findings surprised everyone.\n\n## What has to be decided\n')
    expect(text).toContain(
      '\n| Variant | Material | Months | Million euros |\n| --- | --- | --- | --- |\n| Patching | Concrete | 7 | 12.50 |\n',
    )
    expect(text).toContain('\n## 会议记录\n')
    expect(text).toMatch(/\n\nSounded twice in March, with the tide at its lowest\.$/)
    expect(text).not.toMatch(/withdrawnsentence|invisiblephrase/)
  })

  it('of Word keeps comments, endnotes and text boxes', async () => {
    expect(await textOf('details.doc')).toMatch(
      /\n\nAsk the lawyers whether this clause stands\.\n\nEndnote about the deadline\.\n\nBoxed warning about tides$/,
    )
  })

  it('of Excel keeps sheets, columns and what its cells show', async () => {
    expect(await textOf('budget.xls')).toBe(
      (await textOf('budget.xlsx')).replace('[tender page](https://example.com/tender/17)', 'tender page'),
    )
  })

  it('of PowerPoint keeps slides in their order, with notes', async () => {
    expect(await textOf('slides.ppt')).toBe(
      [
        '## Slide 1: Harbour strategy',
        ...['Depth before width', 'dredging in spring', 'Fewer, larger cranes'],
        ...['### Notes', 'Greet the mayor before anything else.'],
        ...['## Slide 2', 'Zahlen für Übermorgen', 'Jahr', 'Umschlag', '2027', '41000', '2028', '47000'],
        ...['Source: the statistics office', '### Notes', 'Pause here for questions.'],
        ...['## Slide 3', '谢谢 – thank you – danke'],
      ].join('\n\n'),
    )
  })

  it.each([
    ['Word', 'application/msword', () => ({ WordDocument: bytesWith(5000, 0x010000c1, 2, 0x0a) })],
    ['Excel', 'application/vnd.ms-excel', () => ({ Workbook: Buffer.from([0x2f, 0, 6, 0, 1, 0, 1, 0, 1, 0]) })],
    [
      'PowerPoint',
      'application/vnd.ms-powerpoint',
      () => ({ 'Current User': bytesWith(5000, 0xf3d1c4df, 12), 'PowerPoint Document': Buffer.alloc(5000) }),
    ],
  ])('that a password protects says so: %s', async (_program, mediaType, streams) => {
    const refused = { code: 'item_unreadable', message: 'the file is protected by a password' }
    await expect(content.text(buildCompound(streams()), mediaType)).rejects.toMatchObject(refused)
  })

  it('of PowerPoint keeps what a slide says twice, but not what its outline says of it', async () => {
    const letters = (text: string) => record(0x0fa8, Buffer.from(text, 'latin1'))
    const title = [record(0x0f9f, Buffer.alloc(4)), letters('Title')]
    const slide = record(0x03ee, [...title, record(0x0f9f, numbers(4)), letters('same'), letters('same')])
    const places = record(0x1772, numbers((1 << 20) | 1, 0))
    const outline = [record(0x03f3, numbers(1, 0, 0, 256, 0)), ...title]
    const document = record(0x03e8, [record(0x0ff0, outline)])
    const file = buildCompound({ 'PowerPoint Document': Buffer.concat([slide, places, document, Buffer.alloc(5000)]) })
    expect(await content.text(file, 'application/vnd.ms-powerpoint')).toBe('## Slide 1: Title\n\nsame\n\nsame')
  })

  it('has no text where it has none: pictures.doc', async () => expect(await textOf('pictures.doc')).toBe(''))

  it('of PowerPoint leaves out slides without text, and counts them', async () => {
    const slides = [[], [record(0x0f9f, numbers(4)), record(0x0fa8, Buffer.from('words'))], []].map(texts =>
      record(0x03ee, texts),
    )
    const starts = slides.map((_, at) => slides.slice(0, at).reduce((sum, { length }) => sum + length, 0))
    const places = record(0x1772, numbers((slides.length << 20) | 1, ...starts))
    const outline = slides.map((_, at) => record(0x03f3, numbers(at + 1, 0, 0, 256 + at, 0)))
    const document = record(0x03e8, [record(0x0ff0, outline)])
    const stream = Buffer.concat([...slides, places, document, Buffer.alloc(5000)])
    const text = content.text(buildCompound({ 'PowerPoint Document': stream }), 'application/vnd.ms-powerpoint')
    expect(await text).toBe('## Slide 2\n\nwords')
  })

  it('has strings that go on in the next record, where letters may be of another width', () => {
    const pieces = [
      [5, 0, 0, 0x61, 0x62],
      [1, 0x42, 0x04, 0x43, 0x04, 0x44, 0x04, 1, 0, 0, 0x7a],
    ]
    const strings = createStrings(pieces.map(piece => new DataView(Uint8Array.from(piece).buffer)))
    expect([strings.next(), strings.next(), strings.isEmpty]).toEqual(['abтуф', 'z', true])
  })
})

/** Zeros with a number at a place, of which the upper half may stand at another. */
function bytesWith(length: number, value: number, at: number, upperAt?: number): Buffer {
  const bytes = Buffer.alloc(length)
  if (upperAt === undefined) bytes.writeUInt32LE(value, at)
  else {
    bytes.writeUInt16LE(value & 0xffff, at)
    bytes.writeUInt16LE(value >>> 16, upperAt)
  }
  return bytes
}

/** A record of PowerPoint; one that holds others is a container. */
function record(type: number, content: Buffer | Buffer[]): Buffer {
  const bytes = Array.isArray(content) ? Buffer.concat(content) : content
  const head = Buffer.alloc(8)
  head.writeUInt16LE(Array.isArray(content) ? 0xf : 0, 0)
  head.writeUInt16LE(type, 2)
  head.writeUInt32LE(bytes.length, 4)
  return Buffer.concat([head, bytes])
}

function numbers(...values: number[]): Buffer {
  return Buffer.from(Uint32Array.from(values).buffer)
}
