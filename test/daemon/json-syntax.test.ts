import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonSyntaxError } from '../../daemon/json-syntax.ts'

const cases: [text: string, line: number, column: number][] = [
  ['', 1, 1],
  ['{', 1, 2],
  ['{"a": 1,}', 1, 9],
  ['{\n  "a": 1\n  "b": 2\n}', 3, 3],
  ['{\n  // note\n  "a": 1\n}', 2, 3],
  ['{"a": tru}', 1, 7],
  ['{"a" 1}', 1, 6],
  ["{'a': 1}", 1, 2],
  ['{"a": 01}', 1, 7],
  ['{"a": "x}', 1, 7],
  ['{"a": "\\x"}', 1, 7],
  ['{"a": 1}}', 1, 9],
  ['[1, 2', 1, 6],
  ['[1, ]', 1, 5],
  ['{"a": 1]', 1, 8],
  ['[1}', 1, 3],
  ['1 2', 1, 3],
]

describe('where JSON ends to be JSON', () => {
  it.each(cases)('in %j is line %i, column %i', (text, line, column) => {
    expect(jsonSyntaxError(text)).toEqual({ line, column })
  })

  it('is nowhere in anything that can be parsed', () => {
    fc.assert(fc.property(fc.json({ noUnicodeString: false }), text => jsonSyntaxError(text) === undefined))
  })

  it('is always inside the text or right after it', () => {
    let broken = 0
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.constantFrom('', '"', '}', ']', ',', ':', '\\', 'x'), (json, place, mark) => {
        const at = place % (json.length + 1)
        const text = json.slice(0, at) + mark + json.slice(at + 1)
        const position = jsonSyntaxError(text)
        if (!position) return void JSON.parse(text)
        broken++
        expect(position.line).toBe(1)
        expect(position.column).toBeGreaterThan(0)
        expect(position.column).toBeLessThanOrEqual(text.length + 1)
      }),
    )
    expect(broken).toBeGreaterThan(10)
  })
})
