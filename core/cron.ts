import { createTask, parse, validateDetailed } from 'node-cron'
import { quote } from './errors.ts'
import { invalidAt } from './fields.ts'

/** When a connection is synced: five or six fields (the sixth, in front, are seconds) in a time zone. */
export interface Schedule {
  /** The first time after `after`; both in milliseconds since 1970. `undefined` for one that never comes. */
  next(after: number): number | undefined
}

/** Those read last: thousands of connections have few schedules between them, or use theirs once a day. */
const schedules = new Map<string, Schedule>()
const mostSchedules = 1000
/** By their last three fields, which few schedules set: to make one registers a task with node-cron for good. */
const dayMatchers = new Map<string, (day: number) => boolean>()
/** A formatter takes a hundred kilobytes: each zone has one. */
const zones = new Map<string, (instant: number) => number>()

/** How far ahead is looked: every leap day, and so every possible date, comes within eight years. */
const horizonDays = 8 * 366 + 1
const dayMs = 86_400_000
/** Clocks are changed at a full quarter of an hour. */
const quarterMs = 900_000
const mostRemembered = 200

/**
 * Reads a cron expression (node-cron's language) in an IANA time zone.
 *
 * A local time that a clock change skips runs when the clock has moved on; one that it repeats runs once, at the
 * earlier of the two, unless the schedule is for every hour. Day of month and day of week must both fit.
 * @throws Failure `invalid` naming the field that is wrong, at `cron_schedule` or `timezone`
 */
export function readSchedule(expression: string, timezone: string): Schedule {
  const name = `${timezone} ${expression}`
  const known = schedules.get(name)
  if (known) return known
  checkTimezone(timezone)
  const fieldList = expression.trim().split(/\s+/)
  const fieldCount = fieldList.length
  const { valid, errors } = validateDetailed(expression)
  if (!valid || (fieldCount !== 5 && fieldCount !== 6)) {
    const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ')
    const problem = fieldCount === 5 || fieldCount === 6 ? detail : `it has ${fieldCount} fields`
    throw invalidAt(
      'cron_schedule',
      `${quote(expression)} is no cron expression of 5 or 6 fields (${problem || 'not valid'})`,
    )
  }
  const { second, minute, hour, month } = parse(expression)
  const fits = dayMatcher(fieldList.slice(-3).join(' '))
  const offsetAt = offsetsOf(timezone)
  const schedule: Schedule = { next }
  schedules.set(name, schedule)
  if (schedules.size > mostSchedules) schedules.delete(schedules.keys().next().value ?? '')
  return schedule

  function next(after: number): number | undefined {
    const earliest = Math.floor(after / 1000) * 1000 + 1000
    const soon = hour.length === 24 ? withinHours(earliest) : undefined
    if (soon !== undefined) return soon
    const firstDay = startOfDay(earliest + offsetAt(earliest))
    for (let day = firstDay; day < firstDay + horizonDays * dayMs; day += dayMs) {
      if (!month.includes(new Date(day).getUTCMonth() + 1) || !fits(day)) continue
      const found = firstOf(day, earliest)
      if (found !== undefined) return found
    }
    return undefined
  }

  /** For schedules of every hour: minute by minute, so that a clock change makes no gap. */
  function withinHours(earliest: number): number | undefined {
    const firstMinute = Math.floor(earliest / 60_000) * 60_000
    for (let at = firstMinute; at < firstMinute + 2 * 3_600_000; at += 60_000) {
      const local = at + offsetAt(at)
      if (!minute.includes(new Date(local).getUTCMinutes()) || !fits(startOfDay(local))) continue
      const found = second.map(s => at + s * 1000).find(time => time >= earliest)
      if (found !== undefined) return found
    }
    return undefined
  }

  /** The first time at or after `earliest` on a local day, given as if it were UTC. */
  function firstOf(day: number, earliest: number): number | undefined {
    for (const h of hour) {
      // Two hours of room: an hour may be moved by a clock change within it.
      if (day + (h + 2) * 3_600_000 - offsetAt(earliest) < earliest) continue
      for (const m of minute) {
        for (const s of second) {
          const at = instant(day + ((h * 60 + m) * 60 + s) * 1000)
          if (at >= earliest) return at
        }
      }
    }
    return undefined
  }

  /** The instant of a local time given as if it were UTC: the earlier of two, the one after the gap of a skipped one. */
  function instant(local: number): number {
    const before = local - offsetAt(local - dayMs)
    const after = local - offsetAt(local + dayMs)
    return [Math.min(before, after), Math.max(before, after)].find(at => at + offsetAt(at) === local) ?? before
  }
}

/** @throws Failure `invalid` at `timezone` */
export function checkTimezone(timezone: string): void {
  if (zones.has(timezone)) return
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone })
  } catch {
    throw invalidAt('timezone', `${quote(timezone)} is no IANA time zone; write it like "Europe/Berlin"`)
  }
}

export function machineTimezone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}

/** Days are given, and matched, as if they were in UTC, where each has all its hours. */
function dayMatcher(fields: string): (day: number) => boolean {
  const known = dayMatchers.get(fields)
  if (known) return known
  const task = createTask(`* * ${fields}`, () => {}, { timezone: 'UTC' })
  const fits = remembering(day => task.match(new Date(day)))
  dayMatchers.set(fields, fits)
  return fits
}

/** Thousands of connections ask for the same few days and hours. */
function remembering<Result>(find: (at: number) => Result): (at: number) => Result {
  const found = new Map<number, Result>()
  return at => {
    const known = found.get(at)
    if (known !== undefined) return known
    const result = find(at)
    if (found.size >= mostRemembered) found.clear()
    found.set(at, result)
    return result
  }
}

function startOfDay(ms: number): number {
  return Math.floor(ms / dayMs) * dayMs
}

/** The zone's offset from UTC at an instant, in milliseconds. */
function offsetsOf(timezone: string): (instant: number) => number {
  const known = zones.get(timezone)
  if (known) return known
  const inQuarter = remembering(readOffsets(timezone))
  const offsetAt = (instant: number) => inQuarter(Math.floor(instant / quarterMs) * quarterMs)
  zones.set(timezone, offsetAt)
  return offsetAt
}

function readOffsets(timezone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  return instant => {
    const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]))
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000
  }
}
