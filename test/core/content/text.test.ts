import { describe, expect, it } from 'vitest'
import { decode, htmlCharset } from '../../../core/content/charset.ts'
import { jsonToMarkdown } from '../../../core/content/json.ts'
import { cut } from '../../../core/content/markdown.ts'
import { kindOf, parseMediaType } from '../../../core/content/media-type.ts'
import { normalise, unflow } from '../../../core/content/plain.ts'
import { separatedToMarkdown } from '../../../core/content/separated.ts'

const latin = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'))

describe('a charset', () => {
  it.each([
    ['declared', latin('caf\xe9'), 'iso-8859-1', 'café'],
    ['declared by another name', latin('\x93x\x94 \x80'), 'CP1252', '“x” €'],
    ['of Japanese mail', latin('\x1b$B%F\x1b(B'), 'ISO-2022-JP', 'テ'],
    ['of Russian mail', latin('\xf0\xd2\xc9'), 'koi8-r', 'При'],
    ['contradicted by a mark', Buffer.from('\ufeffé'), 'iso-8859-1', 'é'],
    ['contradicted by the bytes', Buffer.from('é'), 'us-ascii', 'é'],
    ['unknown, but plainly UTF-8', Buffer.from('é✓'), 'x-unknown', 'é✓'],
    ['absent, and not UTF-8', latin('caf\xe9 \x80'), undefined, 'café €'],
    ['absent, UTF-8 cut off in a character', Buffer.from('é✓').subarray(0, 4), undefined, 'é\ufffd'],
    ['absent, UTF-16 with a mark', Buffer.from('\ufeffhé', 'utf16le'), undefined, 'hé'],
    ['absent, UTF-16 without a mark', Buffer.from('hello there', 'utf16le'), undefined, 'hello there'],
  ])('%s', (_what, bytes, charset, text) => {
    expect(decode(bytes, charset)).toBe(text)
  })

  it('is read from the document only when nothing outside declares it', () => {
    const html = latin(
      '<html><head><meta http-equiv=content-type content="text/html; charset=windows-1251"></head>\xcf',
    )
    expect(decode(html, undefined, htmlCharset)).toContain('П')
    expect(decode(html, 'iso-8859-1', htmlCharset)).toContain('Ï')
    expect(htmlCharset('<?xml version="1.0" encoding="koi8-r"?>')).toBe('koi8-r')
    expect(htmlCharset('<meta charset=utf-16>')).toBe('utf-8')
  })
})

describe('a media type', () => {
  it('is read as leniently as mail writes it', () => {
    const type = parseMediaType(' Text/HTML ; Charset = "utf\\-8" ;; format=flowed; charset=x')
    expect(type.essence).toBe('text/html')
    expect([...type.parameters]).toEqual([
      ['charset', 'utf-8'],
      ['format', 'flowed'],
    ])
  })

  it.each([
    ['text/html; charset=x', 'html'],
    ['application/xhtml+xml', 'html'],
    ['text/x-python', 'plain'],
    ['application/vnd.api+json', 'json'],
    ['application/atom+xml', 'plain'],
    ['message/rfc822', 'mail'],
    ['text/tab-separated-values', 'separated'],
    ['application/pdf', 'pdf'],
    ['text/rtf', 'document'],
    ['application/vnd.ms-word.document.macroEnabled.12', 'document'],
    ['application/vnd.ms-outlook', 'outlook'],
    ['application/zip', 'archive'],
  ])('%s goes to %s', (value, kind) => {
    expect(kindOf(parseMediaType(value))).toBe(kind)
  })

  it.each([
    'application/x-tar',
    'application/x-7z-compressed',
    'text/richtext',
    'image/svg+xml',
    'application/octet-stream',
    'multipart/mixed',
    '',
    'constructor',
    '__proto__',
  ])('nobody takes %j', value => {
    expect(() => kindOf(parseMediaType(value))).toThrowError(expect.objectContaining({ code: 'item_unreadable' }))
  })
})

describe('plain text', () => {
  it('has one kind of line end and nothing invisible at its ends', () => {
    expect(normalise('\r\n  a \r\nb\u0000\u0007\rc\f\n\n\n\n\nd\t \n\n', 100)).toBe('  a\nb\nc\n\n\nd')
  })

  it('has no half characters', () => {
    expect(normalise('a\ud800b', 100)).toBe('a\ufffdb')
  })

  it('that is too long ends at a word and says that it goes on', () => {
    expect(normalise('one two three', 10)).toBe('one two\n\n…')
  })

  it('is refused when it is binary', () => {
    const bytes = String.fromCharCode(...Array.from({ length: 1000 }, (_, index) => index % 32))
    expect(() => normalise(bytes, 2000)).toThrowError(expect.objectContaining({ code: 'item_unreadable' }))
  })

  it('stays linear on a long run of spaces or lines', () => {
    expect(normalise(`${' '.repeat(1_000_000)}x`, 2_000_000)).toHaveLength(1_000_001)
    expect(normalise(`a${'\n'.repeat(5_000_000)}x`, 6_000_000)).toBe('a\n\n\nx')
  })

  it('is unflowed within one depth of quoting only', () => {
    expect(unflow('one \ntwo\n> three \n> four\n>> five \nsix \n-- \nAna\n  kept \nx', false)).toBe(
      'one two\n> three four\n>> five \nsix \n-- \nAna\n kept x',
    )
    expect(unflow('東京 \n都', true)).toBe('東京都')
  })
})

describe('separated values', () => {
  it('become a table', () => {
    expect(separatedToMarkdown('a,b\r\n"x, y","say ""hi""\nthere"\r\n1,2|3,4\r\n\r\n', false, 1000)).toBe(
      '| a | b |  |\n| --- | --- | --- |\n| x, y | say "hi" there |\n| 1 | 2\\|3 | 4 |',
    )
  })

  it.each([
    ['semicolons', 'a;b\n1,5;2\n', '| a | b |\n| --- | --- |\n| 1,5 | 2 |'],
    ['the line of Excel', 'sep=;\na,b;c\n', '| a,b | c |\n| --- | --- |'],
    ['tabs', 'a\tb\n1,2\t3\n', '| a | b |\n| --- | --- |\n| 1,2 | 3 |'],
  ])('separated by %s', (_what, text, table) => {
    expect(separatedToMarkdown(text, false, 1000)).toBe(table)
  })

  it('are split at tabs alone when their type says so', () => {
    expect(separatedToMarkdown('a,b\tc,d\n', true, 1000)).toBe('| a,b | c,d |\n| --- | --- |')
  })

  it('do not lose the rest to a quote that is never closed', () => {
    expect(separatedToMarkdown('a,b\n"x,1\ny,2\n', false, 1000)).toBe('| a | b |\n| --- | --- |\n| "x | 1 |\n| y | 2 |')
  })

  it('end when there is enough of them', () => {
    const text = separatedToMarkdown('a,b\n'.repeat(1_000_000), false, 1000)
    expect(text.length).toBeLessThan(1500)
  })
})

describe('JSON', () => {
  it('is laid out without touching its values', () => {
    expect(jsonToMarkdown('{"a":[1,{},[ ],{"n":12345678901234567890,"a\\"]":"x, {y}"}],"b":null}', 10_000)).toBe(
      '```json\n{\n  "a": [\n    1,\n    {},\n    [],\n    {\n      "n": 12345678901234567890,\n      "a\\"]": "x, {y}"\n    }\n  ],\n  "b": null\n}\n```',
    )
  })

  it('stays as it is when it is laid out already, or is no JSON', () => {
    expect(jsonToMarkdown('{\n "a": 1\n}', 1000)).toBe('```json\n{\n "a": 1\n}\n```')
    expect(
      jsonToMarkdown('{"a\\u00fc":"M\\u00fcller\\nGda\\u0144sk \\ud83d\\ude00 \\\\n \\u0022 \\u0000"}', 1000),
    ).toBe('```json\n{\n  "aü": "Müller\nGdańsk 😀 \\\\n \\u0022 \\u0000"\n}\n```')
    expect(jsonToMarkdown('{"a":', 1000)).toBe('```json\n{"a":\n```')
  })
})

describe('text that is too long', () => {
  it('is cut at a paragraph near its limit and says so', () => {
    expect(cut(`${'a'.repeat(80)}\n\n${'b'.repeat(80)}`, 100)).toBe(`${'a'.repeat(80)}\n\n…`)
  })

  it('keeps within its bytes and never halves a character', () => {
    let checked = 0
    for (let limit = 20; limit < 60; limit++) {
      const text = cut('👩‍💻é✓'.repeat(20), limit)
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(limit)
      expect(text.isWellFormed()).toBe(true)
      checked += 1
    }
    expect(checked).toBe(40)
  })

  it('is left alone when it fits to the byte', () => {
    const text = 'é'.repeat(50)
    expect(cut(text, 100)).toBe(text)
  })
})
