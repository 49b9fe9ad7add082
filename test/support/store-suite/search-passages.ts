import { describe, expect, it } from 'vitest'
import type { SearchHit, SearchInput, Store } from '../../../core/store/store.ts'
import type { Subject } from '../store-suite.ts'
import { commit, furnish, note, remove, upsert } from './fixtures.ts'

function search(store: Store, query: string, changes: Partial<SearchInput> = {}): Promise<SearchHit[]> {
  return store.search({ collection: 'home', query, limit: 10, offset: 0, ...changes })
}

async function found(store: Store, query: string, changes: Partial<SearchInput> = {}): Promise<string[]> {
  return (await search(store, query, changes)).map(hit => hit.entity.entityId)
}

function filler(index: number, sentences = 20): string {
  return Array.from({ length: sentences }, (_, at) => `Plain words number ${index} and ${at} go on and on. `).join('')
}

/** A document of so many pages, some of which say what is given. */
function pages(count: number, said: Readonly<Record<number, string>>): string {
  return Array.from({ length: count }, (_, index) => {
    const number = index + 1
    return `<!-- page ${number} -->\n\n${filler(number)}${said[number] ?? ''}`
  }).join('\n\n')
}

/** Long texts and those with pages are found by their parts, and shown as one. */
export function searchPassagePromises(subject: Subject): void {
  describe('search in long texts', () => {
    it('says the page, shows the best passages of it, and is one hit', async () => {
      const { store } = subject
      await furnish(store)
      const said = { 12: 'The zebra.', 40: 'A zebra, a zebra and a zebra.', 77: 'No zebra here.', 90: 'Zebra!' }
      await commit(store, upsert(note('book', { text: pages(100, said) }), note('other')))
      const [hit, ...others] = await search(store, 'zebra')
      expect(others).toEqual([])
      expect(hit?.page).toBe(40)
      expect(hit?.snippet).toContain('A <mark>zebra</mark>, a <mark>zebra</mark> and a <mark>zebra</mark>.')
      expect(hit?.passages.map(({ page }) => page)).toEqual([40, 90, 12])
      expect(hit?.passages[0]).toMatchObject({ snippet: hit?.snippet, score: hit?.score, heading: null })
      expect(hit?.passages[1]?.snippet).toContain('<mark>Zebra</mark>!')
      const scores = hit?.passages.map(({ score }) => score) ?? []
      expect(scores).toEqual(scores.toSorted((a, b) => b - a))
      expect(hit?.entity.text).toContain('<!-- page 12 -->')
      for (const { page, offset } of hit?.passages ?? []) {
        expect(hit?.entity.text.slice(0, offset)).toMatch(new RegExp(`<!-- page ${page} -->\\s*$`))
      }
    })

    it('does not take the marks of pages for words', async () => {
      const { store } = subject
      await furnish(store)
      const said = { 5: 'See page 999 below.' }
      await commit(store, upsert(note('book', { text: pages(30, said) }), note('short', { text: pages(1, {}) })))
      expect((await search(store, '"page 999"')).map(({ page }) => page)).toEqual([5])
      expect(await found(store, '"page 29"')).toEqual([])
      expect((await search(store, '"words number 1"')).map(({ entity, page }) => [entity.entityId, page])).toEqual([
        ['book', 1],
        ['short', 1],
      ])
    })

    it('says the section of a long text without pages', async () => {
      const { store } = subject
      await furnish(store)
      const parts = [1, 2, 3].map(part => {
        const code = `\`\`\`sh\n# no heading\nrun${part}\n\`\`\`\n`
        const ends = `## End ${part}\n\nquagga${part}\n\n${code}\n## Last ${part} of all\n\nlast${part}\n`
        return `# Part ${part}\n\n${filler(part, 60)}begun${part}\n\n${ends}`
      })
      await commit(store, upsert(note('long', { text: parts.join('\n') })))
      const sections = {
        begun2: 'Part 2',
        quagga2: 'End 2',
        run1: 'End 1',
        last2: 'Last 2 of all',
        '"2 of all"': 'Last 2 of all',
      }
      let asked = 0
      for (const [query, heading] of Object.entries(sections)) {
        const [hit] = await search(store, query)
        expect([hit?.page, hit?.passages[0]?.heading], query).toEqual([null, heading])
        asked += 1
      }
      expect(asked).toBe(5)
    })

    it('gives a short text as its one passage, and a name that matches as one too', async () => {
      const { store } = subject
      await furnish(store)
      const long = note('long', { name: 'Okapi report', text: pages(40, {}) })
      await commit(store, upsert(note('short', { text: 'an okapi' }), long))
      const hits = await search(store, 'okapi')
      expect(hits.map(({ entity }) => entity.entityId)).toEqual(['long', 'short'])
      for (const { snippet, page, score, passages } of hits) {
        expect(page).toBeNull()
        expect(passages).toEqual([{ snippet, page: null, heading: null, offset: 0, score }])
      }
      expect(hits[0]?.snippet).toBe('<mark>Okapi</mark> report')
      const newest = await search(store, '')
      expect(newest.map(({ passages }) => passages.length)).toEqual([1, 1])
    })

    it('finds a word of the name with one of a page, and shows that page', async () => {
      const { store } = subject
      await furnish(store)
      const breadcrumbs = [{ entityId: 'f', name: 'Harbours', entityType: 'folder' }]
      const book = note('book', {
        name: 'Tapir annual',
        author: 'Renée',
        text: pages(60, { 30: 'dredging' }),
        breadcrumbs,
      })
      const passing = filler(1).repeat(3)
      await commit(store, upsert(book, note('note', { text: `${passing} tapir dredging` })))
      for (const query of ['tapir dredging', 'renee dredging', 'dredging harbours']) {
        const [first] = await search(store, query)
        expect([first?.entity.entityId, first?.page], query).toEqual(['book', 30])
      }
    })

    it('finds words on different pages, after those that have them together, and shows each', async () => {
      const { store } = subject
      await furnish(store)
      const apart = note('apart', { text: pages(50, { 3: 'apples, apples and apples', 44: 'pears, pears and pears' }) })
      const together = note('together', { text: pages(50, { 20: 'apples and pears' }) })
      const short = note('short', { text: `${filler(1)} apples ${filler(2)} pears` })
      await commit(store, upsert(apart, together, short, note('one', { text: 'apples' })))
      const hits = await search(store, '"apples" "pears"')
      expect(hits.map(({ entity }) => entity.entityId).at(-1)).toBe('apart')
      expect(hits).toHaveLength(3)
      expect(
        hits
          .at(-1)
          ?.passages.map(({ page }) => page)
          .toSorted(),
      ).toEqual([3, 44])
      const scores = hits.map(({ score }) => score)
      expect(scores).toEqual(scores.toSorted((a, b) => b - a))
      expect(await found(store, '"apples" "pears"', { limit: 1, offset: 2 })).toEqual(['apart'])
      expect(await found(store, '"apples" "pears"', { offset: 3 })).toEqual([])
      await commit(store, remove('together', 'short'))
      expect(await found(store, '"pears" "apples"')).toEqual(['apart'])
    })

    it('finds a phrase wherever it is in a long page, and shows what two passages have in common once', async () => {
      const { store } = subject
      await furnish(store)
      const words = Array.from({ length: 2000 }, (_, index) => `w${index}`)
      await commit(store, upsert(note('long', { text: `<!-- page 7 -->\n\n${words.join(' ')}` })))
      let asked = 0
      for (let at = 0; at + 32 <= words.length; at += 5) {
        const phrase = words.slice(at, at + 32).join(' ')
        const [hit] = await search(store, `"${phrase}"`)
        expect(hit?.page, phrase).toBe(7)
        expect(hit?.passages, phrase).toHaveLength(1)
        expect(hit?.snippet, phrase).toContain(`<mark>${words[at]}`)
        asked += 1
      }
      expect(asked).toBe(394)
    })

    it('keeps the columns of a long sheet findable beside a cell far below', async () => {
      const { store } = subject
      await furnish(store)
      const rows = Array.from({ length: 2000 }, (_, index) => `| ${index} | customer${index} | ${index * 7} |`)
      const sheet = `## Invoices\n\n| Number | Customer | Turnover |\n| --- | --- | --- |\n${rows.join('\n')}`
      await commit(store, upsert(note('sheet', { text: sheet })))
      const [hit] = await search(store, 'turnover "customer1500"')
      const snippets = hit?.passages.map(({ snippet }) => snippet) ?? []
      expect(snippets.some(snippet => snippet.includes('<mark>customer1500</mark>'))).toBe(true)
      expect(snippets.some(snippet => snippet.includes('<mark>Turnover</mark>'))).toBe(true)
      expect(hit?.passages.map(({ heading }) => heading)).toContain('Invoices')
    })

    it('pages through long and short ones without repeating or losing one', async () => {
      const { store } = subject
      await furnish(store)
      const everywhere = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [index, 'the same here']))
      const long = Array.from({ length: 6 }, (_, index) => note(`long${index}`, { text: pages(300, everywhere) }))
      const short = Array.from({ length: 9 }, (_, index) => note(`short${index}`, { text: 'the same here' }))
      const mixed = [...short.slice(0, 4), ...long, ...short.slice(4)]
      await commit(store, upsert(...mixed, note('no')))
      for (const query of ['"same"', '"same" "here"', '"same" "absent"', '"number" "same"']) {
        const all = await found(store, query, { limit: 100 })
        expect(new Set(all).size, query).toBe(all.length)
        expect(all.length, query).toBe(query.includes('number') ? 6 : 15)
        const paged: string[] = []
        for (let offset = 0; offset < 20; offset += 2) paged.push(...(await found(store, query, { limit: 2, offset })))
        expect(paged, query).toEqual(all)
      }
      const filter = { must: { key: 'entity_id', match: { any: ['long1', 'short8'] } } }
      expect((await found(store, '"same"', { filter })).toSorted()).toEqual(['long1', 'short8'])
    })

    it('ranks what is about it before what mentions it, however long the texts are', async () => {
      const { store } = subject
      await furnish(store)
      const about =
        'The eclipse began at noon. Whoever saw the eclipse spoke of the eclipse for years: an eclipse is rare.'
      const manual = note('manual', { text: pages(300, { 217: about }) })
      const passing = note('passing', { text: pages(300, { 80: 'It was dark as in an eclipse.' }) })
      const short = note('short', { text: 'Remember the eclipse on Monday.' })
      const others = Array.from({ length: 50 }, (_, index) => note(`n${index}`, { text: filler(index, 2) }))
      await commit(store, upsert(passing, manual, short, ...others))
      const hits = await search(store, 'eclipse')
      expect(hits.map(({ entity }) => entity.entityId).at(-1)).toBe('passing')
      expect(hits.find(({ entity }) => entity.entityId === 'manual')?.page).toBe(217)
      const [one, two, three] = hits.map(({ score }) => score)
      expect(Number(two) / Number(one)).toBeGreaterThan(0.5)
      expect(Number(three) / Number(two)).toBeLessThan(0.8)
      // The name of a long document counts as much as that of a short one.
      await commit(store, upsert(note('named', { name: 'Eclipse', text: pages(300, {}) })))
      expect((await found(store, 'eclipse'))[0]).toBe('named')
    })

    it('follows texts that grow, shrink, get pages or another name, and those that go', async () => {
      const { store } = subject
      await furnish(store)
      const versions: [text: string, page: number | null][] = [
        ['a lynx', null],
        [pages(20, { 3: 'a lynx' }), 3],
        [pages(40, { 33: 'a lynx' }), 33],
        [`${filler(1, 300)}a lynx`, null],
        [pages(1, { 1: 'a lynx' }), 1],
        ['a lynx again', null],
      ]
      let seen = 0
      for (const [text, page] of versions) {
        for (const name of ['one', 'two']) {
          await commit(store, upsert(note('a', { name, text })))
          const hits = await search(store, 'lynx')
          expect(hits.map(hit => hit.page)).toEqual([page])
          expect(await found(store, `${name} lynx`)).toEqual(['a'])
          expect(await found(store, name === 'one' ? 'two' : 'one')).toEqual([])
          seen += 1
        }
      }
      expect(seen).toBe(12)
      await commit(store, upsert(note('a', { text: pages(20, { 3: 'a lynx' }) })))
      await store.updateConnection('one', { collection: 'work' })
      expect(await found(store, 'lynx', { collection: 'work' })).toEqual(['a'])
      await store.deleteConnection('one', true)
      expect(await found(store, 'lynx', { collection: 'work' })).toEqual([])
    })

    it('keeps any character of a long text whole, and shows it as it is', async () => {
      const { store } = subject
      await furnish(store)
      const strange = '<b>&\u0000\u0002x\u{1f600}e\u0301\ud800 東京 ﬁ '
      const text = `${strange.repeat(500)}needle ${strange.repeat(500)}`
      await commit(store, upsert(note('a', { text })))
      const [hit] = await search(store, 'needle')
      expect(hit?.snippet).toContain('<mark>needle</mark> &lt;b&gt;&amp;')
      expect(hit?.snippet.match(/<\/?mark>/g)).toHaveLength(2)
      await commit(store, upsert(note('a', { text: `${text}.` })))
      expect(await found(store, 'needle')).toEqual(['a'])
    })
  })
}
