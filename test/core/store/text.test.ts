import { expect, it } from 'vitest'
import { foldText, instantMs } from '../../../core/store/text.ts'

it('reads every spelling of ISO 8601 that providers use as the same instant', () => {
  const same = [
    '2026-01-31T08:00:00Z',
    '2026-01-31T08:00:00.000Z',
    '2026-01-31T08:00:00.0000000Z',
    '2026-01-31T08:00:00.0000000',
    '2026-01-31T08:00',
    '2026-01-31 08:00:00',
    '2026-01-31T09:00:00+01:00',
    '2026-01-31T09:00:00+0100',
    '2026-01-31T09:00:00+01',
    '2026-01-31T03:00:00.000-05:00',
    '2026-01-31t08:00:00z',
  ]
  expect(same.map(instantMs)).toEqual(Array(same.length).fill(Date.UTC(2026, 0, 31, 8)))
  expect(instantMs('2026-01-31')).toBe(Date.UTC(2026, 0, 31))
  expect(instantMs('2026-01-31T08:00:00.25Z')).toBe(Date.UTC(2026, 0, 31, 8, 0, 0, 250))
})

it('takes nothing else for an instant', () => {
  const wrong = [
    '',
    'now',
    '2026',
    '2026-1-1',
    '2026-13-01',
    '31.01.2026',
    '2026-01-31T25:00:00Z',
    '1767225600',
    'x2026-01-31',
  ]
  expect(wrong.map(instantMs)).toEqual(Array(wrong.length).fill(undefined))
})

it('folds case, accents and white space', () => {
  expect(foldText('  ÄRGER\n über\tcafe\u0301 ')).toBe('arger uber cafe')
})
