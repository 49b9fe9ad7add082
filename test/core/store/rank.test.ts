import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStore } from '../../../core/store/index.ts'
import type { Filter, Store } from '../../../core/store/store.ts'
import { commit, furnish, note, upsert } from '../../support/store-suite/fixtures.ts'

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
