import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { convert } from '../../../core/content/convert.ts'
import { htmlToMarkdown } from '../../../core/content/html/reader.ts'
import { parseMediaType } from '../../../core/content/media-type.ts'
import { Failure } from '../../../core/errors.ts'
import { anyCharacter } from '../../support/any-character.ts'
import { times } from '../../support/suite-depth.ts'

const types = [
  'text/html',
  'text/plain',
  'text/plain; format=flowed; delsp=yes',
  'text/markdown',
  'text/csv',
  'text/tab-separated-values',
  'application/json',
  'text/calendar',
  'message/rfc822',
]

const fragments = [
  '<p>', '</p>', '<b>', '</b>', '<i style="font-size:0">', '</i>', '<table>', '</table>', '<tr>', '<td>', '<th colspan=3>',
  '<td rowspan=2>', '</td>', '<ul>', '<ol start=7>', '<li>', '</ul>', '</ol>', '<blockquote>', '</blockquote>', '<pre>', '</pre>',
  '<code>', '</code>', '<br>', '<a href="https://e.example/x">', '</a>', '<a href="javascript:alert(1)">', '<h2>', '</h2>',
  '<img alt="cat">', '<script>', '</script>', '<style>', '</style>', '<div hidden>', '</div>', '&lt;script&gt;', '&lt;', '&amp;',
  '&#0;', '&#xD800;', '<script', '<!--', '-->', '<![CDATA[', ']]>', '<svg><title>', '</svg>', '\u2028', '\u200c', ' ', '\n', 'word',
  '# ', '- ', '1. ', '*', '_', '`', '|', '[', '](', '\\', '~~', '>', '!', "<p style='mso-list:l0 level2'>", '<q>', '<dt>',
] // biome-ignore format: a list of fragments

const html = fc
  .array(
    fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...fragments) }, fc.string({ unit: 'grapheme', maxLength: 8 })),
    {
      maxLength: 60,
    },
  )
  .map(parts => parts.join(''))

const mail = fc
  .array(
    fc.constantFrom(
      'Subject: x',
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      '--b--',
      'Content-Type: text/html',
      'Content-Type: message/rfc822',
      'Content-Transfer-Encoding: base64',
      'AAAA=',
      '<p>x',
      'From: <a',
      'To: g: a@b, c;',
      'Date: never',
    ),
    { maxLength: 25 },
  )
  .map(lines => lines.join('\r\n'))

const calendar = fc
  .array(
    fc.constantFrom(
      'BEGIN:VCALENDAR',
      'END:VCALENDAR',
      'BEGIN:VEVENT',
      'END:VEVENT',
      'SUMMARY:\\',
      'DTSTART;TZID="x:20240101',
      'DTEND:99999999',
      'RRULE:FREQ=DAILY;BYDAY=;COUNT=x',
      'ATTENDEE;CN=:mailto:',
      ' folded',
      ';;;',
      ':',
    ),
    { maxLength: 25 },
  )
  .map(lines => lines.join('\n'))

const anything = fc.oneof(
  html,
  mail,
  calendar,
  fc.string({ unit: anyCharacter, maxLength: 200 }),
  fc.uint8Array({ maxLength: 200 }),
  fc.json(),
)

describe('whatever the content', () => {
  it('a conversion gives well-formed text within its limit, or says that it is unreadable', async () => {
    let runs = 0
    const numRuns = times(500, 1500)
    await fc.assert(
      fc.asyncProperty(
        anything,
        fc.constantFrom(...types),
        fc.constantFrom('', '; charset=utf-16', '; charset=no-such'),
        async (content, type, charset) => {
          runs += 1
          try {
            const text = await convert(content, parseMediaType(type + charset), 500)
            expect(Buffer.byteLength(text)).toBeLessThanOrEqual(500)
            expect(text.isWellFormed()).toBe(true)
            expect(text).not.toMatch(/[^\P{Cc}\t\n]/u)
          } catch (error) {
            if (!(error instanceof Failure)) throw error
            expect(error.code).toBe('item_unreadable')
          }
        },
      ),
      { numRuns },
    )
    expect(runs).toBe(numRuns)
  })

  it('equal content gives equal text', async () => {
    await fc.assert(
      fc.asyncProperty(html, async content => {
        expect(await convert(content, parseMediaType('text/html'), 5000)).toBe(
          await convert(content, parseMediaType('text/html'), 5000),
        )
      }),
      { numRuns: 200 },
    )
  })
})

describe('whatever the HTML', () => {
  const outsideCode = (text: string) =>
    text.replace(/^(?:> |[-\d. ]+)*(`{3,})[\s\S]*?\1/gm, '').replace(/(`+)[^`][\s\S]*?\1(?!`)/g, '')

  it('no tag comes alive', () => {
    fc.assert(
      fc.property(html, content => {
        // Backticks in the content would keep this test, which is no parser, from telling what is code.
        const text = htmlToMarkdown(content.replace(/[`\\]/g, ''), 5000)
        expect(outsideCode(text)).not.toMatch(/<(script|style|p|table|img|svg|a)\b/i)
      }),
      { numRuns: times(700, 2000) },
    )
  })

  it('no link leads to code', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'\n\t javascript:data:JAVASCRIPT\u0001&#;') }), scheme => {
        expect(htmlToMarkdown(`<a href="${scheme}javascript:x">words</a>`, 500)).not.toMatch(
          /\]\(\s*(javascript|data):/i,
        )
      }),
      { numRuns: 500 },
    )
  })

  it('words that are shown are kept, in their order', () => {
    const word = fc.string({ unit: fc.constantFrom(...'abcdefgh'), minLength: 1, maxLength: 6 })
    const wrap = fc.constantFrom(
      'p',
      'div',
      'b',
      'i',
      'ul><li',
      'blockquote',
      'td',
      'table><tr><td',
      'h3',
      'a href="https://e.example/"',
      'pre',
      'code',
      'span',
      'th',
      'dl><dd',
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(wrap, word), { minLength: 1, maxLength: 30 }), parts => {
        const content = parts.map(([tag, text]) => `<${tag}>${text} </${tag.split(/[ >]/)[0]}>`).join('')
        const words = htmlToMarkdown(content, 5000)
          .replaceAll('https://e.example/', '')
          .match(/[a-h]+/g)
        expect(words).toEqual(parts.map(([, text]) => text))
      }),
      { numRuns: 1000 },
    )
  })

  it('what comes out goes in again as Markdown and comes out the same', async () => {
    await fc.assert(
      fc.asyncProperty(html, async content => {
        const once = await convert(content, parseMediaType('text/html'), 5000)
        expect(await convert(once, parseMediaType('text/markdown'), 5000)).toBe(once)
      }),
      { numRuns: 500 },
    )
  })
})
