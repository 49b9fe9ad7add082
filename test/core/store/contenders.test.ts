import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Entity } from '../../../core/plugin.ts'
import { type Database, openDatabase } from '../../../core/store/database.ts'
import { toHit } from '../../../core/store/found.ts'
import { openStore } from '../../../core/store/index.ts'
import { search } from '../../../core/store/search.ts'
import type { Filter } from '../../../core/store/store.ts'
import { commit, furnish, note, remove, upsert } from '../../support/store-suite/fixtures.ts'

/** More rows than a store has that ranks all of everything. */
const others = 10_500

let folder: string
let database: Database
/** The statements that read rows in the order of their ranks. */
let asked: string[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlet-contenders-'))
  const file = join(folder, 'inlet.db')
  const store = await openStore({ file })
  await furnish(store)
  await commit(
    store,
    upsert(...Array.from({ length: others }, (_item, index) => note(`o${index}`, { text: ' so on'.repeat(14) }))),
  )
  await commit(store, upsert(...nearTheBound(), ...repeated()))
  const notes = notesWithWords()
  // Each is indexed once under another text, and some are taken out again.
  await commit(store, upsert(...notes.map(({ id }) => note(id, { name: 'kindled spark', author: 'kindled' }))))
  await commit(store, upsert(...notes))
  await commit(store, remove(...notes.filter((_note, index) => index % 11 === 0).map(({ id }) => id)))
  await store.close()
  const reader = openDatabase(file, 'reader')
  database = {
    ...reader,
    rows(sql, ...values) {
      if (sql.includes('bm25')) asked.push(sql)
      return reader.rows(sql, ...values)
    },
  }
})

afterAll(async () => {
  database.close()
  await rm(folder, { recursive: true, force: true })
})

/** Words of which each is in the names, texts and authors of some, in texts of all lengths. */
function notesWithWords(): Entity[] {
  let seed = 7
  const chance = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((seed / 2_147_483_648) * below)
  }
  const padding = (most: number) => ' and so on'.repeat(chance(most))
  return Array.from({ length: 900 }, (_item, index): Entity => {
    const isNamed = index % 8 === 0
    const kindled = ['kindled', 'Kindled', 'kíndled', 'KINDLÉD'][index % 4] ?? ''
    return note(`n${index}`, {
      name: isNamed ? `${kindled} things ${padding(2)}` : `things ${padding(3)}`,
      author: index % 13 === 0 ? 'anna kindled' : `anna ${index % 3}`,
      text: [
        isNamed && index % 16 === 0 ? '' : kindled,
        index % 31 === 0 ? `kindled kindled${padding(9)} kindling` : 'kindler',
        // Named in the longest, and once in the shortest of texts.
        index % 2 === 0 ? 'spark' : padding(40),
        padding(12),
      ].join(' '),
      ...(index % 20 === 5 ? { name: 'spark', text: `${' of nothing at all'.repeat(220)}` } : {}),
    })
  })
}

/** About so many words has a row of the index. */
const usualLength = 32

/**
 * Named `ember` in texts so long that it counts for less there than once in a short one; named `flint` in texts that are
 * still short enough, but for less than by a short one's author.
 */
function nearTheBound(): Entity[] {
  const words = (count: number) => ' on'.repeat(count)
  return Array.from({ length: 400 }, (_item, index): Entity => {
    if (index < 40) return note(`ember-${index}`, { name: 'ember', text: words(usualLength * 4) })
    if (index < 80) return note(`flint-${index}`, { name: 'flint', text: words(usualLength * 2) })
    if (index < 90) return note(`flint-${index}`, { name: 'x', text: 'y', author: 'flint' })
    return note(`short-${index}`, { name: 'x', text: index % 2 === 0 ? 'ember' : 'flint' })
  })
}

/** A word that is in each of a few some hundred times, and counts for most in those that are stored last. */
function repeated(): Entity[] {
  return Array.from({ length: 80 }, (_item, index) =>
    note(`echo-${index}`, { name: 'x', text: `${'echo '.repeat(500)}${'on '.repeat(index < 70 ? 300 : 0)}` }),
  )
}

function found(query: string, limit: number, offset = 0, filter?: Filter): [id: string, score: number][] {
  asked = []
  const hits = search(database, { collection: 'home', query, limit, offset, filter }).map(toHit)
  return hits.map(({ entity, score }) => [entity.entityId, score])
}

/** What FTS5 itself has as the first ones. */
function ranked(expression: string, limit: number, offset = 0, where = 'true'): [id: string, score: number][] {
  const rows = database.all(
    `select entity_id as id, found.score from (
       select rowid as key, search.rank as score from search where search match ? order by score, key limit -1
     ) as found cross join entities on entities.key = found.key where ${where}`,
    expression,
  )
  return rows.map(({ id, score }): [string, number] => [String(id), -Number(score)]).slice(offset, offset + limit)
}

describe('the best matches of a single word', () => {
  it('are those of all by BM25, where only those are looked at for which it counts more than once', () => {
    for (const query of ['"kindled"', '"KÍNDLED"', 'kindled', 'kindl']) {
      const expression = query.startsWith('"') ? query : `"${query}"*`
      for (const [limit, offset] of [
        [20, 0],
        [1, 0],
        [7, 13],
      ] as const) {
        const expected = ranked(expression, limit, offset)
        expect(found(query, limit, offset), `${query} ${limit} ${offset}`).toEqual(expected)
        expect(expected).toHaveLength(limit)
        expect(asked.map(sql => sql.includes('search_instances'))).toEqual([true])
      }
    }
  })

  it('are those of all where a short text that has it once is better than many that are named so', () => {
    const expected = ranked('"spark"', 20)
    expect(found('"spark"', 20)).toEqual(expected)
    expect(expected.some(([id]) => Number(id.slice(1)) % 20 !== 5)).toBe(true)
    expect(asked.map(sql => sql.includes('search_instances'))).toEqual([true, false])
  })

  it('are those of all at the bound of what can be better', () => {
    const expected = ranked('"flint"', 15)
    expect(found('"flint"', 15)).toEqual(expected)
    expect(asked.map(sql => sql.includes('search_instances'))).toEqual([true])
    expect(expected.map(([id]) => Number(id.slice('flint-'.length)) >= 80)).toEqual([
      ...Array.from({ length: 10 }, () => true),
      ...Array.from({ length: 5 }, () => false),
    ])
    expect(found('"ember"', 10)).toEqual(ranked('"ember"', 10))
    expect(asked.map(sql => sql.includes('search_instances'))).toEqual([true, false])
  })

  it('are those of all where the word is in each of them more often than is worth counting', () => {
    const expected = ranked('"echo"', 5)
    expect(found('"echo"', 5)).toEqual(expected)
    expect(expected.every(([id]) => Number(id.slice('echo-'.length)) >= 70)).toBe(true)
    expect(asked.map(sql => sql.includes('search_instances'))).toEqual([false])
  })

  it('are those of all where a filter leaves few', () => {
    const filter: Filter = { must: { key: 'author', match: { value: 'anna kindled' } } }
    for (const limit of [1, 5, 20, 100]) {
      const expected = ranked('"kindled"', limit, 0, `author = 'anna kindled'`)
      expect(found('"kindled"', limit, 0, filter)).toEqual(expected)
      expect(expected.length).toBe(Math.min(limit, 63))
    }
  })

  it('are looked for among all where most of them are shown, and of several words', () => {
    expect(found('"kindled"', 300)).toEqual(ranked('"kindled"', 300))
    expect(found('"kindled" "things"', 20)).toEqual(ranked('"kindled" AND "things"', 20))
    expect(found('"kindled things"', 20)).toEqual(ranked('"kindled things"', 20))
    expect(asked.some(sql => sql.includes('search_instances'))).toBe(false)
  })

  it('are not looked for among few again and again where that was in vain', () => {
    const expected = ranked('"spark"', 20)
    let tries = 0
    for (let turn = 0; turn < 40; turn++) {
      expect(found('"spark"', 20)).toEqual(expected)
      tries += asked.filter(sql => sql.includes('search_instances')).length
    }
    expect(tries).toBeGreaterThan(1)
    expect(tries).toBeLessThan(6)
  })

  it('are found after a search that failed, too', async () => {
    const fresh = openDatabase(join(folder, 'inlet.db'), 'reader')
    try {
      const failing: Database = {
        ...fresh,
        rows() {
          throw new Error('disk I/O error')
        },
      }
      const input = { collection: 'home', query: '"kindled"', limit: 20, offset: 0 }
      const transaction: Database['transaction'] = work => fresh.transaction(work)
      expect(() => search({ ...failing, transaction }, input)).toThrow('disk I/O error')
      expect(search(fresh, input)).toHaveLength(20)
      expect(search(fresh, input)).toHaveLength(20)
    } finally {
      fresh.close()
    }
  })
})
