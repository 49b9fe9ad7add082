import { expect, it } from 'vitest'
import { once, remembered } from '../../core/remembered.ts'

it('works once for each word, and forgets all of them before there are too many', () => {
  const worked: string[] = []
  const length = remembered(word => worked.push(word) && word.length, 2)
  expect(['a', 'bb', 'a', 'bb'].map(length)).toEqual([1, 2, 1, 2])
  expect(worked).toEqual(['a', 'bb'])
  expect(['ccc', 'a'].map(length)).toEqual([3, 1])
  expect(worked).toEqual(['a', 'bb', 'ccc', 'a'])
})

it('remembers also what is false', () => {
  let worked = 0
  const isKnown = remembered(() => {
    worked += 1
    return false
  })
  expect([isKnown('a'), isKnown('a')]).toEqual([false, false])
  expect(worked).toBe(1)
})

it('makes what has no word when it is first asked for, and once, even if that is nothing', () => {
  let worked = 0
  const nothing = once(() => {
    worked += 1
    return undefined
  })
  expect(worked).toBe(0)
  expect([nothing(), nothing()]).toEqual([undefined, undefined])
  expect(worked).toBe(1)
})
