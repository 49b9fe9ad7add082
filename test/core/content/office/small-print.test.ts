import { afterAll, describe, expect, it } from 'vitest'
import { createContent, mediaTypeOfName } from '../../../../core/content/index.ts'
import { readDocument } from '../../../support/documents/index.ts'

const content = createContent({ workers: 1 })
afterAll(() => content.close())

const textOf = (name: string) => content.text(readDocument(name), mediaTypeOfName(name) ?? '')

const chart = '**Hafenumschlag im Bild** (Jahrgang, Tonnage)\n\n|  | Umschlagmenge |\n| --- | --- |\n'

/** Comments, boxes, charts, merged cells, hidden sheets and groups, as LibreOffice writes them. */
describe('what stands beside the text', () => {
  it.each(['details.docx', 'details.odt', 'details.rtf'])('of a text is kept where it belongs: %s', async name => {
    const text = await textOf(name)
    expect(text).toMatch(/^# Small print\n\nThe tender\[\^1\] closes in May\[\^2\]\.\n/)
    expect(text).toContain('\n[^1]: *Comment by Ada Brandström:* Ask the lawyers whether this clause stands.')
    expect(text).toContain('\n[^2]: Endnote about the deadline.')
    expect(text.split('\n\n')).toContain('Boxed warning about tides')
    expect(text).toContain('\n| Tall | b1 | c1 |\n|  | b2 | c2 |\n')
    expect(text.match(/Boxed warning|Ask the lawyers|Endnote about/g)).toHaveLength(3)
  })

  it.each(['details.docx', 'details.odt'])('of a text is also its charts: %s', async name => {
    const text = await textOf(name)
    expect(text).toContain(`${chart}| ${name.endsWith('docx') ? 'Erstjahr' : ''} | 4711 |\n`)
    expect(text).toContain('| Wide head |  | Third |\n')
  })

  it.each(['details.xlsx', 'details.ods'])('of a sheet is listed below its table: %s', async name => {
    const text = await textOf(name)
    expect(text).toContain('## Kosten\n\n| Posten | Betrag |\n| --- | --- |\n| Baggern | 1200 |\n|  | more |\n')
    for (const remark of [
      'B2, Kai Ufer: Estimate from last autumn.',
      'Floating remark on the sheet',
      'Verlauf der Kosten, Jahrgang, Tonnage, Umschlagmenge',
    ]) {
      expect(text.split('\n')).toContain(`- ${remark}`)
    }
    expect(text).toMatch(/\n\n## Geheim \(hidden\)\n\n\| hidden figures \|\n/)
  })

  it.each(['details.pptx', 'details.odp'])('of a slide is under its heading: %s', async name => {
    const text = await textOf(name)
    expect(text).toContain('grouped first\n\ngrouped second\n\n**Umschlag je Jahr** (Jahrgang, Tonnage)\n\n')
    expect(text).toContain('|  | Umschlagmenge |\n| --- | --- |\n| Erstjahr | 4711 |\n| Zweitjahr | 5822 |\n')
    expect(text).toContain('\n\n### Notes\n\nSay who pays.')
    if (name.endsWith('pptx')) expect(text).toMatch(/\n\n### Comments\n\nGrace Pier: Shorten this slide\.$/)
    else expect(text).toMatch(/^## Slide 1: Groups and charts\[\^1\]\n.*\n\[\^1\]: \*Comment by Grace Pier:\* Shorten/s)
  })

  it.each(['locked.docx', 'locked.xlsx', 'locked.pptx', 'locked.pdf'])(
    'is a password: what opens with one alone says so: %s',
    async name => {
      const refused = { code: 'item_unreadable', message: 'the file is protected by a password' }
      await expect(textOf(name)).rejects.toMatchObject(refused)
    },
  )
})
