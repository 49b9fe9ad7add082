import { expect, it } from 'vitest'
import { beginningOf, mark, phrasesOf } from '../../../core/store/marker.ts'
import { excerpt, toHtml } from '../../../core/store/snippet.ts'

function shown(text: string, ...terms: string[]): string {
  return toHtml(text, mark(text, phrasesOf(terms))?.excerpt ?? beginningOf(text))
}

it('shows the pages of a document in a form for people', () => {
  expect(shown('one <!-- page 2 --> two')).toBe('one [page 2] two')
  expect(shown('<!-- page 12 --> two', '"page"')).toBe('[<mark>page</mark> 12] two')
  expect(excerpt('<!-- page 1 -->\n\nTitle')).toBe('[page 1] Title')
})

it('leaves every other comment as it stands, and makes no tag of it', () => {
  expect(shown('a <!-- page two --> b <!-- <b> -->')).toBe('a &lt;!-- page two --&gt; b &lt;!-- &lt;b&gt; --&gt;')
})

it('shows a part of a long text, white space as single spaces, and that there is more', () => {
  const text = `${'before '.repeat(40)}\n\n one\tKitten & two  ${'after '.repeat(40)}`
  const html = shown(text, '"kit"*')
  expect(html).toMatch(/^…before .*before one <mark>Kitten<\/mark> &amp; two after .*after…$/)
  expect(html.split(' ')).toHaveLength(33)
})
