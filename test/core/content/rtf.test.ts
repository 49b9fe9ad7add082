import { describe, expect, it } from 'vitest'
import { rtfToMarkdown } from '../../../core/content/rtf/reader.ts'

const read = (body: string) => rtfToMarkdown(Buffer.from(`{\\rtf1\\ansi\\ansicpg1252 ${body}}`, 'latin1'), 10_000)

describe('RTF', () => {
  it.each([
    ["\\'e4\\'f6\\'fc \\u8364? \\'80", 'äöü € €'],
    ['\\uc2\\u20320??\\u22909 ??!', '你好!'],
    ['{\\uc0 \\u20320\\u22909}', '你好'],
    ['\\u-10179?\\u-8704?', '😀'],
    ["{\\fonttbl{\\f0 A;}{\\f1\\fcharset204 B;}}\\f1 \\'cf\\'f0\\'e8", 'При'],
    ["{\\fonttbl{\\f1\\fcharset128 B;}}\\f1 \\'93\\'fa\\'96\\'7b", '日本'],
    ['a\\~b\\_c\\-d \\{e\\} \\emdash  \\ldblquote f\\rdblquote', 'a b-cd {e} — “f”'],
    ['one\\\ntwo\r\n three', 'one\n\ntwo three'],
    ['a\\line b', 'a  \nb'],
    ['{\\b bold} {\\i it\\b0 alic} \\strike gone\\strike0  left', '**bold** *italic* ~~gone~~ left'],
    ['seen{\\v  hidden}{\\deleted  gone}{\\*\\unknown x}{\\pict ffff}{\\*\\bkmkstart a}.', 'seen.'],
    ['a{\\bin5 }}}}}b}c', 'abc'],
    ['{\\upr{old}{\\*\\ud{new}}}', 'new'],
    [
      '{\\info{\\title No}}{\\field{\\*\\fldinst HYPERLINK "https://a.example/"}{\\fldrslt there}}',
      '[there](https://a.example/)',
    ],
    ['{\\field{\\*\\fldinst HYPERLINK "javascript:x"}{\\fldrslt there}}', 'there'],
  ])('%j reads %j', (body, expected) => {
    expect(read(body)).toBe(expected)
  })

  it('has tables, which end with their last row', () => {
    const row = (...cells: string[]) => `\\trowd\\cellx1\\cellx2\\pard\\intbl ${cells.join('\\cell ')}\\cell\\row `
    expect(read(`${row('a', 'b')}${row('1', '2')}\\pard after\\par`)).toBe(
      '| a | b |\n| --- | --- |\n| 1 | 2 |\n\nafter',
    )
  })

  it('takes any bytes', () => {
    for (const body of ['', '}}}}', '\\', "\\'", "\\'z", '\\u', '\\bin', '{{{{', '\\row\\cell\\par', '\0\x01']) {
      expect(typeof read(body)).toBe('string')
    }
  })
})
