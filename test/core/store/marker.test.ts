import fc from 'fast-check'
import { expect, it } from 'vitest'
import { openDatabase } from '../../../core/store/database.ts'
import { beginningOf, type Excerpt, mark, phrasesOf } from '../../../core/store/marker.ts'
import { wordsOf } from '../../../core/store/words.ts'
import { anyCharacter } from '../../support/any-character.ts'
import { times } from '../../support/suite-depth.ts'

function openIndex() {
  const database = openDatabase(':memory:', 'writer')
  database.script(
    `create virtual table search using fts5 (text, tokenize = 'unicode61 remove_diacritics 2');
     create virtual table words using fts5vocab (search, 'instance');`,
  )
  return database
}

/** Between angle brackets, which are in no text here. */
function show(text: string, { from, to, matches }: Excerpt): string {
  let shown = from > 0 ? '…' : ''
  let at = from
  for (const match of matches) {
    shown += `${text.slice(at, match.from)}<${text.slice(match.from, match.to)}>`
    at = match.to
  }
  return shown + text.slice(at, to) + (to < text.length ? '…' : '')
}

const vocabulary = [
  'ash',
  'Ash',
  'ashen',
  'birch',
  'élan',
  'E\u0301LAN',
  'Straße',
  'İz',
  'дуб',
  'ДУБ',
  '木',
  '木1',
  'x',
  '𝔘b',
]
const separators = [' ', ' ', ' ', ' ', '. ', ': ', '.\n\n', '.', ', ', '-', ' \u{1f600} ', ' \u0301', '\u00a0', ' & ']
const word = fc.constantFrom(...vocabulary)
const text = fc
  .array(fc.tuple(word, fc.constantFrom(...separators)), { maxLength: 120 })
  .map(parts => parts.flat().join(''))
const term = fc
  .tuple(fc.array(word, { minLength: 1, maxLength: 2 }), fc.boolean())
  .map(([words, isPrefix]) => `"${words.join(' ')}"${isPrefix ? '*' : ''}`)

const aFew = { minLength: 1, maxLength: 3 }
const folded = (one: string) => JSON.stringify(phrasesOf([one]))

it('marks and cuts a text as FTS5 would', () => {
  const index = openIndex()
  let found = 0
  fc.assert(
    fc.property(text, fc.uniqueArray(term, { ...aFew, selector: folded }), (searched, terms) => {
      index.run('delete from search')
      index.run('insert into search values (?)', searched)
      const row = index.get(
        `select highlight(search, 0, '<', '>') as whole, snippet(search, 0, '<', '>', '…', 32) as part
         from search where search match ?`,
        terms.join(' OR '),
      )
      const marked = mark(searched, phrasesOf(terms))
      expect(marked && show(searched, { from: 0, to: searched.length, matches: marked.matches })).toBe(row?.whole)
      expect(marked && show(searched, marked.excerpt)).toBe(row?.part)
      if (row) found += 1
    }),
    { numRuns: times(500, 5000) },
  )
  index.close()
  expect(found).toBeGreaterThan(100)
})

it('marks a text of many words in no more time than it takes to read them', () => {
  const many = 'word. '.repeat(100_000)
  const marked = mark(many, phrasesOf(['"word"', '"wor"*']))
  expect(marked?.matches).toHaveLength(100_000)
  expect(marked?.excerpt).toMatchObject({ from: 0, to: 32 * 6 - 2 })
})

it('looks once for a word that is asked for in many spellings', () => {
  expect(phrasesOf(['"Élan"', '"ELAN"', '"e\u0301lan"', '"elan"*', '"elan vital"'])).toEqual([
    { words: ['elan'], isPrefix: false },
    { words: ['elan'], isPrefix: true },
    { words: ['elan', 'vital'], isPrefix: false },
  ])
})

it('shows the beginning of a text without a match', () => {
  expect(show('one two', beginningOf('one two'))).toBe('one two')
  expect(show('', beginningOf(''))).toBe('')
  const long = '- word'.repeat(40)
  expect(show(long, beginningOf(long))).toBe(`${'- word'.repeat(32)}…`)
})

it('reads the same words as the index, whatever the characters', () => {
  const index = openIndex()
  let read = 0
  fc.assert(
    fc.property(
      fc
        .array(fc.oneof(fc.string({ unit: anyCharacter, maxLength: 3 }), word), { minLength: 5, maxLength: 30 })
        .map(parts => parts.join('')),
      searched => {
        index.run('delete from search')
        index.run('insert into search values (?)', searched)
        const terms = index.all('select term from words order by offset').map(row => row.term)
        expect(wordsOf(searched).map(({ folded }) => folded)).toEqual(terms)
        for (const { from, to } of wordsOf(searched)) expect(searched.slice(from, to)).toMatch(/^\S+$/)
        read += terms.length
      },
    ),
    { numRuns: times(100, 3000) },
  )
  index.close()
  expect(read).toBeGreaterThan(100)
})
