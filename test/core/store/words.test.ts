import { expect, it } from 'vitest'
import { openDatabase } from '../../../core/store/database.ts'
import { wordsOf } from '../../../core/store/words.ts'
import { times } from '../../support/suite-depth.ts'

/** Characters that are read together. */
const block = 1024
const blocks = 0x110000 / block

it('reads every character there is as the index does, however many came before', () => {
  const index = openDatabase(':memory:', 'writer')
  index.script(
    `create virtual table search using fts5 (text, tokenize = 'unicode61 remove_diacritics 2');
     create virtual table words using fts5vocab (search, 'instance');`,
  )
  let read = 0
  const step = blocks / times(64, blocks)
  for (let at = 0; at < blocks; at += step) {
    const characters = Array.from({ length: block }, (_, place) => String.fromCodePoint(at * block + place))
    // Within a word, with a mark of its own, and alone.
    const text = characters.map(character => `a${character}B${character}\u0301c ${character}`).join(' ')
    index.run('delete from search')
    index.run('insert into search values (?)', text)
    const terms = index.all('select term from words order by offset').map(({ term }) => term)
    expect(wordsOf(text).map(({ folded }) => folded)).toEqual(terms)
    read += terms.length
  }
  index.close()
  expect(read).toBeGreaterThan(100_000)
})
