import { describe, expect, it } from 'vitest'
import type { Series } from '../../../core/meter.ts'
import { writeExposition } from '../../../daemon/metrics/exposition.ts'
import { readExposition } from '../../support/exposition.ts'

describe('series as text', () => {
  it('are what they were', () => {
    const hostile = 'a"b\\c\nd}{e, ="ü'
    const series: Series[] = [
      {
        name: 'a_total',
        type: 'counter',
        help: 'One\nof \\ them.',
        samples: [{ labels: { x: hostile, y: '' }, value: 3 }],
      },
      { name: 'b', type: 'gauge', help: 'B.', samples: [{ labels: {}, value: 0.1 + 0.2 }] },
      { name: 'none', type: 'gauge', help: 'None.', samples: [] },
      {
        ...{ name: 'c_seconds', type: 'histogram', help: 'C.' },
        samples: [{ labels: { x: 'y' }, buckets: [{ bound: 0.5, count: 1 }], count: 2, sum: 1.25e-7 }],
      },
    ]
    const read = readExposition(writeExposition(series))
    expect(read.map(({ name, type }) => [name, type])).toEqual([
      ['a_total', 'counter'],
      ['b', 'gauge'],
      ['c_seconds', 'histogram'],
    ])
    expect(read[0]).toMatchObject({
      help: 'One\\nof \\\\ them.',
      samples: [{ labels: { x: hostile, y: '' }, value: 3 }],
    })
    expect(read[1]?.samples).toEqual([{ name: 'b', labels: {}, value: 0.1 + 0.2 }])
    expect(read[2]?.samples).toEqual([
      { name: 'c_seconds_bucket', labels: { x: 'y', le: '0.5' }, value: 1 },
      { name: 'c_seconds_bucket', labels: { x: 'y', le: '+Inf' }, value: 2 },
      { name: 'c_seconds_sum', labels: { x: 'y' }, value: 1.25e-7 },
      { name: 'c_seconds_count', labels: { x: 'y' }, value: 2 },
    ])
  })

  it.each([
    ['a sample twice', '# HELP a A.\n# TYPE a gauge\na 1\na 2\n'],
    ['another name', '# HELP a A.\n# TYPE a gauge\nb 1\n'],
    [
      'a bucket out of order',
      '# HELP a A.\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n',
    ],
    ['a label without quotes', '# HELP a A.\n# TYPE a gauge\na{b=c} 1\n'],
    ['no end', '# HELP a A.'],
  ])('would be seen to have %s', (_what, text) => {
    expect(() => readExposition(text)).toThrow()
  })
})
