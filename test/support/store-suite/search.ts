import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SearchHit, SearchInput, Store } from '../../../core/store/store.ts'
import { anyCharacter } from '../any-character.ts'
import type { Subject } from '../store-suite.ts'
import { times } from '../suite-depth.ts'
import { commit, connect, furnish, note, remove, upsert } from './fixtures.ts'

function search(store: Store, query: string, changes: Partial<SearchInput> = {}): Promise<SearchHit[]> {
  return store.search({ collection: 'home', query, limit: 10, offset: 0, ...changes })
}

async function found(store: Store, query: string, changes: Partial<SearchInput> = {}): Promise<string[]> {
  return (await search(store, query, changes)).map(hit => hit.entity.entityId)
}

export function searchPromises(subject: Subject): void {
  describe('search', () => {
    it('finds words in name, text, author and breadcrumbs, whatever their case and accents', async () => {
      const { store } = subject
      await furnish(store)
      await commit(
        store,
        upsert(
          note('name', { name: 'Quarterly Budget' }),
          note('text', { text: 'The cafe\u0301 in Zürich' }),
          note('author', { author: 'Renée Example' }),
          note('folder', { breadcrumbs: [{ entityId: 'f', name: 'Finanzen', entityType: 'folder' }] }),
        ),
      )
      expect(await found(store, 'BUDGET')).toEqual(['name'])
      expect(await found(store, 'café zurich')).toEqual(['text'])
      expect(await found(store, 'renee')).toEqual(['author'])
      expect(await found(store, 'finanzen')).toEqual(['folder'])
      expect(await found(store, 'budget', { collection: 'work' })).toEqual([])
    })

    it('wants all words, and any of them where nothing has all', async () => {
      const { store } = subject
      await furnish(store)
      await commit(store, upsert(note('both', { text: 'red green' }), note('red', { text: 'red' }), note('no')))
      expect(await found(store, 'green red')).toEqual(['both'])
      expect((await found(store, 'red yellow')).sort()).toEqual(['both', 'red'])
      expect(await found(store, 'green red', { offset: 1 })).toEqual([])
      expect(await found(store, 'purple')).toEqual([])
    })

    it('searches several collections as one: one ranking, one answer to whether all words are anywhere', async () => {
      const { store } = subject
      await furnish(store)
      await connect(store, 'two', { collection: 'work' })
      const long = `red green ${'and much else '.repeat(20)}`
      await commit(store, upsert(note('a', { text: long }), note('b', { text: 'red green' })))
      const others = upsert(note('c', { name: 'red green' }), note('d', { text: 'red' }))
      await commit(store, others, { connectionId: 'two' })
      const both = { collection: ['home', 'work'] }
      expect(await found(store, 'green red', both)).toEqual(['c', 'b', 'a'])
      expect(await found(store, 'green red', { ...both, limit: 1, offset: 1 })).toEqual(['b'])
      expect(await found(store, 'green red', { ...both, offset: 3 })).toEqual([])
      expect((await found(store, '', both)).toSorted()).toEqual(['a', 'b', 'c', 'd'])
      expect(await found(store, 'red', { collection: ['work'] })).toEqual(['c', 'd'])
      expect(await found(store, 'red', { collection: [] })).toEqual([])
    })

    it('takes the last word for the beginning of one, and quotes for a phrase', async () => {
      const { store } = subject
      await furnish(store)
      await commit(store, upsert(note('a', { text: 'project planning' }), note('b', { text: 'planning a project' })))
      expect((await found(store, 'project plan')).sort()).toEqual(['a', 'b'])
      expect(await found(store, 'plan projectx')).toEqual([])
      expect(await found(store, '"project planning"')).toEqual(['a'])
      expect(await found(store, '"project plan"')).toEqual([])
      expect((await found(store, '12" "project plan')).sort()).toEqual(['a', 'b'])
    })

    it('ranks a match in the name above one in the text, with scores that fall', async () => {
      const { store } = subject
      await furnish(store)
      const filler = Array.from({ length: 20 }, (_, index) => note(`f${index}`, { text: 'nothing to see' }))
      const entities = [note('text', { text: 'about the harvest' }), note('name', { name: 'harvest', text: 'about' })]
      await commit(store, upsert(...filler, ...entities))
      const hits = await search(store, 'harvest')
      expect(hits.map(hit => hit.entity.entityId)).toEqual(['name', 'text'])
      const [first = 0, second = 0] = hits.map(hit => hit.score)
      expect(first).toBeGreaterThan(second)
      expect(second).toBeGreaterThan(0)
    })

    it('pages through equal matches without repeating or losing one', async () => {
      const { store } = subject
      await furnish(store)
      await commit(
        store,
        upsert(...Array.from({ length: 25 }, (_, index) => note(`n${index}`, { name: 'same', text: 'same' }))),
      )
      const all = await found(store, 'same', { limit: 100 })
      expect(new Set(all).size).toBe(25)
      const paged: string[] = []
      for (let offset = 0; offset < 25; offset += 4) paged.push(...(await found(store, 'same', { limit: 4, offset })))
      expect(paged).toEqual(all)
    })

    it('shows matches in HTML in which <mark> is the only tag, and content cannot forge one', async () => {
      const { store } = subject
      await furnish(store)
      const text = '<script>alert("x")</script> & <mark>forged</mark> \u0002\u0003 real\nword'
      await commit(store, upsert(note('a', { name: '<b>title</b>', text })))
      const [hit] = await search(store, 'real')
      expect(hit?.snippet).toContain('<mark>real</mark> word')
      expect(hit?.snippet).toContain(
        '&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &lt;mark&gt;forged&lt;/mark&gt;',
      )
      expect(hit?.snippet.match(/<\/?mark>/g)).toHaveLength(2)
      expect(hit?.snippet.replace(/<\/?mark>/g, '')).not.toMatch(/[<>]/)
      expect((await search(store, 'title'))[0]?.snippet).toBe('&lt;b&gt;<mark>title</mark>&lt;/b&gt;')
      expect((await search(store, ''))[0]?.snippet).not.toMatch(/[<>]/)
    })

    it('lists the newest entities for a blank query', async () => {
      const { store } = subject
      await furnish(store)
      await commit(
        store,
        upsert(
          note('undated'),
          note('new', { updatedAt: '2026-01-01T00:30:00+02:00' }),
          note('newest', { createdAt: '2026-01-01' }),
          note('old', { updatedAt: '2024-01-01T00:00:00Z' }),
        ),
      )
      expect(await found(store, ' \n')).toEqual(['newest', 'new', 'old', 'undated'])
      expect(await found(store, '', { limit: 2, offset: 1 })).toEqual(['new', 'old'])
      expect((await search(store, ''))[0]?.score).toBe(0)
    })

    it('follows updates and deletions', async () => {
      const { store } = subject
      await furnish(store)
      await commit(store, upsert(note('a', { text: 'before', raw: { v: 1 } }), note('b', { text: 'before' })))
      await commit(store, upsert(note('a', { text: 'before', raw: { v: 2 } })))
      expect((await found(store, 'before')).sort()).toEqual(['a', 'b'])
      await commit(store, [...upsert(note('a', { text: 'afterwards' })), ...remove('b')])
      expect(await found(store, 'before')).toEqual([])
      expect(await found(store, 'afterwards')).toEqual(['a'])
    })

    it('answers any text a person may type', async () => {
      const { store } = subject
      await furnish(store)
      await commit(store, upsert(note('a', { text: 'AND OR NOT NEAR name text' })))
      const odd = [
        '"',
        '""',
        '"""',
        '" "',
        'a"b"c',
        'AND',
        'OR NOT',
        'NEAR(a, 5)',
        'name:text',
        '{name text}: a',
        '^a',
        'a*',
        '-a',
        '+a',
        '(',
        ')',
        '(a',
        'a)',
        "'; drop table entities; --",
        '\u0000',
        'a\u0000b',
        '\ud800',
        '\u{1f600}',
        '%',
        '_',
        '\\',
        '..',
        '*',
        '""*',
        'ﬁ',
        '日本語',
        'नमस्ते',
        '\u0301',
        'a\u0301',
        '\u{1e900}',
        'x'.repeat(10_000),
        'x '.repeat(5000),
        '"'.repeat(10_000),
        Array.from({ length: 2000 }, (_, index) => `w${index}`).join(' '),
        '1 2 3',
        '１２',
      ]
      let asked = 0
      for (const query of odd) {
        expect(Array.isArray(await search(store, query)), JSON.stringify(query.slice(0, 40))).toBe(true)
        asked += 1
      }
      expect(asked).toBe(odd.length)
      expect(await found(store, 'NEAR(')).toEqual(['a'])
      expect(await found(store, '!?…')).toEqual([])
      let tried = 0
      const numRuns = times(50, 150)
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: anyCharacter, maxLength: 60 }), async query => {
          tried += 1
          await search(store, query)
        }),
        { numRuns },
      )
      expect(tried).toBeGreaterThanOrEqual(numRuns)
    })

    it('finds every word of a text by that very word', async () => {
      const { store } = subject
      await furnish(store)
      const text = 'Straße naïve İstanbul 東京タワー नमस्ते e-mail user@example.org C++ 3.14 o’clock Ωμέγα ﬁne ٣٤ Ⅷ'
      await commit(store, upsert(note('a', { text })))
      let words = 0
      for (const word of text.split(' ')) {
        expect(await found(store, word), word).toEqual(['a'])
        words += 1
      }
      expect(words).toBe(14)
    })
  })
}
