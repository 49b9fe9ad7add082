import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pdfToMarkdown } from '../../../core/content/pdf/reader.ts'
import { divide, longestUndivided } from '../../../core/store/passages.ts'
import { anyCharacter } from '../../support/any-character.ts'
import { buildPdf } from '../../support/pdf-builder.ts'

const sentence = 'The quick brown fox jumps over the lazy dog. '

function partsOf(text: string): string[] {
  return divide(text).map(({ from, to }) => text.slice(from, to))
}

describe('a text divided into passages', () => {
  it('stays whole while it is short and has no pages', () => {
    expect(divide('')).toEqual([])
    expect(divide('x'.repeat(longestUndivided))).toEqual([])
    expect(divide('a <!-- page 2 --> b')).toEqual([])
    expect(divide(' \n'.repeat(longestUndivided))).toEqual([])
  })

  it('has no page in two passages, no mark in any, and nothing of a page without words', () => {
    const text = '<!-- page 1 -->\n\nOne\n\n<!-- page 3 -->\n\n<!-- page 4 -->\n\nFour <!-- page 5 -->'
    expect(divide(text).map(({ page }) => page)).toEqual([1, 4])
    expect(partsOf(text)).toEqual(['One', 'Four <!-- page 5 -->'])
    expect(divide(`Before\n<!-- page 1 -->\n${sentence.repeat(300)}`).map(({ page }) => page)).toEqual([
      null,
      ...new Array(divide(sentence.repeat(300)).length).fill(1),
    ])
  })

  it('knows the pages of a PDF as they are read, and takes no text of one for a mark', async () => {
    const pdf = buildPdf(['First words', '<!-- page 7 -->', 'Third words'])
    const text = await pdfToMarkdown(pdf, 100_000, () => false)
    expect(divide(text).map(({ page, from, to }) => [page, text.slice(from, to)])).toEqual([
      [1, 'First words'],
      [2, '&lt;!-- page 7 -->'],
      [3, 'Third words'],
    ])
  })

  it('ends where people pause: at a heading, a blank line, a line, a sentence, a word', () => {
    const ends = (unit: string, pause: string) => {
      const passages = divide((unit + pause).repeat(3000))
      expect(passages.length).toBeGreaterThan(3)
      return passages.slice(0, -1).map(({ to }) => (unit + pause).repeat(3000).slice(0, to))
    }
    for (const before of ends('some words, and more\nof them', '\n# Title\n')) expect(before).toMatch(/of them\n$/)
    for (const before of ends('some words, and more\nof them', '\n\n')) expect(before).toMatch(/of them\n\n$/)
    for (const before of ends('a row, a cell. and more', '\n')) expect(before).toMatch(/more\n$/)
    for (const before of ends('A sentence of six short words', '. ')) expect(before).toMatch(/words\. $/)
    for (const before of ends('one two three', ' ')) expect(before).toMatch(/(one|two|three) $/)
    for (const before of ends('東京タワーは高い', '。')) expect(before).toMatch(/。$/)
  })

  it('cuts no character in two, whatever there is of it', () => {
    let cuts = 0
    for (const unit of ['👨‍👩‍👧', 'e\u0301\u0323', '\u{1f600}', 'नि', '각']) {
      const text = `x${unit.repeat(4000)}`
      for (const part of partsOf(text)) {
        expect(part.replace(/^x/, '').replaceAll(unit, ''), JSON.stringify(unit)).toBe('')
        cuts += 1
      }
    }
    expect(cuts).toBeGreaterThan(20)
  })

  it('has each passage begin with the last words of the one before, on the same page', () => {
    const words = Array.from({ length: 3000 }, (_, index) => `w${index}`)
    const parts = partsOf(words.join(' ')).map(part => part.trim().split(' '))
    let borders = 0
    for (const [index, part] of parts.slice(1).entries()) {
      const before = parts[index] ?? []
      const common = before.indexOf(part[0] ?? '')
      expect(before.slice(common)).toEqual(part.slice(0, before.length - common))
      expect(before.length - common).toBe(31)
      borders += 1
    }
    expect(borders).toBeGreaterThan(4)
  })

  it('says which section each begins in, and takes no comment of code for one', () => {
    const code = '```python\n# comment\nprint(1)\n```\n'
    const text = `# The *whole* of [it](https://example.com) #\n${code}${sentence.repeat(200)}\n\n## Second \\# &lt;part&gt;\n${sentence.repeat(100)}`
    const titles = divide(text).map(({ heading }) => heading)
    expect(new Set(titles)).toEqual(new Set(['The whole of it', 'Second # <part>']))
    expect(divide(`${sentence.repeat(200)}\n# Late`)[0]?.heading).toBeNull()
    // What two have in common belongs to the section before.
    const two = divide(`# One\n\n${sentence.repeat(50)}end of one\n\n# Two\n\n${sentence.repeat(100)}`)
    expect(two.map(({ heading }) => heading)).toEqual(['One', 'One', 'Two'])
  })

  it('covers every word of any text, in passages of bounded length', () => {
    const piece = fc.oneof(
      fc.constantFrom(sentence, '\n\n', '\n# Title\n', '| a | b |\n', '<!-- page 7 -->', '\n<!-- page 8 -->\n', '東京'),
      fc.string({ unit: anyCharacter, maxLength: 40 }),
      fc.integer({ min: 1, max: 5000 }).map(length => 'x'.repeat(length)),
    )
    let tried = 0
    fc.assert(
      fc.property(fc.array(fc.tuple(piece, fc.integer({ min: 1, max: 80 })), { maxLength: 12 }), pieces => {
        const text = pieces.map(([unit, count]) => unit.repeat(count)).join('')
        const passages = divide(text)
        if (passages.length === 0) return
        tried += 1
        let covered = 0
        let left = ''
        for (const { from, to } of passages) {
          expect(to - from).toBeGreaterThan(0)
          expect(to - from).toBeLessThanOrEqual(3600)
          if (from > covered) left += text.slice(covered, from)
          expect(to).toBeGreaterThan(covered)
          covered = to
        }
        left += text.slice(covered)
        expect(left.replace(/^<!-- page \d+ -->$/gm, '').trim()).toBe('')
      }),
    )
    expect(tried).toBeGreaterThan(20)
  })
})
