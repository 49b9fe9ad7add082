/** Counts and times as people read them. */

let numbers: Intl.NumberFormat | undefined

/** Such as `1,234`. */
export function count(number: number): string {
  // Made with the first number: it takes as long as all else that a command loads.
  numbers ??= new Intl.NumberFormat('en-US')
  return numbers.format(number)
}

/** Such as `1 job`, `2 jobs`. */
export function plural(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`
}

const units: readonly [number, string][] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
]

/** Such as `5 min ago`, `in 2 h`, `now`; a dash where there is no time. */
export function relativeTime(time: string | null, now: number): string {
  if (time === null) return '-'
  const distanceMs = Date.parse(time) - now
  const size = Math.abs(distanceMs)
  const [unitMs, unit] = units.find(([ms]) => size >= ms) ?? [0, '']
  if (unitMs === 0) return 'now'
  const amount = `${Math.round(size / unitMs)} ${unit}`
  return distanceMs < 0 ? `${amount} ago` : `in ${amount}`
}

/** Such as `0:07`, `1:02:03`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  const two = (number: number) => String(number).padStart(2, '0')
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}
