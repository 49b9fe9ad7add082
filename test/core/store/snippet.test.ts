import { expect, it } from 'vitest'
import { excerpt, matchEnd, matchStart, toHtml } from '../../../core/store/snippet.ts'

it('shows the pages of a document in a form for people', () => {
  expect(toHtml('one <!-- page 2 --> two')).toBe('one [page 2] two')
  expect(toHtml(`<!-- ${matchStart}page${matchEnd} 12 --> two`)).toBe('[<mark>page</mark> 12] two')
  expect(excerpt('<!-- page 1 -->\n\nTitle')).toBe('[page 1] Title')
})

it('leaves every other comment as it stands, and makes no tag of it', () => {
  expect(toHtml('a <!-- page two --> b <!-- <b> -->')).toBe('a &lt;!-- page two --&gt; b &lt;!-- &lt;b&gt; --&gt;')
})
