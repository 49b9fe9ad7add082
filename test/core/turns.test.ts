import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createTurns } from '../../core/turns.ts'

/** A clock that moves by what the work says it takes. */
function workbench() {
  let nowMs = 0
  const turns = createTurns({ monotonic: () => nowMs })
  const done: string[] = []
  async function work(name: string, steps: number, stepMs: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      await turns()
      nowMs += stepMs
      done.push(name)
    }
  }
  return { turns, work, done }
}

it('lets short work wait for nothing', async () => {
  const { work, done, turns } = workbench()
  const working = work('short', 3, 1)
  await Promise.resolve()
  expect(turns()).toBeUndefined()
  await working
  expect(done).toHaveLength(3)
})

it('lets the thread turn to other things every few milliseconds of long work', async () => {
  const { work } = workbench()
  let turned = 0
  let isOver = false
  const watch = (async () => {
    while (!isOver) {
      await nextTurn()
      turned++
    }
  })()
  await work('long', 1000, 1)
  isOver = true
  await watch
  expect(turned).toBeGreaterThan(150)
})

it('lets those that work side by side go on one after the other, each for as long', async () => {
  const { work, done } = workbench()
  await Promise.all([work('a', 100, 1), work('b', 100, 1), work('c', 100, 1)])
  for (const name of ['a', 'b', 'c']) {
    const longestRun = done
      .join('')
      .match(new RegExp(`${name}+`, 'g'))
      ?.sort((x, y) => y.length - x.length)[0]?.length
    expect(longestRun).toBeLessThanOrEqual(8)
    expect(done.slice(0, 60).filter(one => one === name).length).toBeGreaterThan(10)
  }
})

it('begins anew after an idle time', async () => {
  const { work, turns } = workbench()
  await work('early', 3, 3)
  await nextTurn()
  await nextTurn()
  expect(turns()).toBeUndefined()
})
