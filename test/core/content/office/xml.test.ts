import { describe, expect, it } from 'vitest'
import { readXml } from '../../../../core/content/office/xml.ts'

async function* piecesOf(text: string | Uint8Array, size: number) {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function eventsOf(text: string | Uint8Array, size = 1000): Promise<string> {
  const events: string[] = []
  await readXml(piecesOf(text, size), {
    open: (name, attributes) =>
      events.push(`<${name}${[...attributes].map(([key, value]) => ` ${key}=${value}`).join('')}>`),
    text: data => events.push(data),
    close: name => events.push(`</${name}>`),
  })
  return events.join('')
}

describe('XML', () => {
  it('comes as events, without prefixes, however its bytes are cut', async () => {
    const document =
      '<?xml version="1.0"?><w:p w:val="1" id="2" r:id="ü"><![CDATA[<x>]]>ä&amp;&#228;<!-- no --><b/></w:p>'
    const expected = '<p w:val=1 val=1 id=2 r:id=ü><x>ä&ä<b></b></p>'
    for (const size of [1, 2, 3, 7, 1000]) expect(await eventsOf(document, size)).toBe(expected)
    expect(await eventsOf(Buffer.from(`\ufeff<a>é</a>`, 'utf16le'))).toBe('<a>é</a>')
  })

  it('expands no entity that the document declares', async () => {
    const levels = Array.from({ length: 10 }, (_, level) => `<!ENTITY l${level + 1} "${`&l${level};`.repeat(10)}">`)
    const bomb = `<!DOCTYPE a [<!ENTITY l0 "lol">${levels.join('')}<!ENTITY file SYSTEM "file:///etc/passwd">]><a>&l10;&file;</a>`
    const events = await eventsOf(bomb)
    expect(events).toMatch(/&l10;&file;/)
    expect(events.length).toBeLessThan(bomb.length)
  })

  it.each([
    ['nested without end', '<a>'.repeat(100_000), /deeper/],
    ['of one endless tag', `<a ${'b'.repeat(9_000_000)}`, /longer/],
    ['of one endless comment', `<a><!--${'b'.repeat(9_000_000)}`, /longer/],
  ])('%s is refused', async (_what, document, message) => {
    await expect(eventsOf(document, 65_536)).rejects.toMatchObject({ code: 'item_unreadable', message })
  })
})
