import { afterAll, describe, expect, it } from 'vitest'
import { createContent } from '../../../../core/content/index.ts'
import { inOrder, readDocument, recall, sourceWords } from '../../../support/documents/index.ts'

const content = createContent({ workers: 1 })
afterAll(() => content.close())

const mediaTypes: Readonly<Record<string, string>> = {
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  odt: 'application/vnd.oasis.opendocument.text',
  ods: 'application/vnd.oasis.opendocument.spreadsheet',
  odp: 'application/vnd.oasis.opendocument.presentation',
  epub: 'application/epub+zip',
  rtf: 'text/rtf',
}

const texts = new Map<string, Promise<string>>()

function textOf(name: string): Promise<string> {
  const mediaType = mediaTypes[name.slice(name.lastIndexOf('.') + 1)] ?? ''
  const text = texts.get(name) ?? content.text(readDocument(name), mediaType)
  texts.set(name, text)
  return text
}

/** What LibreOffice itself drops: a table's row of heads in its EPUB, and that a number stood for a truth value. */
const lost: Readonly<Record<string, readonly string[]>> = {
  'budget.xlsx': ['TRUE', 'FALSE'],
  'budget.ods': ['TRUE', 'FALSE'],
  'report.epub': ['Variant', 'Material', 'Months', 'Million', 'euros'],
}

describe('a document that a program wrote', () => {
  it.each([
    ['report.docx', 'report.fodt'],
    ['report.odt', 'report.fodt'],
    ['report.epub', 'report.fodt'],
    ['report.rtf', 'report.fodt'],
    ['book.rtf', 'book.md'],
    ['budget.xlsx', 'budget.fods'],
    ['budget.ods', 'budget.fods'],
    ['slides.pptx', 'slides.fodp'],
    ['slides.odp', 'slides.fodp'],
    ['book.docx', 'book.md'],
    ['book.odt', 'book.md'],
    ['book.epub', 'book.md'],
  ])('keeps its words, and these in their order: %s', async (name, source) => {
    const words = sourceWords(source).filter(word => !lost[name]?.includes(word))
    const text = await textOf(name)
    expect(words.length).toBeGreaterThan(30)
    expect(recall(words, text)).toBeGreaterThanOrEqual(0.99)
    // Notes stand at the end.
    expect(inOrder(words, text)).toBeGreaterThan(0.9)
  })

  it.each(['report.docx', 'report.odt', 'report.rtf'])('keeps what it is made of: %s', async name => {
    const text = await textOf(name)
    expect(text).toMatch(/^Harbour Works Confidential\n\n# Renewal of the western quay\n\n/)
    expect(text).toContain('carries **forty thousand** containers')
    expect(text).toContain('weighs *three ways* to')
    expect(text).toContain('[the public archive](https://example.com/harbour/archive?year=2024)')
    expect(text).toContain('findings[^1] surprised everyone.\n')
    expect(text).toContain('last autumn, ~~without~~ with')
    expect(text).toContain(
      '- Whether the cranes stay in service\n  - the northern pair, overhauled lately\n  - the southern one, rusting quietly\n- Which contractor',
    )
    expect(text).toContain(
      '1. Survey the seabed\n2. Order the steel\n   1. sheet piles from Rotterdam\n   2. anchors from Gdańsk\n3. Close the berth\n',
    )
    expect(text).toContain(
      '| Variant | Material | Months | Million euros |\n| --- | --- | --- | --- |\n| Patching | Concrete | 7 | 12.50 |\n',
    )
    expect(text).toContain('\n## 会议记录\n')
    expect(text).toMatch(/\[\^1\]: Sounded twice in March, with the tide at its lowest\.$/)
    expect(text).not.toMatch(/withdrawnsentence|invisiblephrase/)
  })

  it.each(['book.docx', 'book.odt', 'book.epub', 'book.rtf'])('of another program, too: %s', async name => {
    const text = await textOf(name)
    expect(text).toMatch(/^(# |\*\*)Letters from the lighthouse(\*\*)?\n\nAda Brandström\n/)
    expect(text).toContain('# First letter\n\nThe lamp was lit at **dusk**')
    expect(text).toContain(
      '- oil for the lamp\n  - one barrel full\n  - one barrel half empty\n- rope\n\n1. Trim the wick\n2.',
    )
    expect(text).toContain('| Tag | Wind | Welle |\n| --- | --- | --- |\n| Montag | Nordwest | drei Meter |')
    expect(text).toContain('[the almanac](https://example.com/almanac)')
  })

  it.each(['budget.xlsx', 'budget.ods'])('keeps sheets, columns and what its cells show: %s', async name => {
    expect(await textOf(name)).toBe(`## Ausgaben

| Datum | Empfänger | Betrag | Anteil | Bezahlt |
| --- | --- | --- | --- | --- |
| 14.03.2026 | Müller & Söhne \\| Tiefbau | 12,345.50 | 12.5% | 1 |
| 02.04.2026 | Stahlwerk Gdańsk | 86,418.50 | 87.5% | 0 |
| Summe |  | 98,764.00 |

## Notes and links

| Topic | Where |
| --- | --- |
| Tender | [tender page](https://example.com/tender/17) |
| 会议 | first line second line |`)
  })

  it.each(['slides.pptx', 'slides.odp'])('keeps slides in their order, with notes: %s', async name => {
    expect(await textOf(name)).toBe(`## Slide 1: Harbour strategy

- Depth before width
  - dredging in spring
- Fewer, larger cranes

### Notes

Greet the mayor before anything else.

## Slide 2: Zahlen für Übermorgen

| Jahr | Umschlag |
| --- | --- |
| 2027 | 41000 |
| 2028 | 47000 |

Source: [the statistics office](https://example.com/statistics)

### Notes

Pause here for questions.

## Slide 3

谢谢 – thank you – danke`)
  })

  it.each(['pictures.docx', 'pictures.odt', 'pictures.epub', 'pictures.rtf', 'pictures.pptx', 'pictures.odp'])(
    'has no text where it has none: %s',
    async name => expect(await textOf(name)).toBe(''),
  )

  it.each(['gallery.pptx', 'gallery.odp'])('leaves out slides without text, and counts them: %s', async name => {
    expect(await textOf(name)).toBe('## Slide 2\n\nLighthouse inventory')
  })
})
