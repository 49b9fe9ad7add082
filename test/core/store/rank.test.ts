import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStore } from '../../../core/store/index.ts'
import type { Filter, Store } from '../../../core/store/store.ts'
import { commit, connect, furnish, note, upsert } from '../../support/store-suite/fixtures.ts'
import { times } from '../../support/suite-depth.ts'

/** More than are ranked by BM25. */
const many = 24_000
/** Of those, so many have it in the name; and each so many have a rarer word besides. */
const named = 30
const rareEvery = 1000

let folder: string
let store: Store

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlet-rank-'))
  store = await openStore({ file: join(folder, 'inlet.db') })
  await furnish(store)
  for (let from = 0; from < many; from += 6000) {
    const notes = Array.from({ length: 6000 }, (_item, index) => noteOf(from + index))
    await commit(store, upsert(...notes))
  }
  await connect(store, 'two', { collection: 'work' })
  await commit(store, upsert(...documents()), { connectionId: 'two' })
})

afterAll(async () => {
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

function noteOf(index: number) {
  const rare = index % rareEvery === 0 ? ' zebra' : ''
  const name = index < named ? `everywhere ${index}` : `plain ${index}`
  return note(`n${String(index).padStart(5, '0')}`, {
    name,
    text: `everywhere and always${rare}`,
    author: `a${index % 2}`,
  })
}

const pageCount = 20

/** Apart from the notes, in the collection `work`: between short notes, documents that say something on some pages. */
function documents() {
  const document = (id: string, name: string, said: Readonly<Record<number, string>>) => {
    const pages = Array.from({ length: pageCount }, (_item, index) => {
      return `<!-- page ${index + 1} -->\n\n${'Some other words. '.repeat(20)}${said[index + 1] ?? ''}`
    })
    return note(id, { name, text: pages.join('\n\n'), author: `a${Number(id.slice(1)) % 2}` })
  }
  const onAllPages = Object.fromEntries(Array.from({ length: pageCount }, (_item, index) => [index + 1, 'everywhere']))
  return Array.from({ length: 10 }, (_item, index) => [
    document(`d${index}`, index === 5 ? 'everywhere it is' : 'plain', onAllPages),
    note(`s${index}`, { name: 'plain', text: 'everywhere and always', author: `a${index % 2}` }),
    document(`f${index}`, 'plain', { 1: 'everywhere', 20: 'always' }),
    document(`z${index}`, 'plain', { 3: `zebra${' zebra'.repeat(index)}`, 7: 'everywhere' }),
  ]).flat()
}

function findIn(query: string, limit: number, offset = 0, filter?: Filter) {
  return store.search({ collection: 'work', query, limit, offset, filter })
}

function idsOf(hits: Awaited<ReturnType<typeof find>>): string[] {
  return hits.map(({ entity }) => entity.entityId)
}

function find(query: string, limit: number, offset = 0, filter?: Filter) {
  return store.search({ collection: 'home', query, limit, offset, filter })
}

describe('a word that more entities hold than can be ranked', () => {
  it('finds those first that have it in their name, and then what was stored last', async () => {
    const hits = await find('"everywhere"', named + 3)
    const ids = hits.map(({ entity }) => entity.entityId)
    expect(new Set(ids.slice(0, named))).toEqual(
      new Set(Array.from({ length: named }, (_item, index) => noteOf(index).id)),
    )
    expect(ids.slice(named)).toEqual(['n23999', 'n23998', 'n23997'])
    expect(hits.every(({ snippet }) => snippet.includes('<mark>everywhere</mark>'))).toBe(true)
  })

  it('is paged without a gap or an overlap', async () => {
    const whole = (await find('"everywhere"', 60)).map(({ entity }) => entity.id)
    const pages = await Promise.all([0, 20, 40].map(offset => find('"everywhere"', 20, offset)))
    expect(pages.flat().map(({ entity }) => entity.id)).toEqual(whole)
    expect(new Set(whole).size).toBe(60)
  })

  it('is filtered like any other', async () => {
    const hits = await find('"everywhere"', 40, 0, { must: { key: 'author', match: { value: 'a1' } } })
    expect(hits).toHaveLength(40)
    expect(hits.every(({ entity }) => entity.author === 'a1')).toBe(true)
  })

  it('leaves the order to the rarer words beside it, and is still asked for', async () => {
    const hits = await find('everywhere "zebra"', 50)
    expect(hits).toHaveLength(many / rareEvery)
    expect(hits.every(({ entity }) => entity.text.includes('zebra'))).toBe(true)
    expect(await find('nowhere "zebra" "absent"', 50)).toHaveLength(many / rareEvery)
    expect(await find('"everywhere" "plain" "zebra"', 50)).toHaveLength(many / rareEvery - 1)
  })

  it('is found as the beginning of a word, too', async () => {
    expect(await find('everyw', 5)).toHaveLength(5)
    expect((await find('always every', 5)).length).toBe(5)
  })
})

describe('the same in documents that are divided into passages', () => {
  const order = Array.from({ length: 10 }, (_item, index) => 9 - index)

  it('finds each once: by its name first, and then what was stored last', async () => {
    const hits = await findIn('"everywhere"', 100)
    const rest = order.flatMap(index => [`z${index}`, `f${index}`, `s${index}`, `d${index}`])
    expect(idsOf(hits)).toEqual(['d5', ...rest.filter(id => id !== 'd5')])
    for (const { entity, page, passages } of hits) {
      const expected = { d: [1, 2, 3], s: [null], f: [1], z: [7] }[entity.entityId.charAt(0)]
      expect(passages.map(passage => passage.page)).toEqual(expected)
      expect(page).toBe(expected?.[0])
      expect(passages[0]?.snippet).toContain('<mark>everywhere</mark>')
    }
  })

  it('is paged without a gap or an overlap, and filtered', async () => {
    // Each way of asking every day; with every page of each where there is time.
    const step = times(10, 3)
    for (const query of ['"everywhere"', '"everywhere" "always"', 'every', 'always every', '"everywhere" "absent"']) {
      const whole = idsOf(await findIn(query, 100))
      expect(new Set(whole).size, query).toBe(whole.length)
      expect(whole.length, query).toBe(query.includes('always') ? 20 : 40)
      const paged: string[] = []
      for (let offset = 0; offset < 45; offset += step) paged.push(...idsOf(await findIn(query, step, offset)))
      expect(paged, query).toEqual(whole)
      const filter: Filter = { must: { key: 'author', match: { value: 'a1' } } }
      const odd = whole.filter(id => Number(id.slice(1)) % 2 === 1)
      expect(idsOf(await findIn(query, 100, 0, filter)), query).toEqual(odd)
    }
  })

  it('finds words that are common and on different pages last, and shows both', async () => {
    const hits = await findIn('"everywhere" "always"', 100)
    expect(idsOf(hits)).toEqual([...order.map(index => `s${index}`), ...order.map(index => `f${index}`)])
    expect(hits.at(-1)?.passages.map(({ page }) => page)).toEqual([1, 20])
  })

  it('leaves the order to the rarer word, on whichever page the common one is', async () => {
    for (const query of ['"everywhere" "zebra"', 'zebra every', '"zebra" "everywhere" "some"']) {
      const hits = await findIn(query, 100)
      expect(idsOf(hits), query).toEqual(order.map(index => `z${index}`))
      expect(hits.map(({ page }) => page)).toEqual(new Array(10).fill(3))
      expect(hits[0]?.passages.map(({ page }) => page)).toContain(7)
    }
    const both = await store.search({
      collection: ['home', 'work'],
      query: 'zebra "everywhere"',
      limit: 100,
      offset: 0,
    })
    expect(both).toHaveLength(many / rareEvery + 10)
  })
})
