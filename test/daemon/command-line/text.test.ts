import { describe, expect, it } from 'vitest'
import { clean, cleanLines, columns, cut, toJson, widthOf, wrap } from '../../../daemon/command-line/text.ts'

const hostile = 'a\u001b]0;title\u0007\u009b31mb\u202ec\r\nd\u0000'

describe('text from outside', () => {
  it('does nothing to a terminal, and begins no line', () => {
    expect(clean(hostile)).toBe('a\\u{1b}]0;title\\u{7}\\u{9b}31mb\\u{202e}c d\\u{0}')
    expect(cleanLines('one\r\ntwo\u001b[2J')).toBe('one\ntwo\\u{1b}[2J')
    expect(clean('Zürich 東京 🍎')).toBe('Zürich 東京 🍎')
  })

  it('does nothing to a terminal as JSON either, and means the same', () => {
    const json = toJson({ hostile, line: '\u2028' })
    expect(json).toMatch(/^[\x20-\x7e]+$/)
    expect(JSON.parse(json)).toEqual({ hostile, line: '\u2028' })
    expect(toJson({ a: 1 }, 2)).toBe('{\n  "a": 1\n}')
  })

  it('is measured as a terminal shows it', () => {
    expect([widthOf('abc'), widthOf('東京'), widthOf('e\u0301'), widthOf('\u001b[1mabc\u001b[22m')]).toEqual([
      3, 4, 1, 3,
    ])
    expect(cut('apples and pears', 8)).toBe('apples …')
    expect(cut('東京都', 5)).toBe('東京…')
    expect(
      columns([
        ['東京', 'a'],
        ['abc', 'b'],
        ['x', ''],
      ]),
    ).toEqual(['東京  a', 'abc   b', 'x'])
  })

  it('is wrapped between words', () => {
    expect(wrap('one two three\n  as it is, however long', 8)).toEqual(['one two', 'three', '  as it is, however long'])
  })
})
