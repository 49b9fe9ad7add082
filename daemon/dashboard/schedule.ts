/** Schedules in words: presets to choose from, and when the next runs would be. */
import { machineTimezone, readSchedule } from '../../core/cron.ts'
import { type Filled, input, select, textOf } from './form.ts'
import { type Html, html } from './html.ts'

const presets = [
  { value: '', title: 'Only when I say so' },
  { value: '*/15 * * * *', title: 'Every 15 minutes' },
  { value: '0 * * * *', title: 'Every hour' },
  { value: '0 6 * * *', title: 'Every day at 6:00' },
  { value: '0 8 * * 1-5', title: 'Monday to Friday at 8:00' },
  { value: '0 6 * * 1', title: 'Every Monday at 6:00' },
  { value: 'custom', title: 'My own cron expression' },
] as const

export interface Timing {
  cron: string | null
  timezone: string
}

/** What was chosen; nothing is checked yet. */
export function timingOf(values: URLSearchParams): Timing {
  const preset = values.get('schedule') ?? ''
  const cron = preset === 'custom' ? textOf(values, 'cron') : preset
  const timezone = textOf(values, 'timezone') || machineTimezone()
  return { cron: cron === '' && preset !== 'custom' ? null : cron, timezone }
}

/** The schedule as one says it, where it is one of those offered. */
export function scheduleWords(cron: string | null): string {
  if (cron === null) return 'only when you say so'
  const known = presets.find(({ value }) => value === cron)
  return known ? known.title.charAt(0).toLowerCase() + known.title.slice(1) : `by the cron expression ${cron}`
}

const runsShown = 3

/**
 * The next three runs, such as "tomorrow, 6:00".
 * @param now milliseconds since 1970
 * @throws Failure `invalid` at `cron_schedule` or `timezone`
 */
export function nextRuns({ cron, timezone }: Timing, now: number): { at: string; words: string }[] {
  if (cron === null) return []
  const schedule = readSchedule(cron, timezone)
  const runs: { at: string; words: string }[] = []
  for (let at = schedule.next(now); at !== undefined && runs.length < runsShown; at = schedule.next(at)) {
    runs.push({ at: new Date(at).toISOString(), words: dayWords(at, now, timezone) })
  }
  return runs
}

function dayWords(at: number, now: number, timeZone: string): string {
  const day = (ms: number) => new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(ms)
  const time = new Intl.DateTimeFormat('en-GB', { timeZone, timeStyle: 'short' }).format(at)
  const isSoon = day(at) === day(now) ? 'today' : day(at) === day(now + 86_400_000) ? 'tomorrow' : undefined
  const far = { weekday: 'long', day: 'numeric', month: 'long' } as const
  const year = at - now > 300 * 86_400_000 ? ({ year: 'numeric' } as const) : {}
  const date = isSoon ?? new Intl.DateTimeFormat('en-GB', { timeZone, ...far, ...year }).format(at)
  const zone = timeZone === machineTimezone() ? '' : ` (${timeZone})`
  return `${date}, ${time}${zone}`
}

/** The runs as a sentence. */
export function runsSentence(timing: Timing, now: number): string {
  if (timing.cron === null) return 'It will run when you choose Run, and at no other time.'
  const runs = nextRuns(timing, now).map(({ words }) => words)
  return runs.length === 0 ? 'This schedule never comes.' : `Next runs: ${runs.join('; ')}.`
}

/** Choosing a schedule, with the next runs before it is saved. */
export function scheduleInputs(filled: Filled, present: Timing, now: number): Html {
  const timing = filled.values.has('schedule') ? timingOf(filled.values) : present
  const isOffered = presets.some(({ value }) => value === (present.cron ?? ''))
  const value = isOffered ? (present.cron ?? '') : 'custom'
  return html`<div class="schedule" data-schedule>
${select({ name: 'schedule', title: 'Schedule', filled, value }, presets)}
<div class="own">
${input({
  ...{ name: 'cron', title: 'Cron expression', filled, placeholder: '30 7 * * 1-5' },
  ...{ value: isOffered ? '' : (present.cron ?? '') },
  description: 'Minute, hour, day of the month, month, day of the week; a sixth field in front is seconds.',
})}
</div>
${input({ name: 'timezone', title: 'Time zone', filled, value: present.timezone, list: 'timezones' })}
<datalist id="timezones">${Intl.supportedValuesOf('timeZone').map(zone => html`<option value="${zone}"></option>`)}</datalist>
<p class="preview" role="status" data-preview>${previewOf(timing, now)}</p>
</div>`
}

/** What is wrong with a schedule is said at its field, not here. */
function previewOf(timing: Timing, now: number): string {
  try {
    return runsSentence(timing, now)
  } catch {
    return ''
  }
}
