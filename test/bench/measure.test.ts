/** What the benches make of what they have measured. */
import { describe, expect, it } from 'vitest'
import { isMet } from './bench.ts'
import { median, quantile } from './measure.ts'
import { toTable } from './table.ts'

describe('the figures of a bench', () => {
  it('have a median that favours nobody where there is an even number of them', () => {
    expect(median([3, 1])).toBe(2)
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(median([9, 1, 2])).toBe(2)
    expect(median([7])).toBe(7)
    expect(median([])).toBeNaN()
  })

  it('have the smallest value that a share of them does not exceed as its quantile', () => {
    const values = Array.from({ length: 200 }, (_value, index) => index + 1)
    expect(quantile(values, 0.99)).toBe(198)
    expect(quantile([5], 0.99)).toBe(5)
  })

  it('show a small ratio as what it is', () => {
    const row = { bench: 'search', what: 'words', unit: 'ms' } as const
    const ratioOf = (value: number) =>
      toTable([{ ...row, value, beside: { what: 'raw', value: 2000 } }])
        .split('|')
        .at(-4)
    expect(ratioOf(7.36)?.trim()).toBe('0.0037')
    expect(ratioOf(0)?.trim()).toBe('0.00')
    expect(ratioOf(2600)?.trim()).toBe('1.30')
  })

  it('miss their target where nothing was measured', () => {
    const finding = { what: 'words', unit: 'ms', target: { of: 'ratio', atMost: 1 } } as const
    expect(isMet({ ...finding, value: Number.NaN, beside: { what: 'raw', value: 1 } })).toBe(false)
    expect(isMet({ ...finding, value: 1 })).toBe(false)
    expect(isMet({ ...finding, value: 1, beside: { what: 'raw', value: 1 } })).toBe(true)
  })
})
