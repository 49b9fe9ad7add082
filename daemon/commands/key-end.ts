import { Failure } from '../../core/errors.ts'

const unitsMs: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 }

/**
 * The end of a key in ISO 8601: from a length such as `90d`, a day (to its end, in the time of this machine), or a time.
 * @throws Failure `bad_config`
 */
export function endOf(text: string, now: number): string {
  const [, amount, unit = ''] = /^(\d{1,5})([hdw])$/.exec(text) ?? []
  const time = amount === undefined ? timeOf(text) : now + Number(amount) * (unitsMs[unit] ?? 0)
  if (Number.isNaN(time)) {
    throw new Failure('invalid', '--expires takes 12h, 90d, 2w, a day such as 2027-01-31, or a time in ISO 8601')
  }
  if (time <= now) throw new Failure('invalid', '--expires is over already')
  return new Date(time).toISOString()
}

function timeOf(text: string): number {
  const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  if (!day) return /^\d{4}-\d{2}-\d{2}T/.test(text) ? Date.parse(text) : Number.NaN
  const [year = 0, month = 0, date = 0] = day.slice(1).map(Number)
  const end = new Date(year, month - 1, date, 23, 59, 59, 999)
  return end.getMonth() === month - 1 && end.getDate() === date ? end.getTime() : Number.NaN
}
