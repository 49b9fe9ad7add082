import { expect, it } from 'vitest'
import { joinTerms, matchTerms } from '../../../core/store/query.ts'

function matchExpressions(query: string): string[] {
  const terms = matchTerms(query, { alone: 1, afterOthers: 1 })
  if (terms.length < 2) return terms
  return [joinTerms(terms, 'AND'), joinTerms(terms, 'OR')]
}

it('quotes every word, wants all of them and then any, the last one as a beginning', () => {
  expect(matchExpressions('red GREEN')).toEqual(['"red" AND "GREEN"*', '"red" OR "GREEN"*'])
  expect(matchExpressions('red')).toEqual(['"red"*'])
  expect(matchExpressions('red red red')).toEqual(['"red" AND "red"*', '"red" OR "red"*'])
})

it('takes what stands between two quotes for a phrase, and a stray quote for nothing', () => {
  expect(matchExpressions('"red green"')).toEqual(['"red green"'])
  expect(matchExpressions('a "red, green" b')).toEqual(['"a" AND "red green" AND "b"*', '"a" OR "red green" OR "b"*'])
  expect(matchExpressions('24" screen')).toEqual(['"24" AND "screen"*', '"24" OR "screen"*'])
})

it('gives no expression for a text without a word', () => {
  expect(['', '  ', '""', '!?', '\u{1f600}', '\u0000', '\u0301', '\ud800'].map(matchExpressions)).toEqual(
    Array(8).fill([]),
  )
})

it('is bounded whatever the length of the text', () => {
  const long = Array.from({ length: 5000 }, (_, index) => `w${index}`).join(' ')
  const [all = ''] = matchExpressions(long)
  expect(all.split(' AND ')).toHaveLength(32)
  expect(matchExpressions('x'.repeat(10_000))[0]?.length).toBeLessThan(300)
})

it('takes a letter or two of an alphabet for a word of its own where that is asked for', () => {
  expect(matchTerms('a re', { alone: 3, afterOthers: 3 })).toEqual(['"a"', '"re"'])
  expect(matchTerms('a red', { alone: 3, afterOthers: 3 })).toEqual(['"a"', '"red"*'])
  expect(matchTerms('a red', { alone: 3, afterOthers: 4 })).toEqual(['"a"', '"red"'])
  expect(matchTerms('red', { alone: 3, afterOthers: 4 })).toEqual(['"red"*'])
  expect(matchTerms('日本', { alone: 3, afterOthers: 4 })).toEqual(['"日本"*'])
})
