import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tokenPattern } from '../../core/token-mask.ts'
import { times } from '../support/suite-depth.ts'

const token = 'xoxp-3141592653-2718281828-aBcDeFgHiJkLmNoPqRsTuVwXyZ/+==-0987654321fedcba'

const ofToken = tokenPattern(token)

/** What comes out for pieces that go in one by one, and once more at the end. */
function pass(pieces: readonly Uint8Array[], pattern = ofToken): string[] {
  const mask = pattern.open()
  return [
    ...pieces.map(piece => Buffer.from(mask.take(piece)).toString('latin1')),
    Buffer.from(mask.end()).toString('latin1'),
  ]
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set([...places.map(place => place % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b)
  return ends.map((end, at) => bytes.subarray(ends[at - 1] ?? 0, end))
}

const writings = [
  token,
  encodeURIComponent(token),
  token.replaceAll('/', '\\/'),
  [...token].map(sign => `\\u00${sign.charCodeAt(0).toString(16)}`).join(''),
  [...token].map(sign => `&#x${sign.charCodeAt(0).toString(16)};`).join(''),
  [...token].map(sign => `&#${sign.charCodeAt(0)};`).join(''),
  [...token].map(sign => `%${sign.charCodeAt(0).toString(16)}`).join(''),
  token.toUpperCase(),
  Buffer.from(token).toString('hex'),
  ...['', 'a', 'ab'].map(before => Buffer.from(before + token).toString('base64')),
  Buffer.from(token, 'utf16le').toString('latin1'),
  `${token.slice(0, 30)}\r\n ${token.slice(30)}`,
]

describe('a token that passes by', () => {
  it('is masked in any writing, whatever is around and wherever it is cut', () => {
    const around = fc.string({ unit: 'binary-ascii', maxLength: 40 })
    const property = fc.property(
      fc.constantFrom(...writings),
      around,
      around,
      fc.array(fc.nat(2000), { maxLength: 12 }),
      (written, before, after, places) => {
        const bytes = Buffer.from(`${before} ${written} ${after}`, 'latin1')
        const out = pass(cut(bytes, places)).join('')
        expect(out).toHaveLength(bytes.length)
        // Five signs of it may have gone on before they told anything.
        for (let at = Math.ceil(written.length / 10); at + 20 <= written.length; at++)
          expect(out).not.toContain(written.slice(at, at + 20))
      },
    )
    fc.assert(property, { numRuns: times(100, 400), seed: 7 })
  })

  it('is masked as often as it comes, and nothing else is touched', () => {
    const text = `a ${token} b ${token}${token} c`
    expect(tokenPattern(token).clean(text)).toBe(text.replaceAll(token, token.replace(/[a-z0-9]/gi, '*')))
    expect(tokenPattern(token).clean('')).toBe('')
  })

  it('is masked where only half of it is there', () => {
    expect(tokenPattern(token).clean(`a ${token.slice(0, 45)} b`)).toMatch(/^a \*{4}-[*-]+/)
    expect(tokenPattern(token).clean(`a ${token.slice(30)} b`)).toContain('*****')
  })
})

describe('what is no token', () => {
  it('comes out as it went in, however it is cut', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map(given => Buffer.from(given)),
      fc.string({ unit: 'grapheme', maxLength: 200 }).map(text => Buffer.from(text)),
      fc
        .array(fc.constantFrom('xoxp-314', 'xoxp', '%7', '\\u00', '&#', '&#x2', '%', 'XOXP-3141592653-27', '\\'), {
          maxLength: 20,
        })
        .map(parts => Buffer.from(parts.join('-'))),
    )
    const property = fc.property(bytes, fc.array(fc.nat(300), { maxLength: 8 }), (given, places) => {
      const out = pass(cut(given, places))
      expect(out.join('')).toBe(given.toString('latin1'))
    })
    fc.assert(property, { numRuns: times(150, 600), seed: 8 })
  })

  it('goes on at once, though it may be the beginning of one', () => {
    const pieces = ['data: one\n\n', 'data: xo', 'data: 5 %', 'data: \\u00', '&#', '{"a":"x']
    expect(pass(pieces.map(piece => Buffer.from(piece)))).toEqual([...pieces, ''])
  })

  it('is held back only where it looks like one, and never without an end', () => {
    expect(pass([Buffer.from('a xoxp-31415'), Buffer.from('x')])).toEqual(['a ', 'xoxp-31415x', ''])
    const spread = [Buffer.from('xoxp-31415'), Buffer.alloc(70 * 1024, ' '), Buffer.from('92653')]
    expect(pass(spread).map(({ length }) => length)).toEqual([0, 10 + 70 * 1024, 5, 0])
  })
})

describe('a short token', () => {
  it('is masked as it is written, and words that sound like it are left', () => {
    const { clean } = tokenPattern('good-token')
    expect(clean('a good token, the Good-Token, good-token')).toBe('a good token, the Good-Token, ****-*****')
    expect(clean(`x ${Buffer.from('good-token').toString('hex')}`)).toBe(`x ${'*'.repeat(20)}`)
    expect(clean('good%2Dtoken')).toBe('****%**-*****'.replace('-', ''))
  })

  it('of a few letters is none', () => {
    expect(tokenPattern('token').clean('a token')).toBe('a token')
    expect(pass([Buffer.from('a to'), Buffer.from('ken')], tokenPattern('token'))).toEqual(['a to', 'ken', ''])
  })
})
