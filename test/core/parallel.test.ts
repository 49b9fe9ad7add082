import { expect, test } from 'vitest'
import { mapInOrder } from '../../core/parallel.ts'

test('results come in the order of the items, whichever is done first', async () => {
  const waiting: (() => void)[] = []
  const results = mapInOrder([1, 2, 3], 3, async item => {
    await new Promise<void>(resolve => waiting.push(resolve))
    return item * 10
  })
  const all = collect(results)
  await new Promise(setImmediate)
  expect(waiting).toHaveLength(3)
  for (const resolve of waiting.toReversed()) resolve()
  expect(await all).toEqual([10, 20, 30])
})

test('never more than allowed is under way', async () => {
  let current = 0
  let most = 0
  const results = mapInOrder(Array(20).keys(), 4, async item => {
    most = Math.max(most, ++current)
    await new Promise(setImmediate)
    current--
    return item
  })
  expect(await collect(results)).toHaveLength(20)
  expect(most).toBe(4)
})

test('a failure is thrown in its turn', async () => {
  const seen: number[] = []
  const results = mapInOrder([1, 2, 3], 3, async item => {
    if (item === 2) throw new Error('two')
    return item
  })
  await expect(
    (async () => {
      for await (const item of results) seen.push(item)
    })(),
  ).rejects.toThrow('two')
  expect(seen).toEqual([1])
})

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}
