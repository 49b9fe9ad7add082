import { expect, it } from 'vitest'
import { createMeter } from '../../core/meter.ts'

const declared = {
  done_total: { type: 'counter', labels: ['kind', 'end'], help: 'Done.' },
  lasted_seconds: { type: 'histogram', labels: ['kind'], buckets: [1, 5], help: 'Lasted.' },
  now: { type: 'gauge', labels: [], help: 'Now.' },
} as const

it('counts by labels, and shows what was never more than zero', () => {
  const meter = createMeter(declared)
  meter.count('done_total', { kind: 'a', end: 'good' }, 0)
  meter.count('done_total', { kind: 'b', end: 'good' })
  meter.count('done_total', { kind: 'b', end: 'good' }, 2.5)
  meter.count('done_total', { kind: 'b', end: 'bad' })
  expect(meter.series()[0]).toEqual({
    ...{ name: 'done_total', type: 'counter', help: 'Done.' },
    samples: [
      { labels: { kind: 'a', end: 'good' }, value: 0 },
      { labels: { kind: 'b', end: 'good' }, value: 3.5 },
      { labels: { kind: 'b', end: 'bad' }, value: 1 },
    ],
  })
})

it('puts what is observed into each bucket whose bound it does not pass', () => {
  const meter = createMeter(declared)
  for (const seconds of [0.5, 1, 1.5, 5, 90]) meter.observe('lasted_seconds', { kind: 'a' }, seconds)
  expect(meter.series()[1]).toMatchObject({
    samples: [
      {
        labels: { kind: 'a' },
        buckets: [
          { bound: 1, count: 2 },
          { bound: 5, count: 4 },
        ],
        count: 5,
        sum: 98,
      },
    ],
  })
})

it('leaves gauges to who knows how things are', () => {
  expect(
    createMeter(declared)
      .series()
      .map(({ name }) => name),
  ).toEqual(['done_total', 'lasted_seconds'])
})
