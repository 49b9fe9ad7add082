import { describe, expect, it } from 'vitest'
import { readSchedule } from '../../core/cron.ts'

function runs(expression: string, timezone: string, after: string, count = 3): string[] {
  const schedule = readSchedule(expression, timezone)
  const found: string[] = []
  for (let at = Date.parse(after); found.length < count; ) {
    const next = schedule.next(at)
    if (next === undefined) return [...found, 'never']
    expect(next).toBeGreaterThan(at)
    found.push(new Date(next).toISOString().replace('.000Z', 'Z'))
    at = next
  }
  return found
}

describe('a schedule', () => {
  it('takes five fields', () => {
    expect(runs('*/5 * * * *', 'UTC', '2026-11-23T18:02:00Z')).toEqual([
      '2026-11-23T18:05:00Z',
      '2026-11-23T18:10:00Z',
      '2026-11-23T18:15:00Z',
    ])
  })

  it('takes six fields, seconds first', () => {
    expect(runs('*/10 * * * * *', 'UTC', '2026-11-23T18:02:01.5Z')).toEqual([
      '2026-11-23T18:02:10Z',
      '2026-11-23T18:02:20Z',
      '2026-11-23T18:02:30Z',
    ])
  })

  it('is strictly after the time given', () => {
    expect(runs('0 12 * * *', 'UTC', '2026-11-23T12:00:00Z', 1)).toEqual(['2026-11-24T12:00:00Z'])
    expect(runs('0 12 * * *', 'UTC', '2026-11-23T11:59:59.999Z', 1)).toEqual(['2026-11-23T12:00:00Z'])
  })

  it('is read in its time zone', () => {
    expect(runs('0 9 * * mon', 'Europe/Berlin', '2026-10-20T00:00:00Z', 2)).toEqual([
      '2026-10-26T08:00:00Z',
      '2026-11-02T08:00:00Z',
    ])
    expect(runs('0 9 * * *', 'Asia/Kolkata', '2026-11-23T00:00:00Z', 1)).toEqual(['2026-11-23T03:30:00Z'])
  })

  it('runs a skipped local time when the clock has moved on, and only once', () => {
    expect(runs('30 2 * * *', 'America/New_York', '2026-03-07T12:00:00Z')).toEqual([
      '2026-03-08T07:30:00Z',
      '2026-03-09T06:30:00Z',
      '2026-03-10T06:30:00Z',
    ])
  })

  it('runs a repeated local time once', () => {
    expect(runs('30 1 * * *', 'America/New_York', '2026-10-31T12:00:00Z', 2)).toEqual([
      '2026-11-01T05:30:00Z',
      '2026-11-02T06:30:00Z',
    ])
  })

  it('of every hour knows no gap at a clock change', () => {
    expect(runs('*/30 * * * *', 'America/New_York', '2026-11-01T05:30:00Z')).toEqual([
      '2026-11-01T06:00:00Z',
      '2026-11-01T06:30:00Z',
      '2026-11-01T07:00:00Z',
    ])
  })

  it('finds leap days and last days', () => {
    expect(runs('0 0 29 2 *', 'UTC', '2026-01-01T00:00:00Z', 2)).toEqual([
      '2028-02-29T00:00:00Z',
      '2032-02-29T00:00:00Z',
    ])
    expect(runs('0 0 L * *', 'UTC', '2026-11-23T18:02:00Z', 2)).toEqual([
      '2026-11-30T00:00:00Z',
      '2026-12-31T00:00:00Z',
    ])
  })

  it.each(['', '* * *', '61 * * * *', '* * * * * * *', 'foo', '0 0 31 2 *', '*/0 * * * *'])(
    'refuses %j as cron_schedule',
    expression => {
      expect(() => readSchedule(expression, 'UTC')).toThrow(
        expect.objectContaining({
          code: 'invalid',
          fields: [expect.objectContaining({ location: ['cron_schedule'] })],
        }),
      )
    },
  )

  it.each(['', 'Mars/Olympus', 'UTC+1'])('refuses %j as time zone', timezone => {
    expect(() => readSchedule('0 0 * * *', timezone)).toThrow(
      expect.objectContaining({ code: 'invalid', fields: [expect.objectContaining({ location: ['timezone'] })] }),
    )
  })
})
