import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { openStore } from '../../../core/store/index.ts'
import type { Store } from '../../../core/store/store.ts'
import { commit, furnish, note, remove, upsert } from '../../support/store-suite/fixtures.ts'
import { times } from '../../support/suite-depth.ts'
import { temporaryFolder } from './folder.ts'
import { expectSound } from './soundness.ts'

const vocabulary = ['ash', 'birch', 'cedar', 'elm', 'fir', 'hazel', 'larch', 'maple', 'oak', 'pine', 'rowan', 'yew']
const filler = 'Something else altogether stands here and says nothing. '

interface Spec {
  name: string
  /** A page each; without marks where `isPlain`. */
  parts: readonly { words: readonly string[]; length: number }[]
  isPlain: boolean
}

const word = fc.constantFrom(...vocabulary)
const spec: fc.Arbitrary<Spec> = fc.record({
  name: fc.oneof(fc.constant('untitled'), word),
  parts: fc.array(fc.record({ words: fc.array(word, { maxLength: 3 }), length: fc.integer({ min: 0, max: 120 }) }), {
    maxLength: 6,
  }),
  isPlain: fc.boolean(),
})
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ id: fc.integer({ min: 0, max: 9 }), spec }) },
  { weight: 1, arbitrary: fc.record({ id: fc.integer({ min: 0, max: 9 }), spec: fc.constant(undefined) }) },
)

function textOf({ parts, isPlain }: Spec): string {
  return parts
    .map(({ words, length }, index) => {
      const half = filler.repeat(length / 2)
      return `${isPlain ? '' : `<!-- page ${index + 1} -->\n\n`}${half}${words.join(' ')}. ${half}`
    })
    .join('\n\n')
}

/** All words anywhere, or else any; with the pages that have any. */
function naive(stored: ReadonlyMap<number, Spec>, words: readonly string[]) {
  const wordsIn = (held: Spec) => new Set([held.name, ...held.parts.flatMap(part => part.words)])
  const all = [...stored].filter(([, held]) => words.every(asked => wordsIn(held).has(asked)))
  const found = all.length > 0 ? all : [...stored].filter(([, held]) => words.some(asked => wordsIn(held).has(asked)))
  return new Map(
    found.map(([id, held]) => [
      String(id),
      held.isPlain
        ? []
        : held.parts.flatMap((part, index) => (words.some(asked => part.words.includes(asked)) ? [index + 1] : [])),
    ]),
  )
}

it('finds after any changes what a search without an index finds, each once, and on its pages', async () => {
  let asked = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 5 }),
      fc.array(fc.array(word, { minLength: 1, maxLength: 3 }), { minLength: 3, maxLength: 3 }),
      async (batches, queries) => {
        const folder = await temporaryFolder()
        const file = join(folder, 'inlet.db')
        const store = await openStore({ file, readers: 1 })
        await furnish(store)
        const stored = new Map<number, Spec>()
        for (const batch of batches) {
          await commit(
            store,
            batch.flatMap(({ id, spec: held }) =>
              held ? upsert(note(String(id), { name: held.name, text: textOf(held) })) : remove(String(id)),
            ),
          )
          for (const { id, spec: held } of batch) {
            if (held) stored.set(id, held)
            else stored.delete(id)
          }
          for (const words of queries) {
            await expectTheSame(store, stored, words)
            asked += 1
          }
        }
        await store.close()
        expectSound(file)
        await rm(folder, { recursive: true })
      },
    ),
    { numRuns: times(15, 60) },
  )
  expect(asked).toBeGreaterThanOrEqual(45)
})

async function expectTheSame(store: Store, stored: ReadonlyMap<number, Spec>, words: readonly string[]) {
  const expected = naive(stored, [...new Set(words)])
  const query = words.map(asked => `"${asked}"`).join(' ')
  const hits = await store.search({ collection: 'home', query, limit: 100, offset: 0 })
  expect(hits.map(({ entity }) => entity.entityId).toSorted()).toEqual([...expected.keys()].toSorted())
  for (const { entity, page, passages, score } of hits) {
    const pages = expected.get(entity.entityId) ?? []
    const shown = passages.flatMap(passage => passage.page ?? [])
    expect(pages).toEqual(expect.arrayContaining(shown))
    expect(shown.length).toBeGreaterThanOrEqual(Math.min(3, pages.length))
    expect(page).toBe(shown[0] ?? null)
    expect(score).toBeGreaterThan(0)
    expect(passages[0]?.snippet).toContain('<mark>')
  }
  const paged: string[] = []
  for (let offset = 0; offset <= hits.length; offset += 3) {
    const some = await store.search({ collection: 'home', query, limit: 3, offset })
    paged.push(...some.map(({ entity }) => entity.entityId))
  }
  expect(paged).toEqual(hits.map(({ entity }) => entity.entityId))
}
