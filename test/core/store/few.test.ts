import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Entity } from '../../../core/plugin.ts'
import { type Database, openDatabase } from '../../../core/store/database.ts'
import { toHit } from '../../../core/store/found.ts'
import { openStore } from '../../../core/store/index.ts'
import { search } from '../../../core/store/search.ts'
import type { Condition, EntityRow, Filter, SearchInput } from '../../../core/store/store.ts'
import { collectionRow, commit, connect, furnish, note, upsert } from '../../support/store-suite/fixtures.ts'

/** More than are few, all with the same word. */
const many = 24_000
const memoEvery = 1500
const stowed = 3000
const dayMs = 24 * 60 * 60 * 1000

let folder: string
let file: string
let database: Database

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlet-few-'))
  file = join(folder, 'inlet.db')
  const store = await openStore({ file })
  await furnish(store)
  await connect(store, 'two', { collection: 'work' })
  // More than are few, and all of it stored before the rest.
  await store.insertCollection(collectionRow('attic'))
  await connect(store, 'old', { collection: 'attic' })
  await commit(store, upsert(...Array.from({ length: stowed }, (_item, index) => inAttic(index))), {
    connectionId: 'old',
  })
  const entities = Array.from({ length: many }, (_item, index) => entityOf(index))
  await commit(store, upsert(...entities.slice(0, many / 2)))
  // A collection of which a part is between the others.
  await commit(store, upsert(...Array.from({ length: 30 }, (_item, index) => inWork(index))), { connectionId: 'two' })
  await commit(store, upsert(...entities.slice(many / 2)))
  await commit(store, upsert(...Array.from({ length: 5 }, (_item, index) => inWork(30 + index))), {
    connectionId: 'two',
  })
  await store.close()
  database = openDatabase(file, 'reader')
})

afterAll(async () => {
  database.close()
  await rm(folder, { recursive: true, force: true })
})

function entityOf(index: number): Entity {
  const isMemo = index % memoEvery === 7
  return note(`n${index}`, {
    entityType: isMemo ? 'memo' : 'note',
    name: index % 4000 === 0 ? `everywhere ${index}` : `plain ${index}`,
    text: 'everywhere and always',
    author: authorOf(index),
    breadcrumbs: [
      { entityType: 'folder', entityId: 'f', name: 'Folder' },
      { entityType: 'folder', entityId: `g${index % 900}`, name: index % 900 === 33 ? 'Rare place' : 'place rare' },
    ],
    createdAt: '2025-01-01T00:00:00Z',
    updatedAt: new Date(Date.UTC(2026, 0, 1) + Math.floor(index / 80) * dayMs).toISOString(),
  })
}

function authorOf(index: number): string {
  if (index % 1700 === 3) return 'Ann O’Neil'
  if (index % 1700 === 4) return 'ann o’neil'
  return index % 1700 === 5 ? '…' : `a${index % 2}`
}

function inWork(index: number): Entity {
  const text = index % 2 === 0 ? 'everywhere' : 'elsewhere'
  return note(`w${index}`, {
    text: `${text} and always`,
    ...(index % 3 === 0 && { updatedAt: '2026-02-01T00:00:00Z' }),
  })
}

function inAttic(index: number): Entity {
  return note(`o${index}`, { text: 'everywhere and always', entityType: index % 2 === 0 ? 'note' : 'memo' })
}

function find(query: string, filter?: Filter, input: Partial<SearchInput> = {}): EntityRow[] {
  const hits = search(database, { collection: ['home', 'work'], query, limit: 50, offset: 0, filter, ...input })
  return hits.map(hit => toHit(hit).entity)
}

const queries = ['"everywhere"', 'always every', '"absent" "everywhere"', '']

const found = new Map<string, EntityRow[]>()

function findEverything(query: string): EntityRow[] {
  const everything = found.get(query) ?? find(query, undefined, { limit: many + 100 })
  found.set(query, everything)
  return everything
}
const ofType = (value: string): Condition => ({ key: 'entity_type', match: { value } })
const from = (gte: string, lt: string): Condition => ({ key: 'updated_at', range: { gte, lt } })

const by = (key: string, match: { value: string } | { any: string[] }): Condition => ({ key, match })

const narrow: [what: string, condition: Condition, holds: (entity: EntityRow) => boolean][] = [
  ['a type', ofType('memo'), ({ entityType }) => entityType === 'memo'],
  [
    'a connection',
    { key: 'source_connection_id', match: { value: 'two' } },
    ({ entityId }) => entityId.startsWith('w'),
  ],
  ['none', ofType('nothing'), () => false],
  [
    'a day',
    from('2026-02-01T00:00:00Z', '2026-02-02T00:00:00Z'),
    ({ updatedAt }) => updatedAt?.startsWith('2026-02-01') === true,
  ],
  ['an author', by('author', { value: 'Ann O’Neil' }), ({ author }) => author === 'Ann O’Neil'],
  [
    'one of two',
    by('author', { any: ['Ann O’Neil', 'ann o’neil'] }),
    ({ author }) => author?.toLowerCase() === 'ann o’neil',
  ],
  ['a name', by('name', { value: 'plain 17' }), ({ name }) => name === 'plain 17'],
  [
    'a place',
    by('breadcrumbs.name', { value: 'Rare place' }),
    ({ breadcrumbs }) => breadcrumbs?.[1]?.name === 'Rare place',
  ],
  ['an author without a word', by('author', { value: '…' }), ({ author }) => author === '…'],
  ['a day that never came', from('2031-01-01T00:00:00Z', '2031-01-02T00:00:00Z'), () => false],
]

describe('a filter that leaves few of what is everywhere', () => {
  it.each(narrow)('finds the same, in the same order, as all that is found has: %s', (_what, condition, holds) => {
    for (const query of queries) {
      for (const others of [[], [{ key: 'author', match: { value: 'a1' } }]]) {
        const filter = { must: [condition, ...others] }
        const everything = findEverything(query)
        expect(everything.length).toBeGreaterThan(many - 100)
        const expected = everything.filter(entity => holds(entity) && (others.length === 0 || entity.author === 'a1'))
        const ids = expected.map(({ entityId }) => entityId)
        const label = `${query} ${others.length}`
        expect(
          find(query, filter).map(({ entityId }) => entityId),
          label,
        ).toEqual(ids.slice(0, 50))
        const page = find(query, filter, { limit: 7, offset: 5 })
        expect(
          page.map(({ entityId }) => entityId),
          label,
        ).toEqual(ids.slice(5, 12))
      }
    }
  })

  it('finds the same in a small collection beside a large one', () => {
    for (const query of queries) {
      const everything = findEverything(query).filter(({ entityId }) => entityId.startsWith('w'))
      const inWork = find(query, undefined, { collection: 'work' })
      expect(
        inWork.map(({ entityId }) => entityId),
        query,
      ).toEqual(everything.map(({ entityId }) => entityId))
    }
  })

  it('finds the same in a collection that was stored before much else', () => {
    const order = (entities: readonly EntityRow[]) => entities.map(({ entityId }) => entityId)
    for (const query of queries.filter(query => query !== '')) {
      const everything = find(query, undefined, { collection: ['home', 'work', 'attic'], limit: many + stowed + 100 })
      for (const filter of [undefined, { must: ofType('memo') }]) {
        const expected = everything.filter(
          ({ entityId, entityType }) => entityId.startsWith('o') && (!filter || entityType === 'memo'),
        )
        expect(expected.length, query).toBe(filter ? stowed / 2 : stowed)
        const label = `${query} ${filter ? 'memo' : ''}`
        const page = { collection: 'attic', limit: 60, offset: 40 }
        expect(order(find(query, filter, page)), label).toEqual(order(expected.slice(40, 100)))
      }
    }
  })

  it('finds nothing of no authors, and each once in a collection that is named twice', () => {
    for (const key of ['author', 'name', 'breadcrumbs.name']) {
      for (const query of queries) expect(find(query, { must: by(key, { any: [] }) }), `${key} ${query}`).toEqual([])
    }
    for (const query of queries) {
      const twice = find(query, undefined, { collection: ['work', 'work'] })
      expect(twice.map(({ entityId }) => entityId)).toEqual(
        find(query, undefined, { collection: 'work' }).map(({ entityId }) => entityId),
      )
    }
  })

  it('finds what was kept when its connection was deleted', () => {
    const writer = openDatabase(file, 'writer')
    const filters: (Filter | undefined)[] = [undefined, { must: [] }, { must: ofType('note') }]
    const askAll = () =>
      queries.flatMap(query => filters.map(filter => find(query, filter, { collection: 'work' }).length))
    try {
      const before = askAll()
      expect(before).not.toContain(0)
      writer.script(`update connections set id = 'gone' where id = 'two'`)
      expect(askAll()).toEqual(before)
    } finally {
      writer.script(`update connections set id = 'two' where id = 'gone'`)
      writer.close()
    }
  })

  it('still finds what is on its way to another collection where it is', () => {
    const writer = openDatabase(file, 'writer')
    const chore = `'move_connection', 'two', 0, '', ''`
    try {
      writer.script(`update connections set collection = 'home' where id = 'two'`)
      writer.script(`insert into chores (kind, subject, until_sequence, after_type, after_id) values (${chore})`)
      expect(find('"everywhere"', undefined, { collection: 'work' })).toHaveLength(18)
    } finally {
      writer.script(`delete from chores; update connections set collection = 'work' where id = 'two'`)
      writer.close()
    }
  })
})

describe('where it is looked for', () => {
  it('is not everything', () => {
    const rowsAsked: [from: number, to: number][] = []
    const asking: Database = {
      ...database,
      rows(sql, ...values) {
        const between = sql.includes('search.rowid between')
        if (between) rowsAsked.push([Number(values[1]), Number(values[2])])
        return database.rows(sql, ...values)
      },
    }
    const rowsOf = (input: Partial<SearchInput>) => {
      rowsAsked.length = 0
      search(asking, { collection: ['home', 'work'], query: '"everywhere"', limit: 50, offset: 0, ...input })
      return rowsAsked.reduce((sum, [first, last]) => sum + last - first + 1, 0)
    }
    expect(rowsOf({})).toBeGreaterThan(many)
    expect(rowsOf({ filter: { must: { key: 'author', match: { value: 'a1' } } } })).toBeGreaterThan(many)
    // Named ones, and the rest.
    expect(rowsOf({ collection: 'work' })).toBeLessThanOrEqual(2 * 35)
    expect(rowsOf({ filter: { must: ofType('memo') } })).toBeLessThanOrEqual(2 * (many / memoEvery))
    expect(rowsOf({ filter: { must: ofType('nothing') } })).toBe(0)
    expect(rowsOf({ collection: 'attic' })).toBeLessThanOrEqual(2 * stowed)
    const day = from('2026-02-01T00:00:00Z', '2026-02-02T00:00:00Z')
    expect(rowsOf({ filter: { must: day } })).toBeLessThanOrEqual(many / 50)
  })
})
