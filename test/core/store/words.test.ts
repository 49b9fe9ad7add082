import { expect, it } from 'vitest'
import { openDatabase } from '../../../core/store/database.ts'
import { wordsOf } from '../../../core/store/words.ts'
import { times } from '../../support/suite-depth.ts'

/** Characters that are read together. */
const block = 1024
const planeBlocks = 0x10000 / block

/** All of the planes that have characters, and a few of those that have none or are for private use. */
const blocks = Array.from({ length: 17 * planeBlocks }, (_, at) => at).filter(at => {
  const plane = Math.floor(at / planeBlocks)
  return plane < 4 || plane === 14 || at % 16 === 0
})

it('reads every character there is as the index does, however many came before', () => {
  const index = openDatabase(':memory:', 'writer')
  index.script(
    `create virtual table search using fts5 (text, tokenize = 'unicode61 remove_diacritics 2');
     create virtual table words using fts5vocab (search, 'instance');`,
  )
  let read = 0
  for (const at of blocks.filter((_, place) => place % times(6, 1) === 0)) {
    const characters = Array.from({ length: block }, (_, place) => String.fromCodePoint(at * block + place))
    // Within a word, with a mark of its own, and alone.
    const text = characters.map(character => `a${character}B${character}\u0301c ${character}`).join(' ')
    index.run('delete from search')
    index.run('insert into search values (?)', text)
    const terms = index.all('select term from words order by offset').map(({ term }) => term)
    const words = wordsOf(text).map(({ folded }) => folded)
    // To compare them one by one takes longer than to read them.
    if (words.join('\n') !== terms.join('\n')) expect(words).toEqual(terms)
    read += terms.length
  }
  index.close()
  expect(read).toBeGreaterThan(100_000)
})
